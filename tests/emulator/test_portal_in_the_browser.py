"""The customer portal and an invoice's page in a real browser: its rules, a phone, the dark."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import tab
from tests.emulator.subscribing import payer, plan, subscribe

pytestmark = pytest.mark.browser

_PHONE = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark", "locale": "de-DE"}


@pytest.fixture
def portal(client, emulator):
    customer = payer(client, name="Ada Lovelace")
    subscribe(client, customer=customer.id, items=[{"price": plan(client).id}])
    shop = emulator.url.replace("127.0.0.1", "localhost") + "/health"
    wish = {"customer": customer.id, "return_url": shop}
    return client.v1.billing_portal.sessions.create(wish).url


def test_a_customer_cancels_comes_back_and_changes_the_card(portal, chromium):
    with tab(chromium) as page:
        page.goto(portal)
        page.get_by_role("link", name="Cancel the subscription").click()
        page.get_by_text("too expensive").click()
        page.get_by_role("button", name="Cancel the subscription").click()
        expect(page.get_by_role("status")).to_contain_text("has been cancelled")
        page.get_by_role("button", name="Keep the subscription").click()
        expect(page.get_by_role("status")).to_contain_text("goes on")
        page.get_by_role("link", name="Change the card").click()
        page.get_by_role("button", name="Save the card").click()
        expect(page.locator("#cardNumber-problem")).to_be_visible()
        values = {"cardNumber": "4000002760003184", "cardExpiry": "12 / 34", "cardCvc": "123"}
        for name, value in {**values, "billingName": "Ada"}.items():
            page.fill(f"#{name}", value)
        page.get_by_role("button", name="Save the card").click()
        page.locator("button[value=complete]").click()
        expect(page.get_by_role("status")).to_contain_text("new card is saved")
        expect(page.get_by_text("Visa •••• 3184").first).to_be_visible()
        page.get_by_role("link", name="Back to").click()
        expect(page).to_have_url(re.compile("^http://localhost"))


def test_on_a_phone_nothing_is_wider_than_the_screen(portal, client, chromium):
    invoice = client.v1.invoices.list().data[0]
    with tab(chromium, **_PHONE) as page:
        for address in (portal, f"{portal}?show=card", str(invoice.hosted_invoice_url)):
            page.goto(address)
            widths = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert widths[0] <= widths[1], address
        expect(page.get_by_text("Bezahlt am")).to_be_visible()
