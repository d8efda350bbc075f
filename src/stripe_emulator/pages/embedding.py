"""The hosted page inside a page of the shop: who may show it, and whom it tells."""

from urllib.parse import urlencode

from flask import request

from stripe_emulator.checkout.showing import CheckoutPage
from stripe_emulator.pages import guard

# The parameter in which the script that mounts the page names its own origin.
PARENT = "parent"


def is_embedded(shown: CheckoutPage) -> bool:
    """Whether the session is made to be shown inside another page."""
    return shown.session.get("ui_mode") in ("embedded_page", "embedded")


def parent_of(shown: CheckoutPage) -> str | None:
    """The origin of the page around this one, which alone is told how it goes."""
    given = request.args.get(PARENT) or request.form.get(PARENT)
    near = is_embedded(shown) and guard.is_near(given)
    return guard.origin(given) if near else None


def inside(shown: CheckoutPage, address: str) -> str:
    """The address of another page of ours that is to know what is around it."""
    parent = parent_of(shown)
    if parent is None:
        return address
    return f"{address}{'&' if '?' in address else '?'}{urlencode({PARENT: parent})}"
