"""What a session costs: discounts, taxes, shipping and what the buyer changes, to the cent."""

import json

import pytest
import stripe

from tests.emulator import buying
from tests.emulator.buying import JSON, authenticate, history, line, pay
from tests.emulator.conftest import over_the_wire
from tests.emulator.shape_checker import must_be_whole


def new_session(client, **more):
    """Untyped: what may be null in a session is not, in the one a test asks for."""
    return buying.new_session(client, **more)


def choose(emulator, session, **choice):
    """What came of a buyer's choice before paying."""
    path = f"/_emulator/checkout/{session.id}/choose"
    answer = over_the_wire(emulator.url, "POST", path, json.dumps(choice), headers=JSON)
    assert answer.status == 200, answer.body
    return answer.json


def shown(emulator, session):
    """What the page of a session shows."""
    path = f"/_emulator/checkout/{session.id}"
    return over_the_wire(emulator.url, "GET", path, headers=JSON).json


def seen(client, session, *expand):
    found = client.v1.checkout.sessions.retrieve(session.id, {"expand": list(expand)})
    must_be_whole(found)
    return found


def code_for(client, code="TEN", percent_off=10, coupon=None, **more):
    made = client.v1.coupons.create({"percent_off": percent_off, **(coupon or {})})
    promotion = {"type": "coupon", "coupon": made.id}
    return client.v1.promotion_codes.create({"promotion": promotion, "code": code, **more})


def test_a_coupon_takes_its_share_of_each_line(client, emulator):
    coupon = client.v1.coupons.create({"percent_off": 25, "name": "Quarter"})
    made = new_session(
        client, line_items=[line(1000), line(999, quantity=3)], discounts=[{"coupon": coupon.id}]
    )
    must_be_whole(made)
    assert (made.amount_subtotal, made.amount_total) == (3997, 2998)
    assert made.total_details.amount_discount == 999
    assert (made.discounts[0].coupon, made.discounts[0].promotion_code) == (coupon.id, None)
    detailed = seen(
        client, made, "total_details.breakdown", "line_items.data.discounts", "discounts.coupon"
    )
    (discount,) = detailed.total_details.breakdown.discounts
    assert discount.amount == 999
    assert discount.discount.source.coupon == coupon.id
    assert discount.discount.checkout_session == made.id
    assert [each.discounts[0].amount for each in detailed.line_items.data] == [250, 749]
    assert detailed.discounts[0].coupon.percent_off == 25
    assert pay(emulator, made)["outcome"] == "paid"
    assert client.v1.charges.list().data[0].amount == 2998
    assert client.v1.coupons.retrieve(coupon.id).times_redeemed == 1


def test_an_order_that_costs_nothing_is_complete_without_a_payment(client, emulator):
    code = code_for(client, percent_off=100)
    made = new_session(client, discounts=[{"promotion_code": code.id}])
    assert (made.amount_total, made.payment_status) == (0, "unpaid")
    assert not shown(emulator, made)["needs_method"]
    assert pay(emulator, made)["outcome"] == "paid"
    paid = seen(client, made)
    assert (paid.status, paid.payment_status) == ("complete", "no_payment_required")
    assert paid.payment_intent is None
    assert client.v1.charges.list().data == []
    assert history(client)[-1] == "checkout.session.completed"
    assert client.v1.promotion_codes.retrieve(code.id).times_redeemed == 1


def test_a_buyer_types_a_code_and_takes_it_away(client, emulator):
    code = code_for(client)
    made = new_session(client, allow_promotion_codes=True)
    assert choose(emulator, made, promotion_code=" ten ")["outcome"] == "chosen"
    assert seen(client, made).amount_total == 900
    page = shown(emulator, made)
    assert (page["discounts"][0]["code"], page["discounts"][0]["amount"]) == ("TEN", 100)
    choose(emulator, made, promotion_code="")
    assert seen(client, made).amount_total == 1000
    assert pay(emulator, made, promotion_code="TEN")["outcome"] == "paid"
    paid = seen(client, made)
    assert (paid.amount_total, paid.discounts[0].promotion_code) == (900, code.id)
    assert client.v1.payment_intents.retrieve(paid.payment_intent).amount_received == 900


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (
            {"restrictions": {"minimum_amount": 1001, "minimum_amount_currency": "usd"}},
            "code_minimum",
        ),
        ({"active": False}, "code_invalid"),
        ({"customer": True}, "code_not_for_you"),
        ({"coupon": {"applies_to": {"products": [True]}}}, "code_does_not_apply"),
        (
            {"coupon": {"percent_off": "", "amount_off": 5, "currency": "eur"}},
            "code_does_not_apply",
        ),
        ({"coupon": {"percent_off": 97}}, "amount_too_small"),
    ],
)
def test_a_code_that_does_not_fit_says_why(client, emulator, more, problem):
    more = json.loads(json.dumps(more))
    if "customer" in more:
        more["customer"] = client.v1.customers.create().id
    if "applies_to" in more.get("coupon", {}):
        more["coupon"]["applies_to"]["products"] = [client.v1.products.create({"name": "x"}).id]
    if more.get("coupon", {}).get("percent_off") == "":
        del more["coupon"]["percent_off"]
        more["percent_off"] = None
    code_for(client, **more)
    made = new_session(client, allow_promotion_codes=True)
    refused = choose(emulator, made, promotion_code="TEN")
    assert list(refused["problems"].values()) == [problem]
    assert seen(client, made).amount_total == 1000


