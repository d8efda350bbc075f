"""The sweeper: nothing is given up before Stripe was asked, and nothing is held for ever."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from paydesk.orders.order import Order
from paydesk.payments.gateway import StripeUnreachable
from paydesk.payments.known import KnownFact
from tests.fake_gateway import unreachable
from tests.paydesk.test_inbox import now_of, parsed
from tests.paydesk.test_placing import variant, wish


@pytest.fixture
def order(shop) -> Order:
    """An order whose session `cs_test_0001` is open."""
    placed = shop.placing.place(wish(shop))
    shop.checkouts.start(placed.id)
    return placed


def held(shop) -> int:
    return int(variant(shop, "arduino-board").held)


def test_nothing_is_asked_before_its_time(shop, gateway, clock, order):
    gateway.calls.clear()
    clock.travel(timedelta(minutes=32))
    assert shop.sweeping.run() == 0
    assert gateway.calls == []


def test_a_payment_nobody_told_of_is_found(shop, gateway, clock, order):
    gateway.pay("cs_test_0001")
    clock.travel(timedelta(minutes=34))
    shop.sweeping.run()
    found = now_of(shop, order)
    assert (found.payment, found.look_at) == ("paid", None)


def test_an_expired_session_gives_the_stock_back(shop, gateway, clock, order):
    gateway.expire_session("cs_test_0001")
    clock.travel(timedelta(minutes=34))
    assert held(shop) == 1
    shop.sweeping.run()
    assert now_of(shop, order).payment == "expired"
    assert held(shop) == 0
    assert shop.sweeping.run() == 0


def test_while_stripe_is_away_nothing_is_given_up(shop, gateway, clock, order):
    clock.travel(timedelta(days=3))
    gateway.trouble = unreachable()
    with pytest.raises(StripeUnreachable):
        shop.sweeping.run()
    assert now_of(shop, order).payment == "awaiting"
    assert held(shop) == 1
    gateway.trouble = None
    gateway.pay("cs_test_0001")
    shop.sweeping.run()
    assert now_of(shop, order).payment == "paid"


def test_a_session_that_stripe_still_calls_open_is_asked_about_again(shop, gateway, clock, order):
    clock.travel(timedelta(minutes=34))
    shop.sweeping.run()
    assert now_of(shop, order).payment == "awaiting"
    gateway.expire_session("cs_test_0001")
    clock.travel(timedelta(minutes=6))
    shop.sweeping.run()
    assert now_of(shop, order).payment == "expired"


def test_who_was_never_sent_to_stripe_is_given_up(shop, gateway, clock):
    placed = shop.placing.place(wish(shop))
    clock.travel(timedelta(minutes=31))
    gateway.calls.clear()
    shop.sweeping.run()
    found = now_of(shop, placed)
    assert (found.payment, found.given_up_at) == ("expired", clock.now())
    assert held(shop) == 0


def test_a_given_up_order_that_was_paid_after_all_is_paid(shop, gateway, clock):
    placed = shop.placing.place(wish(shop))
    create = gateway.create_session

    def create_and_lose_the_answer(request, *, idempotency_key):
        create(request, idempotency_key=idempotency_key)
        raise unreachable()

    gateway.create_session = create_and_lose_the_answer
    with pytest.raises(StripeUnreachable):
        shop.checkouts.start(placed.id)
    clock.travel(timedelta(hours=3))
    shop.sweeping.run()
    paid = gateway.pay("cs_test_0001")
    shop.inbox.receive(parsed(paid, "checkout.session.completed", "evt_1"))
    found = now_of(shop, placed)
    assert found.payment == "paid"
    assert variant(shop, "arduino-board").on_hand == 49


def test_both_sessions_of_a_buyer_who_tried_twice_are_asked_about(shop, gateway, clock, order):
    shop.checkouts.cancel(order.id)
    shop.checkouts.start(order.id)
    gateway.pay("cs_test_0002")
    clock.travel(timedelta(minutes=34))
    shop.sweeping.run()
    assert now_of(shop, order).payment == "paid"
    with shop.database.transaction() as tx:
        stages = {fact.stripe_id: fact.stage for fact in tx.scalars(select(KnownFact))}
    assert stages["cs_test_0001"] == "expired"
    assert stages["cs_test_0002"] == "paid"


def test_a_delayed_payment_is_asked_about_until_it_arrives(shop, gateway, clock, order):
    gateway.pay("cs_test_0001")["payment_status"] = "unpaid"
    clock.travel(timedelta(minutes=34))
    shop.sweeping.run()
    assert now_of(shop, order).payment == "pending"
    assert held(shop) == 1
    gateway.sessions["cs_test_0001"]["payment_status"] = "paid"
    clock.travel(timedelta(minutes=61))
    shop.sweeping.run()
    assert now_of(shop, order).payment == "paid"
