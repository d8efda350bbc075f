"""Ways to pay other than a card on the hosted page, its languages, and the page inside another."""

import re

import pytest
from playwright.sync_api import expect

from tests.emulator.at_checkout import ALWAYS_ASKS, GOOD, fill, pay, state
from tests.emulator.merchant import merchant

pytestmark = pytest.mark.browser


def lamp(currency, amount=3900):
    return [
        {
            "quantity": 1,
            "price_data": {
                "currency": currency,
                "unit_amount": amount,
                "product_data": {"name": "Lamp"},
            },
        }
    ]


def test_a_bank_debit_is_on_its_way_when_the_buyer_returns(page, client, shop_url, checkout):
    session = checkout(line_items=lamp("eur"))
    page.goto(session.url)
    expect(page.locator("#iban")).to_be_hidden()
    page.get_by_role("radio", name="SEPA").check()
    expect(page.locator("#cardNumber")).to_be_hidden()
    expect(page.locator("#billingCountry")).to_be_hidden()
    page.fill("#email", "ada@example.com")
    page.fill("#billingName", "Ada Lovelace")
    page.fill("#iban", "AT61")
    pay(page)
    expect(page.locator("#iban-problem")).to_contain_text("incomplete")
    expect(page.locator("#iban")).to_be_focused()
    page.fill("#iban", "AT61 1904 3002 3457 3201")
    pay(page)
    page.wait_for_url(f"{shop_url}?session=*")
    assert state(client, session) == ("complete", "unpaid")
    page.goto(session.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your payment is on its way")


def test_a_wallet_is_declined_and_then_approved_in_german(page, client, shop_url, checkout):
    session = checkout(line_items=lamp("eur"), locale="de")
    page.goto(session.url)
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("heading", level=1)).to_contain_text("39,00\xa0€")
    fill(page, "4000000000009995", billingPostalCode="10115")
    page.get_by_role("button", name="Zahlen").click()
    expect(page.locator("#card-notice")).to_contain_text("nicht ausreichend gedeckt")
    page.get_by_role("radio", name="PayPal").check()
    page.get_by_role("button", name="Zahlen").click()
    page.get_by_role("button", name="Nicht genehmigen").click()
    expect(page.locator("#card-notice")).to_contain_text("nicht zugestimmt")
    expect(page.get_by_role("radio", name="PayPal")).to_be_checked()
    page.get_by_role("button", name="Zahlen").click()
    page.get_by_role("button", name="Genehmigen", exact=True).click()
    page.wait_for_url(f"{shop_url}?session=*")
    assert state(client, session) == ("complete", "paid")


