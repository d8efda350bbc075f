"""What else Stripe's page may ask of a buyer, and what is paid at a counter days later."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from stripe import StripeClient

from tests.journeys.buyer import GOOD, Buyer, fill_in
from tests.journeys.world import World

pytestmark = pytest.mark.browser

SETTINGS = {
    "PAYDESK_WAYS": "hosted,element",
    "PAYDESK_CHECKOUT_AUTOMATIC_TAX": "true",
    "PAYDESK_CHECKOUT_TERMS_CONSENT": "true",
    "PAYDESK_CHECKOUT_PROMOTIONS_CONSENT": "true",
    "PAYDESK_CHECKOUT_CUSTOM_FIELDS": json.dumps(
        [
            {
                "key": "engraving",
                "label": {"type": "custom", "custom": "What to engrave"},
                "type": "text",
            }
        ]
    ),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("options")
    world = World(folder, f"sqlite:///{folder / 'shop.sqlite3'}", settings=SETTINGS)
    try:
        world.start()
        yield world
    finally:
        world.stop()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page
    context.close()


def number_of(page: Page) -> str:
    found = re.search(r"/o/(\d+)/", page.url)
    assert found is not None
    return found[1]


def stripe(world: World) -> StripeClient:
    return StripeClient("sk_test_journeys", base_addresses={"api": world.stripe_url})


def test_stripe_reckons_the_tax_and_what_it_asks_for_reaches_the_shop(world, page):
    buyer = Buyer(page, world)
    buyer.opens()
    buyer.purchases()
    fill_in(page, GOOD)
    page.locator("[name=billingCountry]").select_option("DE")
    page.locator("[name=billingPostalCode]").fill("10115")
    page.get_by_role("button", name="Pay", exact=False).click()
    expect(page.locator("body")).to_contain_text("Agree to the terms to go on.")
    page.locator("[name='customField.engraving']").fill("For Byron")
    page.get_by_label("I agree to the terms of service").check()
    page.get_by_label("Keep me posted").check()
    page.get_by_role("button", name="Pay", exact=False).click()
    # Only now is it known where the buyer is taxed.
    expect(page.locator("body")).to_contain_text("The total has changed to $46.41.")
    page.get_by_role("button", name="Pay", exact=False).click()
    page.wait_for_url(f"{world.shop_url}/o/**")
    buyer.sees_paid()
    buyer.sees("$7.41")
    shown = world.told("orders", "show", number_of(page))
    assert (shown["payment"], shown["total_minor"], shown["paid_minor"]) == ("paid", 4641, 4641)
    assert shown["answers"]["fields"] == {"engraving": "For Byron"}
    assert shown["answers"]["consent"] == {"terms_of_service": "accepted", "promotions": "opt_in"}
    assert shown["answers"]["bill_to"]["postcode"] == "10115"


def test_a_voucher_by_the_payment_element_is_paid_at_a_counter_days_later(world, page):
    client = stripe(world)
    client.v1.products.create(
        {"name": "Lantern", "default_price_data": {"unit_amount": 4000, "currency": "jpy"}}
    )
    world.told("products", "pull", "--apply")
    page.goto(f"{world.shop_url}/p/lantern")
    page.get_by_role("button", name="Pay by card and more").click()
    page.wait_for_url(f"{world.shop_url}/o/*/*/pay/element")
    frame = page.frame_locator("iframe[title='Secure payment input frame']")
    frame.get_by_role("tab", name="Konbini").click()
    frame.locator("[name=name]").fill("Ada Lovelace")
    frame.locator("[name=email]").fill("ada_fill_never@example.com")
    page.locator("#pay").get_by_role("button", name="Pay ¥").press("Enter")
    page.get_by_role("button", name="Close").click()
    page.wait_for_url(f"{world.shop_url}/o/**")
    buyer = Buyer(page, world)
    buyer.sees("Your payment is on its way")
    intent = client.v1.payment_intents.list().data[0]
    assert intent.next_action is not None
    assert intent.next_action.type == "konbini_display_details"
    url = f"{world.stripe_url}/_emulator/payment_intents/{intent.id}/settle"
    world.post(url, {"succeed": True})
    buyer.sees_paid()
    buyer.sees("¥4,000")
    found = world.command("check")
    assert found.returncode == 0, found.stdout