def test_a_code_for_first_orders_is_for_first_orders(client, emulator):
    code_for(client, restrictions={"first_time_transaction": True})
    customer = client.v1.customers.create({"email": "a@b.test"})
    first, second = (
        new_session(client, customer=customer.id, allow_promotion_codes=True) for _ in range(2)
    )
    assert pay(emulator, first, promotion_code="TEN")["outcome"] == "paid"
    refused = pay(emulator, second, promotion_code="TEN")
    assert refused["problems"] == {"promotion_code": "code_first_order"}


def test_a_code_used_up_by_another_buyer_is_refused_at_the_last_moment(client, emulator):
    code_for(client, max_redemptions=1)
    one, other = (new_session(client, allow_promotion_codes=True) for _ in range(2))
    for each in (one, other):
        choose(emulator, each, promotion_code="TEN")
    assert pay(emulator, one)["outcome"] == "paid"
    assert pay(emulator, other)["problems"] == {"promotion_code": "code_used_up"}
    assert client.v1.charges.list().data[0].amount == 900
    assert len(client.v1.charges.list().data) == 1


def test_tax_rates_of_a_line_are_added_or_contained(client, emulator):
    vat = client.v1.tax_rates.create({"display_name": "VAT", "percentage": 19, "inclusive": True})
    city = client.v1.tax_rates.create({"display_name": "City", "percentage": 5, "inclusive": False})
    made = new_session(
        client,
        line_items=[
            {**line(1190), "tax_rates": [vat.id]},
            {**line(1000), "tax_rates": [city.id]},
        ],
    )
    assert (made.amount_subtotal, made.amount_total) == (2190, 2240)
    assert made.total_details.amount_tax == 240
    detailed = seen(client, made, "total_details.breakdown", "line_items.data.taxes")
    assert {each.rate.id: each.amount for each in detailed.total_details.breakdown.taxes} == {
        vat.id: 190,
        city.id: 50,
    }
    first, second = detailed.line_items.data
    assert (first.amount_tax, first.amount_total, first.taxes[0].taxable_amount) == (
        190,
        1190,
        1000,
    )
    assert (second.amount_tax, second.amount_total) == (50, 1050)
    pay(emulator, made)
    assert client.v1.charges.list().data[0].amount == 2240


def test_automatic_tax_waits_for_the_address(client, emulator):
    made = new_session(
        client,
        automatic_tax={"enabled": True},
        shipping_address_collection={"allowed_countries": ["US", "DE"]},
    )
    assert made.automatic_tax.status == "requires_location_inputs"
    assert (made.amount_total, shown(emulator, made)["waits_for_address"]) == (1000, True)
    choose(emulator, made, shipping={"country": "US", "state": "CA", "postal_code": "94105"})
    here = seen(client, made, "total_details.breakdown")
    assert (here.automatic_tax.status, here.amount_total) == ("complete", 1073)
    assert here.total_details.breakdown.taxes[0].rate.display_name == "Sales Tax"
    outcome = pay(
        emulator,
        made,
        shipping={"country": "DE", "line1": "Am Tor 1", "city": "Ulm", "postal_code": "89073"},
        expected_amount=1073,
    )
    assert outcome["problems"] == {"": "amount_changed"}
    sent = {"country": "US", "state": "CA", "line1": "1 St", "city": "SF", "postal_code": "94105"}
    assert pay(emulator, made, shipping=sent, expected_amount=1073)["outcome"] == "paid"
    assert client.v1.charges.list().data[0].amount == 1073


