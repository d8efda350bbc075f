"""A refund we mean to make: written down before Stripe is asked, and how it fared.

    requested -> pending -> succeeded -> failed
    requested -> refused                          Stripe said no; nothing moved
    pending   -> canceled | failed

A refund made in Stripe's Dashboard has no row here; it is known by its fact alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.foundation.database import Base, Moment
from paydesk.foundation.errors import Invalid, Refused
from paydesk.foundation.ids import new_id
from paydesk.foundation.money import Money
from paydesk.orders.order import Order
from paydesk.payments.facts import Fact, Kind
from paydesk.payments.folding import Payment

# Said in a query, it lets the database see that the small index below holds all it asks for.
UNANSWERED = text("state = 'requested'")


class RefundState(StrEnum):
    """Where a refund stands; the drawing is in this module's docstring."""

    REQUESTED = "requested"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    REFUSED = "refused"


# In these states the money has gone back, or may have.
COUNTS = (RefundState.REQUESTED, RefundState.PENDING, RefundState.SUCCEEDED)


class Refund(Base):
    """One row is one refund of one payment that we asked for. Its id is the idempotency key."""

    __tablename__ = "paydesk_refunds"
    __table_args__ = (
        Index("paydesk_refunds_of_order", "order_id"),
        Index(
            "paydesk_refunds_unanswered",
            "created_at",
            sqlite_where=UNANSWERED,
            postgresql_where=UNANSWERED,
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("paydesk_orders.id"))
    # The payment intent (or charge without one) whose money goes back.
    payment_id: Mapped[str] = mapped_column(String(255))
    amount_minor: Mapped[int] = mapped_column()
    currency: Mapped[str] = mapped_column(String(3))
    # Stripe's word: requested_by_customer, duplicate or fraudulent; None says nothing.
    reason: Mapped[str | None] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(Text, default="")
    # What makes a double click one refund: the same form sent again.
    attempt: Mapped[str | None] = mapped_column(String(80), index=True)
    # Stripe's id of the failed refund this one stands in for.
    replaces: Mapped[str | None] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(12), default=RefundState.REQUESTED)
    stripe_id: Mapped[str | None] = mapped_column(String(255), unique=True)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    # When its things were put back and are not to be sent any more: once.
    took_effect_at: Mapped[datetime | None] = mapped_column(Moment)

    @property
    def money(self) -> Money:
        return Money(self.amount_minor, self.currency)


@dataclass(frozen=True)
class LineWish:
    """How many of one line are to be refunded. `restock`: whether they go back on the shelf."""

    position: int
    quantity: int
    restock: bool = False


@dataclass(frozen=True)
class Wish:
    """A refund somebody wants: of lines, or of an amount; with neither, of everything left."""

    amount: Money | None = None
    reason: str | None = None
    note: str = ""
    attempt: str | None = None
    replaces: str | None = None
    lines: tuple[LineWish, ...] = ()
    # How the order stood (`stands`) when it was shown to whoever wishes; None: it was not shown.
    shown: str | None = None
    # Who wishes, for the audit log.
    who: str = ""


class ChangedMeanwhile(Refused):
    """The order is not what it was when the refund was decided on."""

    code = "changed_meanwhile"


class TooMuch(Refused):
    """More than is left of what was paid."""

    code = "refund_too_large"


def stands(tx: Session, order: Order) -> str:
    """A word that is another one once something has happened to an order or its refunds."""
    count = tx.scalar(select(func.count()).where(Refund.order_id == order.id))
    return f"{order.version}-{order.refunded_minor}-{count}"


def intend(tx: Session, order: Order, payment: Payment, wish: Wish, at: datetime) -> list[Refund]:
    """Write down what will be asked of Stripe: one row for each payment money goes back to.

    The caller holds the order's lock. Raises Invalid, Refused or TooMuch, and writes nothing.
    """
    left = _left(tx, order.id, payment)
    most = Money(sum(left.values()), order.currency)
    amount = wish.amount if wish.amount is not None else most
    check_amount(order, amount, most)
    rows = []
    wanted = amount.minor
    # The payment with most left first, so that a usual refund is one row.
    for payment_id, remaining in sorted(left.items(), key=lambda each: (-each[1], each[0])):
        part = min(wanted, remaining)
        if part:
            rows.append(_row(order, payment_id, part, wish, at))
            wanted -= part
    tx.add_all(rows)
    tx.flush()
    return rows


def check_amount(order: Order, amount: Money, most: Money) -> None:
    """Raises Invalid, Refused or TooMuch if `amount` cannot be refunded of an order."""
    if amount.currency != order.currency:
        raise Invalid(f"Order {order.number} was paid in {order.currency.upper()}.")
    if not most.minor:
        raise Refused(f"Nothing is left to refund of order {order.number}.", code="nothing_left")
    if amount.minor < 1:
        raise Invalid("The amount to refund must be more than zero.", code="bad_amount")
    if amount.minor > most.minor:
        raise TooMuch(
            f"{amount.text()} is more than the {most.text()} left to refund "
            f"of order {order.number}."
        )


def follow(tx: Session, facts: Iterable[Fact], at: datetime) -> bool:
    """Let our rows say what Stripe's facts about their refunds say; whether one changed."""
    has_changed = False
    for fact in facts:
        if fact.kind is not Kind.REFUND:
            continue
        row = tx.get(Refund, fact.refund_id) if fact.refund_id else None
        if row is not None and (row.state, row.stripe_id) != (fact.stage, fact.stripe_id):
            row.state = RefundState(fact.stage)
            row.stripe_id = fact.stripe_id
            row.error = None
            row.changed_at = at
            has_changed = True
    return has_changed


def of_order(tx: Session, order_id: str) -> list[Refund]:
    """All refunds of an order that we asked for, newest first."""
    query = select(Refund).where(Refund.order_id == order_id)
    return list(tx.scalars(query.order_by(Refund.created_at.desc(), Refund.id)))


def of_attempt(tx: Session, row: Refund) -> list[Refund]:
    """The refunds that the wish behind `row` became, the one with its lines first."""
    if row.attempt is None:
        return [row]
    query = select(Refund).where(Refund.order_id == row.order_id, Refund.attempt == row.attempt)
    return list(tx.scalars(query.order_by(Refund.amount_minor.desc(), Refund.id)))


def unanswered(tx: Session, order_id: str) -> list[Refund]:
    """The refunds of an order that Stripe has not answered yet."""
    query = select(Refund).where(Refund.order_id == order_id, Refund.state == RefundState.REQUESTED)
    return list(tx.scalars(query.order_by(Refund.id)))


def available(tx: Session, order: Order, payment: Payment) -> Money:
    """What can still be refunded of an order; what Stripe was asked for already is not in it."""
    return Money(sum(_left(tx, order.id, payment).values()), order.currency)


def _left(tx: Session, order_id: str, payment: Payment) -> dict[str, int]:
    left = {each.payment_id: each.left_minor for each in payment.received}
    for row in unanswered(tx, order_id):
        # In flight: it may have been made already.
        left[row.payment_id] = max(0, left.get(row.payment_id, 0) - row.amount_minor)
    return left


def _row(order: Order, payment_id: str, part: int, wish: Wish, at: datetime) -> Refund:
    return Refund(
        id=new_id("rfd"),
        order_id=order.id,
        payment_id=payment_id,
        amount_minor=part,
        currency=order.currency,
        reason=wish.reason,
        note=wish.note,
        attempt=wish.attempt,
        replaces=wish.replaces,
        state=RefundState.REQUESTED,
        created_at=at,
        changed_at=at,
    )
