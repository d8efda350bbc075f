"""Coupons and the codes buyers type for them."""

import time

import pytest
import stripe

from stripe_emulator import discounting
from tests.emulator.buying import event
from tests.emulator.shape_checker import must_be_whole


def a_coupon(client, **more):
    wish = more if "amount_off" in more else {"percent_off": 20, **more}
    return client.v1.coupons.create(wish)


def a_code(client, coupon, **more):
    return client.v1.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon.id}, **more}
    )


def test_a_coupon_is_made_with_stripes_usual_values(client):
    made = a_coupon(client)
    must_be_whole(made)
    assert len(made.id) == 8
    assert made.id == made.id.upper()
    assert (made.percent_off, made.duration, made.valid) == (20.0, "once", True)
    assert (made.amount_off, made.currency, made.times_redeemed) == (None, None, 0)
    assert "applies_to" not in made
    assert "currency_options" not in made
    assert event(client, "coupon.created").data.object["id"] == made.id


def test_what_a_coupon_applies_to_is_shown_on_request(client):
    product = client.v1.products.create({"name": "Board"})
    made = a_coupon(
        client,
        amount_off=500,
        currency="usd",
        applies_to={"products": [product.id]},
        currency_options={"eur": {"amount_off": 450}},
    )
    shown = client.v1.coupons.retrieve(made.id, {"expand": ["applies_to", "currency_options"]})
    must_be_whole(shown)
    assert shown.applies_to.products == [product.id]
    assert shown.currency_options["eur"].amount_off == 450
    assert shown.currency_options["usd"].amount_off == 500


def test_a_coupon_is_renamed_and_deleted(client):
    made = client.v1.coupons.create({"id": "SPRING", "percent_off": 10, "duration": "forever"})
    changed = client.v1.coupons.update("SPRING", {"name": "Spring", "metadata": {"a": "b"}})
    must_be_whole(changed)
    assert changed.name == "Spring"
    assert event(client, "coupon.updated").to_dict()["data"]["previous_attributes"]["name"] is None
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.coupons.create({"id": made.id, "percent_off": 5})
    assert caught.value.code == "resource_already_exists"
    code = a_code(client, made)
    assert client.v1.coupons.delete("SPRING").deleted
    assert client.v1.coupons.list().data == []
    assert not client.v1.promotion_codes.retrieve(code.id).active
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.coupons.retrieve("SPRING")


@pytest.mark.parametrize(
    ("wish", "param"),
    [
        ({}, "percent_off"),
        ({"percent_off": 10, "amount_off": 5, "currency": "usd"}, "percent_off"),
        ({"amount_off": 5}, "currency"),
        ({"percent_off": 0}, "percent_off"),
        ({"percent_off": 100.5}, "percent_off"),
        ({"amount_off": 0, "currency": "usd"}, "amount_off"),
        ({"percent_off": 10, "duration": "repeating"}, "duration_in_months"),
        ({"percent_off": 10, "duration_in_months": 2}, "duration_in_months"),
        ({"percent_off": 10, "max_redemptions": 0}, "max_redemptions"),
        ({"percent_off": 10, "redeem_by": 1}, "redeem_by"),
        ({"percent_off": 10, "redeem_by": 9999999999}, "redeem_by"),
        ({"percent_off": 10, "name": "x" * 41}, "name"),
        ({"percent_off": 10, "applies_to": {"products": ["p"]}}, "applies_to[products][0]"),
    ],
)
def test_a_coupon_that_makes_no_sense_is_refused(client, wish, param):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.coupons.create(wish)
    assert caught.value.param == param
    assert client.v1.coupons.list().data == []


def test_a_code_belongs_to_its_coupon(client):
    coupon = a_coupon(client)
    made = a_code(client, coupon, code="Hello-10", metadata={"a": "b"})
    must_be_whole(made)
    assert (made.code, made.active, made.promotion.coupon) == ("Hello-10", True, coupon.id)
    shown = client.v1.promotion_codes.retrieve(made.id, {"expand": ["promotion.coupon"]})
    assert shown.promotion.coupon.percent_off == 20
    assert event(client, "promotion_code.created").data.object["id"] == made.id
    other = a_code(client, a_coupon(client))
    assert len(other.code) == 8
    for query, found in (
        ({"code": "hello-10"}, [made.id]),
        ({"coupon": coupon.id}, [made.id]),
        ({"active": True}, [other.id, made.id]),
        ({"active": False}, []),
    ):
        listed = client.v1.promotion_codes.list(query).data
        assert [each.id for each in listed] == found


