"""The hosted page for everybody: axe-core finds nothing, large and small, light and dark."""

from itertools import cycle

import pytest
from playwright.sync_api import Page

from tests.browser import tab
from tests.emulator.at_checkout import fill
from tests.npm import module

pytestmark = pytest.mark.browser

SIZES = {"width": 320, "height": 800}, {"width": 1280, "height": 900}


def complaints(page: Page) -> list[str]:
    """What axe-core finds wrong, and whether the page is wider than its window."""
    found = page.evaluate(
        "axe.run().then((said) => said.violations.map((each) => `${each.id}: "
        "${each.nodes.map((node) => node.target).join(' ')}`))"
    )
    too_wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return [*found, *(["wider than its window"] if too_wide else [])]


@pytest.fixture
def rich(client, checkout):
    coupon = client.v1.coupons.create({"percent_off": 25, "duration": "once"})
    rate = client.v1.tax_rates.create(
        {"display_name": "Mehrwertsteuer", "percentage": 19, "inclusive": False}
    )
    gift = client.v1.prices.create(
        {"currency": "eur", "unit_amount": 500, "product_data": {"name": "Geschenkpapier" * 4}}
    )
    fixed = {"type": "fixed_amount", "fixed_amount": {"amount": 499, "currency": "eur"}}
    line = {
        "price_data": {
            "currency": "eur",
            "unit_amount": 1950,
            "product_data": {"name": "Schreibtischlampe", "description": "Aus Walnussholz"},
        },
        "quantity": 2,
        "adjustable_quantity": {"enabled": True},
        "tax_rates": [rate.id],
    }
    return checkout(
        locale="de",
        line_items=[line],
        discounts=[{"coupon": coupon.id}],
        optional_items=[{"price": gift.id, "quantity": 1}],
        shipping_address_collection={"allowed_countries": ["DE", "AT"]},
        shipping_options=[{"shipping_rate_data": {**fixed, "display_name": "Paket"}}],
        phone_number_collection={"enabled": True},
        tax_id_collection={"enabled": True},
        consent_collection={"terms_of_service": "required"},
        custom_text={"terms_of_service_acceptance": {"message": "[AGB](https://shop.example)"}},
        branding_settings={"button_color": "#ffd400", "background_color": "#7a1f3d"},
        custom_fields=[
            {
                "key": "size",
                "type": "dropdown",
                "label": {"type": "custom", "custom": "Größe"},
                "dropdown": {"options": [{"label": "Groß", "value": "l"}]},
            }
        ],
    )


def test_nobody_is_kept_from_paying(chromium, client, checkout, rich):
    axe = (module("axe-core") / "axe.min.js").read_text()
    expired = checkout()
    client.v1.checkout.sessions.expire(expired.id)
    plain = checkout()
    schemes = cycle(("light", "dark"))
    for size in SIZES:
        for session in (plain, rich, expired):
            options = {"color_scheme": next(schemes), "viewport": size, "bypass_csp": True}
            with tab(chromium, **options) as page:
                page.goto(session.url.partition("#")[0])
                page.evaluate(axe)
                assert complaints(page) == [], (session.id == rich.id, options)
                if session is rich:
                    fill(page, "4242424242424241")
                    page.locator("button.pay").click()
                    page.locator("#phoneNumber-problem").wait_for()
                    for closed in page.locator("details").all():
                        closed.evaluate("(each) => { each.open = true; }")
                    assert complaints(page) == [], options
