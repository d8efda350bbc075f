"""After buying, in a browser: the page is told that it is paid; the keyboard alone withdraws."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.world import until
from tests.marks import slow_on_postgres

pytestmark = pytest.mark.browser
# The order page asks Stripe itself; with this switch it gets no answer, only the webhook helps.
NO_RETRIEVING = {"api_status": 500, "api_only_paths": ["/v1/checkout/sessions/"]}
_MOST_TABS = 60


def tab_to(page: Page, words: str) -> None:
    """Press Tab until what has the focus is called so, as whoever has no mouse does."""
    name = "() => (document.activeElement.labels?.[0] ?? document.activeElement).innerText ?? ''"
    for _ in range(_MOST_TABS):
        page.keyboard.press("Tab")
        if re.search(words, page.evaluate(name)):
            return
    raise AssertionError(f"{words} cannot be reached with Tab")


@slow_on_postgres
def test_the_page_is_told_that_it_is_paid_and_the_keyboard_alone_withdraws(buyer, world):
    world.faults(delivery_delay_seconds=3, **NO_RETRIEVING)
    buyer.buys()
    buyer.sees("We are confirming your payment")
    buyer.sees_paid()
    # Told by the server: the page has not asked once.
    assert "/live status=200" in world.log()
    assert "/state status=" not in world.log()
    page = buyer.page
    tab_to(page, "^Withdraw from contract here$")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Withdraw from a contract")
    _fills_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm your withdrawal")
    tab_to(page, "^Confirm withdrawal$")
    page.keyboard.press("Enter")
    buyer.sees("Your withdrawal reached us on")
    buyer.sees("Ada Lovelace")
    until(lambda: "withdrawal_declared" in world.log(), "the withdrawal")


def _fills_in(page: Page) -> None:
    """With the name forgotten at first: then the focus is on what is said about it."""
    tab_to(page, "^Your name$")
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.press("Enter")
    expect(page.locator(".problems")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your name")).to_be_focused()
    page.keyboard.type("Ada Lovelace")
    page.keyboard.press("Enter")
