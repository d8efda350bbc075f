"""Addresses, shipping details and e-mail addresses as Stripe answers them: whole."""

from typing import Any

from stripe_emulator.errors import invalid
from stripe_emulator.store import Thing

_LINES = ("city", "country", "line1", "line2", "postal_code", "state")


def whole(given: Any) -> Thing:
    """Every line of an address; null where nothing was sent."""
    return {name: (given or {}).get(name) or None for name in _LINES}


def whole_shipping(given: Any) -> Thing | None:
    """Shipping details with a whole address; '' clears them."""
    if not given:
        return None
    shown = {name: given.get(name) or None for name in ("carrier", "name", "phone")}
    return {
        "address": whole(given.get("address")),
        **shown,
        "tracking_number": given.get("tracking_number") or None,
    }


def check_email(value: str | None, param: str) -> None:
    """Raises a StripeFault for what no letter could be sent to."""
    if not value:
        return
    name, _, host = value.partition("@")
    if not name or not host or "@" in host or any(each.isspace() for each in value):
        raise invalid(f"Invalid email address: {value[:100]}", code="email_invalid", param=param)
