"""Prices of every kind: fractions, packages, tiers, other currencies, and what the buyer names."""

from decimal import Decimal

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from stripe_emulator.price_amounts import amount_of, in_currency
from tests.emulator.shape_checker import must_be_whole


def a_price(client, **more):
    wish = {"currency": "usd", "product_data": {"name": "Board"}, **more}
    return client.v1.prices.create(wish)


def stored(emulator, price):
    with emulator.emulator.call() as call:
        return call.require("price", price.id)


TIERS = [
    {"up_to": 10, "unit_amount": 100, "flat_amount": 500},
    {"up_to": 20, "unit_amount": 80},
    {"up_to": "inf", "unit_amount_decimal": "0.5"},
]


def test_a_fraction_of_a_cent_is_kept_exactly(client, emulator):
    made = a_price(client, unit_amount_decimal="0.25")
    must_be_whole(made)
    assert (made.unit_amount, made.unit_amount_decimal) == (None, Decimal("0.25"))
    assert amount_of(stored(emulator, made), 1000) == 250
    assert amount_of(stored(emulator, made), 2) == 1
    assert a_price(client, unit_amount_decimal="12.000").unit_amount == 12


def test_packages_are_counted_whole(client, emulator):
    made = a_price(client, unit_amount=300, transform_quantity={"divide_by": 12, "round": "up"})
    must_be_whole(made)
    price = stored(emulator, made)
    assert [amount_of(price, each) for each in (0, 1, 12, 13)] == [0, 300, 300, 600]
    price["transform_quantity"]["round"] = "down"
    assert [amount_of(price, each) for each in (11, 12, 13)] == [0, 300, 300]


@pytest.mark.parametrize(
    ("mode", "amounts"),
    [
        ("graduated", {0: 500, 1: 600, 10: 1500, 11: 1580, 20: 2300, 40: 2310}),
        ("volume", {0: 500, 1: 600, 10: 1500, 11: 880, 20: 1600, 40: 20}),
    ],
)
def test_tiers_are_climbed_or_chosen(client, emulator, mode, amounts):
    made = a_price(client, billing_scheme="tiered", tiers_mode=mode, tiers=TIERS)
    must_be_whole(made)
    assert "tiers" not in made
    price = stored(emulator, made)
    assert {each: amount_of(price, each) for each in amounts} == amounts
    shown = client.v1.prices.retrieve(made.id, {"expand": ["tiers"]})
    must_be_whole(shown)
    assert [each.up_to for each in shown.tiers] == [10, 20, None]


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_thing_more_never_costs_less_by_grades(some, more):
    tier = {"flat_amount_decimal": None, "unit_amount_decimal": "3"}
    tiers = [{**tier, "up_to": 7}, {**tier, "up_to": None, "unit_amount_decimal": "0.7"}]
    price = {"billing_scheme": "tiered", "tiers_mode": "graduated", "_tiers": tiers}
    assert amount_of(price, some) <= amount_of(price, some + more)


def test_a_price_has_an_amount_in_each_currency(client, emulator):
    made = a_price(client, unit_amount=1000, currency_options={"eur": {"unit_amount": 900}})
    assert "currency_options" not in made
    shown = client.v1.prices.retrieve(made.id, {"expand": ["currency_options"]})
    must_be_whole(shown)
    assert shown.currency_options["eur"].unit_amount == 900
    assert shown.currency_options["usd"].unit_amount == 1000
    price = stored(emulator, made)
    found = [in_currency(price, each) for each in ("usd", "eur", "gbp")]
    assert [each and amount_of(each, 2) for each in found] == [2000, 1800, None]
    client.v1.prices.update(made.id, {"currency_options": {"gbp": {"unit_amount": 800}}})
    later = client.v1.prices.retrieve(made.id, {"expand": ["currency_options"]})
    assert set(later.currency_options.to_dict()) == {"usd", "eur", "gbp"}


