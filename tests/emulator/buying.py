"""How the emulator's tests sell something and pay for it."""

import json
from typing import Any

import stripe

from stripe_emulator.server import Running
from tests.emulator.conftest import over_the_wire

JSON = {"Content-Type": "application/json"}


def price_data(unit_amount: int = 1000, currency: str = "usd", name: str = "Board") -> Any:
    return {"currency": currency, "unit_amount": unit_amount, "product_data": {"name": name}}


def line(unit_amount: int = 1000, currency: str = "usd", quantity: int = 1) -> Any:
    return {"price_data": price_data(unit_amount, currency), "quantity": quantity}


def new_session(client: stripe.StripeClient, **more: Any) -> stripe.checkout.Session:
    wish = {
        "mode": "payment",
        "success_url": "http://shop.test/thanks?s={CHECKOUT_SESSION_ID}",
        "line_items": [line()],
        **more,
    }
    return client.v1.checkout.sessions.create(wish)  # type: ignore[arg-type]


def pay(
    emulator: Running, session: stripe.checkout.Session, card: str = "4242424242424242", **more: Any
) -> dict[str, Any]:
    """What came of it, paid without a browser."""
    return _control(emulator, f"checkout/{session.id}/pay", {"card": card, **more})


def authenticate(
    emulator: Running, session: stripe.checkout.Session, *, complete: bool
) -> dict[str, Any]:
    return _control(emulator, f"checkout/{session.id}/authenticate", {"complete": complete})


def pay_now(
    client: stripe.StripeClient, amount: int = 1000, method: str = "pm_card_visa", **more: Any
) -> stripe.PaymentIntent:
    """A payment intent that is confirmed at once."""
    wish = {"amount": amount, "currency": "usd", "payment_method": method, "confirm": True, **more}
    return client.v1.payment_intents.create(wish)  # type: ignore[arg-type]


def history(client: stripe.StripeClient, *leave_out: str) -> list[str]:
    """The types of all events, oldest first, without those about the catalogue."""
    page = client.v1.events.list({"limit": 100})
    skipped = ("product.", "price.", *leave_out)
    return [each.type for each in reversed(page.data) if not each.type.startswith(skipped)]


def event(client: stripe.StripeClient, kind: str) -> stripe.Event:
    """The only event of a type."""
    (found,) = client.v1.events.list({"type": kind}).data
    return found


def _control(emulator: Running, path: str, given: dict[str, Any]) -> dict[str, Any]:
    answer = over_the_wire(
        emulator.url, "POST", f"/_emulator/{path}", json.dumps(given), headers=JSON
    )
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json
    return found
