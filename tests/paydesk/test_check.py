"""`paydesk check`: one thing wrong is one thing named, and what is right is not."""

import shutil
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from paydesk.foundation.clock import StillClock
from paydesk.foundation.money import Money
from paydesk.fulfilment import shipments
from paydesk.fulfilment.shipments import Parcel
from paydesk.orders.order import Order
from paydesk.payments.refund import Wish
from paydesk.reports.checking import check
from paydesk.wiring import open_shop
from tests.conftest import NOW, new_postgres, settings_of
from tests.fake_gateway import FakeGateway, unreachable
from tests.paydesk.test_inbox import parsed
from tests.paydesk.test_placing import wish


class InOneTransaction:
    """A database to the check, and one transaction in truth: what is planted is never kept."""

    def __init__(self, tx, is_sqlite: bool) -> None:
        self.tx, self.is_sqlite = tx, is_sqlite

    @contextmanager
    def transaction(self):
        self.tx.expire_all()
        yield self.tx

    def run(self, statement: str) -> None:
        for each in statement.split(";"):
            self.tx.execute(text(each))


def happened(shop, gateway) -> None:
    """Everything has happened once: 1001 is paid, 1002 sent and partly refunded, and so on."""

    def place(slug: str = "arduino-board") -> str:
        placed = shop.placing.place(wish(shop, slug))
        shop.checkouts.start(placed.id)
        return str(placed.id)

    paid, refunded, expired, _awaiting, pending = (place() for _ in range(5))
    for n, order_id in ((1, paid), (2, refunded)):
        thing = gateway.pay(f"cs_test_000{n}")
        shop.inbox.receive(parsed(thing, "checkout.session.completed", f"evt_{n}"))
        assert order_id
    shop.refunds.request(refunded, Wish(Money(100, "usd")))
    with shop.database.transaction() as tx:
        shipments.ship(tx, refunded, Parcel(), "ann@shop.example", shop.clock.now())
    shop.checkouts.cancel(expired)
    gateway.pay("cs_test_0005")["payment_status"] = "unpaid"
    shop.checkouts.ask(pending)
    shop.pulling.run()


# Made once: for each row that is planted anew it took most of the time of all these tests.
@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def all_happened(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("books")
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_to_copy"), folder / "shop.sqlite3")
        url = f"sqlite:///{folder / 'shop.sqlite3'}"
    else:
        server = request.getfixturevalue("postgres_server")
        url = new_postgres(server, request.getfixturevalue("postgres_to_copy"))
    settings = settings_of(url, folder)
    clock = StillClock(NOW)
    gateway = FakeGateway(settings, clock)
    shop = open_shop(settings, clock=clock, gateway=gateway)
    happened(shop, gateway)
    yield shop
    shop.close()


@pytest.fixture
def books(all_happened):
    """The shop's books within a transaction that is rolled back; ids of orders by their number."""
    database = all_happened.database
    with database.transaction() as tx:
        if database.is_sqlite:
            # As a tool that does not know our rules would have it.
            tx.execute(text("PRAGMA defer_foreign_keys=ON"))
        yield InOneTransaction(tx, database.is_sqlite)
        tx.rollback()


def findings(books, clock=None) -> list[str]:
    progress: list[tuple[int, int]] = []
    found = list(check(books, clock or StillClock(NOW), lambda *at: progress.append(at)))
    assert all(each.text and each.advice for each in found)
    return [each.code for each in found]


def test_books_in_order_are_clean(books):
    assert findings(books) == []


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        (
            "UPDATE paydesk_order_lines SET quantity = 2, unit_minor = 1950",
            "holds_differ_from_lines",
        ),
        ("UPDATE paydesk_order_lines SET unit_minor = 1", "lines_differ_from_total"),
        ("UPDATE paydesk_orders SET paid_minor = 3899", "order_differs_from_facts"),
        ("UPDATE paydesk_orders SET refunded_minor = 1", "order_differs_from_facts"),
        ("UPDATE paydesk_orders SET disputed_minor = 1", "order_differs_from_facts"),
        ("""UPDATE paydesk_orders SET flags = '["paid_twice"]'""", "order_differs_from_facts"),
        (
            "DELETE FROM paydesk_facts WHERE order_id = (SELECT id FROM paydesk_orders",
            "order_differs_from_facts",
        ),
        ("UPDATE paydesk_orders SET paid_at = NULL", "paid_at_differs"),
        ("DELETE FROM paydesk_effects", "effect_missing"),
        ("UPDATE paydesk_effects SET state = 'failed', error = 'x'", "effect_given_up"),
    ],
)
def test_a_paid_order_that_was_tampered_with(books, statement, code):
    of = "order_id" if " paydesk_orders " not in statement else "id"
    if statement.endswith("FROM paydesk_orders"):
        books.run(f"{statement} WHERE number = 1001)")
    else:
        one = "(SELECT id FROM paydesk_orders WHERE number = 1001)"
        books.run(f"{statement} WHERE {of} = {one}")
    assert code in findings(books)
    expected = {code}
    if code == "paid_at_differs":
        expected |= {"effect_unfounded", "receipt_unfounded"}
    if "order_lines" in statement or "paid_at" in statement:
        # What was sold when is kept beside the orders.
        expected.add("sum_differs")
    assert set(findings(books)) == expected


