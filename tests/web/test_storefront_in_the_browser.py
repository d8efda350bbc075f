"""A buyer in Chromium, with JavaScript and without: finds, looks, chooses, goes to pay."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from paydesk.orders.order import Order
from paydesk.testing import served
from tests.browser import tab

pytestmark = pytest.mark.browser
STATIC = Path(__file__).parents[2] / "src/paydesk/web/static"
_MOST_BYTES = 50_000
_STRIPE = "https://checkout.stripe.com/**"


@pytest.fixture
def address(app) -> Iterator[str]:
    with served(app) as address:
        yield address


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def page(request, address, chromium) -> Iterator[Page]:
    with tab(chromium, base_url=address, java_script_enabled=request.param) as page:
        # Stripe's own page is no part of this.
        page.route(_STRIPE, lambda route: route.fulfill(body="Stripe"))
        yield page


def bought(shop) -> list[tuple[str, str, int]]:
    with shop.database.transaction() as tx:
        lines = [line for order in tx.scalars(select(Order)) for line in order.lines]
        return [(each.name, each.variant_name, each.quantity) for each in lines]


def test_a_buyer_finds_a_product_and_chooses_one_of_its_variants(page, shop):
    page.goto("/")
    page.get_by_role("searchbox").fill("BREAD")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Breadboard").first.click()
    expect(page.get_by_role("radio", name="1660 contacts")).to_be_disabled()
    expect(page.get_by_text("Sold out")).to_be_visible()
    page.get_by_label("830 contacts").check()
    page.get_by_label("Quantity").fill("2")
    # Asked for, not answered: what a form was redirected to cannot be answered by a route.
    with page.expect_request(_STRIPE):
        page.get_by_role("button", name="Purchase").click()
    assert bought(shop) == [("Breadboard", "830 contacts", 2)]


def test_a_list_is_arranged_by_a_form(page):
    page.goto("/")
    page.get_by_role("link", name="Boards and parts").first.click()
    page.get_by_label("Sort by").select_option("-price")
    page.get_by_label("In stock only").check()
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(r"/c/boards-and-parts\?stock=1&sort=-price$"))
    expect(page.locator("main h2").first).to_have_text("Arduino Board")
    # The way to the cart stands in the first line of the page's head, at any width.
    for width in (360, 641, 800, 1000):
        page.set_viewport_size({"width": width, "height": 600})
        boxes = [page.locator(each).bounding_box() for each in (".shop", ".cart-link")]
        assert len({box and box["y"] for box in boxes}) == 1, width


def test_each_thumbnail_shows_its_picture(page):
    page.goto("/p/multimeter")
    expect(page.get_by_role("img", name="A yellow multimeter").first).to_be_visible()
    page.get_by_role("link", name="Its two probes").click()
    shown = page.locator("[data-shown]")
    expect(shown).to_have_attribute("alt", re.compile("Its two probes"))
    expect(shown).to_have_attribute("src", re.compile("multimeter-2.svg"))
    expect(page.locator(".thumbnails [aria-current]")).to_have_count(1)


def test_steps_stay_within_what_can_be_had(address, chromium):
    with tab(chromium, base_url=address) as page:
        page.goto("/p/resistor-book")
        quantity = page.get_by_label("Quantity")
        for _ in range(4):
            page.get_by_role("button", name="One more").click()
        expect(quantity).to_have_value("2")
        for _ in range(4):
            page.get_by_role("button", name="One less").click()
        expect(quantity).to_have_value("1")


def test_nobody_else_is_asked_for_anything_before_stripes_page(address, chromium):
    with tab(chromium, base_url=address) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        for path in ("/", "/c/tools", "/search?q=none", "/p/workshop-apron", "/p/nothing"):
            page.goto(path)
        assert len(asked) > 10
        assert [url for url in asked if not url.startswith((address, "data:"))] == []


def test_no_page_is_wider_than_a_small_telephone(address, chromium):
    with tab(chromium, base_url=address, viewport={"width": 320, "height": 640}) as page:
        for path in ("/", "/c/tools", "/search?q=none", "/p/workshop-apron", "/p/parts-club"):
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_styles_and_scripts_of_buyers_pages_are_small():
    of_buyers = [
        file
        for file in (*STATIC.glob("*.css"), *STATIC.glob("*.js"))
        if not file.name.startswith("desk")
    ]
    assert sum(file.stat().st_size for file in of_buyers) < _MOST_BYTES
