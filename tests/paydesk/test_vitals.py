"""How the shop is, read from either database: what /readyz, metrics and doctor go by."""

from datetime import timedelta

import pytest

from paydesk.catalogue.demonstration import MARK
from paydesk.cli.metrics import _OfDatabase
from paydesk.fulfilment.rounds import LastRound, Rounds
from paydesk.orders.order import Order
from paydesk.payments.event import Door, EventState, StoredEvent
from paydesk.payments.pull import PullCursor
from paydesk.payments.vitals import BEAT, Vitals, vitals, worker_lives
from tests.paydesk.test_inbox import parsed
from tests.paydesk.test_placing import wish


def seen(shop) -> Vitals:
    with shop.database.transaction() as tx:
        return vitals(tx, shop.clock.now())


def lives(shop) -> bool:
    with shop.database.transaction() as tx:
        return worker_lives(tx, shop.clock.now())


def test_a_worker_lives_while_it_goes_its_rounds(shop, clock):
    assert not lives(shop)
    beat = [each for each in shop.worker.rounds if each.name == BEAT]
    Rounds(shop.database, clock, tuple(beat)).run_due()
    assert lives(shop)
    clock.travel(timedelta(seconds=59))
    assert lives(shop)
    clock.travel(timedelta(seconds=2))
    assert not lives(shop)


def test_a_worker_lives_while_it_is_on_a_long_round(shop, clock):
    now = clock.now()
    with shop.database.transaction() as tx:
        held = LastRound(name="pull", due_at=now, held_until=now + timedelta(minutes=2), failures=0)
        tx.add(held)
    clock.travel(timedelta(seconds=110))
    assert lives(shop)
    clock.travel(timedelta(seconds=11))
    assert not lives(shop)


@pytest.fixture
def told(shop, clock):
    now = clock.now()
    with shop.database.transaction() as tx:
        for number, (door, state, age) in enumerate(
            [
                (Door.WEBHOOK, EventState.HANDLED, 3600),
                (Door.PULL, EventState.HANDLED, 60),
                (Door.PULL, EventState.FAILED, 120),
            ]
        ):
            tx.add(
                StoredEvent(
                    id=f"evt_{number}", type="charge.succeeded", livemode=False, created=1,
                    received_at=now - timedelta(seconds=age), payload="{}", state=state,
                    door=door, tries=1,
                )
            )  # fmt: skip
        until = clock.timestamp() - 90
        tx.add(PullCursor(name="events", completed_from=until, gap_from=5, gap_until=9))
        tx.add(LastRound(name="pull", due_at=now, ended_at=now, failures=3, error="away"))


def test_what_was_told_and_what_waits(shop, clock, told):
    found = seen(shop)
    assert found.last_event_at == clock.now() - timedelta(seconds=60)
    assert found.last_webhook_at == clock.now() - timedelta(seconds=3600)
    assert (found.events_failed, found.gap) == (1, (5, 9))
    assert found.failing_rounds == ("pull",)
    assert found.worker_lives


def test_whether_anything_was_sold_since_the_demonstration(shop, gateway):
    assert not seen(shop).last_sale_is_demonstration
    for number, (buyer, expected) in enumerate(((MARK, True), ("somebody", False)), 1):
        order = shop.placing.place(wish(shop))
        shop.checkouts.start(order.id)
        with shop.database.transaction() as tx:
            tx.get_one(Order, order.id).buyer = buyer
        assert seen(shop).last_sale_is_demonstration is (number == 2), "as long as it is not paid"
        paid = gateway.pay(f"cs_test_000{number}")
        shop.inbox.receive(parsed(paid, "checkout.session.completed", f"evt_paid_{number}"))
        assert seen(shop).last_sale_is_demonstration is expected


def test_the_metrics_of_the_database(shop, told):
    samples = {
        sample.name: sample.value for each in _OfDatabase(shop).collect() for sample in each.samples
    }
    assert samples["paydesk_last_event_age_seconds"] == 60
    assert samples["paydesk_pull_age_seconds"] == 90
    assert samples["paydesk_events_unsettled"] == 1
    assert samples["paydesk_worker_alive"] == 1


def test_metrics_without_a_database_say_so(shop, monkeypatch):
    collector = _OfDatabase(shop)
    with shop.database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE paydesk_events")
    (only,) = collector.collect()
    assert [(each.name, each.value) for each in only.samples] == [("paydesk_database_up", 0)]
