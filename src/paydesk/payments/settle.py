"""Merge facts, fold, write status, stock and jobs: the one function behind all doors.

Webhook, return page, event pull and sweeper all end here; nothing else makes an order paid.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import Enum, auto

import structlog
from sqlalchemy.orm import Session

from paydesk.catalogue import stock
from paydesk.foundation.clock import Clock
from paydesk.foundation.money import Money
from paydesk.fulfilment import downloads, letters, receipts, shipments
from paydesk.fulfilment.hooks import Effect
from paydesk.fulfilment.jobs import Jobs
from paydesk.fulfilment.letters import LetterKind, owe_letter
from paydesk.orders import cart, ledger, taxes
from paydesk.orders import order as orders
from paydesk.orders.order import Order, PaymentStatus
from paydesk.orders.problems import SOLD_OUT_MEANWHILE
from paydesk.payments import known, refund, refund_lines, subscription, trip
from paydesk.payments.answers import answers_among
from paydesk.payments.facts import Fact, Kind, merge
from paydesk.payments.folding import Agreed, Payment, fold, is_money, owed_refunds
from paydesk.payments.known import Known

log = structlog.get_logger("paydesk.settle")

_OVER = frozenset({PaymentStatus.EXPIRED, PaymentStatus.FAILED})
_MAY_HAVE_RELEASED = _OVER | {PaymentStatus.REVIEW}
# A delayed method takes days; its webhook is the fast way to know.
PENDING_LOOK = timedelta(hours=1)


class Why(Enum):
    """Why an order is settled, where that makes a difference to what follows."""

    # Stripe told something, or was asked.
    TOLD = auto()
    # The buyer has just cancelled.
    CANCELLED = auto()
    # The buyer sets out on another trip.
    MOVES_ON = auto()


class Settling:
    """Makes an order what Stripe's facts say it is."""

    def __init__(self, clock: Clock, jobs: Jobs) -> None:
        self._clock = clock
        self._jobs = jobs

    def settle(
        self, tx: Session, order_id: str, facts: Iterable[Fact], why: Why = Why.TOLD
    ) -> Payment:
        """Take `facts` into account. Again, late or in any order: the result is the same."""
        # The lock makes two doors that open at once go through one after the other.
        order = orders.locked(tx, order_id)
        facts_known = known.facts_of_order(tx, order.id)
        told = list(facts)
        names = {fact.payment_name for fact in facts_known.values()}
        new = [fact for fact in told if fact.payment_name not in names]
        facts_known |= known.adopt(tx, order.id, new, told)
        self._merge(tx, order, told, facts_known)
        return self._conclude(tx, order, facts_known, why)

    def adopt(self, tx: Session, order_id: str) -> None:
        """Take in what was kept while the order's payment was not known to be ours."""
        order = orders.locked(tx, order_id)
        facts = known.facts_of_order(tx, order.id)
        facts |= known.adopt(tx, order.id, facts.values(), ())
        self._conclude(tx, order, facts, Why.TOLD)

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

    def _conclude(self, tx: Session, order: Order, facts: Known, why: Why) -> Payment:
        now = self._clock.now()
        if refund.follow(tx, facts.values(), now):
            refund_lines.take_effect(tx, order, now)
        payment = fold(agreed(order), facts.values())
        if why is Why.MOVES_ON and payment.status in _OVER:
            # One trip is over because the next begins: nothing is given back in between.
            payment = replace(payment, status=PaymentStatus.AWAITING)
        before = PaymentStatus(order.payment)
        was_paid = order.paid_at is not None
        order.dispute_open = any(map(_can_be_answered, facts.values()))
        _keep_answers(order, facts.values())
        self._write(tx, order, payment)
        self._owe(tx, order, facts.values())
        if why is Why.TOLD and order.payment != before:
            self._owe_change(tx, order)
        for effect, about in subscription.follow(tx, order.id, facts.values(), now):
            self._jobs.enqueue(tx, effect, order.id, about)
        if order.paid_at is not None and not was_paid:
            # Last, as whoever is paid next waits for the next number until this is committed.
            receipts.issue(tx, order, order.paid_at)
            letters.owe_for_payment(tx, order, now)
            if any(not line.ships for line in order.lines) and downloads.rights(tx, order):
                owe_letter(tx, LetterKind.DOWNLOAD, order.id, at=now)
        return payment

    def _owe(self, tx: Session, order: Order, facts: Iterable[Fact]) -> None:
        """What has become true for good of an order's refunds and disputes."""
        known, now = list(facts), self._clock.now()
        # What was authorised and let go is a refund, too, to Stripe: but nothing had arrived.
        arrived = {fact.intent_id or fact.stripe_id for fact in known if is_money(fact)}
        for fact in known:
            is_made = fact.kind is Kind.REFUND and fact.stage == "succeeded"
            if is_made and fact.intent_id in arrived:
                self._jobs.enqueue(tx, Effect.REFUNDED, order.id, fact.stripe_id)
                owe_letter(tx, LetterKind.REFUNDED, order.id, fact.stripe_id, at=now)
            elif fact.kind is Kind.DISPUTE:
                self._jobs.enqueue(tx, Effect.DISPUTED, order.id, fact.stripe_id)
                owe_letter(tx, LetterKind.DISPUTE, order.id, fact.stripe_id, at=now)

    def _owe_change(self, tx: Session, order: Order) -> None:
        """What has become true of the trip that is under way, or has just ended unpaid."""
        status = PaymentStatus(order.payment)
        effect = {
            PaymentStatus.FAILED: Effect.PAYMENT_FAILED,
            PaymentStatus.EXPIRED: None if order.cancelled_at else Effect.EXPIRED,
        }.get(status)
        kind = {
            PaymentStatus.FAILED: LetterKind.FAILED,
            PaymentStatus.PENDING: LetterKind.PENDING,
        }.get(status)
        if effect is None and kind is None:
            return
        last = trip.latest(tx, order.id)
        about = last.id if last else ""
        if effect is not None:
            self._jobs.enqueue(tx, effect, order.id, about)
        if kind is not None:
            owe_letter(tx, kind, order.id, about, at=self._clock.now())

    def _write(self, tx: Session, order: Order, payment: Payment) -> None:
        before = _visible(order)
        money = _money(order)
        # Holding again after a release can fail, so the flag stays once it is set.
        kept = {flag for flag in order.flags if flag == SOLD_OUT_MEANWHILE}
        order.payment = payment.status
        order.paid_minor = payment.paid_minor
        order.refunded_minor = payment.refunded_minor
        order.disputed_minor = payment.disputed_minor
        order.owed_minor = payment.owed_minor
        order.email = order.email or payment.email
        order.customer_id = order.customer_id or payment.customer_id
        if _money(order) != money:
            ledger.write(tx, order, payment.moved, self._clock.now())
        _write_total(order, payment)
        order.flags = sorted(payment.flags | kept)
        if payment.status is PaymentStatus.PAID and order.paid_at is None:
            self._became_paid(tx, order, payment)
        elif payment.status in _OVER or _is_given_back(payment):
            stock.release(tx, order.id)
        elif before[0] in _MAY_HAVE_RELEASED:
            _hold_if_there_is(tx, order)
        self._look_again(order, before)
        if _visible(order) != before:
            shipments.follow(tx, order)
            order.version += 1
            log.info("order_settled", order=order.number, payment=order.payment, flags=order.flags)

    def _became_paid(self, tx: Session, order: Order, payment: Payment) -> None:
        now = self._clock.now()
        order.paid_at = now
        ledger.note_sale(tx, order)
        cart.bought(tx, order)
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
    return Agreed(
        order.lines_total,
        order.livemode,
        given_up=over,
        mode=order.mode,
        adds=order.adds,
        shipping_minor=order.agreed_shipping_minor,
    )


