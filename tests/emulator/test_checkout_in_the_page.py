"""Checkout Sessions in the shop's own page: embedded, as Elements, redirected to."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from stripe_emulator.server import Running
from tests.browser import tab
from tests.emulator.buying import line, new_session
from tests.emulator.merchant import GOOD, Merchant, fill_payment, merchant, told

pytestmark = pytest.mark.browser

CHECKOUT = "iframe[title=Checkout]"
ALWAYS_ASKS = "4000002760003184"
PAYMENT = "iframe[title='Secure payment input frame']"


@pytest.fixture(scope="module")
def one_shop(one_emulator: Running) -> Iterator[Merchant]:
    with merchant(one_emulator.url) as opened:
        yield opened


@pytest.fixture
def shop(one_shop: Merchant, emulator: Running) -> Merchant:
    one_shop.script = "/endive/stripe.js"
    return one_shop


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    with tab(chromium, viewport={"width": 1280, "height": 1200}) as opened:
        yield opened


def session_in_page(client, shop, ui_mode, **more) -> Any:
    back = f"{shop.url}/back?session={{CHECKOUT_SESSION_ID}}"
    return new_session(client, ui_mode=ui_mode, success_url=None, return_url=back, **more)


def fill_checkout(page: Page, number: str = GOOD) -> None:
    frame = page.frame_locator(CHECKOUT)
    for name, value in (
        *(("email", "ada@example.com"), ("cardNumber", number), ("cardExpiry", "1234")),
        *(("cardCvc", "123"), ("billingName", "Ada"), ("billingPostalCode", "12345")),
    ):
        frame.locator(f"#{name}").fill(value)
    frame.get_by_role("button", name=re.compile("^Pay")).click()


def open_embedded(shop: Merchant, page: Page, session: Any) -> None:
    shop.open(
        page,
        f"""
        const fetchClientSecret = async () => "{session.client_secret}";
        const onComplete = () => say("complete", true);
        const start = () => stripe.createEmbeddedCheckoutPage({{ fetchClientSecret, onComplete }});
        run(async () => {{
          window.checkout = await start();
          checkout.mount("#element");
          return "mounted";
        }});
        """,
    )
    assert told(page, "result") == "mounted"


def test_an_embedded_page_is_paid_and_the_buyer_comes_back(shop, page, client):
    session = session_in_page(client, shop, "embedded_page")
    open_embedded(shop, page, session)
    fill_checkout(page, ALWAYS_ASKS)
    frame = page.frame_locator(CHECKOUT)
    frame.get_by_role("button", name="Fail").click()
    # Another site's page is around it, where a browser sends few cookies.
    expect(frame.get_by_text("unable to authenticate")).to_be_visible(timeout=15_000)
    expect(frame.locator("#email")).to_have_value("ada@example.com")
    fill_checkout(page)
    page.wait_for_url(f"**/back?session={session.id}")
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_an_embedded_page_calls_a_shop_that_wants_no_redirect(shop, page, client):
    session = new_session(
        client, ui_mode="embedded_page", success_url=None, redirect_on_completion="never"
    )
    open_embedded(shop, page, session)
    assert (
        page.evaluate("start().catch((error) => error.name + ': ' + error.message)")
        == "IntegrationError: You cannot have multiple Embedded Checkout objects."
    )
    fill_checkout(page)
    assert told(page, "complete") is True
    assert page.url == f"{shop.url}/pay"
    page.evaluate("checkout.destroy()")
    expect(page.locator(CHECKOUT)).to_have_count(0)


def test_elements_of_a_session_change_it_and_pay_it(shop, page, client):
    session = session_in_page(
        client,
        shop,
        "elements",
        line_items=[{**line(1000), "adjustable_quantity": {"enabled": True}}],
    )
    shop.open(
        page,
        f"""
        const clientSecret = Promise.resolve("{session.client_secret}");
        const checkout = stripe.initCheckoutElementsSdk({{ clientSecret }});
        checkout.on("change", (session) => say("session", session));
        const payment = checkout.createPaymentElement();
        listen(payment);
        payment.mount("#element");
        let actions;
        run(async () => {{
          ({{ actions }} = await checkout.loadActions());
          return actions.getSession();
        }});
        """,
    )
    seen = told(page, "result")
    assert (seen["total"]["total"], seen["canConfirm"], seen["status"]) == (
        {"minorUnitsAmount": 1000, "amount": "$10.00"},
        False,
        {"type": "open"},
    )
    told(page, "ready")
    li = seen["lineItems"][0]["id"]
    page.evaluate(
        f"void run(() => actions.updateLineItemQuantity({{ lineItem: '{li}', quantity: 3 }}))"
    )
    assert told(page, "result", 2)["session"]["total"]["total"]["amount"] == "$30.00"
    page.evaluate("void run(() => actions.applyPromotionCode('NONE'))")
    assert told(page, "result", 3)["error"]["code"] == "invalidCode"
    page.evaluate("void run(() => actions.confirm({ redirect: 'if_required' }))")
    assert told(page, "result", 4)["error"]["message"] == "Your card number is incomplete."
    fill_payment(page.frame_locator(PAYMENT), "4000000000000002")
    expect(page.locator("pre.change").last).to_contain_text('"complete":true')
    page.evaluate("void run(() => actions.updateEmail('ada@example.com'))")
    assert told(page, "result", 5)["session"]["canConfirm"] is True
    page.evaluate("void run(() => actions.confirm({ redirect: 'if_required' }))")
    declined = told(page, "result", 6)["error"]
    assert (declined["code"], declined["paymentFailed"]) == (
        "paymentFailed",
        {"declineCode": "generic_decline"},
    )
    page.frame_locator(PAYMENT).locator("[name=number]").fill(ALWAYS_ASKS)
    page.evaluate("void run(() => actions.confirm())")
    asked = page.frame_locator("dialog iframe")
    asked.get_by_role("button", name="Complete").click()
    page.wait_for_url(f"**/back?session={session.id}")
    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert (paid.amount_total, paid.payment_status) == (3000, "paid")
    assert paid.customer_details.email == "ada@example.com"


def test_an_old_page_redirects_to_checkout(shop, page, client):
    shop.script = "/v3/"
    session = new_session(client)
    shop.open(page, "")
    assert page.evaluate("Stripe.version") == 3
    embedded = session_in_page(client, shop, "embedded_page")
    page.evaluate(
        f"""void stripe.initEmbeddedCheckout({{ clientSecret: "{embedded.client_secret}" }})
        .then((checkout) => checkout.mount("#element"))"""
    )
    expect(page.frame_locator(CHECKOUT).locator("#cardNumber")).to_be_visible(timeout=15_000)
    page.evaluate(f"void stripe.redirectToCheckout({{ sessionId: '{session.id}' }})")
    page.wait_for_url(f"**/c/pay/{session.id}")
