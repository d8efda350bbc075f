"""The log of Stripe's events: a page of it, filtered. Reads only."""

from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, defer

from paydesk.foundation.errors import Invalid
from paydesk.orders.order import Order
from paydesk.payments.event import UNSETTLED, EventState, StoredEvent
from paydesk.reports import paging
from paydesk.reports.paging import Place

PAGE = 50
_LARGEST_NUMBER = 2**53


@dataclass(frozen=True)
class Filter:
    """What is looked for; empty: everything. `id`: of an event, or of the object it is about."""

    type: str = ""
    state: str = ""
    order: str = ""
    id: str = ""


@dataclass(frozen=True)
class Page:
    """One page: the events, the numbers of the orders they are about, and where it goes on."""

    events: list[StoredEvent]
    numbers: dict[str, int]
    older: Place | None = None
    types: list[str] = field(default_factory=list)


def events(tx: Session, wanted: Filter, place: Place | None = None) -> Page:
    """A page of the log, newest first. Raises Invalid."""
    query = select(StoredEvent).options(defer(StoredEvent.payload)).where(*_conditions(tx, wanted))
    ordered = paging.older(query, StoredEvent.received_at, StoredEvent.id, place)
    rows = list(tx.scalars(ordered.limit(PAGE + 1)))
    shown, has_more = rows[:PAGE], len(rows) > PAGE
    last = shown[-1] if has_more else None
    return Page(
        shown,
        numbers_of(tx, [row.order_id for row in shown]),
        Place(last.received_at, last.id) if last is not None else None,
    )


def numbers_of(tx: Session, order_ids: list[str | None]) -> dict[str, int]:
    """The numbers of orders by their ids."""
    known = sorted({each for each in order_ids if each is not None})
    rows = tx.execute(select(Order.id, Order.number).where(Order.id.in_(known)))
    return {row.id: row.number for row in rows}


def _conditions(tx: Session, wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.type:
        found.append(StoredEvent.type == wanted.type)
    if wanted.state:
        if wanted.state not in {*EventState}:
            raise Invalid("There is no such result of an event.", code="bad_state")
        is_so = StoredEvent.state == wanted.state
        # These are few among a million, and have an index of their own.
        is_few = wanted.state in (EventState.RECEIVED, EventState.FAILED)
        found.append(and_(UNSETTLED, is_so) if is_few else is_so)
    if wanted.order:
        found.append(StoredEvent.order_id == _order_id(tx, wanted.order))
    if wanted.id:
        found.append(or_(StoredEvent.id == wanted.id, StoredEvent.object_id == wanted.id))
    return found


def _order_id(tx: Session, text: str) -> str:
    number = text.strip().removeprefix("#")
    is_number = number.isascii() and number.isdecimal() and int(number) < _LARGEST_NUMBER
    order_id = tx.scalar(select(Order.id).where(Order.number == int(number))) if is_number else None
    # No event has the empty id.
    return order_id or ""
