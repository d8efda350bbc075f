"""The pull: whatever webhook did not come is found, and no cursor steps over a missing event."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from paydesk.orders.order import Order
from paydesk.payments.event import StoredEvent, parse
from paydesk.payments.gateway import StripeUnreachable
from paydesk.payments.pull import KEPT_SECONDS, OVERLAP_SECONDS, PullCursor, Pulling
from paydesk.payments.settle import Settling
from tests.fake_gateway import event_of, unreachable
from tests.paydesk.test_inbox import stored
from tests.paydesk.test_placing import wish

DAY = 24 * 3600


@dataclass
class Sale:
    order_id: str
    session_id: str


@pytest.fixture
def sell(shop, gateway):
    """An order that is paid at Stripe; nobody has told us."""

    def run() -> Sale:
        placed = shop.placing.place(wish(shop))
        opened = shop.checkouts.start(placed.id)
        gateway.pay(opened.stripe_id)
        return Sale(placed.id, str(opened.stripe_id))

    return run


@pytest.fixture
def happened(gateway, clock):
    """Stripe lists an event about a session; `at` in seconds UTC, now if not given."""

    def run(sale: Sale, event_id: str, at: int | None = None) -> dict[str, object]:
        created = at if at is not None else clock.timestamp()
        thing = gateway.sessions[sale.session_id]
        event = event_of(thing, "checkout.session.completed", event_id, created)
        gateway.events.append(event)
        return event

    return run


def payment(shop, sale: Sale) -> str:
    with shop.database.transaction() as tx:
        return str(tx.get_one(Order, sale.order_id).payment)


def cursor(shop) -> PullCursor:
    with shop.database.transaction() as tx:
        return tx.scalars(select(PullCursor)).one()


def test_a_payment_nobody_told_of_is_found(shop, sell, happened):
    sale = sell()
    happened(sale, "evt_1")
    pulled = shop.pulling.run()
    assert (pulled.seen, pulled.new, pulled.failed, pulled.gap) == (1, 1, 0, None)
    assert payment(shop, sale) == "paid"
    with shop.database.transaction() as tx:
        assert tx.get_one(StoredEvent, "evt_1").door == "pull"


def test_a_second_run_finds_nothing_new(shop, sell, happened):
    happened(sell(), "evt_1")
    shop.pulling.run()
    assert shop.pulling.run().new == 0
    assert stored(shop) == [("evt_1", "handled", 1)]


def test_an_event_missing_behind_a_newer_one_that_came_is_found(shop, sell, happened, clock):
    missed, told = sell(), sell()
    shop.pulling.run()
    clock.travel(timedelta(seconds=3600))
    happened(missed, "evt_missed")
    clock.travel(timedelta(seconds=1800))
    # A webhook brings this one: a cursor made of the newest event would stand here.
    newer = happened(told, "evt_told")
    shop.inbox.receive(parse(json.dumps(newer).encode()))
    clock.travel(timedelta(seconds=60))
    shop.pulling.run()
    assert payment(shop, missed) == "paid"


def test_a_run_that_broke_off_moves_no_cursor_over_what_it_did_not_see(
    shop, sell, happened, gateway, clock
):
    sale = sell()
    shop.pulling.run()
    clock.travel(timedelta(seconds=3600))
    happened(sale, "evt_1")
    gateway.trouble = unreachable()
    with pytest.raises(StripeUnreachable):
        shop.pulling.run()
    gateway.trouble = None
    clock.travel(timedelta(seconds=DAY))
    shop.pulling.run()
    assert payment(shop, sale) == "paid"


def test_an_event_listed_a_while_after_its_second_is_found(shop, sell, happened, clock):
    sale = sell()
    clock.travel(timedelta(minutes=10))
    shop.pulling.run()
    # It was created then, and Stripe lists it only now.
    happened(sale, "evt_late", at=clock.timestamp() - 299)
    clock.travel(timedelta(minutes=1))
    shop.pulling.run()
    assert payment(shop, sale) == "paid"


def test_one_poisoned_event_stops_none_behind_it(shop, sell, happened, gateway, monkeypatch):
    first, second = sell(), sell()
    poison = happened(first, "evt_1")
    poison["data"]["object"] = {**poison["data"]["object"], "status": "of the future"}
    gateway.events.append({"id": "evt_\0", "object": "nothing", "created": poison["created"]})
    happened(second, "evt_2")
    pulled = shop.pulling.run()
    assert (pulled.seen, pulled.failed) == (3, 1)
    assert payment(shop, second) == "paid"
    assert stored(shop) == [("evt_1", "failed", 1), ("evt_2", "handled", 1)]


def test_oldest_first(shop, sell, happened, clock, monkeypatch):
    sales = [sell() for _ in range(3)]
    start = clock.timestamp()
    clock.travel(timedelta(seconds=10 * 3600))
    for n in (2, 0, 1):
        happened(sales[n], f"evt_{n}", at=start + n * 4 * 3600)
    order: list[str] = []
    settle = Settling.settle

    def noted(self, tx, order_id, facts):
        order.append(order_id)
        return settle(self, tx, order_id, facts)

    monkeypatch.setattr(Settling, "settle", noted)
    shop.pulling.run()
    assert order == [sale.order_id for sale in sales]


def test_after_more_than_thirty_days_it_says_what_may_be_missing_until_told(shop, sell, clock):
    sell()
    shop.pulling.run()
    left_off = cursor(shop).completed_from
    clock.travel(timedelta(seconds=KEPT_SECONDS + DAY))
    pulled = shop.pulling.run()
    forgotten = clock.timestamp() - KEPT_SECONDS
    assert pulled.gap == (left_off - OVERLAP_SECONDS, forgotten)
    # The next runs are complete, and the gap is still there.
    assert shop.pulling.run().gap == pulled.gap
    # What was compared began too late.
    shop.pulling.forget_gap_since(pulled.gap[0] + 1)
    assert shop.pulling.run().gap == pulled.gap
    shop.pulling.forget_gap_since(pulled.gap[0])
    assert shop.pulling.run().gap is None


def test_a_run_since_another_time_leaves_the_cursor_where_it_is(shop, sell, happened, clock):
    sale = sell()
    shop.pulling.run()
    left_off = cursor(shop).completed_from
    clock.travel(timedelta(seconds=DAY))
    happened(sale, "evt_1", at=clock.timestamp() - DAY // 2)
    pulled = shop.pulling.run(since=clock.timestamp() - 60)
    assert pulled.new == 0
    assert cursor(shop).completed_from == left_off
    shop.pulling.run()
    assert payment(shop, sale) == "paid"


def test_progress_is_told_slice_by_slice(shop, sell, clock):
    sell()
    clock.travel(timedelta(seconds=DAY))
    told: list[tuple[int, int]] = []
    shop.pulling.run(progress=lambda done, until: told.append((done, until)))
    assert len(told) >= 4
    assert told[-1] == (clock.timestamp(), clock.timestamp())


def test_a_first_run_since_a_later_time_leaves_no_cursor_over_what_is_older(
    shop, sell, happened, clock
):
    sale = sell()
    happened(sale, "evt_1")
    clock.travel(timedelta(hours=5))
    shop.pulling.run(since=clock.timestamp() - 60)
    assert payment(shop, sale) == "awaiting"
    shop.pulling.run()
    assert payment(shop, sale) == "paid"


def test_processes_that_pull_for_the_first_time_at_once_do_not_collide(
    shop, sell, happened, monkeypatch
):
    sale = sell()
    happened(sale, "evt_1")
    together = Barrier(4, timeout=10)
    note = Pulling._note

    def note_at_once(*arguments, **options):
        together.wait()
        note(*arguments, **options)

    monkeypatch.setattr(Pulling, "_note", note_at_once)
    with ThreadPoolExecutor(4) as threads:
        runs = [threads.submit(shop.pulling.run) for _ in range(4)]
    assert sum(run.result().new for run in runs) >= 1
    assert payment(shop, sale) == "paid"
