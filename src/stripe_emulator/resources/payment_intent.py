"""Payment intents ("The PaymentIntent object")."""

from typing import Any

from stripe_emulator import address, attempting, charging, listing
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.errors import StripeFault, invalid, not_here_yet
from stripe_emulator.metadata import merged
from stripe_emulator.money import check_amount, currency_code
from stripe_emulator.resources.editing import only, update
from stripe_emulator.resources.payment_method import resolve
from stripe_emulator.shapes import complete, may_be_missing
from stripe_emulator.store import Thing

may_be_missing(
    "payment_intent",
    "amount_details payment_details presentment_details transfer_data hooks advice_code",
)

_CONFIRMABLE = ("requires_payment_method", "requires_confirmation")
_CANCELABLE = (*_CONFIRMABLE, "requires_action", "requires_capture", "processing")
_CREATE = frozenset(
    {
        *("amount", "currency", "automatic_payment_methods", "capture_method", "confirm"),
        *("customer", "description", "metadata", "payment_method", "receipt_email", "return_url"),
        *("setup_future_usage", "shipping", "statement_descriptor", "off_session"),
        *("statement_descriptor_suffix", "transfer_group", "allowed_payment_method_types"),
        *("error_on_requires_action", "use_stripe_sdk"),
    }
)
# return_url, use_stripe_sdk: a card asks on our own page, whatever they say.
_CONFIRM = ("payment_method", "return_url", "off_session", "error_on_requires_action",
            "use_stripe_sdk")  # fmt: skip
_UPDATE = ("description", "metadata", "receipt_email", "shipping", "statement_descriptor")


@route("POST", "/v1/payment_intents", "PaymentIntentCreateParams")
def create(call: Call) -> Thing:
    given = call.params
    only(call, _CREATE, "payment intents")
    _make_whole(given)
    currency = currency_code(given["currency"], "currency")
    check_amount(given["amount"], currency)
    if given.get("customer"):
        call.require("customer", given["customer"], "customer")
    intent = charging.new_intent(
        call,
        given["amount"],
        currency,
        **{
            name: given.get(name)
            for name in (
                *("capture_method", "customer", "description", "receipt_email", "shipping"),
                *("setup_future_usage", "statement_descriptor", "statement_descriptor_suffix"),
                *("transfer_group", "allowed_payment_method_types"),
            )
        },
    )
    intent["metadata"] = merged(None, given.get("metadata"))
    intent["automatic_payment_methods"].update(given.get("automatic_payment_methods", {}))
    call.tx.put(intent)
    call.emit("payment_intent.created", intent)
    if given.get("payment_method"):
        intent["payment_method"] = resolve(call, given["payment_method"])["id"]
        intent["status"] = "requires_confirmation"
        call.tx.put(intent)
    return _confirm(call, intent) if given.get("confirm") else intent


