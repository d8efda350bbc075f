"""Setup intents ("The SetupIntent object"): payment methods saved for later."""

from stripe_emulator import listing, methods
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid
from stripe_emulator.metadata import merged
from stripe_emulator.resources.editing import only, update
from stripe_emulator.resources.intent_method import (
    WAYS,
    check_return_url,
    failed,
    given_method,
    must_be,
    only_when_confirming,
    take_options,
    wrong_state,
)
from stripe_emulator.setting_up import attempt_setup, cancel_setup, new_setup_intent
from stripe_emulator.shapes import may_be_missing
from stripe_emulator.store import Thing

may_be_missing("setup_intent", "attach_to_self")

_CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
_HOW_TO_CONFIRM = ("mandate_data", "return_url", "use_stripe_sdk")
_PLAIN = (
    *("customer", "description", "usage", "allowed_payment_method_types"),
    *("excluded_payment_method_types", "automatic_payment_methods"),
)
_CREATE = (*_PLAIN, "metadata", "payment_method_options", "confirm", *WAYS, *_HOW_TO_CONFIRM)
_UPDATE = ("customer", "description", "metadata", "allowed_payment_method_types",
           "excluded_payment_method_types")  # fmt: skip


@route("POST", "/v1/setup_intents", "SetupIntentCreateParams")
def create(call: Call) -> Thing:
    given = call.params
    only(call, _CREATE, "setup intents")
    only_when_confirming(call, _HOW_TO_CONFIRM)
    if given.get("customer"):
        call.require("customer", given["customer"], "customer")
    setup = new_setup_intent(call, **{name: given.get(name) or None for name in _PLAIN})
    setup["automatic_payment_methods"].setdefault("allow_redirects", "always")
    setup["metadata"] = merged(None, given.get("metadata"))
    take_options(setup, call.params.get("payment_method_options"))
    method = given_method(call, setup)
    call.tx.put(setup)
    call.emit("setup_intent.created", setup)
    if method is not None:
        setup.update(payment_method=method["id"], status="requires_confirmation")
        call.tx.put(setup)
    return _confirm_now(call, setup) if given.get("confirm") else setup


@route("GET", "/v1/setup_intents/{id}", "SetupIntentRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("setup_intent", call.path["id"])


@route("POST", "/v1/setup_intents/{id}", "SetupIntentUpdateParams")
def change(call: Call) -> Thing:
    setup = call.require("setup_intent", call.path["id"])
    given = call.params
    only(call, (*_UPDATE, *WAYS, "payment_method_options"), "changes of setup intents")
    must_be(setup, _CONFIRMABLE, "updated")
    if given.get("customer"):
        call.require("customer", given["customer"], "customer")
    take_options(setup, call.params.get("payment_method_options"))
    call.tx.put(setup)
    setup = update(call, setup, _UPDATE, None)
    setup["payment_method_types"] = methods.of_setup(setup)
    method = given_method(call, setup)
    if method is not None:
        setup.update(payment_method=method["id"], status="requires_confirmation", next_action=None)
    call.tx.put(setup)
    return setup


@route("POST", "/v1/setup_intents/{id}/confirm", "SetupIntentConfirmParams")
def confirm(call: Call) -> Thing:
    setup = call.require("setup_intent", call.path["id"])
    only(call, ("payment_method_options", *WAYS, *_HOW_TO_CONFIRM), "confirming")
    must_be(setup, _CONFIRMABLE, "confirmed")
    take_options(setup, call.params.get("payment_method_options"))
    method = given_method(call, setup)
    if method is not None:
        setup["payment_method"] = method["id"]
    return _confirm_now(call, setup)


@route("POST", "/v1/setup_intents/{id}/cancel", "SetupIntentCancelParams")
def cancel(call: Call) -> Thing:
    setup = call.require("setup_intent", call.path["id"])
    must_be(setup, _CONFIRMABLE, "canceled")
    cancel_setup(call, setup, call.params.get("cancellation_reason"))
    return setup


@route(
    "POST",
    "/v1/setup_intents/{intent}/verify_microdeposits",
    "SetupIntentVerifyMicrodepositsParams",
)
def verify_microdeposits(call: Call) -> Thing:
    setup = call.require("setup_intent", call.path["intent"])
    raise wrong_state(
        "There are no microdeposits to verify: the bank account counts as verified.", setup
    )


@route("GET", "/v1/setup_intents", "SetupIntentListParams")
def list_all(call: Call) -> Thing:
    only(call, ("customer",), "lists of setup intents")
    customer = call.params.get("customer")
    return listing.page(call, "setup_intent", "/v1/setup_intents", customer=customer)


@route("GET", "/v1/setup_attempts", "SetupAttemptListParams")
def list_attempts(call: Call) -> Thing:
    only(call, ("setup_intent",), "lists of setup attempts")
    setup = call.require("setup_intent", call.params["setup_intent"], "setup_intent")
    return listing.page(call, "setup_attempt", "/v1/setup_attempts", setup_intent=setup["id"])


def _confirm_now(call: Call, setup: Thing) -> Thing:
    given = call.params
    if setup.get("payment_method") is None:
        raise invalid(
            "You cannot confirm this SetupIntent because it's missing a payment method. Update "
            "the SetupIntent with a payment method, and then confirm it again.",
            code="setup_intent_unexpected_state",
            param="payment_method",
        )
    method = call.require("payment_method", setup["payment_method"])
    url = given.get("return_url")
    check_return_url(url)
    setup.update(
        _mandate_data=given.get("mandate_data") or None,
        _by_sdk=bool(given.get("use_stripe_sdk")),
    )
    if attempt_setup(call, setup, method, return_url=url) is not None:
        raise failed(setup, "last_setup_error")
    return setup