def test_an_active_code_is_the_only_one_that_reads_so(client):
    coupon, customer = a_coupon(client), client.v1.customers.create()
    first = a_code(client, coupon, code="TEN")
    for more in ({"code": "ten"}, {"code": "TEN", "customer": customer.id}):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            a_code(client, coupon, **more)
        assert caught.value.param == "code"
    client.v1.promotion_codes.update(first.id, {"active": False})
    second = a_code(client, coupon, code="ten")
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.promotion_codes.update(first.id, {"active": True})
    client.v1.promotion_codes.update(second.id, {"active": False})
    assert client.v1.promotion_codes.update(first.id, {"active": True}).active


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"promotion": {"type": "coupon"}}, "promotion[coupon]"),
        ({"promotion": {"type": "coupon", "coupon": "none"}}, "promotion[coupon]"),
        ({"code": "not good"}, "code"),
        ({"expires_at": 5}, "expires_at"),
        ({"max_redemptions": 0}, "max_redemptions"),
        ({"max_redemptions": 9}, "max_redemptions"),
        ({"customer": "cus_none"}, "customer"),
        ({"restrictions": {"minimum_amount": 5}}, "restrictions[minimum_amount_currency]"),
    ],
)
def test_a_code_that_makes_no_sense_is_refused(client, more, param):
    coupon = a_coupon(client, max_redemptions=8)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.promotion_codes.create(
            {"promotion": {"type": "coupon", "coupon": coupon.id}, **more}
        )
    assert caught.value.param == param


def test_the_old_way_to_make_a_code_is_gone(client, ask):
    coupon = a_coupon(client)
    answer = ask("POST", "/v1/promotion_codes", f"coupon={coupon.id}")
    assert (answer.status, answer.error["param"]) == (400, "coupon")


def test_the_least_order_has_an_amount_in_each_currency(client):
    restrictions = {
        "minimum_amount": 5000,
        "minimum_amount_currency": "usd",
        "currency_options": {"eur": {"minimum_amount": 4500}},
    }
    made = a_code(client, a_coupon(client), restrictions=restrictions)
    shown = client.v1.promotion_codes.retrieve(
        made.id, {"expand": ["restrictions.currency_options"]}
    )
    must_be_whole(shown)
    assert shown.restrictions.currency_options["eur"].minimum_amount == 4500


def test_the_last_redemption_closes_coupon_and_code(client, emulator):
    coupon = a_coupon(client, max_redemptions=2)
    code = a_code(client, coupon, max_redemptions=1)
    with emulator.emulator.call() as call:
        thing = call.require("coupon", coupon.id)
        discounting.redeem(call, thing, call.require("promotion_code", code.id))
        assert discounting.coupon_problem(call, thing, "usd") is None
        discounting.redeem(call, thing)
        assert discounting.coupon_problem(call, thing, "usd") == "code_used_up"
    used = client.v1.coupons.retrieve(coupon.id)
    assert (used.times_redeemed, used.valid) == (2, False)
    assert not client.v1.promotion_codes.retrieve(code.id).active


def test_time_runs_out_for_coupon_and_code(client, emulator, monkeypatch):
    soon = int(time.time()) + 100
    coupon = a_coupon(client, redeem_by=soon)
    code = a_code(client, coupon)
    assert code.expires_at == soon
    late = emulator.emulator.clock.precise() + 101
    monkeypatch.setattr(emulator.emulator.clock, "precise", lambda: late)
    until = time.monotonic() + 5
    while client.v1.coupons.retrieve(coupon.id).valid:
        assert time.monotonic() < until
    assert not client.v1.promotion_codes.retrieve(code.id).active


def test_a_coupon_is_worth_what_its_currency_says(client, emulator):
    coupon = a_coupon(
        client, amount_off=500, currency="usd", currency_options={"eur": {"amount_off": 450}}
    )
    with emulator.emulator.call() as call:
        thing = call.require("coupon", coupon.id)
        worths = [discounting.worth(thing, each) for each in ("usd", "eur", "gbp")]
        assert [each and each["amount_off"] for each in worths] == [500, 450, None]
        assert discounting.coupon_problem(call, thing, "gbp") == "code_does_not_apply"
