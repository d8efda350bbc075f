"""The ledger: every movement of money of every order, written once and never changed."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.foundation.database import Base, Moment
from paydesk.foundation.ids import new_id
from paydesk.orders import tallies
from paydesk.orders.order import Order
from paydesk.orders.tallies import Change, Measure


class Movement(StrEnum):
    """What moved: money that came, went back to the buyer, or was taken back by a bank."""

    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"


MEASURE_OF = {
    Movement.PAYMENT: Measure.GROSS,
    Movement.REFUND: Measure.REFUNDS,
    Movement.DISPUTE: Measure.DISPUTES,
}


class LedgerRow(Base):
    """One row is one movement: of `amount_minor`, or less than nothing where it was undone."""

    __tablename__ = "paydesk_ledger"
    __table_args__ = (
        Index("paydesk_ledger_of_order", "order_id"),
        Index("paydesk_ledger_by_time", "at", "id"),
        Index("paydesk_ledger_by_movement", "movement", "at", "id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("paydesk_orders.id"))
    # When the shop learned of it; its day in UTC is the day the sums count it on.
    at: Mapped[datetime] = mapped_column(Moment)
    movement: Mapped[str] = mapped_column(String(10))
    amount_minor: Mapped[int] = mapped_column()
    currency: Mapped[str] = mapped_column(String(3))
    # Stripe's id of the payment, the refund or the dispute.
    about: Mapped[str] = mapped_column(String(255))


@dataclass(frozen=True)
class Moved:
    """How much of one of Stripe's payments, refunds or disputes counts now, in the minor unit."""

    movement: Movement
    about: str
    amount_minor: int


def write(tx: Session, order: Order, moved: Iterable[Moved], at: datetime) -> None:
    """Let the ledger of an order say what has `moved`; only the differences are written.

    The caller holds the order's lock.
    """
    written = _written(tx, order.id)
    wanted: dict[tuple[str, str], int] = defaultdict(int)
    for each in moved:
        wanted[each.movement, each.about] += each.amount_minor
    rows = []
    for key in sorted({*written, *wanted}):
        difference = wanted.get(key, 0) - written.get(key, 0)
        if difference:
            rows.append(_row(order, key, difference, at))
    tx.add_all(rows)
    tallies.add(tx, [_change(row) for row in rows])


def note_sale(tx: Session, order: Order) -> None:
    """Count an order that has just become paid, and what was sold with it."""
    assert order.paid_at is not None, "only what is paid is sold"
    day, currency = day_of(order.paid_at), order.currency
    changes = [Change(Measure.ORDERS, 1, day, currency)]
    for line in order.lines:
        subject = subject_of(line.product_slug, line.name)
        sold = line.unit_minor * line.quantity
        changes += [
            Change(Measure.ITEMS, line.quantity, day, currency, subject),
            Change(Measure.SOLD, sold, day, currency, subject),
        ]
    tallies.add(tx, changes)


def day_of(at: datetime) -> str:
    """The day a moment is counted on: in UTC, as Stripe's own payouts are."""
    return at.date().isoformat()


def subject_of(slug: str, name: str) -> str:
    """What sales of a line are counted under: its product, or its name where it has none."""
    return slug or name


def _written(tx: Session, order_id: str) -> dict[tuple[str, str], int]:
    query = (
        select(LedgerRow.movement, LedgerRow.about, func.sum(LedgerRow.amount_minor))
        .where(LedgerRow.order_id == order_id)
        .group_by(LedgerRow.movement, LedgerRow.about)
    )
    return {(movement, about): int(amount) for movement, about, amount in tx.execute(query)}


def _row(order: Order, key: tuple[str, str], amount: int, at: datetime) -> LedgerRow:
    movement, about = key
    return LedgerRow(
        id=new_id("led"),
        order_id=order.id,
        at=at,
        movement=movement,
        amount_minor=amount,
        currency=order.currency,
        about=about,
    )


def _change(row: LedgerRow) -> Change:
    measure = MEASURE_OF[Movement(row.movement)]
    return Change(measure, row.amount_minor, day_of(row.at), row.currency)