def _keep_answers(order: Order, facts: Iterable[Fact]) -> None:
    """Where to ship to and whom to call, if Stripe's page asked and the shop had not."""
    answered = answers_among(facts)
    order.ship_to = order.ship_to or (dict(answered.ship_to) or None)
    order.phone = order.phone or (answered.phone or None)


def _write_total(order: Order, payment: Payment) -> None:
    order.total_minor = payment.total_minor
    order.shipping_minor = payment.added.shipping_minor
    off = payment.added.discount_minor
    # A discount takes from a tax that comes on top, too, which is a line of its own to Stripe.
    order.discount_minor = off - taxes.taken_off(order, off)
    order.tax_minor = payment.added.tax_minor + sum(each.minor for each in taxes.of(order))
    order.authorised_minor = payment.authorised_minor
    order.capture_before = (
        datetime.fromtimestamp(payment.capture_before, UTC) if payment.capture_before else None
    )


def _hold_if_there_is(tx: Session, order: Order) -> None:
    """What was put back is wanted after all: the same as if the later word had come first."""
    try:
        with tx.begin_nested():
            stock.hold_again(tx, order.id)
    except stock.SoldOut:
        # Whoever pays now is served from what is left then, or gets the money back.
        log.warning("cannot_hold_again", order=order.number)


def _can_be_answered(fact: Fact) -> bool:
    """Whether it is a dispute or an inquiry the merchant may still say something to."""
    return fact.kind is Kind.DISPUTE and fact.stage in ("inquiry", "open")


def _is_given_back(payment: Payment) -> bool:
    """Whether a payment that was not what was agreed has gone back: nothing is kept for it."""
    return (
        payment.status is PaymentStatus.REVIEW and payment.refunded_minor >= payment.paid_minor > 0
    )


def _money(order: Order) -> tuple[int, int, int]:
    return (order.paid_minor, order.refunded_minor, order.disputed_minor)


def _visible(order: Order) -> tuple[object, ...]:
    amounts = (*_money(order), order.owed_minor)
    dues = (order.total_minor, order.authorised_minor)
    return (order.payment, *amounts, *dues, tuple(order.flags), order.email)


def _text(order: Order) -> str:
    return Money(order.paid_minor, order.currency).text()
