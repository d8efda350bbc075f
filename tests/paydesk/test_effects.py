"""What else becomes true of an order, and what its handlers are told: once for each thing."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from paydesk.foundation.money import Money
from paydesk.fulfilment.hooks import Effect
from paydesk.fulfilment.jobs import OwedEffect
from paydesk.orders.order import Order
from paydesk.payments.event import parse
from paydesk.payments.refund import Wish
from paydesk.payments.telling import sale_about
from tests.fake_gateway import event_of, unreachable
from tests.paydesk.test_placing import wish


@pytest.fixture
def order(shop) -> Order:
    placed: Order = shop.placing.place(wish(shop))
    return placed


def owed(shop, order: Order) -> list[tuple[str, str]]:
    with shop.database.transaction() as tx:
        rows = tx.scalars(select(OwedEffect).where(OwedEffect.order_id == order.id))
        return sorted((row.effect, row.about) for row in rows)


def told(shop, order: Order, effect: Effect, about: str):
    with shop.database.transaction() as tx:
        return sale_about(tx, tx.get_one(Order, order.id), effect, about)


def hear(shop, thing, kind: str, event_id: str) -> None:
    shop.inbox.receive(parse(json.dumps(event_of(thing, kind, event_id)).encode()))


def paid(shop, gateway, order: Order) -> str:
    session = gateway.pay(str(shop.checkouts.start(order.id).stripe_id))
    shop.checkouts.ask(order.id)
    return str(session["payment_intent"])


def test_each_refund_that_succeeded_is_told_once(shop, gateway, order):
    intent = paid(shop, gateway, order)
    shop.refunds.request(order.id, Wish(Money(500, "usd")))
    gateway.refund_status = "pending"
    shop.refunds.request(order.id, Wish(Money(700, "usd")))
    assert owed(shop, order) == [("paid", ""), ("refunded", "re_0001")]
    gateway.refunds["re_0002"]["status"] = "succeeded"
    for n in range(2):
        hear(shop, gateway.refunds["re_0002"], "refund.updated", f"evt_{n}")
    assert owed(shop, order)[1:] == [("refunded", "re_0001"), ("refunded", "re_0002")]
    sale = told(shop, order, Effect.REFUNDED, "re_0002")
    assert (sale.amount, sale.key) == (Money(700, "usd"), f"refunded:{order.id}:re_0002")
    assert intent == gateway.refunds["re_0002"]["payment_intent"]


def test_a_dispute_is_told_once(shop, gateway, order):
    intent = paid(shop, gateway, order)
    dispute = {"id": "dp_1", "object": "dispute", "amount": 3900, "currency": "usd"}
    for n, status in enumerate(("needs_response", "under_review", "lost")):
        thing = {**dispute, "payment_intent": intent, "status": status}
        hear(shop, thing, "charge.dispute.updated", f"evt_{n}")
    assert owed(shop, order) == [("disputed", "dp_1"), ("paid", "")]
    assert told(shop, order, Effect.DISPUTED, "dp_1").amount == Money(3900, "usd")


def test_what_nobody_paid_in_time_is_told_for_each_trip_with_the_way_back(
    shop, gateway, order, clock
):
    trips = []
    for n in range(2):
        started = shop.checkouts.start(order.id)
        trips.append(("expired", started.checkout_id))
        session = gateway.expire_session(str(started.stripe_id))
        recovery = {"recovery": {"url": f"https://buy.stripe.com/r/{n}"}}
        hear(shop, {**session, "after_expiration": recovery}, "checkout.session.expired", f"e{n}")
        clock.travel(timedelta(minutes=40))
    assert owed(shop, order) == sorted(trips)
    sale = told(shop, order, Effect.EXPIRED, trips[1][1])
    assert sale.recovery_url is not None
    assert sale.recovery_url.startswith("https://buy.stripe.com/r/")


def test_what_the_buyer_cancels_has_not_expired(shop, order, gateway):
    shop.checkouts.start(order.id)
    shop.checkouts.cancel(order.id)
    assert owed(shop, order) == []
    # Nor what never reached Stripe.
    other = shop.placing.place(wish(shop))
    gateway.trouble = unreachable()
    with pytest.raises(type(gateway.trouble)):
        shop.checkouts.start(other.id)
    shop.checkouts.cancel(other.id)
    assert owed(shop, other) == []


def test_what_is_let_go_is_no_refund_whatever_is_heard_first(shop, order):
    started = shop.checkouts.start(order.id)
    mark = {"paydesk_checkout": started.checkout_id}
    charge = {
        "id": "ch_1",
        "object": "charge",
        "status": "succeeded",
        "captured": False,
        "amount": 3900,
        "currency": "usd",
        "livemode": False,
        "payment_intent": None,
        "metadata": mark,
    }
    refund = {"id": "re_1", "object": "refund", "status": "succeeded", "amount": 3900}
    hear(shop, charge, "charge.succeeded", "evt_1")
    # Stripe books the release as a refund, and tells of that first.
    hear(shop, {**refund, "currency": "usd", "charge": "ch_1"}, "refund.created", "evt_2")
    hear(shop, {**charge, "refunded": True}, "charge.refunded", "evt_3")
    assert [effect for effect, _ in owed(shop, order)] == []


def test_a_payment_that_comes_back_is_told(shop, gateway, order):
    started = shop.checkouts.start(order.id)
    session = gateway.pay(str(started.stripe_id))
    session["payment_status"] = "unpaid"
    hear(shop, session, "checkout.session.completed", "evt_1")
    hear(shop, session, "checkout.session.async_payment_failed", "evt_2")
    assert owed(shop, order) == [("payment_failed", started.checkout_id)]
    assert told(shop, order, Effect.PAYMENT_FAILED, started.checkout_id).number == 1001
