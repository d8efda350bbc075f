"""Checkouts: every way to pay, started, asked about and cancelled through the same code."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from paydesk.catalogue import stock
from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database
from paydesk.foundation.errors import Refused
from paydesk.foundation.ids import new_id
from paydesk.orders import order as orders
from paydesk.orders.order import Order, PaymentStatus
from paydesk.payments import errands, known, subscription, trip, ways
from paydesk.payments.facts import Fact, Kind
from paydesk.payments.folding import is_money
from paydesk.payments.gateway import Answer, Gateway, StripeRefused, StripeUnreachable
from paydesk.payments.reading import facts_of
from paydesk.payments.settle import Settling, Why
from paydesk.payments.trip import Checkout
from paydesk.payments.ways import Errand, Redirect, Step, Way
from paydesk.settings import Settings

log = structlog.get_logger("paydesk.checkout")

# So long the same call may be repeated under the same key: `expires_at` is still far enough off.
_REPEATABLE_FOR = timedelta(seconds=45)
# When the sweeper asks about a trip that should be over; Stripe takes a moment to close it.
LOOK_AFTER = timedelta(minutes=2)
# A page that waits looks for itself every few seconds; Stripe is asked less often.
_ASK_AGAIN_AFTER = timedelta(seconds=8)


# A session that has come to its end has said all it knows.
_SESSION_SAID = ("complete", "paid", "expired")
_SETTLED = (PaymentStatus.PAID, PaymentStatus.PENDING, PaymentStatus.REVIEW)


@dataclass(frozen=True)
class Started:
    """A trip that has begun, and what the browser does next."""

    checkout_id: str
    way: str
    step: Step
    # The object that settles it; None where the buyer's browser must act first.
    stripe_id: str | None = None

    @property
    def url(self) -> str | None:
        """Stripe's page, if the buyer goes there."""
        return self.step.url if isinstance(self.step, Redirect) else None


class NothingToPay(Refused):
    """The order is paid already, or its payment is on its way."""

    code = "nothing_to_pay"


@dataclass(frozen=True)
class _Intended:
    """What we are about to ask of Stripe, written down; `replaces` must be closed before that."""

    way: Way
    checkout: Checkout | None = None
    errand: Errand | None = None
    replaces: tuple[Checkout, ...] = ()


