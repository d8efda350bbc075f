"""Settling: whatever comes through whichever door, an order is paid once and stock leaves once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from paydesk.foundation.errors import NotFound
from paydesk.fulfilment.jobs import Jobs, OwedEffect
from paydesk.orders.order import Order
from paydesk.orders.problems import SOLD_OUT_MEANWHILE
from paydesk.payments.facts import Fact, Kind
from paydesk.payments.known import KnownFact
from paydesk.payments.settle import Settling
from paydesk.wiring import Shop
from tests.paydesk.test_placing import variant, wish

PAID = Fact(Kind.SESSION, "cs_1", "paid", 3900, "usd", intent_id="pi_1", email="ada@example.com")


@pytest.fixture
def settle(shop, clock):
    """The one door, as every other door calls it; answers with the order as it is then."""
    settling = Settling(clock, Jobs(shop.database, clock))

    def run(order_id: str, *facts: Fact) -> Order:
        with shop.database.transaction() as tx:
            settling.settle(tx, order_id, facts)
        with shop.database.transaction() as tx:
            found: Order = tx.get_one(Order, order_id)
            return found

    return run


def board(shop: Shop, slug: str = "arduino-board") -> tuple[int | None, int]:
    found = variant(shop, slug)
    return found.on_hand, found.held


def owed(shop: Shop) -> int:
    with shop.database.transaction() as tx:
        return int(tx.scalar(select(func.count()).where(OwedEffect.effect == "paid")) or 0)


def test_becoming_paid_takes_the_stock_and_owes_the_effect(shop, settle, clock):
    order = settle(shop.placing.place(wish(shop)).id, PAID)
    assert (order.payment, order.paid_minor, order.paid_at) == ("paid", 3900, clock.now())
    assert board(shop) == (49, 0)
    assert owed(shop) == 1


def test_the_same_fact_again_changes_nothing_a_page_could_show(shop, settle):
    order_id = shop.placing.place(wish(shop)).id
    before = settle(order_id, PAID)
    after = settle(order_id, PAID, PAID, replace(PAID, stage="open", email=None))
    assert (after.version, after.paid_at) == (before.version, before.paid_at)
    assert board(shop) == (49, 0)
    assert owed(shop) == 1


def test_eight_doors_at_the_same_time_are_one_payment(shop, settle):
    order_id = shop.placing.place(wish(shop)).id
    start = threading.Barrier(8)

    def come_in(_door: int) -> None:
        start.wait()
        settle(order_id, PAID)

    with ThreadPoolExecutor(8) as doors:
        list(doors.map(come_in, range(8)))
    assert settle(order_id).version == 1
    assert board(shop) == (49, 0)
    assert owed(shop) == 1


def test_session_intent_and_charge_of_one_payment_are_counted_once(shop, settle):
    order = settle(
        shop.placing.place(wish(shop)).id,
        PAID,
        Fact(Kind.INTENT, "pi_1", "succeeded", 3900, "usd", intent_id="pi_1"),
        Fact(Kind.CHARGE, "ch_1", "succeeded", 3900, "usd", intent_id="pi_1"),
    )
    assert (order.paid_minor, order.flags) == (3900, [])


def test_two_payments_for_one_order_are_said_and_delivered_once(shop, settle):
    second = replace(PAID, stripe_id="cs_2", intent_id="pi_2")
    order = settle(shop.placing.place(wish(shop)).id, PAID, second)
    assert (order.payment, order.paid_minor, order.flags) == ("paid", 7800, ["paid_twice"])
    assert board(shop) == (49, 0)
    assert owed(shop) == 1


@pytest.mark.parametrize(
    "other",
    [
        replace(PAID, amount_minor=3899),
        replace(PAID, amount_minor=3901),
        replace(PAID, currency="eur"),
        replace(PAID, livemode=True),
    ],
)
def test_another_amount_currency_or_mode_is_for_people_to_look_at(shop, settle, other):
    order = settle(shop.placing.place(wish(shop)).id, other)
    assert order.payment == "review"
    assert order.flags
    assert order.paid_at is None
    assert board(shop) == (50, 1)
    assert owed(shop) == 0


def test_an_expired_session_gives_the_stock_back_and_a_late_open_does_not_take_it(shop, settle):
    order_id = shop.placing.place(wish(shop)).id
    assert settle(order_id, replace(PAID, stage="expired")).payment == "expired"
    assert board(shop) == (50, 0)
    assert settle(order_id, replace(PAID, stage="open")).payment == "expired"
    assert board(shop) == (50, 0)


def test_a_payment_after_the_stock_was_given_back_takes_it_while_there_is_some(shop, settle):
    order_id = shop.placing.place(wish(shop)).id
    settle(order_id, replace(PAID, stage="expired"))
    order = settle(order_id, PAID)
    assert (order.payment, order.flags) == ("paid", [])
    assert board(shop) == (49, 0)
    assert owed(shop) == 1


def test_a_payment_after_the_last_one_went_to_somebody_else_is_not_fulfilled(shop, settle):
    iron = wish(shop, "soldering-iron", quantity=5)
    late = shop.placing.place(iron)
    gone = replace(PAID, amount_minor=late.total_minor)
    settle(late.id, replace(gone, stage="expired"))
    shop.placing.place(wish(shop, "soldering-iron", quantity=1))
    order = settle(late.id, gone)
    assert order.paid_at is not None
    assert order.flags == [SOLD_OUT_MEANWHILE]
    assert board(shop, "soldering-iron") == (5, 1)
    assert owed(shop) == 0
    # It stays said, whatever comes later.
    assert settle(late.id, gone).flags == [SOLD_OUT_MEANWHILE]


def test_what_raises_afterwards_takes_everything_back(shop, settle, monkeypatch):
    order_id = shop.placing.place(wish(shop)).id

    def broken(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(Jobs, "enqueue", broken)
        with pytest.raises(RuntimeError):
            settle(order_id, PAID)
    with shop.database.transaction() as tx:
        assert tx.get_one(Order, order_id).payment == "awaiting"
        assert tx.scalar(select(func.count()).select_from(KnownFact)) == 0
    assert board(shop) == (50, 1)
    assert settle(order_id, PAID).payment == "paid"


def test_an_order_that_does_not_exist_is_not_found(settle):
    with pytest.raises(NotFound):
        settle("ord_nothing", PAID)
