"""Everything the desk shows of one order, read in one go."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from paydesk.foundation.money import Money
from paydesk.fulfilment import letters, receipts, shipments, withdrawals
from paydesk.fulfilment.jobs import EffectState, OwedEffect
from paydesk.fulfilment.letters import Letter
from paydesk.fulfilment.receipts import Receipt
from paydesk.fulfilment.shipments import Shipment
from paydesk.fulfilment.withdrawals import Withdrawal
from paydesk.orders.order import Order, OrderLine
from paydesk.orders.problems import Problem, problems_of
from paydesk.payments import bookings, story
from paydesk.payments.bookings import Booked, KnownBooking
from paydesk.payments.event import EventState, StoredEvent
from paydesk.payments.facts import Kind
from paydesk.payments.known import KnownFact
from paydesk.payments.refund import Refund
from paydesk.payments.story import SYSTEM, Entry, Story


@dataclass(frozen=True)
class Piece:
    """Some of one line of an order."""

    line: OrderLine
    quantity: int


@dataclass(frozen=True)
class Parcel:
    """One parcel and what is in it."""

    shipment: Shipment
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Dispute:
    """A dispute that can still be answered."""

    stripe_id: str
    amount: Money
    due: datetime | None


@dataclass(frozen=True)
class Day:
    """What happened on one day, the newest first."""

    day: date
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Detail:
    """One order with all that hangs on it."""

    order: Order
    problems: tuple[Problem, ...]
    # What is still to be sent, the parcels that were, and what is not sent at all.
    to_ship: tuple[Piece, ...]
    parcels: tuple[Parcel, ...]
    not_sent: tuple[Piece, ...]
    story: Story
    facts: tuple[KnownFact, ...]
    bookings: tuple[KnownBooking, ...]
    refunds: tuple[Refund, ...]
    disputes: tuple[Dispute, ...]
    failed_effects: tuple[OwedEffect, ...]
    failed_events: tuple[StoredEvent, ...]
    withdrawals: tuple[Withdrawal, ...]
    receipt: Receipt | None
    letters: tuple[Letter, ...]

    @property
    def received(self) -> Money:
        return Money(self.order.paid_minor, self.order.currency)

    @property
    def kept(self) -> Money:
        """What is left of what was received."""
        order = self.order
        gone = order.refunded_minor + order.disputed_minor
        return Money(order.paid_minor - gone, order.currency)

    @property
    def booked(self) -> list[Booked]:
        """What Stripe booked for the payments, as far as it is known."""
        return bookings.booked(self.bookings)

    @property
    def is_all_booked(self) -> bool:
        return bool(self.bookings) and all(row.is_known for row in self.bookings)

    @property
    def paid_by(self) -> str | None:
        """Stripe's words for what was paid by, such as "visa 4242"."""
        charges = (row for row in self.facts if row.kind == Kind.CHARGE and row.paid_by)
        return next((row.paid_by for row in charges if row.stage == "succeeded"), None)

    @property
    def is_live_parcel(self) -> bool:
        return any(parcel.shipment.undone_at is None for parcel in self.parcels)

    def days(self, *, only_system: bool = False) -> list[Day]:
        """The story by day, the newest first."""
        entries = [each for each in self.story.entries if not only_system or each.who in SYSTEM]
        days = sorted({each.at.date() for each in entries}, reverse=True)
        return [
            Day(day, tuple(each for each in reversed(entries) if each.at.date() == day))
            for day in days
        ]


def detail(tx: Session, order: Order) -> Detail:
    """What there is to see of an order."""
    facts = tuple(tx.scalars(select(KnownFact).where(KnownFact.order_id == order.id)))
    refunds = select(Refund).where(Refund.order_id == order.id)
    parcels = shipments.of_order(tx, order.id)
    lines = {line.position: line for line in order.lines}
    left = shipments.left_to_ship(tx, order)
    return Detail(
        order=order,
        problems=problems_of(order),
        to_ship=tuple(Piece(lines[position], n) for position, n in left.items()),
        parcels=tuple(_parcel(each, lines) for each in parcels),
        not_sent=tuple(_not_sent(order, parcels, left)),
        story=story.tell(tx, order),
        facts=facts,
        bookings=tuple(bookings.of_orders(tx, [order.id])),
        refunds=tuple(tx.scalars(refunds.order_by(Refund.created_at, Refund.id))),
        disputes=tuple(_dispute(tx, row) for row in facts if _can_be_answered(row)),
        failed_effects=tuple(_failed(tx, OwedEffect, order, EffectState.FAILED)),
        failed_events=tuple(_failed(tx, StoredEvent, order, EventState.FAILED)),
        withdrawals=tuple(withdrawals.of_order(tx, order.id)),
        receipt=receipts.of_order(tx, order.id),
        letters=tuple(letters.of_order(tx, order.id)),
    )


def _parcel(shipment: Shipment, lines: dict[int, OrderLine]) -> Parcel:
    pieces = (Piece(lines[each.position], each.quantity) for each in shipment.lines)
    return Parcel(shipment, tuple(pieces))


def _not_sent(order: Order, parcels: Iterable[Shipment], left: dict[int, int]) -> Iterable[Piece]:
    """What is in no parcel and is not to be sent: files, what was put back, what is not paid."""
    for line in order.lines:
        sent = sum(
            each.quantity
            for shipment in parcels
            if shipment.undone_at is None
            for each in shipment.lines
            if each.position == line.position
        )
        rest = line.quantity - sent - left.get(line.position, 0)
        if rest > 0:
            yield Piece(line, rest)


def _failed(tx: Session, table: Any, order: Order, state: str) -> list[Any]:
    query = select(table).where(table.order_id == order.id, table.state == state)
    return list(tx.scalars(query))


def _can_be_answered(row: KnownFact) -> bool:
    return row.kind == Kind.DISPUTE and row.stage in ("inquiry", "open")


def _dispute(tx: Session, row: KnownFact) -> Dispute:
    due = row.until or _due_by(tx, row)
    at = datetime.fromtimestamp(due, UTC) if due else None
    return Dispute(row.stripe_id, Money(row.amount_minor, row.currency), at)


def _due_by(tx: Session, row: KnownFact) -> int:
    """By when Stripe wants an answer, from its newest event about the dispute; seconds UTC."""
    query = select(StoredEvent.payload).where(
        StoredEvent.order_id == row.order_id, StoredEvent.object_id == row.stripe_id
    )
    newest = tx.scalar(query.order_by(StoredEvent.created.desc()).limit(1))
    try:
        thing = json.loads(newest or "{}")["data"]["object"]
        return int(thing["evidence_details"]["due_by"] or 0)
    except (KeyError, TypeError, ValueError):
        return 0
