"""Reconciling: ours beside Stripe's, to the cent. Takes Stripe's word where that is safe.

It never makes, changes or moves anything at Stripe.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database
from paydesk.orders.order import Order, PaymentStatus
from paydesk.payments import their_books
from paydesk.payments.comparing import (
    Comparison,
    Difference,
    OurFact,
    OurOrder,
    OurRefund,
    Ours,
    Theirs,
    sums,
)
from paydesk.payments.facts import Kind
from paydesk.payments.gateway import Gateway
from paydesk.payments.inbox import order_of
from paydesk.payments.known import KnownFact
from paydesk.payments.pull import Pulling
from paydesk.payments.refund import Refund
from paydesk.payments.settle import Settling, agreed
from paydesk.payments.their_books import Progress
from paydesk.payments.trip import Checkout

log = structlog.get_logger("paydesk.reconcile")

_AT_ONCE = 500


@dataclass(frozen=True)
class Reconciled:
    """What was found. `since` in seconds UTC; `sums` in minor units, by currency."""

    since: int
    compared: dict[str, int]
    not_ours: int
    differences: tuple[Difference, ...]
    sums: dict[str, dict[str, int]]


class Reconciling:
    """Compares our books with Stripe's, and lets ours follow."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        gateway: Gateway,
        settling: Settling,
        pulling: Pulling,
    ) -> None:
        self._database = database
        self._clock = clock
        self._gateway = gateway
        self._settling = settling
        self._pulling = pulling

    def compare(self, since: int, progress: Progress) -> Reconciled:
        """Everything since then, seconds UTC. Raises StripeUnreachable or StripeRefused."""
        began = self._clock.now()
        theirs = self._theirs(since, progress)
        ours = self._ours(since, began, theirs)
        comparison = Comparison(ours, theirs)
        differences = tuple(sorted(comparison.differences(), key=_by_order))
        compared = {kind.value: 0 for kind in Kind}
        for kind, _ in theirs.facts:
            compared[kind.value] += 1
        compared["order"] = len(ours.orders)
        compared["balance_transaction"] = len(theirs.bookings)
        return Reconciled(since, compared, comparison.not_ours, differences, sums(theirs))

    def apply(self, since: int, progress: Progress) -> Reconciled:
        """Take Stripe's word on everything since then, and compare again."""
        theirs = self._theirs(since, progress)
        for fact in theirs.facts.values():
            with self._database.transaction() as tx:
                order_id = order_of(tx, fact)
                if order_id is not None:
                    self._settling.settle(tx, order_id, [fact])
        self._settle_again(since)
        after = self.compare(since, progress)
        if not any(each.mends for each in after.differences):
            self._pulling.forget_gap_since(since)
        return after

    def _settle_again(self, since: int) -> None:
        """Rows that say something else than the facts beside them."""
        with self._database.transaction() as tx:
            ids = tx.scalars(select(Order.id).where(Order.created_at >= _moment(since))).all()
        for order_id in ids:
            with self._database.transaction() as tx:
                self._settling.settle(tx, order_id, [])

    def _theirs(self, since: int, progress: Progress) -> Theirs:
        return their_books.read(self._gateway, since, self._clock.timestamp(), progress)

    def _ours(self, since: int, began: datetime, theirs: Theirs) -> Ours:
        """Read after Stripe's side, so that what came in between is seen to be newer."""
        ours = Ours()
        with self._database.transaction() as tx:
            recent = select(Order).where(Order.created_at >= _moment(since))
            for order in tx.scalars(recent.where(Order.created_at < began)):
                ours.orders[order.id] = _our_order(order, whole=True)
            self._add_of_orders(tx, ours, list(ours.orders), began)
            self._add_named(tx, ours, theirs, began)
        return ours

    def _add_named(self, tx: Session, ours: Ours, theirs: Theirs, began: datetime) -> None:
        """Older orders that Stripe still speaks of, by an object or by our mark in it."""
        facts = theirs.facts.values()
        marks = {f.checkout_id for f in facts if f.checkout_id} - set(ours.checkouts)
        objects = {f.stripe_id for f in facts} | {f.intent_id for f in facts if f.intent_id}
        older: set[str] = set()
        for some in _chunks(marks):
            older |= set(tx.scalars(select(Checkout.order_id).where(Checkout.id.in_(some))))
        for some in _chunks(objects):
            named = or_(KnownFact.stripe_id.in_(some), KnownFact.intent_id.in_(some))
            found = tx.scalars(select(KnownFact.order_id).where(named))
            older |= {each for each in found if each is not None}
        older -= set(ours.orders)
        for some in _chunks(older):
            for order in tx.scalars(select(Order).where(Order.id.in_(some))):
                if order.created_at < began:
                    ours.orders[order.id] = _our_order(order, whole=False)
        self._add_of_orders(tx, ours, sorted(older), began)
        for some in _chunks(objects):
            for row in tx.scalars(select(KnownFact).where(KnownFact.stripe_id.in_(some))):
                ours.facts[row.fact.key] = OurFact(row.fact, row.order_id, row.changed_at >= began)

    @staticmethod
    def _add_of_orders(tx: Session, ours: Ours, ids: list[str], began: datetime) -> None:
        def of(column: Any) -> Iterator[ColumnElement[bool]]:
            return (column.in_(some) for some in _chunks(ids))

        for where in of(KnownFact.order_id):
            for row in tx.scalars(select(KnownFact).where(where)):
                ours.facts[row.fact.key] = OurFact(row.fact, row.order_id, row.changed_at >= began)
        for where in of(Checkout.order_id):
            for trip in tx.scalars(select(Checkout).where(where)):
                ours.checkouts[trip.id] = trip.order_id
        for where in of(Refund.order_id):
            for refund in tx.scalars(select(Refund).where(where)):
                fresh = refund.changed_at >= began
                ours.refunds[refund.id] = OurRefund(
                    refund.id, refund.order_id, refund.stripe_id, refund.money, refund.state, fresh
                )


def _our_order(order: Order, *, whole: bool) -> OurOrder:
    return OurOrder(
        id=order.id,
        number=order.number,
        agreed=agreed(order),
        payment=PaymentStatus(order.payment),
        paid_minor=order.paid_minor,
        refunded_minor=order.refunded_minor,
        disputed_minor=order.disputed_minor,
        whole=whole,
    )


def _chunks(things: Iterable[str]) -> Iterator[list[str]]:
    ordered = sorted(things)
    for first in range(0, len(ordered), _AT_ONCE):
        yield ordered[first : first + _AT_ONCE]


def _by_order(each: Difference) -> tuple[bool, int, str, tuple[str, ...]]:
    """Together what is of one order; last what is of none."""
    return (each.order is None, each.order or 0, each.code, each.ids)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