def test_an_amount_that_the_address_changes_is_shown_before_it_is_charged(client, emulator):
    made = new_session(client, automatic_tax={"enabled": True})
    home = {"country": "US", "state": "CA", "postal_code": "94105"}
    refused = pay(emulator, made, billing=home, expected_amount=1000)
    assert refused["problems"] == {"": "amount_changed"}
    assert shown(emulator, made)["amount_total"] == 1073
    assert client.v1.charges.list().data == []
    assert pay(emulator, made, billing=home, expected_amount=1073)["outcome"] == "paid"


def test_nobody_is_charged_before_their_tax_is_known(client, emulator):
    made = new_session(client, automatic_tax={"enabled": True})
    nowhere = {"country": "US", "state": "", "postal_code": ""}
    refused = pay(emulator, made, billing=nowhere)
    assert refused["problems"] == {"billing.postal_code": "missing"}


def test_a_line_of_which_nothing_is_taken_is_gone(client, emulator):
    bounds = {"enabled": True, "minimum": 0}
    made = new_session(client, line_items=[line(), {**line(500), "adjustable_quantity": bounds}])
    _first, second = client.v1.checkout.sessions.line_items.list(made.id).data
    pay(emulator, made, quantities={second.id: 0})
    assert len(client.v1.checkout.sessions.line_items.list(made.id).data) == 1
    assert client.v1.charges.list().data[0].amount == 1000


def test_a_customer_exempt_from_tax_pays_none(client, emulator):
    customer = client.v1.customers.create(
        {"tax_exempt": "exempt", "address": {"country": "US", "state": "CA"}}
    )
    made = new_session(client, customer=customer.id, automatic_tax={"enabled": True})
    assert (made.automatic_tax.status, made.amount_total) == ("complete", 1000)
    rate = {"display_name": "Tax", "percentage": 10, "inclusive": False}
    taxed = {**line(), "tax_rates": [client.v1.tax_rates.create(rate).id]}
    assert new_session(client, line_items=[taxed]).amount_total == 1100
    assert new_session(client, line_items=[taxed], customer=customer.id).amount_total == 1000


def shipping_data(name="Post", amount=500, **more):
    fixed = {"amount": amount, "currency": "usd"}
    return {"shipping_rate_data": {"display_name": name, "fixed_amount": fixed, **more}}


def test_the_way_of_delivery_is_chosen_and_paid(client, emulator):
    rate = client.v1.shipping_rates.create(
        {"display_name": "Courier", "fixed_amount": {"amount": 2000, "currency": "usd"}}
    )
    made = new_session(client, shipping_options=[shipping_data(), {"shipping_rate": rate.id}])
    must_be_whole(made)
    # The first one, until the buyer chooses.
    assert (made.amount_subtotal, made.amount_total) == (1000, 1500)
    assert made.shipping_cost.amount_total == 500
    assert made.total_details.amount_shipping == 500
    assert choose(emulator, made, shipping_rate="shr_none")["problems"] == {
        "shipping_rate": "not_an_option"
    }
    pay(emulator, made, shipping_rate=rate.id)
    paid = seen(client, made, "shipping_cost.shipping_rate", "shipping_cost.taxes")
    assert (paid.amount_total, paid.shipping_cost.shipping_rate.display_name) == (3000, "Courier")
    assert client.v1.charges.list().data[0].amount == 3000


def test_a_coupon_does_not_touch_shipping(client):
    coupon = client.v1.coupons.create({"percent_off": 50})
    made = new_session(
        client, discounts=[{"coupon": coupon.id}], shipping_options=[shipping_data()]
    )
    assert made.amount_total == 1000


def test_quantities_are_adjusted_within_their_bounds(client, emulator):
    bounds = {"enabled": True, "minimum": 1, "maximum": 5}
    made = new_session(client, line_items=[{**line(), "adjustable_quantity": bounds}, line(100)])
    first, second = client.v1.checkout.sessions.line_items.list(made.id).data
    assert (first.adjustable_quantity.minimum, first.adjustable_quantity.maximum) == (1, 5)
    refused = choose(emulator, made, quantities={first.id: 6, second.id: 2, "li_none": 1})
    assert refused["problems"] == {
        f"quantities.{first.id}": "quantity_not_allowed",
        f"quantities.{second.id}": "quantity_fixed",
        "quantities.li_none": "not_an_option",
    }
    assert seen(client, made).amount_total == 1100
    assert pay(emulator, made, quantities={first.id: 5})["outcome"] == "paid"
    assert seen(client, made).amount_total == 5100
    assert client.v1.charges.list().data[0].amount == 5100


