"""What Stripe booked for each payment: its fee, and what of the payment arrives with us.

No event says so, and a payment may be booked an hour after it was made ("Asynchronous capture"). So
a round asks, some time after the ledger has a payment; whoever settles one waits for nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ForeignKey, Index, String, exists, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Base, Database, Moment, insert_once
from paydesk.foundation.money import Money
from paydesk.orders.ledger import LedgerRow, Movement
from paydesk.payments.gateway import Answer, Gateway, StripeRefused
from paydesk.payments.pull import PullCursor

log = structlog.get_logger("paydesk.bookings")

BOOKINGS_SECONDS = 15.0
# What the shop took before it kept this is asked for as far back as that.
_FIRST_LOOK = timedelta(days=90)
# A row of the ledger can be seen a while after the moment it carries.
_OVERLAP = timedelta(minutes=1)
_CURSOR = "bookings"
# So many at once, each one call: a round ends long before another process takes it over.
_MOST_NEW, _MOST_ASKED = 500, 50
# When to ask again, in minutes; the last goes on until it is given up.
_WAITS = (1, 5, 15, 60, 240, 1440)
_MOST_TRIES = 20
_TO_ASK = text("ask_at IS NOT NULL")


class KnownBooking(Base):
    """One row is one payment, and what Stripe booked for it, once that is known."""

    __tablename__ = "paydesk_bookings"
    __table_args__ = (
        Index("paydesk_bookings_of_order", "order_id"),
        Index("paydesk_bookings_to_ask", "ask_at", sqlite_where=_TO_ASK, postgresql_where=_TO_ASK),
    )

    # As the ledger names it: a payment intent, a charge without one, or an invoice.
    payment_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("paydesk_orders.id"))
    # The balance transaction; None: not known yet.
    stripe_id: Mapped[str | None] = mapped_column(String(255))
    # What the account is settled in, which may be another currency than the payment's.
    currency: Mapped[str] = mapped_column(String(3), default="")
    amount_minor: Mapped[int] = mapped_column(default=0)
    fee_minor: Mapped[int] = mapped_column(default=0)
    net_minor: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    # When to ask Stripe; None: it is known, or it was asked for too often.
    ask_at: Mapped[datetime | None] = mapped_column(Moment)

    @property
    def is_known(self) -> bool:
        return self.stripe_id is not None


@dataclass(frozen=True)
class Booked:
    """What was booked for payments in one currency; net is gross less Stripe's fee."""

    gross: Money
    fee: Money
    net: Money


def of_orders(tx: Session, order_ids: Sequence[str]) -> list[KnownBooking]:
    query = select(KnownBooking).where(KnownBooking.order_id.in_(order_ids))
    return list(tx.scalars(query.order_by(KnownBooking.payment_id)))


def booked(rows: Sequence[KnownBooking]) -> list[Booked]:
    """The sums of what is known, one for each currency."""
    # An invoice may have been known before its intent was: both name the same booking.
    known = {row.stripe_id: row for row in rows if row.is_known}.values()
    return [
        _sum(currency, [row for row in known if row.currency == currency])
        for currency in sorted({row.currency for row in known})
    ]


def _sum(currency: str, rows: Sequence[KnownBooking]) -> Booked:
    return Booked(
        gross=Money(sum(row.amount_minor for row in rows), currency),
        fee=Money(sum(row.fee_minor for row in rows), currency),
        net=Money(sum(row.net_minor for row in rows), currency),
    )


class Bookings:
    """Asks Stripe what it booked, and keeps that."""

    def __init__(self, database: Database, clock: Clock, gateway: Gateway) -> None:
        self._database = database
        self._clock = clock
        self._gateway = gateway

    def run(self) -> int:
        """Ask for what is due; how many became known. Raises StripeUnreachable: the rest waits."""
        self._note_new()
        due = KnownBooking.ask_at <= self._clock.now()
        query = select(KnownBooking.payment_id).where(due).order_by(KnownBooking.ask_at)
        with self._database.reading() as tx:
            payments = list(tx.scalars(query.limit(_MOST_ASKED)))
        return sum(self._ask(each) for each in payments)

    def _note_new(self) -> None:
        """Write down which payments have come since the last time."""
        now = self._clock.now()
        with self._database.transaction() as tx:
            cursor = tx.get(PullCursor, _CURSOR)
            since = now - _FIRST_LOOK
            if cursor is not None:
                since = datetime.fromtimestamp(cursor.completed_from, now.tzinfo) - _OVERLAP
            is_noted = exists().where(KnownBooking.payment_id == LedgerRow.about)
            query = select(LedgerRow.about, LedgerRow.order_id, LedgerRow.at).where(
                LedgerRow.movement == Movement.PAYMENT, LedgerRow.at >= since, ~is_noted
            )
            rows = tx.execute(query.order_by(LedgerRow.at, LedgerRow.id).limit(_MOST_NEW)).all()
            if not rows:
                return
            for payment_id, order_id, _at in rows:
                insert_once(
                    tx, KnownBooking, payment_id=payment_id, order_id=order_id, ask_at=now, tries=0
                )
            reached = int(rows[-1][2].timestamp())
            insert_once(tx, PullCursor, name=_CURSOR, completed_from=reached)
            tx.get_one(PullCursor, _CURSOR).completed_from = reached

    def _ask(self, payment_id: str) -> bool:
        try:
            answer = self._gateway.retrieve_booking(payment_id)
        except StripeRefused:
            # Of another account, or forgotten by an emulator.
            answer = None
        with self._database.transaction() as tx:
            row = tx.get_one(KnownBooking, payment_id, with_for_update=True)
            if answer is not None:
                _keep(row, answer)
                return True
            wait = _WAITS[min(row.tries, len(_WAITS) - 1)]
            row.tries += 1
            later = self._clock.now() + timedelta(minutes=wait)
            row.ask_at = later if row.tries < _MOST_TRIES else None
        return False


def _keep(row: KnownBooking, answer: Answer) -> None:
    row.stripe_id = str(answer["id"])
    row.currency = str(answer["currency"])
    row.amount_minor = int(answer["amount"])
    row.fee_minor = int(answer["fee"])
    row.net_minor = int(answer["net"])
    row.ask_at = None
