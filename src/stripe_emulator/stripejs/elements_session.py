"""What the Payment Element asks first: what is to be paid, and what it may be paid with."""

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from stripe_emulator import ids, methods, publishable
from stripe_emulator.api import route, running
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid
from stripe_emulator.money import check_amount, currency_code
from stripe_emulator.shapes import complete
from stripe_emulator.store import Thing

_KINDS = {"payment_intent": "pi_", "setup_intent": "seti_"}


class DeferredIntent(TypedDict):
    """What will be paid by an intent that is made later."""

    mode: Literal["payment", "setup", "subscription"]
    amount: NotRequired[int]
    currency: NotRequired[str]


class ElementsSessionParams(TypedDict):
    """No part of Stripe's published API: its own script calls this."""

    type: Literal["payment_intent", "setup_intent", "deferred_intent"]
    client_secret: NotRequired[str]
    deferred_intent: NotRequired[DeferredIntent]


_PARAMS = "stripe_emulator.stripejs.elements_session.ElementsSessionParams"


@route("GET", "/v1/elements/sessions", _PARAMS)
def retrieve(call: Call) -> Thing:
    kind = call.params["type"]
    preference: Thing = {"type": kind}
    if kind == "deferred_intent":
        preference["ordered_payment_method_types"] = _of_deferred(call.params)
    else:
        intent = _intent(call, kind)
        preference["ordered_payment_method_types"] = intent["payment_method_types"]
        preference[kind] = publishable.seen(complete(intent))
    return {
        "id": ids.new("elements_session"),
        "business_name": running().business_name,
        "payment_method_preference": preference,
    }


def _intent(call: Call, kind: str) -> Thing:
    secret = call.params.get("client_secret", "")
    thing_id = secret.partition("_secret_")[0]
    if not thing_id.startswith(_KINDS[kind]):
        raise invalid("The client_secret is not one of an intent.", param="client_secret")
    return publishable.owner(call, kind, thing_id, secret)


def _of_deferred(params: Thing) -> list[str]:
    """The methods of an intent that does not exist yet."""
    given = params.get("deferred_intent")
    if given is None:
        raise invalid(
            "Missing required param: deferred_intent.",
            code="parameter_missing",
            param="deferred_intent",
        )
    currency = currency_code(given.get("currency", "usd"), "deferred_intent[currency]")
    if given["mode"] == "payment":
        check_amount(given.get("amount", 0), currency, "deferred_intent[amount]")
    saved = given["mode"] != "payment"
    return methods.eligible(given.get("amount", 0), currency, saved=saved)