def test_the_buyer_may_name_the_amount(client, emulator):
    made = a_price(client, custom_unit_amount={"enabled": True, "minimum": 500, "preset": 700})
    must_be_whole(made)
    assert (made.unit_amount, made.unit_amount_decimal) == (None, None)
    assert (made.custom_unit_amount.minimum, made.custom_unit_amount.preset) == (500, 700)
    assert amount_of(stored(emulator, made), 1, 900) == 900


def test_tax_behavior_is_settled_once(client):
    made = a_price(client, unit_amount=100)
    assert client.v1.prices.update(made.id, {"tax_behavior": "inclusive"})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.prices.update(made.id, {"tax_behavior": "exclusive"})
    assert caught.value.param == "tax_behavior"


def test_prices_are_listed_by_key_and_by_interval(client):
    one = a_price(client, unit_amount=1, lookup_key="a")
    two = a_price(client, unit_amount=2, lookup_key="b", recurring={"interval": "year"})
    for query, found in (
        ({"lookup_keys": ["a", "b", "c"]}, [two.id, one.id]),
        ({"lookup_keys": ["a", "b"], "type": "one_time"}, [one.id]),
        ({"recurring": {"interval": "year"}}, [two.id]),
        ({"recurring": {"interval": "month"}}, []),
        ({"recurring": {"usage_type": "licensed"}}, [two.id]),
    ):
        assert [each.id for each in client.v1.prices.list(query).data] == found


def test_products_are_listed_by_ids_and_address(client):
    wish = {"name": "x", "url": "http://shop.test/x", "shippable": True}
    first, second = client.v1.products.create(wish), client.v1.products.create({"name": "y"})
    for query, found in (
        ({"ids": [second.id, "prod_none"]}, [second.id]),
        ({"url": "http://shop.test/x"}, [first.id]),
        ({"shippable": True}, [first.id]),
        ({"type": "good"}, []),
    ):
        assert [each.id for each in client.v1.products.list(query).data] == found


@pytest.mark.parametrize(
    ("wish", "param"),
    [
        ({"unit_amount": 1, "custom_unit_amount": {"enabled": True}}, "unit_amount"),
        ({"custom_unit_amount": {"enabled": False}}, "custom_unit_amount[enabled]"),
        (
            {"custom_unit_amount": {"enabled": True, "minimum": 5, "maximum": 4}},
            "custom_unit_amount",
        ),
        (
            {"custom_unit_amount": {"enabled": True}, "recurring": {"interval": "day"}},
            "custom_unit_amount",
        ),
        ({"billing_scheme": "tiered", "tiers": TIERS}, "tiers_mode"),
        ({"billing_scheme": "tiered", "tiers_mode": "volume"}, "tiers"),
        (
            {"billing_scheme": "tiered", "tiers_mode": "volume", "tiers": TIERS[:1]},
            "tiers[0][up_to]",
        ),
        (
            {"billing_scheme": "tiered", "tiers_mode": "volume", "tiers": [*TIERS[::-1]]},
            "tiers[0][up_to]",
        ),
        ({"unit_amount": 1, "tiers": TIERS}, "tiers"),
        (
            {"unit_amount": 1, "transform_quantity": {"divide_by": 0, "round": "up"}},
            "transform_quantity[divide_by]",
        ),
        (
            {"unit_amount": 1, "recurring": {"interval": "year", "interval_count": 4}},
            "recurring[interval_count]",
        ),
        (
            {"unit_amount": 1, "currency_options": {"eur": {"unit_amount": -1}}},
            "currency_options[eur][unit_amount]",
        ),
        ({"unit_amount": 1, "lookup_key": "x" * 201}, "lookup_key"),
    ],
)
def test_a_price_that_makes_no_sense_is_refused(client, wish, param):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        a_price(client, **wish)
    assert caught.value.param == param
    assert client.v1.prices.list().data == []


def test_the_default_price_of_a_product_does_not_rest(client):
    default = {"currency": "usd", "unit_amount": 5}
    product = client.v1.products.create({"name": "x", "default_price_data": default})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.prices.update(product.default_price, {"active": False})
    assert caught.value.param == "active"
