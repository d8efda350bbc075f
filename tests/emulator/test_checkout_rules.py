"""Which parameters of a session go together, and which do not."""

import time

import pytest
import stripe

from tests.emulator.buying import line, price_data
from tests.emulator.test_checkout_amounts import new_session
from tests.emulator.test_checkout_modes import ELEMENTS, EMBEDDED, monthly

EXCLUSIVE = "parameters_exclusive"
MISSING = "parameter_missing"
SETUP = {"mode": "setup", "currency": "usd", "line_items": None}
SUBSCRIBE = {"mode": "subscription", "line_items": [monthly()]}
RATE = {"display_name": "Post", "fixed_amount": {"amount": 5, "currency": "usd"}}
FIELD = {"key": "a", "label": {"type": "custom", "custom": "A"}, "type": "text"}


def refusal(client, wish):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        new_session(client, **wish)
    assert client.v1.checkout.sessions.list().data == []
    return caught.value


@pytest.mark.parametrize(
    ("wish", "param"),
    [
        ({"subscription_data": {"description": "x"}}, "subscription_data"),
        ({"setup_intent_data": {"description": "x"}}, "setup_intent_data"),
        ({"payment_method_collection": "always"}, "payment_method_collection"),
        ({**SUBSCRIBE, "payment_intent_data": {"description": "x"}}, "payment_intent_data"),
        ({**SUBSCRIBE, "customer_creation": "always"}, "customer_creation"),
        ({**SUBSCRIBE, "invoice_creation": {"enabled": True}}, "invoice_creation"),
        ({**SUBSCRIBE, "shipping_options": [{"shipping_rate_data": RATE}]}, "shipping_options"),
        ({**SETUP, "line_items": [line()]}, "line_items"),
        ({**SETUP, "allow_promotion_codes": True}, "allow_promotion_codes"),
        ({**SETUP, "submit_type": "pay"}, "submit_type"),
        ({**SETUP, "automatic_tax": {"enabled": True}}, "automatic_tax"),
        ({"return_url": "http://shop.test"}, "return_url"),
        ({"redirect_on_completion": "never"}, "redirect_on_completion"),
        ({**EMBEDDED, "success_url": "http://shop.test"}, "success_url"),
        ({**EMBEDDED, "cancel_url": "http://shop.test"}, "cancel_url"),
        ({**ELEMENTS, "custom_fields": [FIELD]}, "custom_fields"),
        ({**ELEMENTS, "custom_text": {"submit": {"message": "x"}}}, "custom_text"),
        ({**ELEMENTS, "branding_settings": {"display_name": "x"}}, "branding_settings"),
        (
            {**ELEMENTS, "after_expiration": {"recovery": {"enabled": True}}},
            "after_expiration",
        ),
    ],
)
def test_a_parameter_has_its_modes_and_pages(client, wish, param):
    assert refusal(client, wish).param == param


