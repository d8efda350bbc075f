"""A cart in a real browser: without a script, by the keyboard alone, and beside another session."""

import json

import pytest
from playwright.sync_api import Page, expect

from paydesk.business import demonstration
from paydesk.catalogue import product as products
from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database
from paydesk.foundation.money import Money
from tests.journeys.buyer import fill_in_address
from tests.journeys.world import World, until
from tests.marks import slow_on_postgres

pytestmark = [pytest.mark.browser]
# A page has fewer stops than that.
_MOST_STOPS = 120


@pytest.fixture
def business(world: World) -> None:
    database = Database(world.database_url)
    with database.transaction() as tx:
        demonstration.load(tx, Clock())
    database.close()


def puts_in(page: Page, world: World, slug: str, quantity: int = 1) -> None:
    page.goto(f"{world.shop_url}/p/{slug}")
    page.get_by_label("Quantity").fill(str(quantity))
    page.get_by_role("button", name="Add to cart").click()
    expect(page.get_by_role("status").first).to_contain_text("is in your cart")


def fills_in_card_and_address(page: Page) -> None:
    for field, text in (
        ("cardNumber", "4242424242424242"),
        ("cardExpiry", "12 / 34"),
        ("cardCvc", "123"),
    ):
        page.locator(f"[name={field}]").fill(text)
    fill_in_address(page)


@slow_on_postgres
def test_a_cart_of_three_is_bought_without_javascript(buyer_without_script, world, business):
    buyer, page = buyer_without_script, buyer_without_script.page
    puts_in(page, world, "arduino-board")
    puts_in(page, world, "sensor-kit", 2)
    puts_in(page, world, "soldering-iron")
    page.get_by_role("link", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Review your order")
    page.get_by_label("Ship to").select_option("AT")
    page.get_by_role("button", name="Update shipping").click()
    page.get_by_role("button", name="Order and pay").click()
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_label("E-mail").fill("ada@example.com")
    # 39 + 49 + 59, and 9.90 to Austria.
    page.get_by_role("button", name="Order and pay $156.90").click()
    page.wait_for_url(f"{world.stripe_url}/c/pay/**")
    expect(page.locator("body")).to_contain_text("$156.90")
    fills_in_card_and_address(page)
    page.get_by_role("button", name="Pay", exact=False).click()
    page.wait_for_url(f"{world.shop_url}/o/**")
    buyer.sees_paid()
    buyer.sees("$156.90")
    until(lambda: world.handler_runs() == 1, "the handler's run")
    page.goto(f"{world.shop_url}/cart")
    buyer.sees("Your cart is empty")
    shown = json.loads(world.command("orders", "show", "1001", "--json").stdout)
    assert shown["total_minor"] == shown["paid_minor"] == 15690
    assert shown["answers"]["ship_to"]["city"] == "Berlin"
    found = world.command("check")
    assert found.returncode == 0, found.stdout


def goes_to(page: Page, words: str) -> None:
    """Press Tab until what has the focus says so."""
    for _ in range(_MOST_STOPS):
        page.keyboard.press("Tab")
        if words in str(page.evaluate(_FOCUSED)):
            return
    raise AssertionError(f"Tab does not lead to {words!r}")


_FOCUSED = """() => {
  const it = document.activeElement;
  const label = it.labels?.length ? it.labels[0].innerText : "";
  return `${it.innerText || ""} ${label} ${it.getAttribute("aria-label") || ""}`;
}"""


@slow_on_postgres
def test_the_keyboard_alone_buys(buyer, world, business):
    page = buyer.page
    page.goto(f"{world.shop_url}/p/arduino-board")
    goes_to(page, "Add to cart")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cart?added=*")
    goes_to(page, "Continue")
    page.keyboard.press("Enter")
    page.wait_for_url("**/checkout")
    goes_to(page, "Order and pay")
    page.keyboard.press("Enter")
    # The summary has the focus, and its first link leads to the field.
    expect(page.get_by_role("alert")).to_be_focused()
    goes_to(page, "Enter your e-mail address")
    page.keyboard.press("Enter")
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.keyboard.type("ada@example.com")
    goes_to(page, "Order and pay")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{world.stripe_url}/c/pay/**")
    fills_in_card_and_address(page)
    page.get_by_role("button", name="Pay", exact=False).press("Enter")
    page.wait_for_url(f"{world.shop_url}/o/**")
    buyer.sees_paid()


@slow_on_postgres
def test_a_price_changed_in_another_session_is_said_before_paying(buyer, world):
    page = buyer.page
    puts_in(page, world, "soldering-iron")
    page.goto(f"{world.shop_url}/checkout")
    page.get_by_label("E-mail").fill("ada@example.com")
    database = Database(world.database_url)
    with database.transaction() as tx:
        iron = products.by_slug(tx, "soldering-iron").variants[0]
        products.change_price(tx, iron, Money(6100, "usd"), Clock())
    database.close()
    page.get_by_role("button", name="Order and pay $59.00").click()
    buyer.sees("was $59.00, now $61.00")
    assert world.sessions() == []
    # What was typed is still there.
    expect(page.get_by_label("E-mail")).to_have_value("ada@example.com")
    page.get_by_role("button", name="Order and pay $61.00").click()
    page.wait_for_url(f"{world.stripe_url}/c/pay/**")