@pytest.mark.parametrize(
    ("number", "statement", "codes"),
    [
        (
            1001,
            "UPDATE paydesk_holds SET state = 'released' WHERE order_id = :id",
            ["hold_in_wrong_state"],
        ),
        (
            1003,
            "UPDATE paydesk_holds SET state = 'held' WHERE order_id = :id",
            ["hold_in_wrong_state", "held_differs_from_holds"],
        ),
        (1004, "UPDATE paydesk_orders SET look_at = NULL WHERE id = :id", ["nobody_looks"]),
        (1002, "UPDATE paydesk_refunds SET amount_minor = 99", ["refund_differs_from_fact"]),
        (1002, "UPDATE paydesk_refunds SET state = 'pending'", ["refund_differs_from_fact"]),
        (1001, "UPDATE paydesk_variants SET held = 7 WHERE held = 2", ["held_differs_from_holds"]),
        (
            1001,
            "UPDATE paydesk_variants SET on_hand = 1 WHERE held = 2",
            ["more_held_than_there_is"],
        ),
        (
            1001,
            "UPDATE paydesk_events SET state = 'failed' WHERE id = 'evt_1'",
            ["event_not_applied"],
        ),
        (1001, "UPDATE paydesk_counters SET value = 1002 WHERE name = 'order'", ["counter_behind"]),
        (1001, "DELETE FROM paydesk_letters WHERE order_id = :id", ["letter_missing"]),
        (
            1001,
            "UPDATE paydesk_letters SET state = 'failed'"
            " WHERE order_id = :id AND kind = 'new_order'",
            ["letter_not_delivered"],
        ),
        (
            1001,
            "UPDATE paydesk_counters SET value = 7 WHERE name LIKE 'receipt:%'",
            ["receipt_numbers_have_a_gap"],
        ),
        (1001, "UPDATE paydesk_pulls SET gap_from = 1, gap_until = 2", ["events_may_be_missing"]),
        (
            1001,
            "UPDATE paydesk_orders SET fulfilment = 'shipped' WHERE id = :id",
            ["fulfilment_differs"],
        ),
        (
            1002,
            "UPDATE paydesk_orders SET fulfilment = 'unfulfilled' WHERE id = :id",
            ["fulfilment_differs"],
        ),
        (
            1002,
            "DELETE FROM paydesk_shipment_lines;"
            " DELETE FROM paydesk_shipments WHERE order_id = :id",
            ["fulfilment_differs", "shipped_at_differs"],
        ),
        (
            1002,
            "UPDATE paydesk_orders SET shipped_at = NULL WHERE id = :id",
            ["shipped_at_differs"],
        ),
        (1002, "UPDATE paydesk_shipment_lines SET quantity = 2", ["more_sent_than_ordered"]),
    ],
)
def test_one_row_that_is_wrong_is_named_and_nothing_else(books, number, statement, codes):
    query = f"(SELECT id FROM paydesk_orders WHERE number = {number})"
    books.run(statement.replace(":id", query))
    assert findings(books) == codes


