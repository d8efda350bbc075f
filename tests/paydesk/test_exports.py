"""Exports: what the screen says adds up to the same in the file, and no cell is a formula."""

import csv
import io
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from paydesk.orders.ledger import LedgerRow, Movement
from paydesk.orders.tabs import Tab
from paydesk.reports import exports
from paydesk.reports import orders as listing
from paydesk.reports.exports import What, amount, safe
from paydesk.reports.filtering import Basis, OrderFilter
from tests.paydesk.test_order_list import filled

__all__ = ["filled"]

WANTED = [
    OrderFilter(),
    OrderFilter(tab=Tab.REFUNDED),
    OrderFilter(since=date(2025, 6, 1), until=date(2026, 6, 1), by=Basis.PAYMENT, currency="eur"),
]


def rows(database, what: What, wanted: OrderFilter) -> list[dict[str, str]]:
    text = "".join(exports.export(database, what, wanted))
    return list(csv.DictReader(io.StringIO(text, newline="")))


def total(found: list[dict[str, str]], column: str) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = Counter()  # type: ignore[assignment]
    for row in found:
        sums[row["currency"]] += Decimal(row[column])
    return dict(sums)


@pytest.mark.parametrize("wanted", WANTED)
def test_the_file_adds_up_to_what_the_screen_says(filled, monkeypatch, wanted):
    monkeypatch.setattr(listing, "_CHUNK", 17)
    found = rows(filled, What.ORDERS, wanted)
    with filled.reading() as tx:
        said = listing.sums(tx, wanted)
    assert said
    for column, name in (("total", "ordered"), ("received", "received"), ("refunded", "refunded")):
        screen = {
            getattr(each, name).currency.upper(): Decimal(getattr(each, name).minor) / 100
            for each in said
        }
        assert total(found, column) == screen, column
    lines = rows(filled, What.LINES, wanted)
    assert total(lines, "amount") == total(found, "total")
    assert {row["order"] for row in lines} == {row["number"] for row in found}


def test_payments_by_their_own_day_are_the_ledger_of_these_days(filled, monkeypatch):
    monkeypatch.setattr(exports, "_CHUNK", 13)
    first, last = date(2025, 6, 1), date(2026, 6, 1)
    wanted = OrderFilter(since=first, until=last, by=Basis.PAYMENT)
    found = rows(filled, What.PAYMENTS, wanted)
    assert len({row["id"] for row in found}) == len(found)
    with filled.reading() as tx:
        for movement, sign in ((Movement.PAYMENT, 1), (Movement.REFUND, -1)):
            query = (
                select(LedgerRow.currency, func.sum(LedgerRow.amount_minor))
                .where(LedgerRow.movement == movement)
                .where(LedgerRow.at >= wanted.begins, LedgerRow.at < wanted.ends)
                .group_by(LedgerRow.currency)
            )
            books = {code.upper(): sign * Decimal(minor) / 100 for code, minor in tx.execute(query)}
            assert total([r for r in found if r["movement"] == movement], "amount") == books


def test_payments_of_orders_are_all_their_movements(filled):
    wanted = OrderFilter(tab=Tab.REFUNDED)
    kept = total(rows(filled, What.PAYMENTS, wanted), "amount")
    orders = rows(filled, What.ORDERS, wanted)
    received, refunded = total(orders, "received"), total(orders, "refunded")
    assert kept == {code: received[code] - refunded[code] for code in received}


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30 123", "'+49 30 123"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("Anna = Ben", "Anna = Ben"),
        ("", ""),
        (None, ""),
    ],
)
def test_no_text_is_taken_for_a_formula(text, cell):
    assert safe(text) == cell


def test_amounts_are_numbers_of_their_currency():
    assert [amount(-50, "eur"), amount(500, "jpy"), amount(1234, "kwd")] == [
        "-0.50",
        "500",
        "1.234",
    ]


def test_what_buyers_wrote_is_no_formula_in_the_file(shop):
    from tests.paydesk.test_placing import wish

    shop.placing.place(wish(shop, email='=HYPERLINK("http://x")@shop.example'))
    (row,) = rows(shop.database, What.ORDERS, OrderFilter())
    assert row["email"].startswith("'=")
