"""Confirmation tokens ("The ConfirmationToken object"): what a buyer typed, for the server.

Stripe.js makes them of its Elements; the payment method itself is made when an intent is confirmed.
"""

from typing import Any

from stripe_emulator import ids, methods
from stripe_emulator.address import whole_shipping
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid, not_here_yet
from stripe_emulator.methods.making import billing, resolve
from stripe_emulator.resources.editing import only
from stripe_emulator.store import Thing

# "A ConfirmationToken expires 12 hours after creation".
_LASTS_SECONDS = 12 * 3600
_CREATE = (
    *("payment_method", "payment_method_data", "return_url", "setup_future_usage", "shipping"),
)


@route("POST", "/v1/confirmation_tokens", "test_helpers.ConfirmationTokenCreateParams")
def create(call: Call) -> Thing:
    """Stripe.js' own call; a server has the one below."""
    given = call.params
    only(call, _CREATE, "confirmation tokens")
    token: Thing = {
        "id": ids.new("ctoken"),
        "object": "confirmation_token",
        "created": call.now,
        "expires_at": call.now + _LASTS_SECONDS,
        "livemode": False,
        "payment_intent": None,
        "return_url": given.get("return_url"),
        "setup_future_usage": given.get("setup_future_usage"),
        "setup_intent": None,
        "shipping": _shipping(given.get("shipping")),
        "use_stripe_sdk": True,
        **_method(call, given),
    }
    call.tx.put(token)
    return token


@route("POST", "/v1/test_helpers/confirmation_tokens", "test_helpers.ConfirmationTokenCreateParams")
def create_for_test(call: Call) -> Thing:
    return create(call)


@route("GET", "/v1/confirmation_tokens/{id}", "ConfirmationTokenRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("confirmation_token", call.path["id"])


def _shipping(given: dict[str, Any] | None) -> Thing | None:
    """Without what only a shop knows of a parcel."""
    whole = whole_shipping(given)
    return whole and {name: whole[name] for name in ("address", "name", "phone")}


def _method(call: Call, given: dict[str, Any]) -> Thing:
    """What the token shows of the method, and what it will be made of."""
    if given.get("payment_method"):
        method = resolve(call, given["payment_method"])
        shown = {name: method[name] for name in ("type", method["type"], "billing_details")}
        preview = {**shown, "customer": method["customer"], "customer_account": None}
        return {"payment_method_preview": preview, "_payment_method": method["id"]}
    data = given.get("payment_method_data")
    if not data or not data.get("type"):
        param = "payment_method_data[type]" if data else "payment_method_data"
        raise invalid(f"Missing required param: {param}.", code="parameter_missing", param=param)
    kind = methods.named(data["type"])
    if kind is None:
        raise not_here_yet(f"payment methods of type {data['type']:.60}", "type")
    details, _private = kind.read(call, data.get(kind.name) or {})
    preview = {
        "allow_redisplay": data.get("allow_redisplay", "unspecified"),
        "billing_details": billing(data.get("billing_details")),
        "customer": None,
        "customer_account": None,
        "type": kind.name,
        kind.name: details,
    }
    return {"payment_method_preview": preview, "_payment_method_data": data}
