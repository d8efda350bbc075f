"""The payment method an intent is given, and whether it may have it."""

from functools import cache
from typing import Any

from stripe_emulator import methods
from stripe_emulator.address import whole_shipping
from stripe_emulator.call import Call
from stripe_emulator.errors import StripeFault, invalid
from stripe_emulator.methods.making import from_parameters, resolve
from stripe_emulator.shapes import complete
from stripe_emulator.store import Thing

# All ways to say which method it is to be.
WAYS = ("payment_method", "payment_method_data", "confirmation_token")
_WRONG_KIND = {
    "payment_intent": "payment_intent_incompatible_payment_method",
    "setup_intent": "setup_intent_invalid_parameter",
}
_SPOKEN = {"payment_intent": "PaymentIntent", "setup_intent": "SetupIntent"}


def given_method(call: Call, intent: Thing) -> Thing | None:
    """The method the parameters name or describe; None if they do not.

    Raises a StripeFault for one that is used up, another customer's, or of a kind this intent
    does not take.
    """
    given = call.params
    if given.get("confirmation_token"):
        method = _from_confirmation_token(call, intent)
    elif given.get("payment_method_data"):
        method = from_parameters(call, given["payment_method_data"], "payment_method_data")
    elif given.get("payment_method"):
        method = resolve(call, given["payment_method"])
    else:
        return None
    _check_kind(intent, method)
    _check_owner(intent, method)
    return method


def _from_confirmation_token(call: Call, intent: Thing) -> Thing:
    token = call.require("confirmation_token", call.params["confirmation_token"],
                         "confirmation_token")  # fmt: skip
    if token.get(intent["object"]):
        raise invalid(
            "This ConfirmationToken has already been used.",
            code="token_already_used",
            param="confirmation_token",
        )
    token[intent["object"]] = intent["id"]
    call.tx.put(token)
    if token["expires_at"] < call.now:
        raise invalid("This ConfirmationToken has expired.", param="confirmation_token")
    if intent["object"] == "payment_intent":
        usage = token["setup_future_usage"] or intent.get("setup_future_usage")
        intent["setup_future_usage"] = usage
        if token["shipping"]:
            intent["shipping"] = whole_shipping(token["shipping"])
    if token.get("return_url"):
        call.params.setdefault("return_url", token["return_url"])
    if token.get("_payment_method"):
        return call.require("payment_method", token["_payment_method"])
    return from_parameters(call, token["_payment_method_data"], "payment_method_data")


def _check_kind(intent: Thing, method: Thing) -> None:
    spoken, kinds = _SPOKEN[intent["object"]], intent["payment_method_types"]
    if method["type"] not in kinds:
        raise StripeFault(
            f"The PaymentMethod provided ({method['type']}) is not allowed for this {spoken}. "
            f"Please attempt to update the {spoken} with a PaymentMethod with one of the "
            f"following types instead: {', '.join(kinds)}.",
            code=_WRONG_KIND[intent["object"]],
            param="payment_method",
        )


def _check_owner(intent: Thing, method: Thing) -> None:
    owner, spoken = method["customer"], _SPOKEN[intent["object"]]
    if owner is not None and intent.get("customer") is None:
        raise invalid(
            f"The PaymentMethod {method['id']} belongs to a Customer. Please include the Customer "
            f"in the `customer` parameter on the {spoken}.",
            param="payment_method",
        )
    if owner is not None and owner != intent["customer"]:
        raise invalid(
            f"The PaymentMethod {method['id']} does not belong to the Customer you supplied "
            f"({intent['customer']}).",
            param="payment_method",
        )
    if method.get("_used_up"):
        raise invalid(
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer "
            "attachment, shared with a connected account without Customer attachment, or was "
            "detached from a Customer. It may not be used again. To use a PaymentMethod multiple "
            "times, you must attach it to a Customer first.",
            param="payment_method",
        )


def must_be(intent: Thing, states: tuple[str, ...], done: str) -> None:
    """Raises the StripeFault of an intent in another state."""
    if intent["status"] not in states:
        raise wrong_state(
            f"This {_SPOKEN[intent['object']]} could not be {done} because it has a status of "
            f"{intent['status']}.",
            intent,
        )


def wrong_state(message: str, intent: Thing) -> StripeFault:
    kind = intent["object"]
    shown: dict[str, Any] = {kind: complete(intent)}
    return StripeFault(message, code=f"{kind}_unexpected_state", **shown)


def failed(intent: Thing, error_name: str) -> StripeFault:
    """The refusal of a confirmation that was tried and declined; what was written is kept."""
    error = dict(intent[error_name])
    message, kind = error.pop("message"), error.pop("type")
    error.pop("doc_url")
    return StripeFault(
        message, status=402, kind=kind, keep=True, **{intent["object"]: complete(intent)}, **error
    )


def only_when_confirming(call: Call, names: tuple[str, ...]) -> None:
    """Raises a StripeFault for what says how to confirm where nothing is confirmed."""
    for name in names:
        if name in call.params and not call.params.get("confirm"):
            raise invalid(f"`{name}` can only be used with `confirm=true`.", param=name)


def check_return_url(url: str | None) -> None:
    """Raises a StripeFault for an address nobody can be sent to; an app's own schemes will do."""
    if url is None:
        return
    scheme, found, _ = url.partition("://")
    if not found or not scheme or scheme.lower() in ("javascript", "data", "vbscript"):
        raise invalid(
            "Not a valid URL: an explicit scheme (such as https) must be provided.",
            code="url_invalid",
            param="return_url",
        )


def take_options(intent: Thing, given: dict[str, Any] | None) -> None:
    """Options of each kind over those that are there; '' takes a kind's away.

    What the object does not show has no effect here either, and is let go.
    """
    options = dict(intent["payment_method_options"] or {})
    for kind, values in (given or {}).items():
        if methods.named(kind) is None:
            continue
        if values:
            known = _shown_options(intent["object"], kind)
            said = {name: value or None for name, value in values.items() if name in known}
            options[kind] = {**options.get(kind, {}), **said}
        else:
            options.pop(kind, None)
    intent["payment_method_options"] = options


@cache
def _shown_options(of: str, kind: str) -> frozenset[str]:
    # It takes longer to import than all the rest, and would hold up the start.
    import stripe

    intent = stripe.PaymentIntent if of == "payment_intent" else stripe.SetupIntent
    name = "".join(part.capitalize() for part in kind.split("_"))
    shown = getattr(intent.PaymentMethodOptions, name, None)
    return frozenset(getattr(shown, "__annotations__", ()))
