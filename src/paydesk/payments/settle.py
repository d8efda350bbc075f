"""Merge facts, fold, write status, stock and jobs: the one function behind all doors.

Webhook, return page, event pull and sweeper all end here; nothing else makes an order paid.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ForeignKey, Index, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.catalogue import stock
from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Base, Moment, insert_once, lock_word
from paydesk.foundation.money import Money
from paydesk.fulfilment.hooks import Effect
from paydesk.fulfilment.jobs import Jobs
from paydesk.orders import order as orders
from paydesk.orders.order import Order, PaymentStatus
from paydesk.payments import refund
from paydesk.payments.event import EventState, StoredEvent
from paydesk.payments.facts import Agreed, Fact, Kind, Payment, fold, merge, owed_refunds

log = structlog.get_logger("paydesk.settle")

_OVER = frozenset({PaymentStatus.EXPIRED, PaymentStatus.FAILED})
_MAY_HAVE_RELEASED = _OVER | {PaymentStatus.REVIEW}
SOLD_OUT_MEANWHILE = "sold_out_meanwhile"
# A delayed method takes days; its webhook is the fast way to know.
PENDING_LOOK = timedelta(hours=1)


class KnownFact(Base):
    """One row is the latest stage we know of one of Stripe's objects."""

    __tablename__ = "facts"
    __table_args__ = (
        Index("facts_of_order", "order_id"),
        Index("facts_of_intent", "intent_id"),
    )

    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    stripe_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    # None: a refund or dispute of a payment no order of ours is known for, as yet.
    order_id: Mapped[str | None] = mapped_column(ForeignKey("orders.id"))
    stage: Mapped[str] = mapped_column(String(20))
    amount_minor: Mapped[int] = mapped_column()
    currency: Mapped[str] = mapped_column(String(3))
    livemode: Mapped[bool] = mapped_column()
    intent_id: Mapped[str | None] = mapped_column(String(255))
    checkout_id: Mapped[str | None] = mapped_column(String(255))
    email: Mapped[str | None] = mapped_column(String(320))
    mode: Mapped[str] = mapped_column(String(20), default="")
    refund_id: Mapped[str | None] = mapped_column(String(255))
    replaces: Mapped[str | None] = mapped_column(String(255))
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
            mode=self.mode,
            refund_id=self.refund_id,
            replaces=self.replaces,
        )

    def take_in(self, fact: Fact, at: datetime) -> None:
        """Merge `fact` into what this row says."""
        known = self.fact
        merged = merge(known, fact)
        if merged != known:
            self.become(merged, at)

    def become(self, fact: Fact, at: datetime) -> None:
        for name, value in vars(fact).items():
            setattr(self, name, value)
        self.changed_at = at


_Rows = dict[tuple[Kind, str], KnownFact]