class Checkouts:
    """Sends orders on their trips to Stripe and asks how they fare."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        gateway: Gateway,
        settling: Settling,
        settings: Settings,
        changes: errands.Changes | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._gateway = gateway
        self._settling = settling
        self._settings = settings
        self.changes = changes or errands.Changes()

    def start(self, order_id: str, way: str | None = None) -> Started:
        """The trip on which this order is paid: the open one of that way, or a new one.

        Raises NothingToPay, SoldOut, Invalid, StripeUnreachable or StripeRefused; the order stays.
        """
        intended = self._intend(order_id, way)
        if intended.replaces:
            for old in intended.replaces:
                self._end_by_hand(order_id, old, Why.MOVES_ON)
            intended = self._intend(order_id, way)
        checkout, errand = intended.checkout, intended.errand
        assert checkout is not None
        assert errand is not None
        if checkout.stripe_id:
            return self._again(intended.way, checkout, errand)
        try:
            answer = self._open(intended.way, errand)
        except StripeUnreachable:
            # The other click of a double click may have got through meanwhile.
            opened = self._opened_meanwhile(intended.way, checkout.id)
            if opened is None:
                raise
            return opened
        except (StripeRefused, errands.HookRaised):
            self._end(checkout.id)
            raise
        return self._opened(intended.way, checkout.id, answer)

    def _open(self, way: Way, errand: Errand) -> Answer | None:
        def change(params: dict[str, object]) -> None:
            agreed = errands.agreed_params(errand, params)
            self.changes.run(errand, params)
            if errands.may_add(params, agreed):
                # Before Stripe is asked: whatever comes back is read with this in mind.
                with self._database.transaction() as tx:
                    orders.locked(tx, errand.order_id).adds = True

        return way.open(self._gateway, errand, change)

    def _intend(self, order_id: str, wanted: str | None) -> _Intended:
        """What we are about to ask of Stripe, written down before we ask."""
        now = self._clock.now()
        with self._database.transaction() as tx:
            order = orders.locked(tx, order_id)
            if order.payment in _SETTLED:
                raise NothingToPay("This order needs no payment any more.")
            way = ways.chosen(wanted, self._settings.ways, is_recurring=order.is_recurring)
            live = _live(tx, order.id)
            old = tuple(each for each in live if _must_be_closed(order, each, way, now))
            if old:
                return _Intended(way, replaces=old)
            checkout = _usable(order, live, now)
            if checkout is None:
                self._settling.reopen(order)
                stock.hold_again(tx, order.id)
                checkout = Checkout(
                    id=new_id("chk"),
                    order_id=order.id,
                    way=way.name,
                    created_at=now,
                    expires_at=(now + self._life).replace(microsecond=0),
                )
                tx.add(checkout)
                order.look_at = checkout.expires_at + LOOK_AFTER
            errand = errands.errand_of(order, checkout, self._settings)
            return _Intended(way, checkout, errand)

    @property
    def _life(self) -> timedelta:
        return timedelta(minutes=self._settings.checkout.session_minutes)

    def _again(self, way: Way, checkout: Checkout, errand: Errand) -> Started:
        """The trip that is under way; a buyer who stays here needs Stripe's secret again."""
        if checkout.url:
            return Started(checkout.id, way.name, Redirect(checkout.url), checkout.stripe_id)
        assert checkout.stripe_id is not None
        answer = way.look(self._gateway, checkout.stripe_id, is_recurring=errand.is_recurring)
        return self._opened(way, checkout.id, answer)

    def _opened(self, way: Way, checkout_id: str, answer: Answer | None) -> Started:
        step = way.step(answer)
        facts = _facts(answer) if answer is not None else []
        with self._database.transaction() as tx:
            checkout = tx.get_one(Checkout, checkout_id)
            if facts:
                checkout.stripe_id = facts[0].stripe_id
                checkout.url = step.url if isinstance(step, Redirect) else None
                self._settling.settle(tx, checkout.order_id, facts)
            status = tx.get_one(Order, checkout.order_id).payment
            if step is None:
                checkout.ended_at = self._clock.now()
        if step is None and way.stays_here and status in _SETTLED:
            raise NothingToPay("This order needs no payment any more.")
        if step is None:
            # The same key was used before and its object is over by now.
            raise StripeRefused
        return Started(checkout_id, way.name, step, checkout.stripe_id)

    def _opened_meanwhile(self, way: Way, checkout_id: str) -> Started | None:
        with self._database.transaction() as tx:
            checkout = tx.get_one(Checkout, checkout_id)
            if checkout.stripe_id is None or checkout.url is None:
                return None
            return Started(checkout.id, way.name, Redirect(checkout.url), checkout.stripe_id)

    def ask(self, order_id: str) -> None:
        """Ask Stripe how an unsettled order stands, at most every few seconds; never raises for it.

        This is the return page's door: it confirms a payment whose webhook is late or lost.
        """
        for checkout in self._worth_asking(order_id):
            try:
                facts = self.look(checkout, quick=True)
            except (StripeUnreachable, StripeRefused):
                continue  # logged by the gateway; the page says "confirming"
            with self._database.transaction() as tx:
                self._settling.settle(tx, order_id, facts)

    def hear_out(self, order_id: str) -> None:
        """Ask Stripe for what makes an order paid and has told only a part of what it knows.

        Events come in any order, or not at all: the payment's may be there, which is enough for
        being paid, and its session's or its charge's not, which alone know the buyer's e-mail
        address and answers. Raises StripeUnreachable or StripeRefused.
        """
        with self._database.transaction() as tx:
            silent = _silent(known.facts_of_order(tx, order_id).values())
            trips = [each for each in trip.of_order(tx, order_id) if each.stripe_id in silent]
        for checkout in trips:
            told = self.look(checkout)
            with self._database.transaction() as tx:
                self._settling.settle(tx, order_id, told)

    def ask_subscription(self, order_id: str) -> None:
        """Ask Stripe how an order's subscription stands, as `ask` does: at most every few seconds.

        A buyer who comes back from the portal wants to see what they did there.
        """
        now = self._clock.now()
        with self._database.transaction() as tx:
            rows = [row for row in subscription.of_order(tx, order_id) if row.ended_at is None]
            trips = trip.of_order(tx, order_id) if rows else []
            due = any(_claim(tx, each.id, now) for each in trips)
        for row in rows if due else ():
            try:
                answer = self._gateway.retrieve_subscription(row.stripe_id, quick=True)
            except (StripeUnreachable, StripeRefused):
                continue  # logged by the gateway; the page shows what is known
            with self._database.transaction() as tx:
                facts = _facts(answer, told_at=self._clock.timestamp())
                self._settling.settle(tx, order_id, facts)

    def look(self, checkout: Checkout, *, quick: bool = False) -> list[Fact]:
        """What Stripe says of a trip now; nothing if it never heard of it.

        Raises StripeUnreachable or StripeRefused.
        """
        way = ways.named(checkout.way)
        if checkout.stripe_id is not None:
            recurring = self._is_recurring(checkout.order_id)
            answer = way.look(
                self._gateway, checkout.stripe_id, quick=quick, is_recurring=recurring
            )
        elif checkout.token is not None:
            since = int(checkout.created_at.timestamp()) - 60
            found = way.find(self._gateway, checkout.id, since)
            if found is None:
                return []
            answer = found
        else:
            return []
        return _facts(answer, told_at=self._clock.timestamp())

    def _is_recurring(self, order_id: str) -> bool:
        with self._database.transaction() as tx:
            return tx.get_one(Order, order_id).is_recurring

    def _worth_asking(self, order_id: str) -> list[Checkout]:
        now = self._clock.now()
        with self._database.transaction() as tx:
            order = tx.get_one(Order, order_id)
            if order.payment not in (PaymentStatus.AWAITING, PaymentStatus.PENDING):
                return []
            known = Checkout.stripe_id.is_not(None) | Checkout.token.is_not(None)
            due = select(Checkout).where(Checkout.order_id == order_id, known)
            return [each for each in tx.scalars(due).all() if _claim(tx, each.id, now)]

    def cancel(self, order_id: str) -> None:
        """Close the order's trips and put its stock back; a payment that came first wins.

        Raises StripeUnreachable: then the hold stays until the trip ends by itself.
        """
        with self._database.transaction() as tx:
            awaits = tx.get_one(Order, order_id).payment == PaymentStatus.AWAITING
            live = _live(tx, order_id) if awaits else []
        for checkout in live:
            self._end_by_hand(order_id, checkout, Why.CANCELLED)
        with self._database.transaction() as tx:
            order = orders.locked(tx, order_id)
            if order.payment in (PaymentStatus.AWAITING, PaymentStatus.EXPIRED):
                order.cancelled_at = order.cancelled_at or self._clock.now()
                self._settling.settle(tx, order_id, [])

    def close(self, checkout: Checkout) -> list[Fact]:
        """Let nobody pay on this trip any more; what Stripe says of it then.

        Raises StripeUnreachable or StripeRefused.
        """
        way = ways.named(checkout.way)
        if checkout.stripe_id is None:
            return self.look(checkout)
        try:
            return _facts(way.close(self._gateway, checkout.stripe_id))
        except StripeRefused:
            # Not open any more: paid or expired in the meantime. Stripe knows which.
            return self.look(checkout)

    def _end_by_hand(self, order_id: str, checkout: Checkout, why: Why) -> None:
        facts = self.close(checkout)
        with self._database.transaction() as tx:
            tx.get_one(Checkout, checkout.id).ended_at = self._clock.now()
            self._settling.settle(tx, order_id, facts, why)

    def _end(self, checkout_id: str) -> None:
        with self._database.transaction() as tx:
            tx.get_one(Checkout, checkout_id).ended_at = self._clock.now()


