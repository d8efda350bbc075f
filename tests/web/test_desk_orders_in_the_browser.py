"""An operator in Chromium: ships in parts, undoes it, ships the rest; several at once; search."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from paydesk.staff.member import Role
from paydesk.testing import served
from tests.browser import tab
from tests.paydesk.test_inbox import now_of
from tests.paydesk.test_shipments import paid_order
from tests.web.conftest import operator

pytestmark = pytest.mark.browser


@pytest.fixture
def page(app, shop, chromium) -> Iterator[Page]:
    """The desk in a browser of somebody who works on orders."""
    clerk = operator(app, shop, Role.ORDERS)
    cookie = clerk.http.get_cookie("paydesk-desk")
    assert cookie is not None
    with served(app) as address, tab(chromium, base_url=address) as page:
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])
        yield page


def test_an_operator_ships_in_parts_undoes_it_and_ships_the_rest(page, shop, gateway):
    order = paid_order(shop, gateway, 3, email="anna@shop.example")
    page.goto("/admin/orders?tab=to_ship")
    page.get_by_role("link", name="1001").click()
    page.get_by_label("Arduino Board").fill("1")
    page.get_by_label("Carrier", exact=True).select_option("DHL")
    page.get_by_label("Tracking number").fill("JD 014")
    page.get_by_role("button", name="Mark shipped").click()
    expect(page.locator("h1")).to_contain_text("Partly shipped")
    expect(page.get_by_role("link", name="JD 014")).to_have_attribute("href", re.compile("dhl"))
    page.get_by_role("button", name="Undo shipment").click()
    expect(page.locator("h1")).to_contain_text("To ship")
    expect(page.get_by_label("Arduino Board")).to_have_value("3")
    page.get_by_role("button", name="Mark shipped").click()
    expect(page.locator("h1")).to_contain_text("Shipped")
    page.get_by_role("button", name="Mark delivered").click()
    expect(page.locator("h1")).to_contain_text("Delivered")
    page.get_by_label("Note for yourselves").fill("She rang: all well.")
    page.get_by_role("button", name="Keep the note").click()
    expect(page.locator(".timeline").first).to_contain_text("Note: She rang: all well.")
    assert now_of(shop, order).fulfilment == "delivered"


def test_an_operator_searches_ticks_all_and_ships_them_at_once(page, shop, gateway):
    for name in ("anna", "ben"):
        paid_order(shop, gateway, 1, email=f"{name}@shop.example")
    page.goto("/admin/orders")
    # The shortcut for the search at the top.
    page.keyboard.press("/")
    page.keyboard.type("shop.example")
    page.keyboard.press("Enter")
    page.get_by_label("Tick all orders on this page").check()
    expect(page.get_by_label("Order 1001")).to_be_checked()
    page.get_by_role("button", name="Mark shipped").click()
    expect(page.locator("h1")).to_have_text("Marked as shipped: 2 of 2")
    page.get_by_role("link", name="Back to the orders").click()
    expect(page).to_have_url(re.compile(r"\?q=shop\.example$"))
    expect(page.get_by_role("row")).to_have_count(4)
    page.get_by_label("Number, e-mail, name").last.fill("pi_cs_test_0002")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("h1")).to_contain_text("Order 1002")
