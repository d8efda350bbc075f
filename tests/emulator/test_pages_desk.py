"""A real browser on the dashboard."""

import json
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import tab

# The dashboard is for people who look, not for their money: `make test-slow` walks through it.
pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    with tab(chromium) as opened:
        yield opened


def soon(true: Callable[[], bool]) -> None:
    """Webhooks are sent by other threads."""
    until = time.monotonic() + 5
    while not true():
        assert time.monotonic() < until, "it did not come true within 5 seconds"
        time.sleep(0.02)


def listen(client, shop):
    client.v1.webhook_endpoints.create({"url": shop.url, "enabled_events": ["*"]})


def start_checkout(client):
    price = {"currency": "usd", "unit_amount": 3900, "product_data": {"name": "Lamp"}}
    return client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": "http://127.0.0.1:9/thanks",
            "line_items": [{"quantity": 1, "price_data": price}],
        }
    )


def pay_for(ask, session, card="4242424242424242"):
    body = json.dumps({"card": card, "email": "grace@example.com"})
    kind = {"Content-Type": "application/json"}
    assert ask("POST", f"/_emulator/checkout/{session.id}/pay", body, headers=kind).status == 200


def test_an_empty_dashboard_says_what_to_do(page, emulator):
    page.goto(emulator.url)
    assert page.url == f"{emulator.url}/dashboard"
    expect(page.locator("main")).to_contain_text("No payments yet. Create a checkout session")
    expect(page.locator("main")).to_contain_text("No webhook endpoints. Start the emulator with")


def test_it_shows_each_payment_with_what_became_of_it(page, emulator, client, ask):
    pay_for(ask, start_checkout(client))
    pay_for(ask, start_checkout(client), "4000000000009995")
    page.goto(f"{emulator.url}/dashboard/payments")
    rows = page.locator("tbody").get_by_role("row")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("Declined")
    expect(rows.nth(1)).to_contain_text("Succeeded")
    expect(rows.nth(1)).to_contain_text("$39.00")
    expect(rows.nth(1)).to_contain_text("grace@example.com")


def test_an_event_is_shown_whole_and_sent_again(page, emulator, client, ask, shop):
    listen(client, shop)
    session = start_checkout(client)
    pay_for(ask, session)
    page.goto(f"{emulator.url}/dashboard")
    page.get_by_role("link", name="checkout.session.completed").click()
    expect(page.get_by_label("Payload as JSON")).to_contain_text(session.id)
    expect(page.locator(".attempt")).to_contain_text("Delivered")
    expect(page.locator(".attempt")).to_contain_text("Stripe-Signature: t=")
    expect(page.get_by_label("Answer to attempt 1")).to_contain_text("heard: ")
    assert shop.types().count("checkout.session.completed") == 1
    page.get_by_role("button", name="Resend").click()
    expect(page.get_by_role("status")).to_contain_text("on its way again")
    soon(lambda: shop.types().count("checkout.session.completed") == 2)


def test_resending_to_nobody_says_so(page, emulator, client):
    client.v1.customers.create()
    page.goto(f"{emulator.url}/dashboard/events")
    page.get_by_role("link", name="customer.created").click()
    page.get_by_role("button", name="Resend").click()
    expect(page.get_by_role("status")).to_contain_text("No enabled endpoint wants this event")


def test_a_failed_delivery_shows_the_answer_and_the_next_try(page, emulator, client, shop):
    listen(client, shop)
    shop.statuses[:] = [500, 500, 500]
    client.v1.customers.create()
    soon(lambda: len(shop.heard) >= 2)
    page.goto(f"{emulator.url}/dashboard/deliveries")
    row = page.locator("tbody").get_by_role("row").first
    expect(row).to_contain_text("customer.created")
    expect(row).to_contain_text("Waiting")
    expect(row).to_contain_text("HTTP 500")


def test_older_events_are_one_link_away(page, emulator, client):
    for _ in range(51):
        client.v1.customers.create()
    start_checkout(client)
    page.goto(f"{emulator.url}/dashboard/events?type=customer.created")
    newest = page.locator("tbody code").all_inner_texts()
    assert len(newest) == 50
    page.get_by_role("link", name="Older events").click()
    expect(page.locator("tbody code")).to_have_count(1)
    assert page.locator("tbody code").inner_text() not in newest
    expect(page.locator("tbody tr")).to_contain_text("customer.created")


def test_faults_are_switched_on_and_off(page, emulator, client, shop):
    listen(client, shop)
    page.goto(f"{emulator.url}/dashboard/faults")
    page.get_by_text("Sent several times at once").click()
    page.get_by_label("Copies").fill("0")
    page.locator("#delivery-duplicate-times").fill("1")
    page.get_by_role("button", name="Switch on").click()
    expect(page.locator("#delivery-duplicate-copies-problem")).to_contain_text("from 1 to 20")
    expect(page.get_by_label("Copies")).to_be_focused()
    page.get_by_label("Copies").fill("3")
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("status")).to_contain_text("The fault is switched on")
    page.goto(f"{emulator.url}/dashboard")
    expect(page.locator("main")).to_contain_text("every webhook 3 times, once more")
    client.v1.customers.create()
    soon(lambda: shop.types().count("customer.created") == 3)
    page.get_by_role("link", name="Change").click()
    expect(page.locator("main")).to_contain_text("Nothing goes wrong just now")


@pytest.mark.parametrize("button", ["Clear all", "Switch off: webhooks lost"])
def test_a_fault_is_switched_off(page, emulator, button):
    page.goto(f"{emulator.url}/dashboard/faults")
    page.get_by_text("Never sent; your code has to ask").click()
    page.get_by_role("button", name="Switch on").click()
    expect(page.locator(".standing")).to_contain_text("webhooks lost")
    page.get_by_role("button", name=button).click()
    expect(page.locator("main")).to_contain_text("Nothing goes wrong just now")


def test_no_page_scrolls_sideways_on_a_phone(chromium, emulator, client, ask):
    session = start_checkout(client)
    pay_for(ask, session)
    event = client.v1.events.list({"limit": 1}).data[0]
    client.v1.webhook_endpoints.create({"url": "http://127.0.0.1:1/", "enabled_events": ["*"]})
    client.v1.webhook_endpoints.create({"url": "http://127.0.0.1:1/b", "enabled_events": ["*"]})
    emulator.emulator.snapshots.save(emulator.emulator, "a-snapshot-with-quite-a-long-name")
    paths = [
        "",
        "/payments",
        "/events",
        "/deliveries",
        "/requests",
        "/faults",
        "/clock",
        "/objects",
    ]
    paths += ["/objects/checkout.session", f"/objects/checkout.session/{session.id}"]
    paths += [f"/events/{event.id}", f"/requests/{emulator.emulator.requests[0]['id']}"]
    addresses = [f"/dashboard{path}" for path in paths]
    size = {"width": 360, "height": 740}
    with tab(chromium, viewport=size) as page:
        for address in [f"/c/pay/{session.id}", f"/c/pay/{start_checkout(client).id}", *addresses]:
            page.goto(emulator.url + address)
            expect(page.get_by_role("heading", level=1)).to_have_count(1)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, address
    emulator.emulator.snapshots.delete("a-snapshot-with-quite-a-long-name")