@pytest.mark.parametrize(
    ("wish", "code", "param"),
    [
        (
            {"discounts": [{"coupon": "A"}], "allow_promotion_codes": True},
            EXCLUSIVE,
            "discounts",
        ),
        ({"discounts": [{"coupon": "A"}, {"coupon": "B"}]}, None, "discounts"),
        ({"discounts": [{"coupon": "A"}]}, "resource_missing", "discounts[0][coupon]"),
        (
            {"discounts": [{"coupon": "A", "promotion_code": "p"}]},
            EXCLUSIVE,
            "discounts[0][coupon]",
        ),
        (
            {
                "allowed_payment_method_types": ["card"],
                "excluded_payment_method_types": ["paypal"],
            },
            EXCLUSIVE,
            "allowed_payment_method_types",
        ),
        (
            {"allowed_payment_method_types": ["boleto"]},
            None,
            "allowed_payment_method_types",
        ),
        ({"customer_update": {"name": "auto"}}, None, "customer_update"),
        (
            {"shipping_options": [{"shipping_rate_data": {"display_name": "Post"}}]},
            MISSING,
            "shipping_options[0][shipping_rate_data][fixed_amount]",
        ),
        (
            {"shipping_options": [{"shipping_rate": "s", "shipping_rate_data": RATE}]},
            EXCLUSIVE,
            "shipping_options[0][shipping_rate]",
        ),
        ({"shipping_options": [{"shipping_rate_data": RATE}] * 6}, None, "shipping_options"),
        (
            {
                "shipping_options": [
                    {
                        "shipping_rate_data": {
                            **RATE,
                            "fixed_amount": {"amount": 5, "currency": "eur"},
                        }
                    }
                ]
            },
            None,
            "shipping_options[0][shipping_rate]",
        ),
        ({**SETUP, "currency": None}, MISSING, "currency"),
        ({**EMBEDDED, "return_url": None}, MISSING, "return_url"),
        ({**EMBEDDED, "redirect_on_completion": "never"}, None, "return_url"),
        ({"line_items": [monthly()]}, None, "line_items[0][price]"),
        ({**SUBSCRIBE, "line_items": [line()]}, None, "line_items"),
        (
            {
                **SUBSCRIBE,
                "line_items": [
                    monthly(),
                    {
                        "price_data": {**price_data(), "recurring": {"interval": "year"}},
                        "quantity": 1,
                    },
                ],
            },
            None,
            "line_items",
        ),
        ({**SUBSCRIBE, "line_items": [monthly()] * 21}, None, "line_items"),
        ({"line_items": [line(1000), line(1000, "eur")]}, None, "line_items"),
        ({"line_items": [line()] * 101}, None, "line_items"),
        ({"optional_items": [{"price": "p", "quantity": 1}] * 11}, None, "optional_items"),
        (
            {"optional_items": [{"price": "p", "quantity": 1}]},
            "resource_missing",
            "optional_items[0][price]",
        ),
        (
            {"line_items": [{**line(), "tax_rates": ["txr_none"]}]},
            "resource_missing",
            "line_items[0][tax_rates][0]",
        ),
        (
            {
                "line_items": [{**line(), "tax_rates": ["t"]}],
                "automatic_tax": {"enabled": True},
            },
            None,
            "line_items[0][tax_rates]",
        ),
        (
            {**SUBSCRIBE, "subscription_data": {"trial_period_days": 0}},
            None,
            "subscription_data[trial_period_days]",
        ),
        (
            {**SUBSCRIBE, "subscription_data": {"trial_period_days": 731}},
            None,
            "subscription_data[trial_period_days]",
        ),
        (
            {**SUBSCRIBE, "subscription_data": {"trial_end": int(time.time()) + 3600}},
            None,
            "subscription_data[trial_end]",
        ),
        (
            {**SUBSCRIBE, "subscription_data": {"billing_cycle_anchor": 5}},
            None,
            "subscription_data[billing_cycle_anchor]",
        ),
        (
            {
                **SUBSCRIBE,
                "subscription_data": {
                    "trial_settings": {"end_behavior": {"missing_payment_method": "pause"}}
                },
            },
            None,
            "subscription_data[trial_settings]",
        ),
        ({"shipping_address_collection": {"allowed_countries": ["XX"]}}, None, None),
        ({"custom_text": {"submit": {"message": "x" * 1201}}}, None, "custom_text[submit]"),
        (
            {"branding_settings": {"button_color": "blue"}},
            None,
            "branding_settings[button_color]",
        ),
        (
            {"branding_settings": {"logo": {"type": "url"}}},
            MISSING,
            "branding_settings[logo][url]",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(client, wish, code, param):
    refused = refusal(client, wish)
    assert refused.code == code or param is None
    assert param is None or refused.param == param


@pytest.mark.parametrize(
    ("bounds", "quantity", "param"),
    [
        ({"minimum": -1}, 1, "[adjustable_quantity][minimum]"),
        ({"maximum": 0}, 1, "[adjustable_quantity][maximum]"),
        ({"minimum": 5, "maximum": 4}, 4, "[adjustable_quantity][maximum]"),
        ({"maximum": 1_000_000}, 1, "[adjustable_quantity][maximum]"),
        ({"minimum": 2}, 1, "[quantity]"),
        ({"maximum": 2}, 3, "[quantity]"),
    ],
)
def test_bounds_of_a_quantity_make_sense(client, bounds, quantity, param):
    item = {**line(quantity=quantity), "adjustable_quantity": {"enabled": True, **bounds}}
    assert refusal(client, {"line_items": [item]}).param == f"line_items[0]{param}"


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"key": "not good"}, "[key]"),
        ({"key": "x" * 201}, "[key]"),
        ({"label": {"type": "custom", "custom": "x" * 51}}, "[label][custom]"),
        ({"numeric": {"minimum_length": 1}}, "[numeric]"),
        ({"type": "dropdown"}, "[dropdown][options]"),
        (
            {"type": "dropdown", "dropdown": {"options": [{"label": "A", "value": "a"}] * 2}},
            "[dropdown][options]",
        ),
        ({"text": {"minimum_length": 9, "maximum_length": 8}}, "[text][minimum_length]"),
        ({"text": {"maximum_length": 256}}, "[text][maximum_length]"),
    ],
)
def test_custom_fields_make_sense(client, change, param):
    refused = refusal(client, {"custom_fields": [{**FIELD, **change}]})
    assert refused.param == f"custom_fields[0]{param}"
    assert refusal(client, {"custom_fields": [FIELD, FIELD]}).param == "custom_fields"