@route("GET", "/v1/payment_intents/{id}", "PaymentIntentRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("payment_intent", call.path["id"])


@route("POST", "/v1/payment_intents/{id}", "PaymentIntentUpdateParams")
def change(call: Call) -> Thing:
    intent = call.require("payment_intent", call.path["id"])
    given = call.params
    only(call, (*_UPDATE, "amount", "payment_method"), "changes of payment intents")
    _make_whole(given)
    if "amount" in given or "payment_method" in given:
        _must_be(intent, _CONFIRMABLE, "updated")
        if _belongs_to_session(call, intent):
            raise _state("Its Checkout Session sets the amount and method.", intent)
    if "amount" in given:
        check_amount(given["amount"], intent["currency"])
        intent["amount"] = given["amount"]
    if given.get("payment_method"):
        intent["payment_method"] = resolve(call, given["payment_method"])["id"]
        intent["status"] = "requires_confirmation"
    call.tx.put(intent)
    return update(call, intent, _UPDATE, None)


@route("POST", "/v1/payment_intents/{id}/confirm", "PaymentIntentConfirmParams")
def confirm(call: Call) -> Thing:
    intent = call.require("payment_intent", call.path["id"])
    only(call, _CONFIRM, "confirming")
    if _belongs_to_session(call, intent):
        raise _state("A PaymentIntent of a Checkout Session is confirmed on its page only.", intent)
    _must_be(intent, _CONFIRMABLE, "confirmed")
    if call.params.get("payment_method"):
        intent["payment_method"] = resolve(call, call.params["payment_method"])["id"]
    return _confirm(call, intent)


@route("POST", "/v1/payment_intents/{id}/capture", "PaymentIntentCaptureParams")
def capture(call: Call) -> Thing:
    intent = call.require("payment_intent", call.path["id"])
    only(call, ("amount_to_capture", "final_capture", "metadata"), "captures")
    if call.params.get("final_capture") is False:
        raise not_here_yet("capturing in parts", "final_capture")
    _must_be(intent, ("requires_capture",), "captured")
    intent["metadata"] = merged(intent["metadata"], call.params.get("metadata"))
    amount: int = intent["amount_capturable"]
    if "amount_to_capture" in call.params:
        amount = call.params["amount_to_capture"]
    if not 1 <= amount <= intent["amount_capturable"]:
        raise invalid(
            f"You can capture up to {intent['amount_capturable']}.",
            code="amount_too_large",
            param="amount_to_capture",
        )
    charging.capture(call, intent, amount)
    return intent


@route("POST", "/v1/payment_intents/{id}/cancel", "PaymentIntentCancelParams")
def cancel(call: Call) -> Thing:
    intent = call.require("payment_intent", call.path["id"])
    _must_be(intent, _CANCELABLE, "canceled")
    if _belongs_to_session(call, intent) and intent["status"] != "requires_capture":
        raise _state("Expire the Checkout Session of this PaymentIntent instead.", intent)
    charging.cancel(call, intent, call.params.get("cancellation_reason"))
    return intent


@route("GET", "/v1/payment_intents", "PaymentIntentListParams")
def list_all(call: Call) -> Thing:
    only(call, ("customer",), "lists of payment intents")
    customer = call.params.get("customer")
    return listing.page(call, "payment_intent", "/v1/payment_intents", customer=customer)


def _make_whole(given: dict[str, Any]) -> None:
    address.check_email(given.get("receipt_email"), "receipt_email")
    if given.get("shipping"):
        given["shipping"] = address.whole_shipping(given["shipping"])


def _confirm(call: Call, intent: Thing) -> Thing:
    given = call.params
    if intent.get("payment_method") is None:
        raise invalid(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code="payment_intent_unexpected_state",
            param="payment_method",
        )
    method = call.require("payment_method", intent["payment_method"])
    refusal = attempting.attempt(
        call,
        intent,
        method,
        off_session=bool(given.get("off_session") or given.get("error_on_requires_action")),
        return_url=given.get("return_url"),
    )
    if refusal is not None:
        raise _declined(intent)
    return intent


def _declined(intent: Thing) -> StripeFault:
    error = dict(intent["last_payment_error"])
    message, kind = error.pop("message"), error.pop("type")
    error.pop("doc_url")
    return StripeFault(
        message, status=402, kind=kind, keep=True, payment_intent=complete(intent), **error
    )


def _belongs_to_session(call: Call, intent: Thing) -> bool:
    return bool(call.tx.find("checkout.session", payment_intent=intent["id"], limit=1))


def _must_be(intent: Thing, states: tuple[str, ...], done: str) -> None:
    if intent["status"] not in states:
        raise _state(
            f"This PaymentIntent could not be {done} because it has a status of "
            f"{intent['status']}.",
            intent,
        )


def _state(message: str, intent: Thing) -> StripeFault:
    return StripeFault(
        message, code="payment_intent_unexpected_state", payment_intent=complete(intent)
    )