def test_a_job_the_engine_lost_is_named(books):
    table = "workflow_status" if books.is_sqlite else "dbos.workflow_status"
    key = "'paid:' || (SELECT id FROM paydesk_orders WHERE number = 1001)"
    books.run(f"DELETE FROM {table} WHERE workflow_uuid = {key}")
    assert findings(books) == ["job_missing"]


def without_receipts_triggers(books) -> None:
    names = ("are_not_edited", "are_not_deleted") if books.is_sqlite else ("stay",)
    table = "" if books.is_sqlite else " ON paydesk_receipts"
    for name in names:
        books.run(f"DROP TRIGGER paydesk_receipts_{name}{table}")


def test_a_receipt_that_is_gone_leaves_a_gap(books):
    without_receipts_triggers(books)
    books.run("DELETE FROM paydesk_receipts WHERE position = 1")
    assert findings(books) == ["receipt_missing", "receipt_numbers_have_a_gap"]


def test_a_receipt_of_an_order_that_is_not_paid_is_named(books):
    without_receipts_triggers(books)
    unpaid = "(SELECT id FROM paydesk_orders WHERE number = 1004)"
    books.run(f"UPDATE paydesk_receipts SET order_id = {unpaid} WHERE position = 1")
    assert findings(books) == ["receipt_missing", "receipt_unfounded"]


def test_a_receipt_that_is_not_the_orders_or_does_not_add_up_is_named(books):
    without_receipts_triggers(books)
    cast, back = ("", "") if books.is_sqlite else ("::text", "::json")

    def replace(old: str, new: str) -> None:
        changed = f"replace(content{cast}, '{old}', '{new}'){back}"
        # A colon before a word is a parameter to SQLAlchemy.
        books.run(f"UPDATE paydesk_receipts SET content = {changed} WHERE position = 1")

    replace("3900", "3901")
    content = books.tx.scalar(text("SELECT content FROM paydesk_receipts WHERE position = 1"))
    # Line, total and payment are all 39.01 now: it agrees with itself.
    assert "3901" in str(content)
    assert findings(books) == ["receipt_differs_from_order"]
    replace('"quantity": 1', '"quantity": 2')
    assert findings(books) == ["receipt_does_not_add_up"]


def test_two_prices_at_once_are_named(books):
    books.run("DROP INDEX paydesk_one_current_price")
    books.run(
        "INSERT INTO paydesk_prices (id, variant_id, amount_minor, currency, active_from) SELECT "
        "'price_2', variant_id, 1, currency, active_from FROM paydesk_prices WHERE id = "
        "(SELECT min(id) FROM paydesk_prices WHERE superseded_at IS NULL)",
    )
    assert findings(books) == ["two_current_prices"]


def test_a_paid_order_of_which_no_event_told_is_named_while_one_can_be_asked_for(books):
    order = books.tx.scalars(select(Order).where(Order.number == 1001)).one()
    books.run(f"DELETE FROM paydesk_events WHERE order_id = '{order.id}'")
    # It may be on its way.
    assert findings(books) == []
    order.paid_at = NOW - timedelta(hours=2)
    books.tx.flush()
    assert findings(books) == ["event_missing"]


def test_many_pages_are_read(books, monkeypatch):
    monkeypatch.setattr("paydesk.payments.checking_orders._PAGE", 2)
    books.run("UPDATE paydesk_orders SET paid_minor = 1 WHERE number IN (1001, 1002)")
    assert findings(books) == ["order_differs_from_facts"] * 2


def test_what_comes_back_and_what_waits_for_too_long_is_named(shop, gateway, clock):
    happened(shop, gateway)
    refund = {**gateway.refunds["re_0001"], "status": "failed"}
    shop.inbox.receive(parsed(refund, "refund.failed", "evt_9"))
    assert findings(shop.database, clock) == ["refund_owed"]
    gateway.trouble = unreachable()
    with shop.database.transaction() as tx:
        refunded = tx.scalar(text("SELECT id FROM paydesk_orders WHERE number = 1002"))
    shop.refunds.request(refunded, Wish(Money(5, "usd")))
    clock.travel(timedelta(hours=3))
    assert sorted(findings(shop.database, clock)) == [
        # Two paid, one refunded.
        *["effect_late"] * 3,
        "look_overdue",
        "look_overdue",
        "refund_late",
        "refund_owed",
    ]
