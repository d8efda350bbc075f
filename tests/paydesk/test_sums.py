"""Kept sums: added up as the books do, however they came about and whenever they are read."""

import threading
from datetime import datetime, timedelta

import pytest
from alembic import command
from sqlalchemy import func, inspect, select, text
from sqlalchemy.exc import DBAPIError

from paydesk.foundation.database import Database
from paydesk.foundation.money import Money
from paydesk.migrations import schema
from paydesk.orders.ledger import LedgerRow
from paydesk.orders.order import Order
from paydesk.orders.tallies import KeptSum, Measure, SumChange
from paydesk.payments.refund import Wish
from paydesk.reports import sums
from paydesk.reports.checking import check
from tests.paydesk.test_inbox import parsed
from tests.paydesk.test_placing import wish

_A_TIME = "2026-11-20 10:00:00.000000+00:00"


def buy(shop, gateway, email: str = "ada@example.com") -> str:
    placed = shop.placing.place(wish(shop))
    opened = shop.checkouts.start(placed.id)
    thing = gateway.pay(opened.stripe_id, email=email)
    shop.inbox.receive(parsed(thing, "checkout.session.completed", f"evt_{opened.stripe_id}"))
    return str(placed.id)


def of(shop, measure: Measure, subject: str = "") -> dict[str, int]:
    with shop.database.transaction() as tx:
        found = sums.kept(tx, measure, last="9999-12-31")
    return {day: n for (day, _, _, about), n in found.items() if about == subject and n}


def wrong(shop) -> list[sums.Wrong]:
    with shop.database.transaction() as tx:
        return sums.wrong(tx)


def codes(shop) -> set[str]:
    return {each.code for each in check(shop.database, shop.clock, lambda *_: None)}


def test_each_payment_and_refund_counts_on_its_day(shop, gateway, clock):
    order_id = buy(shop, gateway)
    clock.travel(timedelta(days=2))
    shop.refunds.request(order_id, Wish(Money(900, "usd")))
    assert of(shop, Measure.GROSS) == {"2026-11-23": 3900}
    assert of(shop, Measure.REFUNDS) == {"2026-11-25": 900}
    assert of(shop, Measure.ORDERS) == {"2026-11-23": 1}
    assert of(shop, Measure.ITEMS, "arduino-board") == {"2026-11-23": 1}
    assert wrong(shop) == []


def test_a_refund_that_fails_later_is_taken_back_in_ledger_and_sums(shop, gateway):
    order_id = buy(shop, gateway)
    refund = shop.refunds.request(order_id, Wish(Money(900, "usd")))[0]
    thing = gateway.refunds[refund.stripe_id]
    thing["status"] = "failed"
    shop.inbox.receive(parsed(thing, "refund.failed", "evt_fails"))
    assert of(shop, Measure.REFUNDS) == {}
    with shop.database.transaction() as tx:
        rows = tx.scalars(select(LedgerRow).where(LedgerRow.movement == "refund")).all()
        assert sorted(row.amount_minor for row in rows) == [-900, 900]
        assert {row.about for row in rows} == {refund.stripe_id}
    assert wrong(shop) == []


def test_the_counts_follow_an_order_through_the_tabs(shop, gateway):
    def counted() -> dict[str, int]:
        with shop.database.transaction() as tx:
            return sums.counts(tx)

    shop.placing.place(wish(shop))
    assert counted() == {"all": 1, "payment:awaiting": 1}
    order_id = buy(shop, gateway)
    assert counted()["to_ship"] == counted()["payment:paid"] == 1
    shop.refunds.request(order_id, Wish())
    assert counted() == {"all": 2, "payment:awaiting": 1, "payment:paid": 1, "refunded": 1}
    assert wrong(shop) == []


def test_put_together_they_are_what_they_were(shop, gateway):
    for _ in range(3):
        buy(shop, gateway)
    before = of(shop, Measure.GROSS), of(shop, Measure.SOLD, "arduino-board")
    assert shop.sums.compact() > 0
    with shop.database.transaction() as tx:
        assert tx.scalar(select(func.count()).select_from(SumChange)) == 0
    assert (of(shop, Measure.GROSS), of(shop, Measure.SOLD, "arduino-board")) == before
    buy(shop, gateway)
    shop.sums.compact()
    assert of(shop, Measure.GROSS) == {"2026-11-23": 4 * 3900}
    assert wrong(shop) == []


def test_reading_puts_together_what_no_worker_did(shop, gateway, monkeypatch):
    monkeypatch.setattr(sums, "_MANY", 3)
    buy(shop, gateway)
    assert of(shop, Measure.GROSS) == {"2026-11-23": 3900}
    with shop.database.transaction() as tx:
        assert tx.scalar(select(func.count()).select_from(SumChange)) == 0


