"""Withdrawals from a contract: what a buyer declared, kept as it was sent.

The EU's withdrawal function (Directive 2011/83, Article 11a): no sign-in, two steps, and at once an
acknowledgement of content, date and time. Whatever is declared is accepted and kept, also outside
the period or about an order nobody knows; what speaks against it is noted for the operator, who
answers. Nothing is refunded by this.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import structlog
from sqlalchemy import JSON, ForeignKey, Index, String, Text, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.foundation.database import Base, Moment, insert_once
from paydesk.foundation.errors import NotFound
from paydesk.foundation.ids import new_id, new_secret
from paydesk.fulfilment import shipments
from paydesk.fulfilment.letters import LetterKind, owe_letter
from paydesk.orders import order as orders
from paydesk.orders.order import Fulfilment, Order, PaymentStatus

log = structlog.get_logger("paydesk.withdrawals")

# Directive 2011/83, Article 9.
PERIOD = timedelta(days=14)
LONGEST_NAME, LONGEST_NUMBER, LONGEST_EMAIL, LONGEST_NOTE = 200, 40, 254, 2000
_UNHANDLED = text("handled_at IS NULL")


class Mark(StrEnum):
    """What an operator should know of a withdrawal; none of them keeps it from being accepted."""

    # No order has this number and this address.
    UNKNOWN_ORDER = "unknown_order"
    NOT_PAID = "not_paid"
    OUTSIDE_PERIOD = "outside_period"
    ALREADY_REFUNDED = "already_refunded"
    # The buyer had agreed that the right ends as digital content is delivered.
    WAIVED = "waived"
    REPEATED = "repeated"


class Withdrawal(Base):
    """One row is one declaration of withdrawal, as it was sent."""

    __tablename__ = "paydesk_withdrawals"
    __table_args__ = (
        Index(
            "paydesk_withdrawals_to_handle",
            "declared_at",
            sqlite_where=_UNHANDLED,
            postgresql_where=_UNHANDLED,
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    # Of the link to its acknowledgement.
    secret: Mapped[str] = mapped_column(String(64))
    # What makes a double click one declaration: the same form, sent again.
    attempt: Mapped[str] = mapped_column(String(64), unique=True)
    # None: the order it names is not known, or is somebody else's.
    order_id: Mapped[str | None] = mapped_column(ForeignKey("paydesk_orders.id"), index=True)
    order_number: Mapped[str] = mapped_column(String(LONGEST_NUMBER))
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    email: Mapped[str] = mapped_column(String(LONGEST_EMAIL))
    # Position, name and quantity of the lines chosen; empty: the whole order.
    lines: Mapped[list[Any]] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(10))
    marks: Mapped[list[Any]] = mapped_column(JSON)
    declared_at: Mapped[datetime] = mapped_column(Moment)
    handled_at: Mapped[datetime | None] = mapped_column(Moment)
    handled_by: Mapped[str] = mapped_column(String(120), default="")


@dataclass(frozen=True)
class Declaration:
    """What a buyer declares. `lines`: positions of the order's lines; empty: all of it."""

    order_number: str
    name: str
    email: str
    attempt: str
    lines: tuple[int, ...] = ()
    note: str = ""
    language: str = "en"


def declare(
    tx: Session, declaration: Declaration, at: datetime, *, order_id: str | None = None
) -> Withdrawal:
    """Keep a declaration; the same attempt again is the same one.

    `order_id`: whose link the buyer holds. Without it, the order is looked for by number and
    address, and nobody is told whether it was found.
    """
    order = orders.locked(tx, order_id) if order_id else _found(tx, declaration)
    values = _values(tx, order, declaration, at)
    if insert_once_by_attempt(tx, values):
        if order is not None:
            order.version += 1
            order.withdrawal_open = True
        _owe_letters(tx, order, values, at)
        log.info("withdrawal_declared", order=order.number if order else None, id=values["id"])
    query = select(Withdrawal).where(Withdrawal.attempt == declaration.attempt)
    return tx.scalars(query).one()


def of_order(tx: Session, order_id: str) -> list[Withdrawal]:
    """The withdrawals from an order, the oldest first."""
    query = select(Withdrawal).where(Withdrawal.order_id == order_id)
    return list(tx.scalars(query.order_by(Withdrawal.declared_at, Withdrawal.id)))


def by_secret(tx: Session, withdrawal_id: str) -> Withdrawal | None:
    return tx.get(Withdrawal, withdrawal_id)


