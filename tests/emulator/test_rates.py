"""Tax rates and shipping rates: what shops add to their lines."""

import pytest
import stripe

from tests.emulator.buying import event
from tests.emulator.shape_checker import must_be_whole


def test_a_tax_rate_is_made_changed_and_listed(client):
    wish = {"display_name": "VAT", "percentage": 19, "inclusive": True, "country": "DE"}
    made = client.v1.tax_rates.create(wish)
    must_be_whole(made)
    assert (made.percentage, made.effective_percentage, made.inclusive) == (19.0, 19.0, True)
    assert event(client, "tax_rate.created").data.object["id"] == made.id
    changed = client.v1.tax_rates.update(made.id, {"active": False, "display_name": "MwSt"})
    must_be_whole(changed)
    assert (changed.active, changed.display_name) == (False, "MwSt")
    assert event(client, "tax_rate.updated").to_dict()["data"]["previous_attributes"]["active"]
    other = client.v1.tax_rates.create({**wish, "inclusive": False})
    for query, found in (
        ({"active": False}, [made.id]),
        ({"inclusive": False}, [other.id]),
        ({}, [other.id, made.id]),
    ):
        assert [each.id for each in client.v1.tax_rates.list(query).data] == found


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"percentage": 101}, "percentage"),
        ({"percentage": 1.23456}, "percentage"),
        ({"display_name": "x" * 51}, "display_name"),
        ({"country": "Germany"}, "country"),
    ],
)
def test_a_tax_rate_that_makes_no_sense_is_refused(client, change, param):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.tax_rates.create(
            {"display_name": "VAT", "percentage": 19, "inclusive": True, **change}
        )
    assert caught.value.param == param


def a_shipping_rate(client, **more):
    return client.v1.shipping_rates.create(
        {
            "display_name": "Post",
            "type": "fixed_amount",
            "fixed_amount": {"amount": 500, "currency": "usd"},
            **more,
        }
    )


def test_a_shipping_rate_is_made_changed_and_listed(client):
    estimate = {"minimum": {"unit": "day", "value": 2}, "maximum": {"unit": "week", "value": 1}}
    made = a_shipping_rate(client, delivery_estimate=estimate)
    must_be_whole(made)
    assert (made.fixed_amount.amount, made.fixed_amount.currency) == (500, "usd")
    assert made.delivery_estimate.maximum.unit == "week"
    assert "currency_options" not in made.fixed_amount
    options = {"currency_options": {"eur": {"amount": 450}}}
    client.v1.shipping_rates.update(
        made.id, {"fixed_amount": options, "tax_behavior": "inclusive", "metadata": {"a": "b"}}
    )
    shown = client.v1.shipping_rates.retrieve(
        made.id, {"expand": ["fixed_amount.currency_options"]}
    )
    must_be_whole(shown)
    assert shown.fixed_amount.currency_options["eur"].amount == 450
    assert shown.fixed_amount.currency_options["usd"].tax_behavior == "inclusive"
    assert [each.id for each in client.v1.shipping_rates.list({"currency": "usd"}).data] == [
        made.id
    ]
    assert client.v1.shipping_rates.list({"currency": "eur"}).data == []
    assert client.v1.shipping_rates.list({"active": False}).data == []
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.shipping_rates.update(made.id, {"tax_behavior": "exclusive"})


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"display_name": "x" * 101}, "display_name"),
        ({"fixed_amount": {"amount": -1, "currency": "usd"}}, "fixed_amount[amount]"),
        ({"fixed_amount": {"amount": 1, "currency": "dollars"}}, "fixed_amount[currency]"),
        (
            {"delivery_estimate": {"minimum": {"unit": "day", "value": 0}}},
            "delivery_estimate[minimum][value]",
        ),
        (
            {
                "delivery_estimate": {
                    "minimum": {"unit": "week", "value": 1},
                    "maximum": {"unit": "day", "value": 1},
                }
            },
            "delivery_estimate",
        ),
    ],
)
def test_a_shipping_rate_that_makes_no_sense_is_refused(client, change, param):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        a_shipping_rate(client, **change)
    assert caught.value.param == param
