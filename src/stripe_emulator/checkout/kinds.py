"""The ways to pay that a session offers: what can pay its amount, and what the shop allows."""

from stripe_emulator import methods
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid
from stripe_emulator.store import Thing

# So that every kind is asked whether it is at home in the currency, whatever the amount.
_ANY_AMOUNT = 10_000
# How the restrictions of a session name the brands of cards.
_BRANDS = {
    "american_express": ("amex",),
    "discover_global_network": ("discover", "diners", "jcb", "unionpay"),
    "mastercard": ("mastercard",),
    "visa": ("visa",),
}


def note_kinds(_call: Call, session: Thing) -> None:
    """Sets `payment_method_types`. Raises a StripeFault if there is no way to pay at all."""
    session["payment_method_types"] = kinds_of(session)
    if not session["payment_method_types"]:
        raise invalid(
            "No payment method types are possible for this Checkout Session: none of those "
            "allowed can pay in this currency and amount.",
            param="allowed_payment_method_types",
        )


def kinds_of(session: Thing) -> list[str]:
    """The kinds of payment methods that can pay the session as it is now."""
    return methods.eligible(
        session["amount_total"] or _ANY_AMOUNT,
        session["currency"] or "usd",
        allowed=session["allowed_payment_method_types"],
        excluded=session.get("excluded_payment_method_types"),
        held=is_held(session),
        saved=saves(session) is not None,
    )


def is_blocked(session: Thing, method: Thing) -> bool:
    """Whether the shop does not take this card ("restrictions" of payment_method_options)."""
    card = method.get("card")
    rules = session["payment_method_options"].get("card", {}).get("restrictions") or {}
    if card is None:
        return False
    brands = {brand for each in rules.get("brands_blocked") or [] for brand in _BRANDS[each]}
    return card["brand"] in brands or card["funding"] in (rules.get("funding_types_blocked") or [])


def is_held(session: Thing) -> bool:
    """Whether the amount is captured later."""
    card = session["payment_method_options"].get("card", {})
    asked = session["_payment_intent_data"].get("capture_method") or card.get("capture_method")
    return bool(asked == "manual")


def saves(session: Thing, kind: str | None = None) -> str | None:
    """`setup_future_usage` of the payment, with this kind of method: None, on_ or off_session."""
    if session["mode"] in ("subscription", "setup"):
        return "off_session"
    options = session["payment_method_options"].get(kind or "") or {}
    usage: str | None = options.get("setup_future_usage")
    if usage in (None, "none"):
        usage = session["_payment_intent_data"].get("setup_future_usage") if not usage else None
    return usage
