"""A real browser on the hosted payment page."""

import re

import pytest
from playwright.sync_api import expect

from tests.emulator.at_checkout import ALWAYS_ASKS, GOOD, fill, pay, state

pytestmark = pytest.mark.browser


def test_a_good_card_brings_the_buyer_back_to_the_shop(page, client, shop_url, checkout):
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
    page.wait_for_url(f"{shop_url}?session={session.id}")
    assert state(client, session) == ("complete", "paid")
    details = client.v1.checkout.sessions.retrieve(session.id).customer_details
    assert (details.email, details.name) == ("ada@example.com", "Ada Lovelace")
    assert details.address.postal_code == "12345"


def test_the_shop_has_heard_of_it_before_the_buyer_is_back(page, client, shop, shop_url, checkout):
    client.v1.webhook_endpoints.create({"url": shop.url, "enabled_events": ["*"]})
    page.goto(checkout().url)
    fill(page)
    pay(page)
    page.wait_for_url(f"{shop_url}?session=*")
    assert "checkout.session.completed" in shop.types()


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


def test_a_declined_buyer_tries_again_on_the_same_page(page, client, shop_url, checkout):
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
    assert state(client, session) == ("open", "unpaid")
    fill(page, GOOD)
    pay(page)
    page.wait_for_url(f"{shop_url}?session=*")
    assert state(client, session) == ("complete", "paid")


def test_a_wrong_cvc_is_said_beside_the_cvc(page, checkout):
    page.goto(checkout().url)
    fill(page, "4000000000000127")
    pay(page)
    expect(page.locator("#cardCvc-problem")).to_contain_text("security code")
    expect(page.locator("#cardCvc")).to_be_focused()


def test_three_d_secure_completed_pays(page, client, shop_url, checkout):
    session = checkout()
    page.goto(session.url)
    fill(page, ALWAYS_ASKS)
    pay(page)
    page.wait_for_url("**/authenticate/pi_*")
    expect(page.locator("main")).to_contain_text("$39.00")
    assert state(client, session) == ("open", "unpaid")
    page.get_by_role("button", name="Complete").click()
    page.wait_for_url(f"{shop_url}?session={session.id}")
    assert state(client, session) == ("complete", "paid")


def test_three_d_secure_failed_leaves_room_for_another_card(page, client, shop_url, checkout):
    session = checkout()
    page.goto(session.url)
    fill(page, ALWAYS_ASKS)
    pay(page)
    page.get_by_role("button", name="Fail").click()
    expect(page.locator("#card-notice")).to_contain_text("authenticate")
    expect(page.locator("#billingName")).to_have_value("Ada Lovelace")
    expect(page.locator("#cardNumber")).to_have_value("")
    assert state(client, session) == ("open", "unpaid")
    page.reload()
    expect(page.locator("#card-notice")).to_be_hidden()
    fill(page)
    pay(page)
    page.wait_for_url(f"{shop_url}?session=*")


def test_an_empty_form_names_every_field_and_moves_to_the_first(page, client, checkout):
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
    assert state(client, session) == ("open", "unpaid")


def test_a_country_without_postal_codes_is_not_asked_for_one(page, shop_url, checkout):
    page.goto(checkout().url)
    expect(page.get_by_label("ZIP")).to_be_visible()
    page.select_option("#billingCountry", "DE")
    expect(page.get_by_label("Postal code")).to_be_visible()
    page.select_option("#billingCountry", "HK")
    expect(page.locator("#billingPostalCode")).to_be_hidden()
    fill(page)
    pay(page)
    page.wait_for_url(f"{shop_url}?session=*")


def test_a_click_on_a_test_card_fills_the_form(page, shop_url, checkout):
    page.goto(checkout().url)
    page.get_by_text("Test cards").click()
    page.get_by_role("button", name="American Express").click()
    expect(page.locator("#cardNumber")).to_have_value("3782 822463 10005")
    expect(page.locator("#cardCvc")).to_have_value("1234")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{shop_url}?session=*")


