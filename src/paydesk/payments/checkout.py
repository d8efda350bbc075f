"""A checkout: one trip of one order to Stripe's hosted page, and back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, Text, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.catalogue import stock
from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Base, Database, Moment
from paydesk.foundation.errors import Refused
from paydesk.foundation.ids import new_id
from paydesk.orders import order as orders
from paydesk.orders.order import Order, PaymentStatus
from paydesk.payments.facts import Fact
from paydesk.payments.gateway import (
    Answer,
    Gateway,
    LineItem,
    SessionRequest,
    StripeRefused,
    StripeUnreachable,
)
from paydesk.payments.reading import CHECKOUT_KEY, facts_of
from paydesk.payments.settle import Settling

# Stripe's least is 30 minutes from its own now; ours may run a little behind.
_SESSION_LIFE = timedelta(minutes=31)
# So long the same call may be repeated under the same key: `expires_at` is still far enough off.
_REPEATABLE_FOR = timedelta(seconds=45)
# When the sweeper asks about a session that should be over; Stripe takes a moment to close it.
LOOK_AFTER = timedelta(minutes=2)
# A page that waits looks for itself every few seconds; Stripe is asked less often.
_ASK_AGAIN_AFTER = timedelta(seconds=8)


class Checkout(Base):
    """One row is one trip of one order to Stripe. Its id is the idempotency key of the call."""

    __tablename__ = "checkouts"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)
    # None until Stripe has answered.
    session_id: Mapped[str | None] = mapped_column(String(255), unique=True)
    url: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    asked_at: Mapped[datetime | None] = mapped_column(Moment)
    # Set when this trip can lead nowhere any more: refused, cancelled, or replaced by another.
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


@dataclass(frozen=True)
class OpenSession:
    """Where the buyer pays."""

    session_id: str
    url: str


class NothingToPay(Refused):
    """The order is paid already, or its payment is on its way."""

    code = "nothing_to_pay"


class Checkouts:
    """Sends orders to Stripe's page and asks how they fare."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        gateway: Gateway,
        settling: Settling,
        base_url: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._gateway = gateway
        self._settling = settling
        self._base_url = base_url

    def start(self, order_id: str) -> OpenSession:
        """The session where this order is paid: the open one, or a new one.

        Raises NothingToPay, SoldOut, StripeUnreachable or StripeRefused; the order stays.
        """
        checkout, request = self._intend(order_id)
        if checkout.session_id and checkout.url:
            return OpenSession(checkout.session_id, checkout.url)
        try:
            answer = self._gateway.create_session(request, idempotency_key=checkout.id)
        except StripeUnreachable:
            # The other click of a double click may have got through meanwhile.
            opened = self._opened_meanwhile(checkout.id)
            if opened is None:
                raise
            return opened
        except StripeRefused:
            self._end(checkout.id)
            raise
        return self._opened(checkout.id, answer)

    def _intend(self, order_id: str) -> tuple[Checkout, SessionRequest]:
        """What we are about to ask of Stripe, written down before we ask."""
        now = self._clock.now()
        with self._database.transaction() as tx:
            order = orders.locked(tx, order_id)
            if order.payment in (PaymentStatus.PAID, PaymentStatus.PENDING, PaymentStatus.REVIEW):
                raise NothingToPay(f"Order {order.number} needs no payment any more.")
            checkout = self._usable(tx, order, now)
            if checkout is None:
                self._settling.reopen(order)
                stock.hold_again(tx, order.id)
                checkout = Checkout(
                    id=new_id("chk"),
                    order_id=order.id,
                    created_at=now,
                    expires_at=(now + _SESSION_LIFE).replace(microsecond=0),
                )
                tx.add(checkout)
                order.look_at = checkout.expires_at + LOOK_AFTER
            return checkout, self._request(order, checkout)

    @staticmethod
    def _usable(tx: Session, order: Order, now: datetime) -> Checkout | None:
        if not order.is_open:
            return None
        latest = tx.scalars(
            select(Checkout)
            .where(Checkout.order_id == order.id, Checkout.ended_at.is_(None))
            .order_by(Checkout.created_at.desc())
            .limit(1)
        ).one_or_none()
        if latest is None:
            return None
        usable = (
            now < latest.expires_at
            if latest.session_id
            else now - latest.created_at < _REPEATABLE_FOR
        )
        if not usable:
            latest.ended_at = now
        return latest if usable else None

    def _request(self, order: Order, checkout: Checkout) -> SessionRequest:
        return SessionRequest(
            lines=tuple(
                LineItem(
                    name=line.name + (f" – {line.variant_name}" if line.variant_name else ""),
                    unit_minor=line.unit_minor,
                    quantity=line.quantity,
                )
                for line in order.lines
            ),
            currency=order.currency,
            success_url=f"{self._base_url}/success?session_id={{CHECKOUT_SESSION_ID}}",
            cancel_url=f"{self._base_url}/cancelled?order={order.number}",
            client_reference_id=order.id,
            metadata={CHECKOUT_KEY: checkout.id, "order_number": str(order.number)},
            expires_at=int(checkout.expires_at.timestamp()),
            email=order.email,
        )

    def _opened(self, checkout_id: str, answer: Answer) -> OpenSession:
        facts = _facts(answer)
        session_id = facts[0].stripe_id
        url = answer.get("url")
        with self._database.transaction() as tx:
            checkout = tx.get_one(Checkout, checkout_id)
            checkout.session_id = session_id
            checkout.url = url if isinstance(url, str) else None
            self._settling.settle(tx, checkout.order_id, facts)
        if not isinstance(url, str):
            # The same key was used before and its session is closed by now.
            raise StripeRefused
        return OpenSession(session_id, url)

    def _opened_meanwhile(self, checkout_id: str) -> OpenSession | None:
        with self._database.transaction() as tx:
            checkout = tx.get_one(Checkout, checkout_id)
            if checkout.session_id is None or checkout.url is None:
                return None
            return OpenSession(checkout.session_id, checkout.url)

    def ask(self, order_id: str) -> None:
        """Ask Stripe how an unsettled order stands, at most every few seconds; never raises for it.

        This is the return page's door: it confirms a payment whose webhook is late or lost.
        """
        for session_id in self._worth_asking(order_id):
            try:
                answer = self._gateway.retrieve_session(session_id, quick=True)
            except (StripeUnreachable, StripeRefused):
                continue  # logged by the gateway; the page says "confirming"
            with self._database.transaction() as tx:
                self._settling.settle(tx, order_id, _facts(answer))

    def _worth_asking(self, order_id: str) -> list[str]:
        now = self._clock.now()
        with self._database.transaction() as tx:
            order = tx.get_one(Order, order_id)
            if order.payment not in (PaymentStatus.AWAITING, PaymentStatus.PENDING):
                return []
            due = select(Checkout).where(
                Checkout.order_id == order_id, Checkout.session_id.is_not(None)
            )
            return [
                str(each.session_id)
                for each in tx.scalars(due).all()
                if self._claim(tx, each.id, now)
            ]

    @staticmethod
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

    def cancel(self, order_id: str) -> None:
        """Close the order's sessions and put its stock back; a payment that came first wins.

        Raises StripeUnreachable: then the hold stays until the session ends by itself.
        """
        for checkout in self._live(order_id):
            facts = self._close(checkout.session_id) if checkout.session_id else []
            with self._database.transaction() as tx:
                tx.get_one(Checkout, checkout.id).ended_at = self._clock.now()
                self._settling.settle(tx, order_id, facts)
        with self._database.transaction() as tx:
            order = orders.locked(tx, order_id)
            if order.payment in (PaymentStatus.AWAITING, PaymentStatus.EXPIRED):
                order.cancelled_at = order.cancelled_at or self._clock.now()
                self._settling.settle(tx, order_id, [])

    def _live(self, order_id: str) -> list[Checkout]:
        with self._database.transaction() as tx:
            order = tx.get_one(Order, order_id)
            if order.payment != PaymentStatus.AWAITING:
                return []
            return list(
                tx.scalars(
                    select(Checkout).where(
                        Checkout.order_id == order_id, Checkout.ended_at.is_(None)
                    )
                )
            )

    def _close(self, session_id: str) -> list[Fact]:
        try:
            return _facts(self._gateway.expire_session(session_id))
        except StripeRefused:
            # Not open any more: paid or expired in the meantime. Stripe knows which.
            return _facts(self._gateway.retrieve_session(session_id))

    def _end(self, checkout_id: str) -> None:
        with self._database.transaction() as tx:
            tx.get_one(Checkout, checkout_id).ended_at = self._clock.now()


def order_of_session(tx: Session, session_id: str) -> Order | None:
    """The order a checkout session was opened for, if it is ours."""
    query = select(Order).join(Checkout, Checkout.order_id == Order.id)
    return tx.scalars(query.where(Checkout.session_id == session_id)).one_or_none()


def _facts(answer: Answer) -> list[Fact]:
    facts = facts_of(answer, livemode=answer.get("livemode") is True)
    assert facts, "Stripe answers a session with a session"
    return facts
