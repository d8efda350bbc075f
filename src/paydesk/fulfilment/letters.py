"""The outbox: each letter we owe somebody, written in the transaction it follows from.

    queued -> sent       handed to the mail server, or to the host's own sender
           -> kept       there is no mail server: it can be read in the mailbox
           -> dropped    no longer true when it was its turn
           -> failed     refused for good, or tried for days
    all of these -> queued  when somebody has it sent again

The row is the job: `fulfilment/post.py` takes what is due. See
docs/decisions/0010-the-outbox-is-its-own-queue.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    bindparam,
    func,
    select,
    tuple_,
)
from sqlalchemy.orm import Mapped, Session, defer, mapped_column

from paydesk.foundation.database import Base, Moment, insert_once
from paydesk.foundation.errors import NotFound, Refused
from paydesk.foundation.ids import new_id
from paydesk.orders.order import Order
from paydesk.orders.problems import SOLD_OUT_MEANWHILE


class LetterKind(StrEnum):
    """What a letter says; the values are kept in the database and name the templates."""

    CONFIRMATION = "confirmation"
    PENDING = "pending"
    FAILED = "failed"
    SHIPPED = "shipped"
    REFUNDED = "refunded"
    DOWNLOAD = "download"
    WITHDRAWAL = "withdrawal"
    FIND_ORDER = "find_order"
    BACK_IN_STOCK = "back_in_stock"
    # To the merchant.
    NEW_ORDER = "new_order"
    DISPUTE = "dispute"
    LATE_PAYMENT = "late_payment"
    WITHDRAWN = "withdrawn"
    TEST = "test"


TO_MERCHANT = frozenset(
    {LetterKind.NEW_ORDER, LetterKind.DISPUTE, LetterKind.LATE_PAYMENT, LetterKind.WITHDRAWN}
)
# One of these says that an order is paid.
OF_PAYMENT = (LetterKind.CONFIRMATION, LetterKind.LATE_PAYMENT)


class LetterState(StrEnum):
    """How far a letter has come; see above."""

    QUEUED = "queued"
    SENT = "sent"
    KEPT = "kept"
    DROPPED = "dropped"
    FAILED = "failed"


class Letter(Base):
    """One row is one letter. It can exist once for each thing it is about."""

    __tablename__ = "paydesk_letters"
    __table_args__ = (
        UniqueConstraint("order_id", "kind", "about", name="paydesk_one_letter_a_thing"),
        Index("paydesk_letters_due", "state", "due_at"),
        Index("paydesk_letters_by_age", "written_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    # None: about no order, or about several.
    order_id: Mapped[str | None] = mapped_column(ForeignKey("paydesk_orders.id"))
    kind: Mapped[str] = mapped_column(String(20))
    # Which of several, such as one refund or one parcel; empty: there is only one.
    about: Mapped[str] = mapped_column(String(255), default="")
    # What it says that the order does not: plain values.
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(10), default=LetterState.QUEUED)
    written_at: Mapped[datetime] = mapped_column(Moment)
    # When it is to be tried next; moved on before each try, so that a crash does not repeat it.
    due_at: Mapped[datetime] = mapped_column(Moment)
    tries: Mapped[int] = mapped_column(default=0)
    # How often somebody had it sent again.
    repeats: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    # As it was written at its last turn; the id, as long as it is the same letter.
    recipient: Mapped[str | None] = mapped_column(String(320))
    language: Mapped[str | None] = mapped_column(String(10))
    message_id: Mapped[str | None] = mapped_column(String(255))
    subject: Mapped[str | None] = mapped_column(Text)
    text: Mapped[str | None] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)

    @property
    def is_to_merchant(self) -> bool:
        return self.kind in TO_MERCHANT


def owe_letter(
    tx: Session,
    kind: LetterKind | str,
    order_id: str | None,
    about: str = "",
    data: Mapping[str, Any] | None = None,
    *,
    at: datetime,
) -> bool:
    """Owe a letter from the moment `tx` commits; whether this call wrote it.

    Once for an order, a kind and what it is `about`: a repeat does nothing. `data`: plain values
    for its templates; `to` in it outdoes the order's address, `language` the order's language.
    """
    return insert_once(
        tx,
        Letter,
        id=new_id("ltr"),
        order_id=order_id,
        kind=LetterKind(kind),
        about=about,
        data=dict(data or {}),
        state=LetterState.QUEUED,
        written_at=at,
        due_at=at,
        tries=0,
        repeats=0,
    )


def owe_for_payment(tx: Session, order: Order, at: datetime) -> None:
    """What is written when an order has become paid: to the buyer and to the merchant."""
    if SOLD_OUT_MEANWHILE in order.flags:
        # The buyer is told once the money has gone back.
        owe_letter(tx, LetterKind.LATE_PAYMENT, order.id, at=at)
        return
    owe_letter(tx, LetterKind.CONFIRMATION, order.id, at=at)
    owe_letter(tx, LetterKind.NEW_ORDER, order.id, at=at)


def send_again(tx: Session, letter_id: str, at: datetime) -> Letter:
    """Have a letter sent once more, as a letter of its own to mail programs; or tried at once.

    Raises NotFound, or Refused while it still waits to be sent.
    """
    letter = tx.get(Letter, letter_id, with_for_update=True)
    if letter is None:
        raise NotFound("There is no such letter.")
    if letter.state == LetterState.QUEUED and letter.tries == 0:
        raise Refused("This letter still waits to be sent.", code="letter_waits")
    if letter.state != LetterState.QUEUED:
        # One that only waits for its next try stays the same letter: it may have arrived.
        letter.state = LetterState.QUEUED
        letter.repeats += 1
        letter.tries = 0
        letter.error = None
        letter.message_id = None
    letter.due_at = at
    tx.flush()
    return letter


def of_order(tx: Session, order_id: str) -> list[Letter]:
    """All letters about one order, the oldest first."""
    query = select(Letter).where(Letter.order_id == order_id)
    return list(tx.scalars(query.order_by(Letter.written_at, Letter.id)))


@dataclass(frozen=True)
class Wanted:
    """Which letters are looked for; `before` is the id of the last one seen."""

    state: str = ""
    kind: str = ""
    order_id: str = ""
    before: str = ""


def newest(tx: Session, wanted: Wanted, limit: int) -> list[Letter]:
    """The newest letters first, without their texts; one page at a time."""
    query = select(Letter).options(defer(Letter.text), defer(Letter.html))
    for column, value in (
        (Letter.state, wanted.state),
        (Letter.kind, wanted.kind),
        (Letter.order_id, wanted.order_id),
    ):
        if value:
            query = query.where(column == value)
    last = tx.get(Letter, wanted.before) if wanted.before else None
    if last is not None:
        older = tuple_(Letter.written_at, Letter.id) < tuple_(
            bindparam("at", last.written_at, Letter.written_at.type), bindparam("id", last.id)
        )
        query = query.where(older)
    return list(tx.scalars(query.order_by(Letter.written_at.desc(), Letter.id.desc()).limit(limit)))


def counts(tx: Session) -> dict[str, int]:
    """How many letters wait or failed: what somebody may have to look at."""
    looked_at = (LetterState.QUEUED, LetterState.FAILED)
    query = select(Letter.state, func.count()).where(Letter.state.in_(looked_at))
    found = dict.fromkeys((each.value for each in looked_at), 0)
    for state, count in tx.execute(query.group_by(Letter.state)):
        found[state] = count
    return found