def test_a_double_click_pays_once(page, client, shop_url, checkout):
    session = checkout()
    page.goto(session.url)
    fill(page)
    page.get_by_role("button", name=re.compile("^Pay")).dblclick()
    page.wait_for_url(f"{shop_url}?session=*")
    intent = client.v1.checkout.sessions.retrieve(session.id).payment_intent
    assert len(client.v1.charges.list({"payment_intent": intent}).data) == 1


def test_without_javascript_the_form_still_pays(plain_page, client, shop_url, checkout):
    session = checkout()
    plain_page.goto(session.url)
    fill(plain_page, number="4000000000009995", cardExpiry="12 / 34", cardCvc="918")
    pay(plain_page)
    expect(plain_page.locator("#card-notice")).to_contain_text("insufficient funds")
    expect(plain_page.locator("#billingName")).to_have_value("Ada Lovelace")
    # The card is never written back into a page.
    content = re.sub(r'(?s)<details class="samples">.*?</details>', "", plain_page.content())
    assert "9995" not in content
    assert "918" not in plain_page.content()
    fill(plain_page, number=ALWAYS_ASKS, cardExpiry="12/34")
    pay(plain_page)
    plain_page.get_by_role("button", name="Fail").click()
    expect(plain_page.locator("#card-notice")).to_contain_text("authenticate")
    fill(plain_page, number=ALWAYS_ASKS, cardExpiry="12/2034")
    pay(plain_page)
    plain_page.get_by_role("button", name="Complete").click()
    plain_page.wait_for_url(f"{shop_url}?session={session.id}")
    assert state(client, session) == ("complete", "paid")


def test_without_javascript_the_first_wrong_field_has_the_focus(plain_page, checkout):
    plain_page.goto(checkout().url)
    fill(plain_page, number="4242424242424241")
    pay(plain_page)
    expect(plain_page.locator("#cardNumber-problem")).to_contain_text("number is invalid")
    expect(plain_page.locator("#cardNumber")).to_be_focused()


def test_a_finished_session_leads_back_to_the_shop(page, shop_url, checkout):
    session = checkout()
    page.goto(session.url)
    fill(page)
    pay(page)
    page.wait_for_url(f"{shop_url}?session=*")
    page.goto(session.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("This checkout session is complete")
    expect(page.get_by_role("link", name="Return")).to_have_attribute(
        "href", f"{shop_url}?session={session.id}"
    )


def test_an_expired_session_says_so(page, client, shop_url, checkout):
    session = checkout()
    page.goto(session.url)
    fill(page)
    client.v1.checkout.sessions.expire(session.id)
    # The page was open all the time; paying on it must not work any more.
    pay(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("This checkout session has expired")
    expect(page.get_by_role("link", name="Back to")).to_have_attribute(
        "href", shop_url.removesuffix("/health")
    )


def test_an_unknown_session_is_not_found(page, emulator):
    answer = page.goto(f"{emulator.url}/c/pay/cs_test_nothing")
    assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")


def test_the_back_link_leads_to_the_cart(page, shop_url, checkout):
    page.goto(checkout(customer_email="ada@example.org").url)
    expect(page.locator("#email")).to_have_value("ada@example.org")
    expect(page.locator("#email")).not_to_be_editable()
    page.get_by_role("link", name="Back to").click()
    page.wait_for_url(f"{shop_url}?cart")


def test_a_known_customer_is_not_asked_for_the_address(page, client, checkout):
    customer = client.v1.customers.create({"email": "mary@example.org"})
    texts = {"submit": {"message": "We ship on Mondays."}}
    page.goto(checkout(customer=customer.id, custom_text=texts).url)
    expect(page.locator("#email")).to_have_value("mary@example.org")
    expect(page.locator("#email")).not_to_be_editable()
    expect(page.locator("form")).to_contain_text("We ship on Mondays.")
