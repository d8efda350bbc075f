"""A real browser on the hosted page and the dashboard, with a little shop to come back to."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
import stripe
from playwright.sync_api import Browser, Page, expect

from stripe_emulator.server import running

pytestmark = pytest.mark.browser

SECRET = "whsec_pages"
GOOD = "4242424242424242"
ALWAYS_ASKS = "4000002760003184"


class _Shop(ThreadingHTTPServer):
    """A shop that remembers what it was told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Counter)
        self.events: list[dict[str, Any]] = []


class _Counter(BaseHTTPRequestHandler):
    """Thanks the buyer, and takes webhooks."""

    server: _Shop

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self._answer(b"<h1>The shop</h1>")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        stripe.WebhookSignature.verify_header(
            body.decode(), self.headers["Stripe-Signature"], SECRET, 300
        )
        self.server.events.append(json.loads(body))
        self._answer(b"thanks")

    def _answer(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def shop() -> Iterator[SimpleNamespace]:
    server = _Shop()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield SimpleNamespace(url=f"http://127.0.0.1:{server.server_port}", events=server.events)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def emulator(tmp_path_factory, shop):
    with running(
        tmp_path_factory.mktemp("stripe"), webhook=f"{shop.url}/webhook", webhook_secret=SECRET
    ) as started:
        yield started


@pytest.fixture(scope="module")
def api(emulator):
    return stripe.StripeClient("sk_test_pages", base_addresses={"api": emulator.url})


@pytest.fixture
def checkout(api, shop):
    """Makes open sessions for two lamps."""

    def make(**more):
        return api.v1.checkout.sessions.create(
            {
                "mode": "payment",
                "success_url": f"{shop.url}/thanks?session={{CHECKOUT_SESSION_ID}}",
                "cancel_url": f"{shop.url}/cart",
                "line_items": [
                    {
                        "quantity": 2,
                        "price_data": {
                            "currency": "usd",
                            "unit_amount": 1950,
                            "product_data": {"name": "Walnut desk lamp"},
                        },
                    }
                ],
                **more,
            }
        )

    return make


@contextmanager
def tab(chromium: Browser, **options) -> Iterator[Page]:
    """A fresh browser profile with one page; complaints of the browser fail the test."""
    context = chromium.new_context(**options)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_default_timeout(15_000)
    yield page
    context.close()
    # Chromium logs every refused form as a failed resource; that is not a complaint.
    assert [said for said in complaints if "Failed to load resource" not in said] == []


@pytest.fixture
def page(chromium):
    with tab(chromium) as opened:
        yield opened


@pytest.fixture
def plain_page(chromium):
    """A browser without JavaScript."""
    with tab(chromium, java_script_enabled=False) as opened:
        yield opened


def fill(page: Page, number: str = GOOD, **other: str) -> None:
    values = {
        "email": "ada@example.com",
        "cardNumber": number,
        "cardExpiry": "1234",
        "cardCvc": "123",
        "billingName": "Ada Lovelace",
        "billingPostalCode": "12345",
        **other,
    }
    for name, value in values.items():
        if page.locator(f"#{name}").is_editable():
            page.fill(f"#{name}", value)


def pay(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Pay")).click()


def state(api, session):
    found = api.v1.checkout.sessions.retrieve(session.id)
    return found.status, found.payment_status


def test_a_good_card_brings_the_buyer_back_to_the_shop(page, api, shop, checkout):
    session = checkout()
    page.goto(session.url)
    expect(page.get_by_role("heading", level=1)).to_contain_text("$39.00")
    expect(page.locator(".lines")).to_contain_text("Walnut desk lamp")
    expect(page.locator(".lines")).to_contain_text("Qty 2 · $19.50 each")
    fill(page)
    expect(page.locator("#cardNumber")).to_have_value("4242 4242 4242 4242")
    expect(page.locator("#cardExpiry")).to_have_value("12 / 34")
    expect(page.locator("#card-brand")).to_have_text("Visa")
    pay(page)
    page.wait_for_url(f"{shop.url}/thanks?session={session.id}")
    assert state(api, session) == ("complete", "paid")
    # As at Stripe, the shop has heard of it before the buyer is back.
    assert "checkout.session.completed" in [event["type"] for event in shop.events]
    details = api.v1.checkout.sessions.retrieve(session.id).customer_details
    assert (details.email, details.name) == ("ada@example.com", "Ada Lovelace")
    assert details.address.postal_code == "12345"


DECLINES = [
    ("4000000000000002", "declined"),
    ("4000000000009995", "insufficient funds"),
    ("4000000000009987", "declined"),
    ("4000000000009979", "declined"),
    ("4000000000000069", "expired"),
    ("4000000000000127", "security code is incorrect"),
    ("4000000000000119", "processing your card"),
    ("4000000000006975", "declined"),
    ("4100000000000019", "declined"),
]


def test_a_declined_buyer_tries_again_on_the_same_page(page, api, shop, checkout):
    session = checkout()
    page.goto(session.url)
    for number, words in DECLINES:
        fill(page, number)
        pay(page)
        problem = page.locator("form .problem:not([hidden])")
        expect(problem).to_have_count(1)
        expect(problem).to_contain_text(words)
        expect(page.get_by_role("button", name=re.compile("^Pay"))).to_have_text("Pay")
        expect(page.locator("#billingName")).to_have_value("Ada Lovelace")
    assert state(api, session) == ("open", "unpaid")
    fill(page, GOOD)
    pay(page)
    page.wait_for_url(f"{shop.url}/thanks?*")
    assert state(api, session) == ("complete", "paid")


def test_a_wrong_cvc_is_said_beside_the_cvc(page, checkout):
    page.goto(checkout().url)
    fill(page, "4000000000000127")
    pay(page)
    expect(page.locator("#cardCvc-problem")).to_contain_text("security code")
    expect(page.locator("#cardCvc")).to_be_focused()


def test_three_d_secure_completed_pays(page, api, shop, checkout):
    session = checkout()
    page.goto(session.url)
    fill(page, ALWAYS_ASKS)
    pay(page)
    page.wait_for_url("**/authenticate/pi_*")
    expect(page.locator("main")).to_contain_text("$39.00")
    assert state(api, session) == ("open", "unpaid")
    page.get_by_role("button", name="Complete").click()
    page.wait_for_url(f"{shop.url}/thanks?session={session.id}")
    assert state(api, session) == ("complete", "paid")


def test_three_d_secure_failed_leaves_room_for_another_card(page, api, shop, checkout):
    session = checkout()
    page.goto(session.url)
    fill(page, ALWAYS_ASKS)
    pay(page)
    page.get_by_role("button", name="Fail").click()
    expect(page.locator("#card-notice")).to_contain_text("authenticate")
    expect(page.locator("#billingName")).to_have_value("Ada Lovelace")
    expect(page.locator("#cardNumber")).to_have_value("")
    assert state(api, session) == ("open", "unpaid")
    page.reload()
    expect(page.locator("#card-notice")).to_be_hidden()
    fill(page)
    pay(page)
    page.wait_for_url(f"{shop.url}/thanks?*")


def test_an_empty_form_names_every_field_and_moves_to_the_first(page, api, checkout):
    session = checkout()
    page.goto(session.url)
    pay(page)
    expect(page.locator("form .problem:not([hidden])")).to_have_count(6)
    expect(page.locator("#email")).to_be_focused()
    expect(page.locator("#email")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#email")).to_have_accessible_description("Enter your email address.")
    page.fill("#email", "ada@example.com")
    page.locator("#email").blur()
    expect(page.locator("#email-problem")).to_be_hidden()
    assert state(api, session) == ("open", "unpaid")


def test_a_country_without_postal_codes_is_not_asked_for_one(page, shop, checkout):
    page.goto(checkout().url)
    expect(page.get_by_label("ZIP")).to_be_visible()
    page.select_option("#billingCountry", "DE")
    expect(page.get_by_label("Postal code")).to_be_visible()
    page.select_option("#billingCountry", "HK")
    expect(page.locator("#billingPostalCode")).to_be_hidden()
    fill(page)
    pay(page)
    page.wait_for_url(f"{shop.url}/thanks?*")


def test_a_click_on_a_test_card_fills_the_form(page, shop, checkout):
    page.goto(checkout().url)
    page.get_by_text("Test cards").click()
    page.get_by_role("button", name="American Express").click()
    expect(page.locator("#cardNumber")).to_have_value("3782 822463 10005")
    expect(page.locator("#cardCvc")).to_have_value("1234")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{shop.url}/thanks?*")


def test_a_double_click_pays_once(page, api, shop, checkout):
    session = checkout()
    page.goto(session.url)
    fill(page)
    page.get_by_role("button", name=re.compile("^Pay")).dblclick()
    page.wait_for_url(f"{shop.url}/thanks?*")
    intent = api.v1.checkout.sessions.retrieve(session.id).payment_intent
    assert len(api.v1.charges.list({"payment_intent": intent}).data) == 1


def test_without_javascript_the_form_still_pays(plain_page, api, shop, checkout):
    session = checkout()
    plain_page.goto(session.url)
    fill(plain_page, number="4000000000009995", cardExpiry="12 / 34", cardCvc="918")
    pay(plain_page)
    expect(plain_page.locator("#card-notice")).to_contain_text("insufficient funds")
    expect(plain_page.locator("#billingName")).to_have_value("Ada Lovelace")
    # The card is never written back into a page.
    assert "9995" not in re.sub(
        r'data-number="\d+"|<span class="digits">.*?<', "", (plain_page.content())
    )
    assert "918" not in plain_page.content()
    fill(plain_page, number=ALWAYS_ASKS, cardExpiry="12/34")
    pay(plain_page)
    plain_page.get_by_role("button", name="Fail").click()
    expect(plain_page.locator("#card-notice")).to_contain_text("authenticate")
    fill(plain_page, number=ALWAYS_ASKS, cardExpiry="12/2034")
    pay(plain_page)
    plain_page.get_by_role("button", name="Complete").click()
    plain_page.wait_for_url(f"{shop.url}/thanks?session={session.id}")
    assert state(api, session) == ("complete", "paid")


def test_without_javascript_the_first_wrong_field_has_the_focus(plain_page, checkout):
    plain_page.goto(checkout().url)
    fill(plain_page, number="4242424242424241")
    pay(plain_page)
    expect(plain_page.locator("#cardNumber-problem")).to_contain_text("number is invalid")
    expect(plain_page.locator("#cardNumber")).to_be_focused()


def test_a_finished_session_leads_back_to_the_shop(page, shop, checkout):
    session = checkout()
    page.goto(session.url)
    fill(page)
    pay(page)
    page.wait_for_url(f"{shop.url}/thanks?*")
    page.goto(session.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("This checkout session is complete")
    expect(page.get_by_role("link", name="Return")).to_have_attribute(
        "href", f"{shop.url}/thanks?session={session.id}"
    )


def test_an_expired_session_says_so(page, api, shop, checkout):
    session = checkout()
    page.goto(session.url)
    fill(page)
    api.v1.checkout.sessions.expire(session.id)
    # The page was open all the time; paying on it must not work any more.
    pay(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("This checkout session has expired")
    expect(page.get_by_role("link", name="Back to")).to_have_attribute("href", shop.url)


def test_an_unknown_session_is_not_found(page, emulator):
    answer = page.goto(f"{emulator.url}/c/pay/cs_test_nothing")
    assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")


def test_the_back_link_leads_to_the_cart(page, shop, checkout):
    page.goto(checkout(customer_email="ada@example.org").url)
    expect(page.locator("#email")).to_have_value("ada@example.org")
    expect(page.locator("#email")).not_to_be_editable()
    page.get_by_role("link", name="Back to").click()
    page.wait_for_url(f"{shop.url}/cart")


def _post(url: str, fields: dict[str, str], **headers: str) -> int:
    request = Request(url, urlencode(fields).encode(), headers)
    try:
        with urlopen(request) as answer:
            return int(answer.status)
    except HTTPError as refused:
        refused.close()
        return refused.code


def test_forms_of_strangers_are_refused(api, emulator, checkout):
    session = checkout()
    address = f"{emulator.url}/c/pay/{session.id}"
    card = {
        "email": "ada@example.com",
        "cardNumber": GOOD,
        "cardExpiry": "12/34",
        "cardCvc": "123",
        "billingName": "Ada",
        "billingCountry": "US",
        "billingPostalCode": "12345",
    }
    assert _post(address, card) == 403
    assert _post(address, {**card, "token": "0" * 64}) == 403
    assert _post(address, {**card, "token": "ü"}) == 403
    assert _post(f"{address}/authenticate/pi_1", {"answer": "complete"}) == 403
    assert _post(f"{emulator.url}/dashboard/faults", {"do": "clear"}) == 403
    assert _post(address, {"email": "x" * 50_000}) == 413
    assert state(api, session) == ("open", "unpaid")


def test_a_foreign_host_name_sees_nothing(emulator):
    request = Request(f"{emulator.url}/dashboard", headers={"Host": "evil.example"})
    with pytest.raises(HTTPError) as refused:
        urlopen(request)
    refused.value.close()
    assert refused.value.code == 403


def test_the_dashboard_shows_the_payment_and_sends_its_event_again(page, emulator, shop, checkout):
    session = checkout()
    page.goto(session.url)
    fill(page, email="grace@example.com")
    pay(page)
    page.wait_for_url(f"{shop.url}/thanks?*")
    page.goto(emulator.url)
    payment = page.get_by_role("row").filter(has_text="grace@example.com")
    expect(payment).to_contain_text("$39.00")
    expect(payment).to_contain_text("Succeeded")
    page.get_by_role("link", name="checkout.session.completed").first.click()
    expect(page.get_by_label("Payload as JSON")).to_contain_text(session.id)
    expect(page.locator(".attempt").first).to_contain_text("Delivered")
    before = [event["id"] for event in shop.events]
    sent = page.locator("h2 code").inner_text()
    page.get_by_role("button", name="Resend").click()
    expect(page.get_by_role("status")).to_contain_text("on its way again")
    page.wait_for_timeout(500)
    assert [event["id"] for event in shop.events].count(sent) == before.count(sent) + 1


def test_the_dashboard_switches_faults_on_and_off(page, emulator, shop, api):
    page.goto(f"{emulator.url}/dashboard/faults")
    page.get_by_label("Copies").fill("0")
    page.get_by_role("button", name="Switch on").click()
    expect(page.locator("#delivery_copies-problem")).to_contain_text("from 1 to 20")
    page.get_by_label("Copies").fill("3")
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("status")).to_be_visible()
    made = api.v1.customers.create({"email": "three@example.com"})
    page.goto(f"{emulator.url}/dashboard")
    expect(page.locator("main")).to_contain_text("every webhook 3 times")
    page.wait_for_timeout(500)
    told = [event for event in shop.events if event["data"]["object"].get("id") == made.id]
    assert len(told) == 3
    page.goto(f"{emulator.url}/dashboard/faults")
    page.get_by_role("button", name="Clear all").click()
    expect(page.get_by_label("Copies")).to_have_value("1")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_scrolls_sideways_on_a_phone(chromium, emulator, checkout, api, scheme):
    event = api.v1.events.list({"limit": 1}).data[0]
    paths = ["", "/payments", "/events", "/deliveries", "/requests", "/faults"]
    addresses = [f"{emulator.url}/dashboard{path}" for path in [*paths, f"/events/{event.id}"]]
    size = {"width": 360, "height": 740}
    with tab(chromium, viewport=size, color_scheme=scheme) as page:
        for address in [checkout().url, *addresses]:
            page.goto(address)
            expect(page.get_by_role("heading", level=1)).to_have_count(1)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, address
