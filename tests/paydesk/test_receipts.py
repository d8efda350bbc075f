"""Receipts: numbers without a gap, what they say frozen, and totals that follow from the lines."""

import importlib
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from paydesk.business.shop import change_facts
from paydesk.foundation.language import GERMAN, speaking
from paydesk.foundation.money import Money
from paydesk.fulfilment import receipts
from paydesk.fulfilment.receipt_paper import paper
from paydesk.fulfilment.receipts import Credit, Receipt
from paydesk.migrations import schema
from paydesk.orders.order import Order
from paydesk.payments.facts import Fact, Kind
from tests.paydesk.test_placing import wish

PAYMENTS = 20


def paid(number: int = 1) -> Fact:
    return Fact(Kind.SESSION, f"cs_{number}", "paid", 3900, "usd", intent_id=f"pi_{number}")


def pay(shop, number: int = 1) -> Receipt:
    order_id = shop.placing.place(replace(wish(shop), attempt=f"attempt-{number}")).id
    with shop.database.transaction() as tx:
        shop.settling.settle(tx, order_id, [paid(number)])
        found = receipts.of_order(tx, order_id)
    assert found is not None
    return found


def numbers(shop) -> list[str]:
    with shop.database.transaction() as tx:
        rows = tx.scalars(select(Receipt).order_by(Receipt.series, Receipt.position)).all()
    return [row.number for row in rows]


class Interrupted(Exception):
    pass


def test_twenty_payments_at_once_one_of_them_rolled_back_leave_no_gap(shop):
    ids = [
        shop.placing.place(replace(wish(shop), attempt=f"attempt-{n}")).id for n in range(PAYMENTS)
    ]
    start = threading.Barrier(PAYMENTS)

    def settle(number: int) -> None:
        start.wait()
        with shop.database.transaction() as tx:
            shop.settling.settle(tx, ids[number], [paid(number)])
            if number == PAYMENTS // 2:
                raise Interrupted

    with ThreadPoolExecutor(PAYMENTS) as doors:
        done = [doors.submit(settle, number) for number in range(PAYMENTS)]
    failed = [each for each in done if each.exception() is not None]
    assert [type(each.exception()) for each in failed] == [Interrupted]
    assert numbers(shop) == [f"TEST-2026-{n:04}" for n in range(1, PAYMENTS)]


def test_an_order_gets_its_receipt_when_it_is_paid_and_only_then(shop, clock):
    order_id = shop.placing.place(wish(shop)).id
    with shop.database.transaction() as tx:
        shop.settling.settle(tx, order_id, [replace(paid(), stage="complete")])
        assert receipts.of_order(tx, order_id) is None
        shop.settling.settle(tx, order_id, [paid()])
        shop.settling.settle(tx, order_id, [paid()])
    assert numbers(shop) == ["TEST-2026-0001"]


def test_each_year_begins_a_series(shop, clock):
    pay(shop, 1)
    clock.travel(timedelta(days=60))
    pay(shop, 2)
    pay(shop, 3)
    assert numbers(shop) == ["TEST-2026-0001", "TEST-2027-0001", "TEST-2027-0002"]


@pytest.mark.parametrize(
    "statement", ["UPDATE paydesk_receipts SET position = 9", "DELETE FROM paydesk_receipts"]
)
def test_the_database_itself_keeps_receipts(shop, statement):
    pay(shop)
    with pytest.raises(DBAPIError, match="stays as it was"), shop.database.transaction() as tx:
        tx.execute(text(statement))


def test_what_a_receipt_says_outlives_the_order_it_was_given_for(shop):
    before = receipts.document(pay(shop))
    with shop.database.transaction() as tx:
        tx.execute(text("UPDATE paydesk_order_lines SET name = 'Something else'"))
        tx.execute(text("UPDATE paydesk_orders SET total_minor = 1"))
        row = tx.scalars(select(Receipt)).one()
    assert receipts.document(row) == before
    assert before.added_up() == before.total == Money(3900, "usd")