def test_buyers_and_those_who_put_together_at_once_lose_nothing(shop, gateway):
    stop = threading.Event()

    def put_together() -> None:
        while not stop.is_set():
            shop.sums.compact()

    threads = [threading.Thread(target=put_together) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(8):
        buy(shop, gateway)
        assert wrong(shop) == []
    shop.sums.rebuild()
    buy(shop, gateway)
    stop.set()
    for thread in threads:
        thread.join()
    assert of(shop, Measure.GROSS) == {"2026-11-23": 9 * 3900}
    assert wrong(shop) == []


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE paydesk_sums SET amount = amount + 1 WHERE measure = 'gross'", "sum_differs"),
        ("DELETE FROM paydesk_sums WHERE measure = 'count'", "sum_differs"),
        ("DELETE FROM paydesk_sums WHERE measure = 'items'", "sum_differs"),
        ("UPDATE paydesk_orders SET counted_as = 'all'", "counted_in_wrong_tabs"),
    ],
)
def test_the_check_names_what_is_wrong_and_a_rebuild_mends_it(shop, gateway, statement, code):
    buy(shop, gateway)
    shop.sums.compact()
    assert codes(shop) == set()
    with shop.database.transaction() as tx:
        tx.execute(text(statement))
    assert code in codes(shop)
    shop.sums.rebuild()
    assert codes(shop) == set()


def test_the_check_names_an_order_the_ledger_has_otherwise(shop, gateway):
    order_id = buy(shop, gateway)
    with shop.database.transaction() as tx:
        order = tx.get_one(Order, order_id)
        row = LedgerRow(id="led_x", order_id=order_id, at=order.paid_at, about="pi_x")
        row.movement, row.amount_minor, row.currency = "payment", 1, "usd"
        tx.add(row)
    assert codes(shop) == {"ledger_differs_from_order", "sum_differs"}


@pytest.mark.parametrize("statement", ["UPDATE {} SET amount_minor = 1", "DELETE FROM {}"])
def test_the_database_itself_keeps_the_ledger(shop, gateway, statement):
    buy(shop, gateway)
    with pytest.raises(DBAPIError, match="never changed"), shop.database.transaction() as tx:
        tx.execute(text(statement.format("paydesk_ledger")))


def test_another_definition_of_the_tabs_is_counted_at_the_next_start(shop, gateway, monkeypatch):
    buy(shop, gateway)
    shop.sums.rebuild()
    monkeypatch.setattr("paydesk.orders.tabs.tabs_of", lambda order: frozenset({"new"}))
    monkeypatch.setattr("paydesk.orders.tabs.VERSION", 1000)
    shop.sums.follow_definition()
    with shop.database.transaction() as tx:
        assert sums.counts(tx) == {"new": 1}
        assert tx.scalar(select(KeptSum.amount).where(KeptSum.measure == "version")) == 1000


def test_a_database_from_before_is_filled_with_what_its_orders_say(database_url, monkeypatch):
    """Upgraded from the version before the ledger, with an order paid and partly refunded."""
    upgrade = command.upgrade
    before = Database(database_url)
    with monkeypatch.context() as then:
        then.setattr(command, "upgrade", lambda config, _newest: upgrade(config, "0005"))
        schema.migrate(before)
    paid = {"payment": "paid", "paid_minor": 3900, "refunded_minor": 900, "total_minor": 3900}
    refund = {"kind": "refund", "stripe_id": "re_1", "stage": "succeeded", "amount_minor": 900}
    with before.transaction() as tx:
        insert_raw(tx, "orders", id="ord_1", number=1001, currency="usd", flags="[]", **paid)
        insert_raw(tx, "order_lines", order_id="ord_1", name="Arduino", quantity=2)
        insert_raw(tx, "facts", order_id="ord_1", currency="usd", **refund)
        insert_raw(tx, "orders", id="ord_2", number=1002, currency="usd", flags="[]", paid_at=None)
    schema.migrate(before)
    with before.transaction() as tx:
        rows = tx.scalars(select(LedgerRow).order_by(LedgerRow.movement)).all()
        assert [(row.movement, row.amount_minor, row.about) for row in rows] == [
            ("payment", 3900, ""),
            ("refund", 900, "re_1"),
        ]
        assert sums.wrong(tx) == []
        found = sums.kept(tx, Measure.GROSS, Measure.ITEMS, last="9999")
        assert sorted(found.values()) == [2, 3900]
        assert sums.counts(tx)["refunded"] == 1
    before.close()


def insert_raw(tx, table: str, **given) -> None:
    """A row as an older version wrote it: what is not given is as empty as may be."""
    columns = inspect(tx.connection()).get_columns(f"paydesk_{table}")
    values = {}
    for column in columns:
        if not column["nullable"] and column["default"] is None:
            kind = column["type"].python_type
            values[column["name"]] = _A_TIME if kind is datetime else kind()
    if table == "orders":
        values |= {"paid_at": _A_TIME, "attempt": given["id"]}
    words = ", ".join(values | given)
    marks = ", ".join(f":{name}" for name in values | given)
    tx.execute(text(f"INSERT INTO paydesk_{table} ({words}) VALUES ({marks})"), values | given)
