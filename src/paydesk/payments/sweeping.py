"""The sweeper: finds what was left half done, asks Stripe, and finishes it. Journey (d)."""

from datetime import timedelta

import structlog
from sqlalchemy import select, union
from sqlalchemy.orm import Session, aliased

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database
from paydesk.orders import order as orders
from paydesk.orders.order import Order, PaymentStatus
from paydesk.payments import ways
from paydesk.payments.checkout import Checkouts
from paydesk.payments.facts import Fact, Kind
from paydesk.payments.gateway import StripeRefused
from paydesk.payments.known import KnownFact
from paydesk.payments.refund import Refund, RefundState
from paydesk.payments.refunds import Refunds
from paydesk.payments.settle import PENDING_LOOK, Settling
from paydesk.payments.trip import Checkout

log = structlog.get_logger("paydesk.sweep")

# Who asks Stripe thousands of times at once is told to stop.
_AT_ONCE = 200
_LOOK_AGAIN = timedelta(minutes=5)
# A session lives a day at most ("Create a Checkout Session", expires_at).
_LONGEST_SESSION = timedelta(hours=24)
# The job that makes a refund has first turn; it tries for half an hour.
_REFUND_IS_LATE = timedelta(minutes=45)


class Sweeping:
    """Asks Stripe about orders nobody speaks of any more, and makes refunds that were left."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        checkouts: Checkouts,
        settling: Settling,
        refunds: Refunds,
    ) -> None:
        self._database = database
        self._clock = clock
        self._checkouts = checkouts
        self._settling = settling
        self._refunds = refunds

    def run(self) -> int:
        """Look at everything that is due; how much was looked at. Raises StripeUnreachable."""
        due = self._due_orders()
        for order_id in due:
            self.look(order_id)
        refunds = self._late_refunds()
        for refund_id in refunds:
            self._refunds.make(refund_id)
        return len(due) + len(refunds) + self._claim()

    def look(self, order_id: str) -> None:
        """Ask Stripe about every checkout of an order; give it up when none leads anywhere.

        Raises StripeUnreachable: then nothing is given up.
        """
        with self._database.transaction() as tx:
            trips = tx.scalars(select(Checkout).where(Checkout.order_id == order_id)).all()
        facts: list[Fact] = []
        unknown = False
        for trip in trips:
            # A trip nothing was opened for never got an address to send its buyer to.
            if trip.stripe_id is not None or trip.token is not None:
                told = self._ask(trip)
                unknown = unknown or not told
                facts += told
        latest = max((trip.expires_at for trip in trips), default=None)
        too_early = latest is not None and self._clock.now() < latest + _LONGEST_SESSION
        with self._database.transaction() as tx:
            self._settling.settle(tx, order_id, facts)
            order = orders.locked(tx, order_id)
            # The buyer may have set out again meanwhile.
            if order.look_at is not None and order.look_at <= self._clock.now():
                self._conclude(tx, order, may_give_up=not (unknown and too_early))

    def _conclude(self, tx: Session, order: Order, *, may_give_up: bool) -> None:
        now = self._clock.now()
        # An intent of our own page; those within sessions end with them.
        own = set(tx.scalars(select(Checkout.stripe_id).where(Checkout.order_id == order.id)))
        is_open = any(
            each.stage == "open" and (each.kind == "session" or each.stripe_id in own)
            for each in tx.scalars(select(KnownFact).where(KnownFact.order_id == order.id))
        )
        if order.payment == PaymentStatus.PENDING:
            order.look_at = now + PENDING_LOOK
        elif is_open or not may_give_up:
            order.look_at = now + _LOOK_AGAIN
        elif order.payment == PaymentStatus.AWAITING:
            order.given_up_at = now
            self._settling.settle(tx, order.id, [])
            log.info("order_given_up", order=order.number)

    def _ask(self, trip: Checkout) -> list[Fact]:
        over = trip.ended_at is not None or self._clock.now() >= trip.expires_at
        try:
            told = self._checkouts.look(trip)
            is_open = any(fact.kind is Kind.INTENT and fact.stage == "open" for fact in told)
            if over and is_open and not ways.named(trip.way).ends_by_itself:
                # Stripe keeps a payment intent open for ever.
                told = self._checkouts.close(trip)
        except StripeRefused:
            # Another account's keys, or a Stripe that was emptied: that says nothing of money.
            log.warning("trip_unknown_at_stripe", way=trip.way, stripe_id=trip.stripe_id)
            return []
        return told

    def _due_orders(self) -> list[str]:
        with self._database.transaction() as tx:
            due = select(Order.id).where(Order.look_at <= self._clock.now())
            return list(tx.scalars(due.order_by(Order.look_at).limit(_AT_ONCE)))

    def _late_refunds(self) -> list[str]:
        with self._database.transaction() as tx:
            late = select(Refund.id).where(
                Refund.state == RefundState.REQUESTED,
                Refund.created_at <= self._clock.now() - _REFUND_IS_LATE,
            )
            return list(tx.scalars(late.order_by(Refund.created_at).limit(_AT_ONCE)))

    def _claim(self) -> int:
        """Refunds and disputes whose payment became known in another transaction just then."""
        payment, kept = aliased(KnownFact), aliased(KnownFact)
        # Each by its own index: a charge no intent made goes by its own id.
        is_charge = (payment.kind == Kind.CHARGE) & (payment.stripe_id == kept.intent_id)
        waiting = union(
            *(
                select(payment.order_id)
                .join(kept, named)
                .where(kept.order_id.is_(None), payment.order_id.is_not(None))
                for named in (payment.intent_id == kept.intent_id, is_charge)
            )
        )
        with self._database.transaction() as tx:
            found = tx.scalars(waiting.limit(_AT_ONCE)).all()
        for order_id in found:
            with self._database.transaction() as tx:
                self._settling.adopt(tx, str(order_id))
        return len(found)
