"""What a buyer does on the hosted page, and the fixtures that put one there."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stripe
from playwright.sync_api import Browser, FrameLocator, Page

from stripe_emulator.server import Running
from tests.browser import tab

GOOD = "4242424242424242"
ALWAYS_ASKS = "4000002760003184"
Checkout = Callable[..., stripe.checkout.Session]


@pytest.fixture
def shop_url(emulator: Running) -> str:
    """Where buyers come back to: for a browser another site, but no server of its own."""
    return emulator.url.replace("127.0.0.1", "localhost") + "/health"


@pytest.fixture
def checkout(client: stripe.StripeClient, shop_url: str) -> Checkout:
    """Makes open sessions for two lamps."""

    lamp = {"currency": "usd", "unit_amount": 1950, "product_data": {"name": "Walnut desk lamp"}}

    def make(**more: Any) -> stripe.checkout.Session:
        wanted: Any = {
            "mode": "payment",
            "success_url": f"{shop_url}?session={{CHECKOUT_SESSION_ID}}",
            "cancel_url": f"{shop_url}?cart",
            "line_items": [{"quantity": 2, "price_data": lamp}],
            **more,
        }
        wanted = {name: value for name, value in wanted.items() if value is not None}
        return client.v1.checkout.sessions.create(wanted)

    return make


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    with tab(chromium) as opened:
        yield opened


@pytest.fixture
def plain_page(chromium: Browser) -> Iterator[Page]:
    """A browser without JavaScript."""
    with tab(chromium, java_script_enabled=False) as opened:
        yield opened


def fill(page: Page | FrameLocator, number: str = GOOD, **other: str) -> None:
    values = {
        "email": "ada@example.com",
        "cardNumber": number,
        "cardExpiry": "1234",
        "cardCvc": "123",
        "billingName": "Ada Lovelace",
        "billingPostalCode": "12345",
        **other,
    }
    page.locator("#email").wait_for()
    for name, value in values.items():
        box = page.locator(f"#{name}")
        # A billing address is not always asked for, an e-mail address not always to be changed.
        if box.is_visible() and box.is_editable():
            box.fill(value)


def pay(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Pay")).click()


def state(client, session):
    found = client.v1.checkout.sessions.retrieve(session.id)
    return found.status, found.payment_status
