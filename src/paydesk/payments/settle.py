"""Merge facts, fold, write status, stock and jobs: the one function behind all doors.

Webhook, return page, event pull and sweeper all end here; nothing else makes an order paid.
"""

from collections.abc import Iterable
from datetime import datetime

import structlog
from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.catalogue import stock
from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Base, Moment
from paydesk.foundation.money import Money
from paydesk.fulfilment.hooks import Effect
from paydesk.fulfilment.jobs import Jobs
from paydesk.orders import order as orders
from paydesk.orders.order import Order, PaymentStatus
from paydesk.payments.facts import Agreed, Fact, Kind, Payment, fold, merge

log = structlog.get_logger("paydesk.settle")

_OVER = frozenset({PaymentStatus.EXPIRED, PaymentStatus.FAILED})
SOLD_OUT_MEANWHILE = "sold_out_meanwhile"


class KnownFact(Base):
    """One row is the latest stage we know of one of Stripe's objects."""

    __tablename__ = "facts"
    __table_args__ = (
        Index("facts_of_order", "order_id"),
        Index("facts_of_intent", "intent_id"),
    )

    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    stripe_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"))
    stage: Mapped[str] = mapped_column(String(20))
    amount_minor: Mapped[int] = mapped_column()
    currency: Mapped[str] = mapped_column(String(3))
    livemode: Mapped[bool] = mapped_column()
    intent_id: Mapped[str | None] = mapped_column(String(255))
    checkout_id: Mapped[str | None] = mapped_column(String(255))
    email: Mapped[str | None] = mapped_column(String(320))
    changed_at: Mapped[datetime] = mapped_column(Moment)

    @property
    def fact(self) -> Fact:
        return Fact(
            kind=Kind(self.kind),
            stripe_id=self.stripe_id,
            stage=self.stage,
            amount_minor=self.amount_minor,
            currency=self.currency,
            livemode=self.livemode,
            intent_id=self.intent_id,
            checkout_id=self.checkout_id,
            email=self.email,
        )

    def become(self, fact: Fact, at: datetime) -> None:
        for name, value in vars(fact).items():
            setattr(self, name, value)
        self.changed_at = at


class Settling:
    """Makes an order what Stripe's facts say it is."""

    def __init__(self, clock: Clock, jobs: Jobs) -> None:
        self._clock = clock
        self._jobs = jobs

    def settle(self, tx: Session, order_id: str, facts: Iterable[Fact]) -> None:
        """Take `facts` into account. Again, late or in any order: the result is the same."""
        # The lock makes two doors that open at once go through one after the other.
        order = orders.locked(tx, order_id)
        known = self._merge(tx, order, facts)
        payment = fold(
            Agreed(order.total, order.livemode, given_up=order.cancelled_at is not None), known
        )
        self._write(tx, order, payment)

    @staticmethod
    def reopen(order: Order) -> None:
        """The buyer tries again: the order waits for a payment once more."""
        if order.payment != PaymentStatus.AWAITING or order.cancelled_at is not None:
            order.payment = PaymentStatus.AWAITING
            order.cancelled_at = None
            order.version += 1

    def _merge(self, tx: Session, order: Order, facts: Iterable[Fact]) -> list[Fact]:
        query = select(KnownFact).where(KnownFact.order_id == order.id)
        rows = {row.fact.key: row for row in tx.scalars(query)}
        for fact in facts:
            row = rows.get(fact.key)
            if row is None:
                row = rows[fact.key] = KnownFact(order_id=order.id)
                row.become(fact, self._clock.now())
                tx.add(row)
                continue
            merged = merge(row.fact, fact)
            if merged != row.fact:
                row.become(merged, self._clock.now())
        return [row.fact for row in rows.values()]

    def _write(self, tx: Session, order: Order, payment: Payment) -> None:
        before = _visible(order)
        was_paid = order.paid_at is not None
        # Holding again after a release can fail, so the flag stays once it is set.
        kept = {flag for flag in order.flags if flag == SOLD_OUT_MEANWHILE}
        order.payment = payment.status
        order.paid_minor = payment.paid_minor
        order.refunded_minor = payment.refunded_minor
        order.email = order.email or payment.email
        order.flags = sorted(payment.flags | kept)
        if payment.status is PaymentStatus.PAID and not was_paid:
            self._became_paid(tx, order)
        elif payment.status in _OVER:
            stock.release(tx, order.id)
        if _visible(order) != before:
            order.version += 1
            log.info("order_settled", order=order.number, payment=order.payment, flags=order.flags)

    def _became_paid(self, tx: Session, order: Order) -> None:
        order.paid_at = self._clock.now()
        if not stock.take(tx, order.id):
            order.flags = sorted({*order.flags, SOLD_OUT_MEANWHILE})
            log.error("paid_but_sold_out", order=order.number, paid=_text(order))
            return
        self._jobs.enqueue(tx, Effect.PAID, order.id)


def _visible(order: Order) -> tuple[object, ...]:
    return (order.payment, order.paid_minor, order.refunded_minor, tuple(order.flags), order.email)


def _text(order: Order) -> str:
    return Money(order.paid_minor, order.currency).text()