def test_a_known_customer_needs_a_place_for_what_is_collected(client):
    customer = client.v1.customers.create({"email": "a@b.test"}).id
    for more, param in (
        ({"customer_creation": "always"}, "customer"),
        ({"tax_id_collection": {"enabled": True}}, "customer_update[name]"),
        ({"automatic_tax": {"enabled": True}}, "customer"),
        ({"customer_update": {"shipping": "auto"}}, "customer_update[shipping]"),
    ):
        assert refusal(client, {"customer": customer, **more}).param == param
    fine = {"tax_id_collection": {"enabled": True}, "customer_update": {"name": "auto"}}
    assert new_session(client, customer=customer, **fine).tax_id_collection.enabled


@pytest.mark.parametrize(
    ("coupon", "code"),
    [({"redeem_by": True}, "coupon_expired"), ({"max_redemptions": 1}, "coupon_expired")],
)
def test_a_coupon_that_is_used_up_or_over_is_refused(client, emulator, coupon, code):
    made = client.v1.coupons.create(
        {
            "percent_off": 5,
            **coupon,
            **({"redeem_by": int(time.time()) + 1} if "redeem_by" in coupon else {}),
        }
    )
    with emulator.emulator.call() as call:
        thing = call.require("coupon", made.id)
        thing.update(times_redeemed=1, redeem_by=thing["redeem_by"] and 5)
        call.tx.put(thing)
    refused = refusal(client, {"discounts": [{"coupon": made.id}]})
    assert (refused.code, refused.param) == (code, "discounts[0][coupon]")


def test_metered_prices_are_for_later(client):
    recurring = {"interval": "month", "usage_type": "metered"}
    price = client.v1.prices.create({**price_data(), "recurring": recurring}).id
    refused = refusal(client, {"mode": "subscription", "line_items": [{"price": price}]})
    assert "does not do" in str(refused)


def test_a_recurring_price_is_sold_once(client):
    price = client.v1.prices.create({**price_data(), "recurring": {"interval": "month"}}).id
    twice = [{"price": price, "quantity": 1}] * 2
    assert refusal(client, {"mode": "subscription", "line_items": twice}).param == "line_items"
    again = {"line_items": twice[:1], "optional_items": twice[:1]}
    assert refusal(client, {"mode": "subscription", **again}).param == "optional_items[0][price]"


def test_an_optional_item_has_an_amount_of_its_own(client):
    custom = {"currency": "usd", "product_data": {"name": "x"}}
    price = client.v1.prices.create({**custom, "custom_unit_amount": {"enabled": True}}).id
    refused = refusal(client, {"optional_items": [{"price": price, "quantity": 1}]})
    assert refused.param == "optional_items[0][price]"
