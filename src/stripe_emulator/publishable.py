"""What a publishable key may call, and how much of an answer it sees ("API keys").

Such a key stands in a page's source: it makes what a buyer types into tokens and payment methods,
and touches an intent only together with that intent's `client_secret`.
"""

import hmac
from typing import TYPE_CHECKING, Any

from stripe_emulator.errors import StripeFault, invalid
from stripe_emulator.store import Thing

if TYPE_CHECKING:
    from stripe_emulator.call import Call


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FREE = frozenset(
    {
        "POST /v1/tokens",
        "POST /v1/payment_methods",
        "POST /v1/confirmation_tokens",
        # These look for the secret themselves: there may be none before an intent is made.
        "GET /v1/elements/sessions",
    }
)
_WITH_SECRET = {
    **dict.fromkeys(
        (
            "GET /v1/payment_intents/{id}",
            "POST /v1/payment_intents/{id}/confirm",
            "POST /v1/payment_intents/{intent}/verify_microdeposits",
        ),
        "payment_intent",
    ),
    **dict.fromkeys(
        (
            "GET /v1/setup_intents/{id}",
            "POST /v1/setup_intents/{id}/confirm",
            "POST /v1/setup_intents/{intent}/verify_microdeposits",
        ),
        "setup_intent",
    ),
}
# The fields that Stripe.js' own types promise (`PaymentIntent` and `SetupIntent` there), and those
# that the reference marks as retrievable with a publishable key.
_SEEN = {
    "payment_intent": _words(
        "id object amount automatic_payment_methods canceled_at cancellation_reason "
        "capture_method client_secret confirmation_method created currency description "
        "last_payment_error livemode next_action payment_method payment_method_types processing "
        "receipt_email setup_future_usage shipping status"
    ),
    "setup_intent": _words(
        "id object automatic_payment_methods cancellation_reason client_secret created "
        "description last_setup_error livemode next_action payment_method payment_method_types "
        "status usage"
    ),
}
# What only the shop itself may decide.
_SHOPS_OWN = _words(
    "off_session error_on_requires_action capture_method amount_details hooks payment_details "
    "customer application_fee_amount metadata"
)


def require_allowed(called: str) -> None:
    """Refuses what needs a secret key; `called` is a route: `GET /v1/payment_intents/{id}`."""
    if called not in _FREE and called not in _WITH_SECRET:
        raise StripeFault(
            "This API call cannot be made with a publishable API key. Please use a secret API key.",
            status=401,
            code="secret_key_required",
        )


def require_secret(call: "Call", called: str, raw: dict[str, Any]) -> None:
    """Takes `client_secret` out of the parameters; refuses an intent it is not the secret of."""
    kind = _WITH_SECRET.get(called)
    if kind is None:
        return
    secret = raw.pop("client_secret", None)
    if not isinstance(secret, str) or not secret:
        raise invalid(
            "Missing required param: client_secret.",
            code="parameter_missing",
            param="client_secret",
        )
    owner(call, kind, call.path.get("id") or call.path["intent"], secret)


def owner(call: "Call", kind: str, thing_id: str, secret: str) -> Thing:
    """The intent that this secret belongs to, or Stripe's refusal."""
    thing = call.require(kind, thing_id)
    if not hmac.compare_digest(str(thing.get("client_secret")).encode(), secret.encode()):
        spoken = "PaymentIntent" if kind == "payment_intent" else "SetupIntent"
        raise invalid(
            f"The client_secret provided does not match any associated {spoken} on this account. "
            "Ensure the publishable key used belongs to the same account that created the "
            f"{spoken}.",
            code=f"{kind}_invalid_parameter",
            param="client_secret",
        )
    return thing


def check(called: str, given: dict[str, Any], paths: list[str]) -> None:
    """Refuses parameters and expansions that would say or do more than a buyer may."""
    for name in sorted(_SHOPS_OWN & set(given)) if called in _WITH_SECRET else ():
        raise invalid(f"You cannot set `{name}` with a publishable API key.", param=name)
    for path in paths:
        if path != "payment_method":
            raise invalid(
                f"You cannot expand `{path[:120]}` with a publishable API key.", param="expand"
            )


def seen(thing: Thing) -> Thing:
    """`thing` without what is the shop's business alone."""
    kept = _SEEN.get(str(thing.get("object")))
    if kept is None:
        return thing
    return {name: value for name, value in thing.items() if name in kept}


def trim(fault: StripeFault) -> None:
    """The same for the intent that a refusal carries."""
    for name in _SEEN:
        if isinstance(fault.fields.get(name), dict):
            fault.fields[name] = seen(fault.fields[name])