def test_an_order_of_nothing_is_none(client, emulator):
    made = new_session(
        client, line_items=[{**line(), "adjustable_quantity": {"enabled": True, "minimum": 0}}]
    )
    (only,) = client.v1.checkout.sessions.line_items.list(made.id).data
    refused = choose(emulator, made, quantities={only.id: 0})
    assert refused["problems"] == {"quantities": "nothing_left"}


def test_an_optional_item_is_taken_and_put_back(client, emulator):
    price = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 250, "product_data": {"name": "Gift wrap"}}
    )
    made = new_session(client, optional_items=[{"price": price.id, "quantity": 1}])
    must_be_whole(made)
    assert made.optional_items[0].price == price.id
    assert [each["name"] for each in shown(emulator, made)["options"]] == ["Gift wrap"]
    assert choose(emulator, made, optional={price.id: 2})["problems"] == {
        f"optional.{price.id}": "quantity_not_allowed"
    }
    choose(emulator, made, optional={price.id: 1})
    assert seen(client, made).amount_total == 1250
    assert shown(emulator, made)["options"] == []
    choose(emulator, made, optional={price.id: 0})
    assert seen(client, made).amount_total == 1000
    pay(emulator, made, optional={price.id: 1})
    lines = client.v1.checkout.sessions.line_items.list(made.id).data
    assert [each.description for each in lines] == ["Board", "Gift wrap"]
    assert client.v1.charges.list().data[0].amount == 1250


def test_the_buyer_pays_what_they_want(client, emulator):
    price = client.v1.prices.create(
        {
            "currency": "usd",
            "product_data": {"name": "Donation"},
            "custom_unit_amount": {
                "enabled": True,
                "minimum": 200,
                "preset": 1000,
                "maximum": 9000,
            },
        }
    )
    made = new_session(client, line_items=[{"price": price.id, "quantity": 1}])
    assert made.amount_total == 1000
    (only,) = shown(emulator, made)["lines"]
    assert (only["pays_what_they_want"], only["least_amount"]) == (True, 200)
    for amount, problem in ((199, "amount_too_small"), (9001, "amount_too_large")):
        refused = choose(emulator, made, amounts={only["id"]: amount})
        assert refused["problems"] == {f"amounts.{only['id']}": problem}
    pay(emulator, made, amounts={only["id"]: 4321})
    assert client.v1.charges.list().data[0].amount == 4321


def test_a_session_may_be_in_another_currency_of_its_prices(client, emulator):
    price = client.v1.prices.create(
        {
            "currency": "usd",
            "unit_amount": 1000,
            "product_data": {"name": "Board"},
            "currency_options": {"eur": {"unit_amount": 900}},
        }
    )
    lines = [{"price": price.id, "quantity": 2}]
    made = new_session(client, line_items=lines, currency="eur")
    assert (made.currency, made.amount_total) == ("eur", 1800)
    pay(emulator, made)
    assert client.v1.charges.list().data[0].currency == "eur"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        new_session(client, line_items=lines, currency="gbp")
    assert caught.value.param == "line_items"


def test_after_a_decline_the_order_can_still_change(client, emulator):
    made = new_session(client, shipping_options=[shipping_data(), shipping_data("Fast", 900)])
    pay(emulator, made, "4000000000000002")
    fast = seen(client, made).shipping_options[1].shipping_rate
    assert pay(emulator, made, shipping_rate=fast)["outcome"] == "paid"
    intent = client.v1.payment_intents.retrieve(seen(client, made).payment_intent)
    assert (intent.amount, intent.amount_received) == (1900, 1900)


def test_nobody_approves_another_amount_than_the_orders(client, emulator):
    bounds = {"enabled": True, "minimum": 1, "maximum": 5}
    made = new_session(client, line_items=[{**line(), "adjustable_quantity": bounds}])
    (only,) = client.v1.checkout.sessions.line_items.list(made.id).data
    assert pay(emulator, made, "4000002760003184")["outcome"] == "challenge"
    choose(emulator, made, quantities={only.id: 5})
    assert authenticate(emulator, made, complete=True)["outcome"] == "declined"
    assert pay(emulator, made, "4000002760003184")["outcome"] == "challenge"
    assert authenticate(emulator, made, complete=True)["outcome"] == "paid"
    assert client.v1.charges.list().data[0].amount == 5000