class Settling:
    """Makes an order what Stripe's facts say it is."""

    def __init__(self, clock: Clock, jobs: Jobs) -> None:
        self._clock = clock
        self._jobs = jobs

    def settle(self, tx: Session, order_id: str, facts: Iterable[Fact]) -> Payment:
        """Take `facts` into account. Again, late or in any order: the result is the same."""
        # The lock makes two doors that open at once go through one after the other.
        order = orders.locked(tx, order_id)
        query = select(KnownFact).where(KnownFact.order_id == order.id)
        rows = {row.fact.key: row for row in tx.scalars(query)}
        told = list(facts)
        known = {row.intent_id for row in rows.values()}
        rows |= _adopted(tx, order.id, {fact.intent_id for fact in told} - known)
        self._merge(tx, order, told, rows)
        return self._conclude(tx, order, rows)

    def adopt(self, tx: Session, order_id: str) -> None:
        """Take in what was kept while the order's payment was not known to be ours."""
        order = orders.locked(tx, order_id)
        query = select(KnownFact).where(KnownFact.order_id == order.id)
        rows = {row.fact.key: row for row in tx.scalars(query)}
        rows |= _adopted(tx, order.id, {row.intent_id for row in rows.values()})
        self._conclude(tx, order, rows)

    def payment_of(self, tx: Session, order: Order) -> Payment:
        """What the facts known so far say of an order; nothing is written."""
        return fold(agreed(order), facts_of_order(tx, order.id))

    def owed(self, tx: Session, order: Order) -> list[Fact]:
        """The failed refunds of an order that are to be made good."""
        return owed_refunds(agreed(order), facts_of_order(tx, order.id))

    def keep(self, tx: Session, fact: Fact) -> None:
        """Keep a refund or dispute whose payment is not known to be ours, until it is.

        The caller holds `lock_payment`, and has looked for its order after that.
        """
        row = tx.get(KnownFact, fact.key, with_for_update=True)
        if row is None:
            # Two events that state the same may come at once.
            insert_once(tx, KnownFact, **vars(fact), order_id=None, changed_at=self._clock.now())
            row = tx.get_one(KnownFact, fact.key, with_for_update=True)
        row.take_in(fact, self._clock.now())

    @staticmethod
    def reopen(order: Order) -> None:
        """The buyer tries again: the order waits for a payment once more."""
        if not order.is_open:
            order.payment = PaymentStatus.AWAITING
            order.cancelled_at = None
            order.given_up_at = None
            order.version += 1

    def _merge(self, tx: Session, order: Order, facts: list[Fact], rows: _Rows) -> None:
        now = self._clock.now()
        for fact in facts:
            row = rows.get(fact.key)
            if row is None:
                row = rows[fact.key] = KnownFact(order_id=order.id)
                row.become(fact, now)
                tx.add(row)
            else:
                row.take_in(fact, now)

    def _conclude(self, tx: Session, order: Order, rows: _Rows) -> Payment:
        known = [row.fact for row in rows.values()]
        refund.follow(tx, known, self._clock.now())
        payment = fold(agreed(order), known)
        self._write(tx, order, payment)
        return payment

    def _write(self, tx: Session, order: Order, payment: Payment) -> None:
        before = _visible(order)
        # Holding again after a release can fail, so the flag stays once it is set.
        kept = {flag for flag in order.flags if flag == SOLD_OUT_MEANWHILE}
        order.payment = payment.status
        order.paid_minor = payment.paid_minor
        order.refunded_minor = payment.refunded_minor
        order.disputed_minor = payment.disputed_minor
        order.owed_minor = payment.owed_minor
        order.email = order.email or payment.email
        order.flags = sorted(payment.flags | kept)
        if payment.status is PaymentStatus.PAID and order.paid_at is None:
            self._became_paid(tx, order, payment)
        elif payment.status in _OVER or _is_given_back(payment):
            stock.release(tx, order.id)
        elif before[0] in _MAY_HAVE_RELEASED:
            _hold_if_there_is(tx, order)
        self._look_again(order, before)
        if _visible(order) != before:
            order.version += 1
            log.info("order_settled", order=order.number, payment=order.payment, flags=order.flags)

    def _became_paid(self, tx: Session, order: Order, payment: Payment) -> None:
        now = self._clock.now()
        order.paid_at = now
        if stock.take(tx, order.id):
            self._jobs.enqueue(tx, Effect.PAID, order.id)
            return
        order.flags = sorted({*order.flags, SOLD_OUT_MEANWHILE})
        log.error("paid_but_sold_out", order=order.number, paid=_text(order))
        if any(each.left_minor for each in payment.received):
            wish = refund.Wish(note="Paid after the items were gone.")
            for row in refund.intend(tx, order, payment, wish, now):
                self._jobs.enqueue_refund(tx, row.id)

    def _look_again(self, order: Order, before: tuple[object, ...]) -> None:
        """Say when the sweeper should ask Stripe about this order by itself."""
        if order.payment == PaymentStatus.PENDING:
            if before[0] != PaymentStatus.PENDING:
                order.look_at = self._clock.now() + PENDING_LOOK
        elif order.payment != PaymentStatus.AWAITING:
            order.look_at = None


def lock_payment(tx: Session, fact: Fact) -> None:
    """Keep the payment of `fact` from becoming known in another transaction meanwhile."""
    if fact.intent_id is not None:
        lock_word(tx, fact.intent_id)


def agreed(order: Order) -> Agreed:
    """What must be paid for an order, as `fold` takes it."""
    over = order.cancelled_at is not None or order.given_up_at is not None
    return Agreed(order.total, order.livemode, given_up=over)


def facts_of_order(tx: Session, order_id: str) -> list[Fact]:
    query = select(KnownFact).where(KnownFact.order_id == order_id)
    return [row.fact for row in tx.scalars(query)]


def _adopted(tx: Session, order_id: str, intents: set[str | None]) -> _Rows:
    """Refunds and disputes that came before the payment they belong to was known."""
    new = sorted(each for each in intents if each is not None)
    if not new:
        return {}
    for intent_id in new:
        lock_word(tx, intent_id)
    unclaimed = select(KnownFact).where(KnownFact.order_id.is_(None), KnownFact.intent_id.in_(new))
    found = {row.fact.key: row for row in tx.scalars(unclaimed)}
    for row in found.values():
        row.order_id = order_id
    if found:
        tx.execute(
            update(StoredEvent)
            .where(
                StoredEvent.order_id.is_(None),
                StoredEvent.object_id.in_([row.stripe_id for row in found.values()]),
            )
            .values(order_id=order_id, state=EventState.HANDLED, note="its order was known later")
        )
    return found


def _hold_if_there_is(tx: Session, order: Order) -> None:
    """What was put back is wanted after all: the same as if the later word had come first."""
    try:
        with tx.begin_nested():
            stock.hold_again(tx, order.id)
    except stock.SoldOut:
        # Whoever pays now is served from what is left then, or gets the money back.
        log.warning("cannot_hold_again", order=order.number)


def _is_given_back(payment: Payment) -> bool:
    """Whether a payment that was not what was agreed has gone back: nothing is kept for it."""
    return (
        payment.status is PaymentStatus.REVIEW and payment.refunded_minor >= payment.paid_minor > 0
    )


def _visible(order: Order) -> tuple[object, ...]:
    amounts = (order.paid_minor, order.refunded_minor, order.disputed_minor, order.owed_minor)
    return (order.payment, *amounts, tuple(order.flags), order.email)


def _text(order: Order) -> str:
    return Money(order.paid_minor, order.currency).text()
