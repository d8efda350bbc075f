"""Payment intents on their way: confirmed, captured, raised, cancelled."""

from typing import Any

from stripe_emulator import address, attempting, charging, methods
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.errors import StripeFault, invalid
from stripe_emulator.metadata import merged
from stripe_emulator.money import check_amount
from stripe_emulator.resources.editing import only
from stripe_emulator.resources.intent_method import (
    WAYS,
    check_return_url,
    failed,
    given_method,
    must_be,
    take_options,
    wrong_state,
)
from stripe_emulator.store import Thing

CONFIRMABLE = ("requires_payment_method", "requires_confirmation")
_CANCELABLE = (*CONFIRMABLE, "requires_action", "requires_capture", "processing")
# What only matters at the moment of confirming.
HOW_TO_CONFIRM = (
    *("error_on_requires_action", "mandate", "mandate_data", "off_session", "return_url"),
    "use_stripe_sdk",
)
_CONFIRM = (
    *("capture_method", "receipt_email", "setup_future_usage", "shipping"),
    *("allowed_payment_method_types", "excluded_payment_method_types"),
    *("payment_method_options", "radar_options", *WAYS, *HOW_TO_CONFIRM),
)


@route("POST", "/v1/payment_intents/{id}/confirm", "PaymentIntentConfirmParams")
def confirm(call: Call) -> Thing:
    intent = call.require("payment_intent", call.path["id"])
    only(call, _CONFIRM, "confirming")
    if belongs_to_session(intent):
        raise wrong_state(
            "A PaymentIntent of a Checkout Session is confirmed on its page only.", intent
        )
    must_be(intent, (*CONFIRMABLE, "requires_action"), "confirmed")
    if call.is_publishable and intent["confirmation_method"] == "manual":
        raise StripeFault(
            "This PaymentIntent cannot be confirmed using your publishable key because its "
            "`confirmation_method` is set to `manual`. Please use your secret key instead, or "
            "create a PaymentIntent with `confirmation_method` set to `automatic`.",
            code="payment_intent_invalid_parameter",
        )
    _take_over(intent, call)
    method = given_method(call, intent)
    if method is not None:
        intent["payment_method"] = method["id"]
    return confirm_now(call, intent)


def _take_over(intent: Thing, call: Call) -> None:
    given = call.params
    address.check_email(given.get("receipt_email"), "receipt_email")
    if given.get("shipping"):
        given["shipping"] = address.whole_shipping(given["shipping"])
    for name in (
        *("capture_method", "receipt_email", "setup_future_usage", "shipping"),
        *("allowed_payment_method_types", "excluded_payment_method_types"),
    ):
        if name in given:
            intent[name] = given[name] or None
    take_options(intent, given.get("payment_method_options"))
    intent["payment_method_types"] = methods.of_intent(intent)


def confirm_now(call: Call, intent: Thing) -> Thing:
    """Try to pay with the intent's method, as the parameters say."""
    given = call.params
    if intent.get("payment_method") is None:
        raise invalid(
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can "
            "either update the PaymentIntent with a payment method and then confirm it again, or "
            "confirm it again directly with a payment method or ConfirmationToken.",
            code="payment_intent_unexpected_state",
            param="payment_method",
        )
    method = call.require("payment_method", intent["payment_method"])
    _check_return(given, method)
    if given.get("mandate"):
        call.require("mandate", given["mandate"], "mandate")
    intent.update(
        _mandate_data=given.get("mandate_data") or None,
        _fails_if_asked=bool(given.get("error_on_requires_action")),
        _by_sdk=bool(given.get("use_stripe_sdk")),
    )
    refusal = attempting.attempt(
        call,
        intent,
        method,
        off_session=bool(given.get("off_session")),
        return_url=given.get("return_url"),
    )
    if refusal is not None:
        raise failed(intent, "last_payment_error")
    return intent


def _check_return(given: dict[str, Any], method: Thing) -> None:
    """Who is sent away must be able to come back."""
    sends_away = methods.kind_of(method).flow is methods.Flow.REDIRECT
    if given.get("return_url") is None and sends_away and not _comes_back(given):
        raise invalid(
            "A `return_url` must be specified because this Payment Intent is confirmed with a "
            f"payment method of type {method['type']}, which might redirect your customer off of "
            "your page.",
            code="parameter_missing",
            param="return_url",
        )
    check_return_url(given.get("return_url"))


def _comes_back(given: dict[str, Any]) -> bool:
    """Stripe.js brings the buyer back by itself, and without its holder nobody leaves."""
    return bool(given.get("use_stripe_sdk") or given.get("off_session"))


@route("POST", "/v1/payment_intents/{id}/capture", "PaymentIntentCaptureParams")
def capture(call: Call) -> Thing:
    intent = call.require("payment_intent", call.path["id"])
    given = call.params
    only(
        call,
        (
            *("amount_to_capture", "final_capture", "metadata"),
            *("statement_descriptor", "statement_descriptor_suffix"),
        ),
        "captures",
    )
    must_be(intent, ("requires_capture",), "captured")
    final = given.get("final_capture", True)
    if not final and not charging.captures_in_parts(intent):
        raise invalid(
            "This PaymentIntent does not support multiple captures: `final_capture` must be true.",
            param="final_capture",
        )
    intent["metadata"] = merged(intent["metadata"], given.get("metadata"))
    amount: int = intent["amount_capturable"]
    if "amount_to_capture" in given:
        amount = given["amount_to_capture"]
    if not 1 <= amount <= intent["amount_capturable"]:
        raise invalid(
            f"You can capture up to {intent['amount_capturable']}.",
            code="amount_too_large",
            param="amount_to_capture",
        )
    charging.capture(call, intent, amount, final=final)
    return intent


@route(
    "POST",
    "/v1/payment_intents/{id}/increment_authorization",
    "PaymentIntentIncrementAuthorizationParams",
)
def increment_authorization(call: Call) -> Thing:
    intent = call.require("payment_intent", call.path["id"])
    only(call, ("amount", "description", "metadata", "statement_descriptor"), "raising")
    must_be(intent, ("requires_capture",), "incremented")
    options = intent["payment_method_options"].get("card") or {}
    if options.get("request_incremental_authorization") != "if_available":
        raise invalid("This PaymentIntent is not eligible for incremental authorization.")
    amount = call.params["amount"]
    check_amount(amount, intent["currency"])
    if amount <= intent["amount"]:
        raise invalid(
            "The amount must be greater than the currently authorized amount.", param="amount"
        )
    intent["metadata"] = merged(intent["metadata"], call.params.get("metadata"))
    charging.raise_hold(call, intent, amount)
    return intent


@route("POST", "/v1/payment_intents/{id}/cancel", "PaymentIntentCancelParams")
def cancel(call: Call) -> Thing:
    intent = call.require("payment_intent", call.path["id"])
    must_be(intent, _CANCELABLE, "canceled")
    if belongs_to_session(intent) and intent["status"] != "requires_capture":
        raise wrong_state("Expire the Checkout Session of this PaymentIntent instead.", intent)
    charging.cancel(call, intent, call.params.get("cancellation_reason"))
    return intent


@route(
    "POST",
    "/v1/payment_intents/{intent}/verify_microdeposits",
    "PaymentIntentVerifyMicrodepositsParams",
)
def verify_microdeposits(call: Call) -> Thing:
    intent = call.require("payment_intent", call.path["intent"])
    raise wrong_state(
        "There are no microdeposits to verify: the bank account counts as verified.", intent
    )


def belongs_to_session(intent: Thing) -> bool:
    return "_session" in intent
