"""The order list: a page of it, what its orders add up to, and all of them one after another.

A page is found from the last order of the one before ("keyset"), never by counting rows: so the
thousandth costs what the first does, and nothing moves when somebody orders meanwhile.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, select, text, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from paydesk.foundation.database import Database
from paydesk.foundation.money import Money
from paydesk.orders.order import HAS_COUNTRY, IN_TAB, Order
from paydesk.orders.tabs import Tab
from paydesk.orders.terms import OrderTerm, product_term
from paydesk.reports.filtering import Basis, OrderFilter
from paydesk.reports.search import Found, resolve

PAGE = 50
# More are not added up while somebody waits: `paydesk report` and the exports do that.
MOST_ADDED_UP = 1000
_CHUNK = 500

_DATES: dict[Basis, InstrumentedAttribute[Any]] = {
    Basis.ORDER: Order.created_at,
    Basis.PAYMENT: Order.paid_at,
    Basis.SHIPPING: Order.shipped_at,
}


@dataclass(frozen=True)
class Place:
    """Where in the list: after (older than) an order's number, or before it; neither: on top."""

    after: int | None = None
    before: int | None = None


TOP = Place()


@dataclass(frozen=True)
class Page:
    """Some orders, newest first, and the places of the pages beside it."""

    orders: list[Order]
    newer: Place | None
    older: Place | None
    # Only the first orders that begin like what was searched were looked at.
    is_cut: bool = False


@dataclass(frozen=True)
class Sum:
    """What orders of one currency add up to."""

    orders: int
    ordered: Money
    received: Money
    refunded: Money


def page(tx: Session, wanted: OrderFilter, place: Place = TOP, size: int = PAGE) -> Page:
    """A page of the orders that are wanted."""
    found = _resolved(tx, wanted)
    order_by = _Sorting.of(wanted, found)
    query = order_by.beyond(tx, _filtered(select(Order), wanted, found), place)
    is_backwards = place.before is not None
    query = query.order_by(*order_by.columns(is_descending=not is_backwards)).limit(size + 1)
    rows = list(tx.scalars(query))
    is_more = len(rows) > size
    rows = rows[:size][:: -1 if is_backwards else 1]
    has_newer = is_more if is_backwards else place.after is not None
    has_older = is_more if not is_backwards else True
    return Page(
        orders=rows,
        newer=Place(before=rows[0].number) if rows and has_newer else None,
        older=Place(after=rows[-1].number) if rows and has_older else None,
        is_cut=found.is_cut,
    )


def first(
    tx: Session, wanted: OrderFilter, place: Place, limit: int, payment: str | None = None
) -> list[Order]:
    """The first orders from a place on; `payment`: only those whose payment stands so."""
    found = _resolved(tx, wanted)
    order_by = _Sorting.of(wanted, found)
    query = order_by.beyond(tx, _filtered(select(Order), wanted, found), place)
    if payment is not None:
        query = query.where(Order.payment == payment)
    return list(tx.scalars(query.order_by(*order_by.columns(is_descending=True)).limit(limit)))


def sums(tx: Session, wanted: OrderFilter) -> list[Sum] | None:
    """What all wanted orders add up to, by currency; None if they are too many to wait for."""
    found = _resolved(tx, wanted)
    amounts = (Order.currency, Order.total_minor, Order.paid_minor, Order.refunded_minor)
    ordered = _Sorting.of(wanted, found).columns(is_descending=True)
    newest = _filtered(select(*amounts), wanted, found).order_by(*ordered)
    some = newest.limit(MOST_ADDED_UP + 1).subquery()
    query = select(
        some.c.currency,
        func.count(),
        *(func.sum(some.c[each.key]) for each in amounts[1:]),
    ).group_by(some.c.currency)
    rows = [_sum(*row) for row in tx.execute(query)]
    if sum(row.orders for row in rows) > MOST_ADDED_UP:
        return None
    return sorted(rows, key=lambda row: (-row.orders, row.ordered.currency))


def sums_of(orders: list[Order]) -> list[Sum]:
    """What these orders add up to, by currency."""
    currencies = sorted({order.currency for order in orders})
    return [_sum_of([order for order in orders if order.currency == each]) for each in currencies]


