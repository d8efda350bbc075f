"""The desk's door in a real browser, by the keyboard alone: link, account, code, out and in."""

import re

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import tab
from tests.journeys.world import World

PASSWORD = "four words of somebody"
pytestmark = pytest.mark.browser


# A browser's part is the same on either database; the rooms below are tested on both.
@pytest.fixture
def database_url(empty_sqlite: str) -> str:
    return empty_sqlite


def typed(page: Page, fields: dict[str, str]) -> None:
    """Fill fields in by the keyboard and send the form with Enter."""
    for label, value in fields.items():
        field = page.get_by_label(re.compile(f"^{label}", re.IGNORECASE))
        field.focus()
        page.keyboard.insert_text(value)
    page.keyboard.press("Enter")


def test_an_owner_comes_in_by_the_link_and_again_with_a_code(chromium: Browser, world: World):
    link = re.findall(r"http\S+/admin/welcome/\w+", world.command("staff", "owner-link").stdout)[0]
    with tab(chromium) as page:
        page.goto(link)
        typed(page, {"E-mail": "ann@shop.example", "Password": "short"})
        # The browser itself refuses it first; who has switched that off is told by the page.
        page.locator("form").evaluate("form => form.noValidate = true")
        page.keyboard.press("Enter")
        summary = page.get_by_role("alert")
        expect(summary).to_be_focused()
        typed(page, {"Password": PASSWORD})
        shows(page, "Home")
        _switch_the_second_factor_on(page)
        page.goto(f"{world.shop_url}/admin/settings/shop")
        page.get_by_label("Name of the shop").fill("Kabelsalat")
        page.get_by_label("Colour").fill("#0b6e4f")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
        expect(page.get_by_role("link", name="Kabelsalat")).to_be_visible()
        assert _background(page, ".form-actions .button") == "rgb(11, 110, 79)"
        _look_at_the_shortcuts(page)


def shows(page: Page, heading: str) -> None:
    # A password takes its time, and so does a machine with other things to do.
    expect(page.get_by_role("heading", level=1)).to_have_text(heading, timeout=20_000)


def _switch_the_second_factor_on(page: Page) -> None:
    page.locator(".desk-user summary").click()
    page.get_by_role("link", name="My account").click()
    page.get_by_role("link", name="Switch on").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    secret = page.locator("input[name=secret]").input_value()
    typed(page, {"Code": pyotp.TOTP(secret).now()})
    expect(page.locator(".codes code")).to_have_count(10)
    recovery = page.locator(".codes code").first.inner_text()
    page.locator(".desk-user summary").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    typed(page, {"E-mail": "ann@shop.example", "Password": PASSWORD})
    shows(page, "Your code")
    typed(page, {"Code": recovery})
    shows(page, "Home")


def _background(page: Page, selector: str) -> str:
    colour: str = page.locator(selector).last.evaluate(
        "each => { each.style.transition = 'none'; return getComputedStyle(each).backgroundColor }"
    )
    return colour


def _look_at_the_shortcuts(page: Page) -> None:
    page.locator("main").focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.locator("main").focus()
    page.keyboard.press("g")
    page.keyboard.press("o")
    shows(page, "Orders")