def test_totals_follow_from_the_lines_whatever_was_added(shop):
    row = pay(shop)
    content = {
        **row.content,
        "lines": [
            {"name": "Mug", "variant": "", "quantity": 3, "unit_minor": 1000},
            {"name": "Board", "variant": "Blue", "quantity": 1, "unit_minor": 3900},
        ],
        "discount_minor": 690,
        "shipping_minor": 490,
        "taxes": [
            {"name": "VAT", "percentage": "19", "minor": 1071, "included": False},
            {"name": "VAT", "percentage": "7", "minor": 100, "included": True},
        ],
        "total_minor": 6900 - 690 + 490 + 1071,
        "paid_minor": 7771,
    }
    shown = receipts.document(Receipt(**{**vars_of(row), "content": content}))
    assert shown.added_up() == shown.total
    credit = Credit(row.issued_at, Money(771, "usd"))
    assert receipts.document(Receipt(**{**vars_of(row), "content": content}), [credit]).kept == (
        Money(7000, "usd")
    )


def test_the_seller_stays_who_it_was_and_taxes_are_told_by_rate(shop, clock):
    with shop.database.transaction() as tx:
        change_facts(tx, clock, {"legal_name": "Müller GmbH", "vat_id": "DE123456789"})
    order_id = shop.placing.place(wish(shop)).id
    tax = {"name": "VAT", "percentage": "19", "inclusive": True, "net_minor": 3277}
    with shop.database.transaction() as tx:
        tx.get_one(Order, order_id).taxes = [{**tax, "tax_minor": 623}]
    with shop.database.transaction() as tx:
        shop.settling.settle(tx, order_id, [paid()])
    with shop.database.transaction() as tx:
        change_facts(tx, clock, {"legal_name": "Somebody else"})
        shown = receipts.document(tx.scalars(select(Receipt)).one())
    assert dict(shown.seller) == {"legal_name": "Müller GmbH", "vat_id": "DE123456789"}
    assert [(each.percentage, each.amount.minor) for each in shown.taxes] == [("19", 623)]
    assert shown.added_up() == shown.total
    words = paper(shown, shop_name="Paydesk")
    assert words.seller == ("Müller GmbH", "Paydesk", "VAT number DE123456789")
    with speaking(GERMAN):
        german = paper(shown, shop_name="Paydesk")
    assert german.heads == ("Produkt", "Menge", "Einzelpreis", "Summe")
    assert ("davon MwSt. 19\u00a0%", "6,23\u00a0$") in [(x.label, x.amount) for x in german.sums]
    assert ("of which VAT 19\u00a0%", "$6.23") in [(each.label, each.amount) for each in words.sums]


def a_document(name: str, currency: str) -> receipts.Document:
    """A receipt over 39 of `currency` for one thing."""
    money, nothing = Money(3900, currency), Money(0, currency)
    return receipts.Document(
        number="2026-0007",
        order_number=1001,
        issued_at=datetime(2026, 11, 23, tzinfo=UTC),
        seller={},
        lines=(receipts.Line(name, "", 1, money),),
        deferred=nothing,
        discount=nothing,
        shipping=nothing,
        taxes=(),
        total=money,
        paid=money,
        credits=(),
    )


def vars_of(row: Receipt) -> dict[str, object]:
    names = ("order_id", "series", "position", "issued_at", "content")
    return {name: getattr(row, name) for name in names}


def test_orders_paid_before_there_were_receipts_get_theirs(shop):
    for number in range(1, 4):
        pay(shop, number)
    with shop.database.transaction() as tx:
        given = [vars_of(row) for row in tx.scalars(select(Receipt).order_by(Receipt.position))]
        _take_receipts_away(tx, is_sqlite=shop.database.is_sqlite)
    with (
        shop.database.engine.begin() as connection,
        Operations.context(MigrationContext.configure(connection)),
    ):
        _migration().upgrade()
    with shop.database.transaction() as tx:
        again = [vars_of(row) for row in tx.scalars(select(Receipt).order_by(Receipt.position))]
        assert tx.scalar(select(func.count()).select_from(Receipt)) == 3
    assert again == given
    assert pay(shop, 4).position == 4


def _take_receipts_away(tx, *, is_sqlite: bool) -> None:
    tx.execute(text("DROP TABLE paydesk_receipts"))
    if not is_sqlite:
        tx.execute(text("DROP FUNCTION paydesk_keep_receipt"))
    tx.execute(text("DELETE FROM paydesk_counters WHERE name LIKE 'receipt:%'"))


def _migration():
    (file,) = Path(schema.__file__).parent.glob("versions/v*_receipts.py")
    return importlib.import_module(f"paydesk.migrations.versions.{file.stem}")