def numbers(tx: Session, wanted: OrderFilter, after: int, size: int = _CHUNK) -> list[int]:
    """The numbers of wanted orders above `after`, lowest first; for going through all of them."""
    query = _filtered(select(Order.number), wanted, _resolved(tx, wanted))
    return list(tx.scalars(query.where(Order.number > after).order_by(Order.number).limit(size)))


def each_chunk(database: Database, wanted: OrderFilter) -> Iterator[list[Order]]:
    """All wanted orders, lowest number first, some at a time, each in a transaction of its own.

    Nobody waits for whoever reads them slowly; what is ordered meanwhile may be among them.
    """
    after = 0
    while True:
        with database.reading() as tx:
            query = _filtered(select(Order), wanted, _resolved(tx, wanted))
            query = query.where(Order.number > after).order_by(Order.number).limit(_CHUNK)
            orders = list(tx.scalars(query))
        if not orders:
            return
        yield orders
        after = orders[-1].number


@dataclass(frozen=True)
class _Sorting:
    """By number, which an index of each filter ends with; by a date where there is a period."""

    date: InstrumentedAttribute[Any] | None
    number: ColumnElement[int]

    @classmethod
    def of(cls, wanted: OrderFilter, found: Found) -> "_Sorting":
        if found.terms:
            return cls(None, OrderTerm.number.expression)
        is_narrow = found.numbers is not None or found.customer_id is not None
        date = _DATES[wanted.by] if wanted.has_dates and not is_narrow else None
        return cls(date, Order.number.expression)

    def columns(self, *, is_descending: bool) -> list[ColumnElement[Any]]:
        columns = [self.number] if self.date is None else [self.date.expression, self.number]
        return [each.desc() if is_descending else each.asc() for each in columns]

    def beyond(self, tx: Session, query: Select[Any], place: Place) -> Select[Any]:
        """Only what comes after the place, or before it."""
        number = place.before if place.before is not None else place.after
        if number is None:
            return query
        is_up = place.before is not None
        if self.date is None:
            return query.where(self.number > number if is_up else self.number < number)
        known = tx.scalar(select(self.date).where(Order.number == number))
        if known is None:
            # Its date is gone: a shipment was undone, say. Begin at the top.
            return query
        here, there = tuple_(self.date, self.number), tuple_(*_bound(known, number))
        return query.where(here > there if is_up else here < there)


def _bound(moment: datetime, number: int) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    date = bindparam("place_date", moment, type_=Order.created_at.type)
    return date, bindparam("place_number", number, type_=Order.number.type)


def _resolved(tx: Session, wanted: OrderFilter) -> Found:
    also = (product_term(wanted.product),) if wanted.product else ()
    return resolve(tx, wanted.text, also)


def _filtered(
    query: Select[*tuple[Any, ...]], wanted: OrderFilter, found: Found
) -> Select[*tuple[Any, ...]]:
    if found.terms:
        query = query.join(OrderTerm, OrderTerm.number == Order.number)
        query = query.where(OrderTerm.term == found.terms[0])
    query = query.where(*found.conditions())
    if wanted.tab is not Tab.ALL:
        # In the words of the index, so that the database sees that it holds all of them.
        query = query.where(text(IN_TAB[wanted.tab]))
    if wanted.currency:
        query = query.where(Order.currency == wanted.currency)
    if wanted.country:
        query = query.where(Order.country == wanted.country, text(HAS_COUNTRY))
    date = _DATES[wanted.by]
    if wanted.begins is not None:
        query = query.where(date >= wanted.begins)
    if wanted.ends is not None:
        query = query.where(date < wanted.ends)
    return query


def _sum(currency: str, orders: int, ordered: int, received: int, refunded: int) -> Sum:
    # PostgreSQL adds whole numbers up to decimals.
    return Sum(orders, *(Money(int(each), currency) for each in (ordered, received, refunded)))


def _sum_of(orders: list[Order]) -> Sum:
    minor = (
        sum(order.total_minor for order in orders),
        sum(order.paid_minor for order in orders),
        sum(order.refunded_minor for order in orders),
    )
    return _sum(orders[0].currency, len(orders), *minor)
