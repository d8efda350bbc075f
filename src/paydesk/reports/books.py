"""What ledger and orders add up to, in SQL: the truth that the kept sums are compared with."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    case,
    func,
    literal_column,
    select,
)
from sqlalchemy.orm import Session

from paydesk.orders.ledger import MEASURE_OF, LedgerRow
from paydesk.orders.order import Order, OrderLine
from paydesk.orders.tallies import Measure

BOOKS = "books"
TABS = "tabs"
_NONE: ColumnElement[str] = literal_column("''")


def of_books(tx: Session) -> Iterator[Select[*tuple[Any, ...]]]:
    """Selects of (side, day, currency, measure, subject, amount), to be united.

    The side is `BOOKS`, or `TABS`: then the subject is all the tabs an order is in.
    """
    dialect = tx.get_bind().dialect.name
    yield _of_ledger(day_in_sql(dialect, LedgerRow.at))
    yield from _of_sales(day_in_sql(dialect, Order.paid_at))
    yield select(
        literal_column(f"'{TABS}'"), _NONE, _NONE, _NONE, Order.counted_as, func.count()
    ).group_by(Order.counted_as)


def day_in_sql(dialect: str, moment: Any) -> ColumnElement[str]:
    """The day in UTC of a moment that is stored in UTC, as `ledger.day_of` says it."""
    if dialect == "postgresql":
        return func.to_char(func.timezone("UTC", moment), "YYYY-MM-DD", type_=String)
    return func.substr(moment, 1, 10, type_=String)


def _of_ledger(day: ColumnElement[str]) -> Select[*tuple[Any, ...]]:
    names = {movement.value: measure.value for movement, measure in MEASURE_OF.items()}
    measure = case(names, value=LedgerRow.movement)
    amount = func.sum(LedgerRow.amount_minor)
    columns = (day, LedgerRow.currency, measure, _NONE, amount)
    return select(_side(), *columns).group_by(day, LedgerRow.currency, measure)


def _of_sales(day: ColumnElement[str]) -> Iterator[Select[*tuple[Any, ...]]]:
    is_paid = Order.paid_at.is_not(None)
    yield (
        select(_side(), day, Order.currency, _word(Measure.ORDERS), _NONE, func.count())
        .where(is_paid)
        .group_by(day, Order.currency)
    )
    subject = case((OrderLine.product_slug != "", OrderLine.product_slug), else_=OrderLine.name)
    sold = OrderLine.unit_minor * OrderLine.quantity
    for measure, amount in ((Measure.ITEMS, OrderLine.quantity), (Measure.SOLD, sold)):
        yield (
            select(_side(), day, Order.currency, _word(measure), subject, func.sum(amount))
            .join_from(Order, OrderLine, OrderLine.order_id == Order.id)
            .where(is_paid)
            .group_by(day, Order.currency, subject)
        )


def _side() -> ColumnElement[str]:
    return literal_column(f"'{BOOKS}'")


def _word(measure: Measure) -> ColumnElement[str]:
    return literal_column(f"'{measure.value}'")
