"""Which of an order's things a refund is for, and what became of them: put back, or not.

A refund that failed, was cancelled or refused gives back nothing, so its things can be refunded
again; what was put back on the shelf meanwhile is there all the same.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.catalogue import stock
from paydesk.foundation.database import Base
from paydesk.foundation.errors import Invalid, Refused
from paydesk.fulfilment import shipments
from paydesk.orders.order import Order, OrderLine
from paydesk.orders.sharing import Part, shares
from paydesk.payments.refund import COUNTS, LineWish, Refund, RefundState

# Where the shipping stands among the lines.
SHIPPING = -1


class RefundLine(Base):
    """One row is how many of one line of the order one refund is for."""

    __tablename__ = "paydesk_refund_lines"

    refund_id: Mapped[str] = mapped_column(ForeignKey("paydesk_refunds.id"), primary_key=True)
    # The position of the order's line, or `SHIPPING`.
    position: Mapped[int] = mapped_column(primary_key=True)
    quantity: Mapped[int] = mapped_column()
    # How many of them go back on the shelf.
    restocked: Mapped[int] = mapped_column(default=0)
    amount_minor: Mapped[int] = mapped_column()
    tax_minor: Mapped[int] = mapped_column(default=0)


@dataclass(frozen=True)
class Reckoned:
    """What the lines of a wish come to, before anything is written."""

    whole: Part
    parts: dict[int, Part]


def gone(tx: Session, order_id: str) -> Counter[int]:
    """How many of each line have been refunded or are about to be; the shipping is there once."""
    query = (
        select(RefundLine.position, RefundLine.quantity)
        .join(Refund, Refund.id == RefundLine.refund_id)
        .where(Refund.order_id == order_id, Refund.state.in_(COUNTS))
    )
    found: Counter[int] = Counter()
    for position, quantity in tx.execute(query):
        found[position] += quantity
    return found


def left(tx: Session, order: Order) -> dict[int, int]:
    """How many of each line can still be refunded; the shipping once, if any was paid."""
    went = gone(tx, order.id)
    found = {line.position: line.quantity - went[line.position] for line in order.lines}
    if shares(order).shipping.minor:
        found[SHIPPING] = 1 - went[SHIPPING]
    return found


def reckon(tx: Session, order: Order, wishes: Sequence[LineWish]) -> Reckoned:
    """What the wished lines come to. Raises Invalid or Refused, naming the line."""
    remaining, went, of = left(tx, order), gone(tx, order.id), shares(order)
    names = {line.position: line.name for line in order.lines} | {SHIPPING: "the shipping"}
    parts = {}
    for wish in wishes:
        if wish.position not in remaining:
            raise Invalid(f"Order {order.number} has no line {wish.position + 1}.", code="bad_line")
        if wish.position in parts or wish.quantity < 1:
            raise Invalid(f"Say once how many of {names[wish.position]}.", code="bad_line")
        if wish.quantity > remaining[wish.position]:
            raise Refused(
                f"Left to refund: {remaining[wish.position]} × {names[wish.position]}, "
                f"not {wish.quantity}.",
                code="too_many",
            )
        share = of.lines.get(wish.position)
        parts[wish.position] = (
            of.shipping if share is None else share.pieces(went[wish.position], wish.quantity)
        )
    return Reckoned(sum(parts.values(), start=Part()), parts)


def write(tx: Session, refund: Refund, wishes: Iterable[LineWish], reckoned: Reckoned) -> None:
    """Note the lines of a refund that has just been written down."""
    for wish in wishes:
        part = reckoned.parts[wish.position]
        is_thing = wish.position != SHIPPING
        row = RefundLine(refund_id=refund.id, position=wish.position, quantity=wish.quantity)
        row.restocked = wish.quantity if wish.restock and is_thing else 0
        row.amount_minor, row.tax_minor = part.minor, part.tax_minor
        tx.add(row)
    tx.flush()


def inherit(tx: Session, failed: str, successor: Refund) -> None:
    """A refund made in place of one that failed is for the same things, put back already."""
    old = tx.scalar(select(Refund).where(Refund.stripe_id == failed))
    for row in of_refund(tx, old.id) if old is not None else ():
        again = RefundLine(refund_id=successor.id, position=row.position, quantity=row.quantity)
        again.amount_minor, again.tax_minor, again.restocked = row.amount_minor, row.tax_minor, 0
        tx.add(again)
    tx.flush()


def of_refund(tx: Session, refund_id: str) -> list[RefundLine]:
    query = select(RefundLine).where(RefundLine.refund_id == refund_id)
    return list(tx.scalars(query.order_by(RefundLine.position)))


def take_effect(tx: Session, order: Order, at: datetime) -> None:
    """Put back what refunds that are made say, once for each. The caller holds the order's lock."""
    query = select(Refund).where(
        Refund.order_id == order.id,
        Refund.state.in_((RefundState.PENDING, RefundState.SUCCEEDED)),
        Refund.took_effect_at.is_(None),
    )
    for refund in tx.scalars(query).all():
        refund.took_effect_at = at
        rows = of_refund(tx, refund.id)
        if rows and refund.replaces is None:
            _apply(tx, order, rows)


def keep_back(tx: Session, order: Order) -> None:
    """After a parcel was undone: what was refunded and is with nobody is not sent again.

    The caller holds the order's lock.
    """
    went, sent = gone(tx, order.id), shipments.sent(tx, order.id)
    for line in order.lines:
        line.returned = max(line.returned, went[line.position] - sent.get(line.position, 0))
    shipments.follow(tx, order)


def _apply(tx: Session, order: Order, rows: list[RefundLine]) -> None:
    unsent = shipments.left_to_ship(tx, order)
    lines = {line.position: line for line in order.lines}
    for row in rows:
        line: OrderLine | None = lines.get(row.position)
        if line is None:
            continue
        # What had not left yet is not sent any more; the others come back from the buyer.
        line.returned += min(row.quantity, unsent.get(row.position, 0))
        if row.restocked and line.variant_id is not None:
            stock.restock(tx, line.variant_id, row.restocked)