def test_a_voucher_is_shown_with_what_it_is_paid_with(page, client, checkout):
    session = checkout(line_items=lamp("jpy", 5000))
    page.goto(session.url)
    page.get_by_role("radio", name="Konbini").check()
    page.fill("#email", "fill_never@example.com")
    page.fill("#billingName", "Ada Lovelace")
    pay(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("One more step: pay with Konbini")
    expect(page.locator(".facts")).to_contain_text(re.compile(r"Lawson.*\d{11}"))
    expect(page.get_by_role("link", name="Return to")).to_be_visible()
    assert state(client, session) == ("complete", "unpaid")


def test_each_way_is_chosen_without_javascript(plain_page, client, shop_url, checkout):
    session = checkout(line_items=lamp("usd"))
    plain_page.goto(session.url)
    plain_page.get_by_role("radio", name="US bank account").check()
    expect(plain_page.locator("#cardNumber")).to_be_hidden()
    plain_page.fill("#email", "ada@example.com")
    plain_page.fill("#billingName", "Ada Lovelace")
    plain_page.fill("#routingNumber", "110000000")
    plain_page.fill("#accountNumber", "000123456789")
    pay(plain_page)
    plain_page.wait_for_url(f"{shop_url}?session=*")
    assert state(client, session) == ("complete", "unpaid")


def test_a_returning_customer_pays_with_a_saved_card(page, client, shop_url, checkout):
    customer = client.v1.customers.create({"email": "ada@example.com"})
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    client.v1.payment_methods.update(card.id, {"allow_redisplay": "always"})
    session = checkout(customer=customer.id)
    page.goto(session.url)
    expect(page.get_by_role("radio", name="Visa ending in 4242")).to_be_checked()
    expect(page.locator("#billingName")).to_be_hidden()
    pay(page)
    page.wait_for_url(f"{shop_url}?session=*")
    intent = client.v1.checkout.sessions.retrieve(session.id).payment_intent
    assert client.v1.payment_intents.retrieve(intent).payment_method == card.id


@pytest.mark.parametrize("number", ["4000000000000259", "4000000000005126", "4000008400001629"])
def test_cards_that_go_wrong_later_are_taken_here(page, client, shop_url, checkout, number):
    """A dispute, a refund that fails; and one that is declined after 3-D Secure."""
    session = checkout()
    page.goto(session.url)
    fill(page, number)
    pay(page)
    if number == "4000008400001629":
        page.get_by_role("button", name="Complete").click()
        expect(page.locator("#card-notice")).to_contain_text("declined")
        fill(page, GOOD)
        pay(page)
    page.wait_for_url(f"{shop_url}?session=*")
    assert state(client, session) == ("complete", "paid")


AROUND = """
window.heard = [];
window.addEventListener("message", (event) => window.heard.push([event.origin, event.data]));
const onComplete = () => { document.title = "done"; };
stripe.createEmbeddedCheckoutPage({ clientSecret: "%s", onComplete })
  .then((checkout) => checkout.mount("#element"));
"""


@pytest.mark.parametrize("stays", [True, False])
def test_inside_a_page_of_the_shop_it_tells_that_page(page, client, emulator, checkout, stays):
    with merchant(emulator.url) as shop:
        back = {"redirect_on_completion": "never"} if stays else {"return_url": f"{shop.url}/back"}
        session = checkout(ui_mode="embedded_page", success_url=None, cancel_url=None, **back)
        shop.open(page, AROUND % session.client_secret)
        frame = page.frame_locator("iframe[title=Checkout]")
        fill(frame, ALWAYS_ASKS)
        frame.get_by_role("button", name=re.compile("^Pay")).click()
        frame.get_by_role("button", name="Complete").click()
        if stays:
            expect(frame.get_by_role("heading", level=1)).to_contain_text("complete")
            expect(page).to_have_title("done")
            heard = page.evaluate("heard")
            assert {origin for origin, _ in heard} == {emulator.url}
            assert {said["type"] for _, said in heard} >= {"checkout.height", "checkout.complete"}
        else:
            page.wait_for_url(f"{shop.url}/back")
    assert state(client, session) == ("complete", "paid")


def test_only_what_is_made_for_it_goes_into_another_page(ask, checkout):
    plain = checkout()
    inside = checkout(
        ui_mode="embedded_page", success_url=None, cancel_url=None, redirect_on_completion="never"
    )

    def shown(session, parent):
        answer = ask("GET", f"/c/pay/{session.id}?parent={parent}", key=None)
        policy = answer.headers["content-security-policy"]
        return b'data-parent="' in answer.body, "frame-ancestors 'none'" in policy

    assert shown(plain, "http://localhost:5000") == (False, True)
    assert shown(inside, "http://localhost:5000") == (True, False)
    # Somebody else's page is never told anything.
    assert shown(inside, "https://evil.example") == (False, False)


def test_the_shops_colours_come_from_a_style_sheet(ask, checkout):
    colours = {"button_color": "#ffd400", "border_style": "pill", "display_name": "Sonne"}
    session = checkout(branding_settings=colours)
    page = ask("GET", f"/c/pay/{session.id}", key=None)
    assert b"Pay Sonne" in page.body
    assert f"/c/pay/{session.id}/style.css".encode() in page.body
    assert b"<style" not in page.body
    assert b" style=" not in page.body
    sheet = ask("GET", f"/c/pay/{session.id}/style.css", key=None)
    assert sheet.headers["content-type"].startswith("text/css")
    assert b"--accent: #ffd400; --on-accent: #000000;" in sheet.body


def test_a_trial_is_started_with_a_card_for_later(page, client, shop_url, checkout):
    club = {
        "currency": "usd",
        "unit_amount": 1000,
        "product_data": {"name": "Letters club"},
        "recurring": {"interval": "month"},
    }
    session = checkout(
        mode="subscription",
        line_items=[{"price_data": club, "quantity": 1}],
        subscription_data={"trial_period_days": 14},
    )
    page.goto(session.url)
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("14 days free")
    expect(heading).to_contain_text("Then $10.00 per month")
    expect(page.locator(".sum")).to_contain_text("Total due today $0.00")
    fill(page, ALWAYS_ASKS)
    page.get_by_role("button", name="Start trial").click()
    page.get_by_role("button", name="Complete").click()
    page.wait_for_url(f"{shop_url}?session=*")
    assert state(client, session) == ("complete", "no_payment_required")
    started = client.v1.checkout.sessions.retrieve(session.id).subscription
    assert client.v1.subscriptions.retrieve(started).status == "trialing"


def test_a_card_is_saved_by_keyboard_alone(page, client, shop_url, checkout):
    session = checkout(
        mode="setup", currency="usd", line_items=None, allowed_payment_method_types=["card"]
    )
    page.goto(session.url)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Save a payment method")
    page.locator("#email").focus()
    for typed in ("ada@example.com", GOOD, "1234", "123", "Ada Lovelace", "United S", "12345"):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Save")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{shop_url}?session=*")
    assert state(client, session) == ("complete", "no_payment_required")
