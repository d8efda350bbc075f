"""Payment intents ("The PaymentIntent object"): made, changed, read."""

from typing import Any

from stripe_emulator import address, charging, listing, methods
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid
from stripe_emulator.metadata import merged
from stripe_emulator.money import check_amount, currency_code
from stripe_emulator.resources.editing import only, update
from stripe_emulator.resources.intent_method import (
    WAYS,
    given_method,
    must_be,
    only_when_confirming,
    take_options,
    wrong_state,
)
from stripe_emulator.resources.payment_intent_steps import (
    CONFIRMABLE,
    HOW_TO_CONFIRM,
    belongs_to_session,
    confirm_now,
)
from stripe_emulator.shapes import may_be_missing
from stripe_emulator.store import Thing

may_be_missing(
    "payment_intent",
    "amount_details payment_details presentment_details transfer_data hooks advice_code",
)

_PLAIN = (
    *("capture_method", "confirmation_method", "description", "receipt_email", "shipping"),
    *("setup_future_usage", "statement_descriptor", "statement_descriptor_suffix"),
    *("transfer_group", "allowed_payment_method_types", "excluded_payment_method_types"),
)
_CREATE = frozenset(
    {
        *("amount", "currency", "automatic_payment_methods", "confirm", "customer", "metadata"),
        *("payment_method_options", "radar_options"),
        *_PLAIN,
        *WAYS,
        *HOW_TO_CONFIRM,
    }
)
_UPDATE = (
    *("description", "metadata", "receipt_email", "shipping", "statement_descriptor"),
    *("statement_descriptor_suffix", "transfer_group", "setup_future_usage", "capture_method"),
    *("allowed_payment_method_types", "excluded_payment_method_types"),
)
# Once money is on its way these can no longer be changed.
_EARLY = (
    *("amount", "currency", "customer", "payment_method_options", "setup_future_usage"),
    *("capture_method", "allowed_payment_method_types", "excluded_payment_method_types", *WAYS),
)
_LONGEST_DESCRIPTOR = 22


@route("POST", "/v1/payment_intents", "PaymentIntentCreateParams")
def create(call: Call) -> Thing:
    given = call.params
    only(call, _CREATE, "payment intents")
    only_when_confirming(call, HOW_TO_CONFIRM)
    _make_whole(given)
    currency = currency_code(given["currency"], "currency")
    check_amount(given["amount"], currency)
    if given.get("customer"):
        call.require("customer", given["customer"], "customer")
    intent = charging.new_intent(
        call,
        given["amount"],
        currency,
        customer=given.get("customer") or None,
        automatic_payment_methods={
            "allow_redirects": "always",
            "enabled": True,
            **given.get("automatic_payment_methods", {}),
        },
        **{name: given.get(name) or None for name in _PLAIN},
    )
    intent["metadata"] = merged(None, given.get("metadata"))
    take_options(intent, given.get("payment_method_options"))
    _must_be_payable(intent)
    method = given_method(call, intent)
    call.tx.put(intent)
    call.emit("payment_intent.created", intent)
    if method is not None:
        intent.update(payment_method=method["id"], status="requires_confirmation")
        call.tx.put(intent)
    return confirm_now(call, intent) if given.get("confirm") else intent


@route("GET", "/v1/payment_intents/{id}", "PaymentIntentRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("payment_intent", call.path["id"])


@route("POST", "/v1/payment_intents/{id}", "PaymentIntentUpdateParams")
def change(call: Call) -> Thing:
    intent = call.require("payment_intent", call.path["id"])
    given = call.params
    only(call, (*_UPDATE, *_EARLY), "changes of payment intents")
    _make_whole(given)
    if any(name in given for name in _EARLY):
        must_be(intent, (*CONFIRMABLE, "requires_action"), "updated")
        if belongs_to_session(intent):
            raise wrong_state("Its Checkout Session sets the amount and method.", intent)
        _change_early(call, intent)
    call.tx.put(intent)
    intent = update(call, intent, _UPDATE, None)
    intent["payment_method_types"] = methods.of_intent(intent)
    _must_be_payable(intent)
    method = given_method(call, intent)
    if method is not None:
        intent.update(payment_method=method["id"], status="requires_confirmation", next_action=None)
    call.tx.put(intent)
    return intent


@route("GET", "/v1/payment_intents", "PaymentIntentListParams")
def list_all(call: Call) -> Thing:
    only(call, ("customer",), "lists of payment intents")
    customer = call.params.get("customer")
    return listing.page(call, "payment_intent", "/v1/payment_intents", customer=customer)


def _change_early(call: Call, intent: Thing) -> None:
    given = call.params
    currency = intent["currency"]
    if "currency" in given:
        currency = currency_code(given["currency"], "currency")
    amount: int = given["amount"] if "amount" in given else intent["amount"]
    check_amount(amount, currency)
    intent.update(amount=amount, currency=currency)
    if "customer" in given:
        _change_customer(call, intent, given["customer"])
    take_options(intent, given.get("payment_method_options"))


def _change_customer(call: Call, intent: Thing, customer: str) -> None:
    if customer:
        call.require("customer", customer, "customer")
    if intent.get("customer") not in (None, customer):
        raise invalid(
            "You cannot modify `customer` on a PaymentIntent once it already has been set. To "
            "fulfill a payment with a different Customer, cancel this PaymentIntent and create a "
            "new one.",
            code="payment_intent_unexpected_state",
            param="customer",
        )
    intent["customer"] = customer or None


def _must_be_payable(intent: Thing) -> None:
    if not intent["payment_method_types"]:
        raise invalid(
            "No valid payment method types for this Payment Intent. Please ensure that you have "
            "activated payment methods compatible with your chosen currency in your dashboard.",
            param="allowed_payment_method_types",
        )


def _make_whole(given: dict[str, Any]) -> None:
    address.check_email(given.get("receipt_email"), "receipt_email")
    if given.get("shipping"):
        given["shipping"] = address.whole_shipping(given["shipping"])
    for name in ("statement_descriptor", "statement_descriptor_suffix"):
        text = given.get(name) or ""
        if len(text) > _LONGEST_DESCRIPTOR or set(text) & set("<>\\'\"*"):
            raise invalid(
                f"The statement descriptor has at most {_LONGEST_DESCRIPTOR} characters, and "
                "none of < > \\ ' \" *.",
                param=name,
            )