def _silent(facts: Iterable[Fact]) -> set[str]:
    """Sessions that have not come to an end, and intents that succeeded without their charge."""
    facts = list(facts)
    charged = {each.intent_id for each in facts if each.kind is Kind.CHARGE}
    return {
        each.stripe_id
        for each in facts
        if (each.kind is Kind.SESSION and each.stage not in _SESSION_SAID)
        or (each.kind is Kind.INTENT and is_money(each) and each.stripe_id not in charged)
    }


def _must_be_closed(order: Order, old: Checkout, way: Way, now: datetime) -> bool:
    """Whether a trip could still be paid at Stripe although the buyer sets out on another."""
    if old.way != way.name:
        return True
    is_over = not order.is_open or now >= old.expires_at
    return is_over and old.stripe_id is not None and not way.ends_by_itself


def _usable(order: Order, live: list[Checkout], now: datetime) -> Checkout | None:
    """The newest trip, if the buyer can go on with it; it ends if not."""
    if not order.is_open or not live:
        return None
    latest = live[0]
    usable = (
        now < latest.expires_at
        if latest.stripe_id or ways.named(latest.way).opens_late
        else now - latest.created_at < _REPEATABLE_FOR
    )
    if not usable:
        latest.ended_at = now
    return latest if usable else None


def _live(tx: Session, order_id: str) -> list[Checkout]:
    """Trips that were not ended by us, the newest first."""
    query = select(Checkout).where(Checkout.order_id == order_id, Checkout.ended_at.is_(None))
    return list(tx.scalars(query.order_by(Checkout.created_at.desc())))


def _claim(tx: Session, checkout_id: str, now: datetime) -> bool:
    claimed = tx.execute(
        update(Checkout)
        .where(
            Checkout.id == checkout_id,
            Checkout.asked_at.is_(None) | (Checkout.asked_at <= now - _ASK_AGAIN_AFTER),
        )
        .values(asked_at=now)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(claimed, CursorResult)
    return claimed.rowcount == 1


def _facts(answer: Answer, *, told_at: int = 0) -> list[Fact]:
    facts = facts_of(answer, livemode=answer.get("livemode") is True, told_at=told_at)
    assert facts, "Stripe answers with the object that was asked for"
    return facts
