"""The inbox: every event is kept once and acted on once, whichever order it is told of by."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from paydesk.foundation.errors import Invalid
from paydesk.orders.order import Order
from paydesk.payments.event import Event, StoredEvent, parse
from paydesk.payments.inbox import EventStillFails
from paydesk.payments.settle import Settling
from tests.fake_gateway import event_of
from tests.paydesk.test_placing import wish


def parsed(thing: dict[str, object], kind: str, event_id: str) -> Event:
    return parse(json.dumps(event_of(thing, kind, event_id)).encode())


@pytest.fixture
def order(shop, gateway) -> Order:
    """An order whose session `cs_test_0001` is open."""
    placed = shop.placing.place(wish(shop))
    shop.checkouts.start(placed.id)
    return placed


@pytest.fixture
def paid(order, gateway) -> Event:
    return parsed(gateway.pay("cs_test_0001"), "checkout.session.completed", "evt_1")


def stored(shop) -> list[tuple[str, str, int]]:
    with shop.database.transaction() as tx:
        rows = tx.scalars(select(StoredEvent).order_by(StoredEvent.id))
        return [(row.id, row.state, row.tries) for row in rows]


def now_of(shop, order: Order) -> Order:
    with shop.database.transaction() as tx:
        return tx.get_one(Order, order.id)


def test_an_event_is_kept_as_it_came(shop, paid):
    shop.inbox.receive(paid)
    with shop.database.transaction() as tx:
        row = tx.get_one(StoredEvent, "evt_1")
    assert row.payload == paid.body
    assert (row.type, row.livemode, row.created) == ("checkout.session.completed", False, 1)


def test_six_deliveries_at_the_same_time_are_one(shop, order, paid):
    start = threading.Barrier(6)

    def deliver(_copy: int) -> str:
        start.wait()
        return str(shop.inbox.receive(paid))

    with ThreadPoolExecutor(6) as copies:
        assert set(copies.map(deliver, range(6))) == {"handled"}
    assert stored(shop) == [("evt_1", "handled", 1)]
    assert now_of(shop, order).version == 1


def test_an_event_that_overtakes_our_own_writing_finds_its_order_by_our_mark(shop, gateway):
    placed = shop.placing.place(wish(shop))
    create = gateway.create_session

    def pay_and_tell_before_answering(request, *, idempotency_key):
        answer = create(request, idempotency_key=idempotency_key)
        paid = gateway.pay(answer["id"])
        shop.inbox.receive(parsed(paid, "checkout.session.completed", "evt_1"))
        return {**answer, "status": "open", "payment_status": "unpaid", "url": "https://late"}

    gateway.create_session = pay_and_tell_before_answering
    shop.checkouts.start(placed.id)
    assert now_of(shop, placed).payment == "paid"


def test_a_refund_finds_its_order_by_the_payment_it_belongs_to(shop, order, paid):
    shop.inbox.receive(paid)
    refund = {
        "object": "refund",
        "id": "re_1",
        "amount": 3900,
        "currency": "usd",
        "status": "succeeded",
        # As an id, or as the object itself where somebody asked for it.
        "payment_intent": {"object": "payment_intent", "id": "pi_cs_test_0001"},
    }
    assert shop.inbox.receive(parsed(refund, "refund.created", "evt_2")) == "handled"
    assert now_of(shop, order).refunded_minor == 3900


def test_a_refund_that_comes_before_its_payment_is_not_an_error(shop, order):
    refund = {
        "object": "refund",
        "id": "re_1",
        "amount": 1,
        "currency": "usd",
        "status": "succeeded",
        "payment_intent": "pi_of_somebody",
    }
    assert shop.inbox.receive(parsed(refund, "refund.created", "evt_1")) == "ignored"


@pytest.mark.parametrize(
    "change",
    [
        {"status": "something_new"},
        {"amount_total": 39.0},
        {"amount_total": "3900"},
        {"currency": 7},
        {"id": None},
    ],
)
def test_an_object_we_cannot_read_is_kept_and_tried_again(shop, order, paid, change):
    thing = {**paid.content["data"]["object"], **change}
    assert shop.inbox.receive(parsed(thing, paid.type, "evt_1")) == "failed"
    assert now_of(shop, order).payment == "awaiting"
    with pytest.raises(EventStillFails):
        shop.inbox.retry("evt_1")
    assert stored(shop) == [("evt_1", "failed", 2)]


def test_a_failed_event_that_is_delivered_again_waits_for_its_job(shop, paid, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Settling, "settle", lambda *_: 1 / 0)
        assert shop.inbox.receive(paid) == "failed"
    assert shop.inbox.receive(paid) == "failed"
    assert stored(shop) == [("evt_1", "failed", 1)]
    shop.inbox.retry("evt_1")
    shop.inbox.retry("evt_1")
    assert stored(shop) == [("evt_1", "handled", 2)]


def test_a_halfway_failure_leaves_the_event_and_nothing_else(shop, order, paid, monkeypatch):
    settle = Settling.settle

    def settle_and_break(self, tx, order_id, facts):
        settle(self, tx, order_id, facts)
        tx.flush()
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(Settling, "settle", settle_and_break)
        shop.inbox.receive(paid)
    assert now_of(shop, order).payment == "awaiting"
    assert stored(shop) == [("evt_1", "failed", 1)]


@pytest.mark.parametrize(
    "change",
    [
        {"id": "ä"},
        {"id": "x" * 256},
        {"id": "a\nb"},
        {"id": 7},
        {"type": ""},
        {"type": "x" * 121},
        {"created": -1},
        {"created": 2**31},
        {"created": "1"},
        {"data": None},
        {"object": "v2.core.event"},
    ],
)
def test_what_is_not_an_event_is_refused_before_anything_is_stored(change):
    event = {**event_of({"object": "x"}, "x.y", "evt_1"), **change}
    with pytest.raises(Invalid):
        parse(json.dumps(event).encode())
