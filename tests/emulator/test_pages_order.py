"""The order on the hosted page in a real browser: what changes it, and what it then costs."""

import re

import pytest
from playwright.sync_api import expect

from tests.emulator.at_checkout import GOOD, fill, pay, state

pytestmark = pytest.mark.browser

LAMP = {"currency": "usd", "unit_amount": 1950, "product_data": {"name": "Walnut desk lamp"}}
MANY = {
    "price_data": LAMP,
    "quantity": 2,
    "adjustable_quantity": {"enabled": True, "minimum": 1, "maximum": 4},
}


def delivery(name, amount, **more):
    fixed = {"amount": amount, "currency": "usd"}
    data = {"type": "fixed_amount", "display_name": name, "fixed_amount": fixed, **more}
    return {"shipping_rate_data": data}


@pytest.fixture
def rich(client, checkout):
    """A session that lets the buyer change whatever can be changed."""
    coupon = client.v1.coupons.create({"percent_off": 10, "duration": "once", "name": "Autumn"})
    client.v1.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "AUTUMN10"}
    )
    gift = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 500, "product_data": {"name": "Gift wrapping"}}
    )
    week = {"unit": "business_day", "value": 5}
    return checkout(
        line_items=[MANY],
        allow_promotion_codes=True,
        optional_items=[{"price": gift.id, "quantity": 1}],
        shipping_address_collection={"allowed_countries": ["US", "DE"]},
        shipping_options=[
            delivery("Standard", 499, delivery_estimate={"maximum": week}),
            delivery("Express", 1499),
        ],
        consent_collection={"terms_of_service": "required"},
        custom_fields=[
            {"key": "engraving", "type": "text", "label": {"type": "custom", "custom": "Engraving"}}
        ],
    )


def total(page, amount):
    expect(page.get_by_role("heading", level=1)).to_contain_text(amount)


def fill_all(page):
    parcel = {
        "shippingName": "Ada Lovelace",
        "shippingAddressLine1": "1 Main St",
        "shippingLocality": "Springfield",
        "shippingAdministrativeArea": "IL",
        "shippingPostalCode": "62701",
    }
    for name, value in parcel.items():
        page.fill(f"#{name}", value)
    page.get_by_label("Engraving").fill("For Ada")
    fill(page, GOOD)


def test_the_buyer_changes_the_order_and_pays_what_it_costs_then(page, client, shop_url, rich):
    page.goto(rich.url)
    total(page, "$43.99")
    page.get_by_role("button", name="One more").click()
    total(page, "$63.49")
    expect(page.get_by_role("button", name="One more")).to_be_focused()
    expect(page.get_by_role("status").filter(has_text="The total is now $63.49.")).to_be_attached()
    page.get_by_role("button", name="Add Gift wrapping").click()
    total(page, "$68.49")
    page.get_by_text("Add promotion code").click()
    page.get_by_label("Promotion code").fill("WRONG")
    page.get_by_label("Promotion code").press("Enter")
    expect(page.locator("#promotionCode-problem")).to_contain_text("This code is invalid.")
    expect(page.get_by_label("Promotion code")).to_be_focused()
    page.get_by_label("Promotion code").fill("autumn10")
    page.get_by_role("button", name="Apply").click()
    total(page, "$62.14")
    page.get_by_role("button", name="Remove Gift wrapping").click()
    total(page, "$57.64")
    page.get_by_label("Express").check()
    total(page, "$67.64")
    page.get_by_role("button", name="Remove promotion code AUTUMN10").click()
    total(page, "$73.49")
    fill_all(page)
    pay(page)
    expect(page.locator("#termsOfServiceConsentCheckbox")).to_be_focused()
    page.check("#termsOfServiceConsentCheckbox")
    pay(page)
    page.wait_for_url(f"{shop_url}?session=*")
    paid = client.v1.checkout.sessions.retrieve(rich.id)
    assert (paid.amount_total, paid.payment_status) == (7349, "paid")
    assert paid.collected_information.shipping_details.address.city == "Springfield"
    assert paid.customer_details.address.line1 == "1 Main St"
    assert paid.custom_fields[0].text.value == "For Ada"
    assert paid.consent.terms_of_service == "accepted"


def test_the_order_is_changed_without_javascript(plain_page, client, shop_url, rich):
    plain_page.goto(rich.url)
    plain_page.fill("#email", "ada@example.com")
    plain_page.get_by_role("button", name="One less").click()
    total(plain_page, "$24.49")
    expect(plain_page.get_by_role("button", name="One less")).to_be_disabled()
    expect(plain_page.locator("#email")).to_have_value("ada@example.com")
    plain_page.get_by_label("Quantity of").fill("9")
    plain_page.get_by_role("button", name="Update total").click()
    expect(plain_page.locator(".lines .problem:not([hidden])")).to_contain_text("from 1 to 4")
    plain_page.get_by_label("Quantity of").fill("3")
    plain_page.get_by_label("Express").check()
    plain_page.get_by_role("button", name="Update total").click()
    total(plain_page, "$73.49")
    plain_page.get_by_text("Add promotion code").click()
    plain_page.get_by_label("Promotion code").fill("AUTUMN10")
    # Return in this field must not pay.
    plain_page.get_by_label("Promotion code").press("Enter")
    total(plain_page, "$67.64")
    # What was not brought up to date is not charged either: the buyer is asked first.
    plain_page.get_by_label("Quantity of").fill("1")
    fill_all(plain_page)
    plain_page.check("#termsOfServiceConsentCheckbox")
    pay(plain_page)
    expect(plain_page.locator("#card-notice")).to_contain_text("The total has changed")
    assert state(client, rich) == ("open", "unpaid")


def test_an_order_that_costs_nothing_asks_for_no_card(page, client, shop_url, checkout):
    coupon = client.v1.coupons.create({"percent_off": 100, "duration": "once"})
    session = checkout(discounts=[{"coupon": coupon.id}])
    page.goto(session.url)
    total(page, "$0.00")
    expect(page.locator("#cardNumber")).to_have_count(0)
    page.fill("#email", "ada@example.com")
    page.get_by_role("button", name="Complete order").click()
    page.wait_for_url(f"{shop_url}?session=*")
    assert state(client, session) == ("complete", "no_payment_required")


def test_a_link_takes_up_an_expired_order_again(page, client, checkout):
    session = checkout(after_expiration={"recovery": {"enabled": True}}, line_items=[MANY])
    client.v1.checkout.sessions.expire(session.id)
    page.goto(f"{session.url.partition('#')[0]}")
    page.get_by_role("link", name="Start again").click()
    page.wait_for_url(re.compile(f"/c/pay/(?!{session.id})cs_test_"))
    total(page, "$39.00")