def unhandled(tx: Session, most: int = 100) -> list[Withdrawal]:
    """What nobody has dealt with yet, the oldest first: for whoever runs the shop."""
    query = select(Withdrawal).where(Withdrawal.handled_at.is_(None))
    return list(tx.scalars(query.order_by(Withdrawal.declared_at).limit(most)))


def handle(tx: Session, withdrawal_id: str, by: str, at: datetime) -> Withdrawal:
    """Note that somebody has dealt with it; a second time does nothing. Raises NotFound."""
    row = tx.get(Withdrawal, withdrawal_id)
    if row is None:
        raise NotFound("There is no such withdrawal.")
    # The order first, as everywhere.
    order = orders.locked(tx, row.order_id) if row.order_id else None
    tx.refresh(row, with_for_update=True)
    if row.handled_at is None:
        row.handled_at, row.handled_by = at, by
        tx.flush()
    if order is not None:
        order.withdrawal_open = any(each.handled_at is None for each in of_order(tx, order.id))
    return row


def period_ends(tx: Session, order: Order) -> datetime | None:
    """When the right to withdraw ends; None while it is not known when it began.

    It begins with the last parcel's arrival, or with the contract where nothing is sent.
    """
    if not any(line.ships for line in order.lines):
        return order.created_at + PERIOD
    if order.fulfilment != Fulfilment.DELIVERED:
        return None
    arrived = [
        each.delivered_at
        for each in shipments.of_order(tx, order.id)
        if each.delivered_at is not None and each.undone_at is None
    ]
    return max(arrived) + PERIOD if arrived else None


def insert_once_by_attempt(tx: Session, values: Mapping[str, Any]) -> bool:
    """Insert a declaration unless its attempt is known already."""
    return insert_once(tx, Withdrawal, **values)


def _owe_letters(tx: Session, order: Order | None, values: Mapping[str, Any], at: datetime) -> None:
    said = {name: values[name] for name in ("order_number", "name", "lines", "note")}
    said["declared_at"] = at.isoformat()
    about = str(values["id"])
    if order is not None:
        # To the order's own address: nobody can have us write to others.
        told = {**said, "language": values["language"]}
        owe_letter(tx, LetterKind.WITHDRAWAL, order.id, about, told, at=at)
    told = {**said, "email": values["email"]}
    owe_letter(tx, LetterKind.WITHDRAWN, order.id if order else None, about, told, at=at)


def _found(tx: Session, declaration: Declaration) -> Order | None:
    digits = "".join(each for each in declaration.order_number if each.isdecimal())
    if not digits or len(digits) > 15:
        return None
    order = orders.by_number(tx, int(digits))
    if order is None or (order.email or "").casefold() != declaration.email.casefold():
        return None
    return orders.locked(tx, order.id)


def _values(
    tx: Session, order: Order | None, declaration: Declaration, at: datetime
) -> dict[str, Any]:
    return {
        "id": new_id("wdr"),
        "secret": new_secret(),
        "attempt": declaration.attempt,
        "order_id": order.id if order is not None else None,
        "order_number": declaration.order_number,
        "name": declaration.name,
        "email": declaration.email,
        "lines": _chosen(order, declaration.lines),
        "note": declaration.note,
        "language": declaration.language,
        "marks": [mark.value for mark in _marks(tx, order, at)],
        "declared_at": at,
        "handled_at": None,
        "handled_by": "",
    }


def _chosen(order: Order | None, positions: Iterable[int]) -> list[dict[str, Any]]:
    wanted = set(positions)
    lines = order.lines if order is not None else []
    if not wanted or wanted >= {line.position for line in lines}:
        return []
    return [
        {
            "position": line.position,
            "name": f"{line.name}, {line.variant_name}" if line.variant_name else line.name,
            "quantity": line.quantity,
        }
        for line in lines
        if line.position in wanted
    ]


def _marks(tx: Session, order: Order | None, at: datetime) -> list[Mark]:
    if order is None:
        return [Mark.UNKNOWN_ORDER]
    ends = period_ends(tx, order)
    agreed = {each.get("kind") for each in order.consents}
    all_digital = not any(line.ships for line in order.lines)
    true_of = {
        Mark.NOT_PAID: order.payment != PaymentStatus.PAID,
        Mark.OUTSIDE_PERIOD: ends is not None and at > ends,
        Mark.ALREADY_REFUNDED: order.refunded_minor >= order.paid_minor > 0,
        Mark.WAIVED: all_digital and "waiver" in agreed,
        Mark.REPEATED: bool(of_order(tx, order.id)),
    }
    return [mark for mark, is_true in true_of.items() if is_true]
