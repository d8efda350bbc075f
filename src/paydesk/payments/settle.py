"""Merge facts, fold, write status, stock and jobs: the one function behind all doors.

Webhook, return page, event pull and sweeper all end here; nothing else makes an order paid.
"""

from collections.abc import Iterable
from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from paydesk.catalogue import stock
from paydesk.foundation.clock import Clock
from paydesk.foundation.money import Money
from paydesk.fulfilment.hooks import Effect
from paydesk.fulfilment.jobs import Jobs
from paydesk.orders import order as orders
from paydesk.orders.order import Order, PaymentStatus
from paydesk.payments import known, refund
from paydesk.payments.facts import Agreed, Fact, Payment, fold, merge, owed_refunds
from paydesk.payments.known import Known

log = structlog.get_logger("paydesk.settle")

_OVER = frozenset({PaymentStatus.EXPIRED, PaymentStatus.FAILED})
_MAY_HAVE_RELEASED = _OVER | {PaymentStatus.REVIEW}
SOLD_OUT_MEANWHILE = "sold_out_meanwhile"
# A delayed method takes days; its webhook is the fast way to know.
PENDING_LOOK = timedelta(hours=1)


class Settling:
    """Makes an order what Stripe's facts say it is."""

    def __init__(self, clock: Clock, jobs: Jobs) -> None:
        self._clock = clock
        self._jobs = jobs

    def settle(self, tx: Session, order_id: str, facts: Iterable[Fact]) -> Payment:
        """Take `facts` into account. Again, late or in any order: the result is the same."""
        # The lock makes two doors that open at once go through one after the other.
        order = orders.locked(tx, order_id)
        facts_known = known.facts_of_order(tx, order.id)
        told = list(facts)
        intents = {fact.intent_id for fact in facts_known.values()}
        facts_known |= known.adopt(tx, order.id, {fact.intent_id for fact in told} - intents)
        self._merge(tx, order, told, facts_known)
        return self._conclude(tx, order, facts_known)

    def adopt(self, tx: Session, order_id: str) -> None:
        """Take in what was kept while the order's payment was not known to be ours."""
        order = orders.locked(tx, order_id)
        facts = known.facts_of_order(tx, order.id)
        facts |= known.adopt(tx, order.id, {fact.intent_id for fact in facts.values()})
        self._conclude(tx, order, facts)

    def payment_of(self, tx: Session, order: Order) -> Payment:
        """What the facts known so far say of an order; nothing is written."""
        return fold(agreed(order), known.facts_of_order(tx, order.id).values())

    def owed(self, tx: Session, order: Order) -> list[Fact]:
        """The failed refunds of an order that are to be made good."""
        return owed_refunds(agreed(order), known.facts_of_order(tx, order.id).values())

    @staticmethod
    def reopen(order: Order) -> None:
        """The buyer tries again: the order waits for a payment once more."""
        if not order.is_open:
            order.payment = PaymentStatus.AWAITING
            order.cancelled_at = None
            order.given_up_at = None
            order.version += 1

    def _merge(self, tx: Session, order: Order, told: list[Fact], facts: Known) -> None:
        now = self._clock.now()
        for fact in told:
            before = facts.get(fact.key)
            after = fact if before is None else merge(before, fact)
            if after != before:
                facts[fact.key] = after
                known.write(tx, order.id, after, now)

    def _conclude(self, tx: Session, order: Order, facts: Known) -> Payment:
        refund.follow(tx, facts.values(), self._clock.now())
        payment = fold(agreed(order), facts.values())
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


def agreed(order: Order) -> Agreed:
    """What must be paid for an order, as `fold` takes it."""
    over = order.cancelled_at is not None or order.given_up_at is not None
    return Agreed(order.total, order.livemode, given_up=over)


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
