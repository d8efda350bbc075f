"""From what a host app wants paid to an order, without the catalogue: any lines, at any price."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, scoped_session

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database
from paydesk.foundation.errors import Invalid, Refused
from paydesk.foundation.ids import new_id, new_secret
from paydesk.foundation.language import spoken
from paydesk.foundation.money import Money
from paydesk.orders.order import Order, OrderLine, PaymentStatus, next_number

MAX_LINES = 100  # Stripe's own bound ("Create a Checkout Session", line_items).
_MAX_NAME = 200
_MAX_REFERENCE = 200
# Stripe's amounts have twelve digits at most.
_LARGEST_MINOR = 10**12
_INTERVALS = ("day", "week", "month", "year")
# Who was not sent to Stripe by then has left.
_LOOK_AFTER = timedelta(minutes=30)

HostSession = Session | scoped_session[Session]

# Whether a subscription that an order began still runs; None: it has begun none.
Runs = Callable[[Session, str], bool | None]


@dataclass(frozen=True)
class Line:
    """One thing to be paid. `unit_minor`: the price of one, in the currency's minor unit (cents).

    With `interval` ("day", "week", "month" or "year") it is paid anew every `interval_count` of
    them: a subscription. With `ships` it is a thing to be sent, and waits under "To ship".
    """

    name: str
    unit_minor: int
    quantity: int = 1
    interval: str | None = None
    interval_count: int = 1
    ships: bool = False

    @property
    def total_minor(self) -> int:
        """What the line costs, in the minor unit."""
        return self.unit_minor * self.quantity


@dataclass(frozen=True)
class Offer:
    """What a host app wants paid, and where the buyer goes afterwards."""

    lines: tuple[Line, ...]
    currency: str
    # The host's own word for it: while one order of that reference stands, it is the order.
    reference: str | None = None
    email: str | None = None
    success_url: str | None = None
    cancel_url: str | None = None
    # Stripe's id of a customer who has signed in at the host's.
    customer_id: str | None = None
    trial_days: int = 0
    # What the buyer is written to in; None: what is spoken now.
    language: str | None = None
    # The browser that buys.
    buyer: str | None = None

    @property
    def is_recurring(self) -> bool:
        return any(line.interval for line in self.lines)

    @property
    def due_minor(self) -> int:
        """What is due now: nothing of what a trial lets begin for nothing."""
        now = (line for line in self.lines if not (self.trial_days and line.interval))
        return sum(line.total_minor for line in now)


class OtherLines(Refused):
    """An order of this reference is open, for other lines; `order` is that one."""

    code = "other_lines"

    def __init__(self, order: Order) -> None:
        super().__init__(
            f"Order {order.number} of this reference is open for something else. Cancel it first."
        )
        self.order = order


class Selling:
    """Writes orders for offers."""

    def __init__(self, database: Database, clock: Clock, runs: Runs, *, livemode: bool) -> None:
        self._database = database
        self._clock = clock
        self._runs = runs
        self._livemode = livemode

    def place(self, offer: Offer, outer: HostSession | None = None) -> Order:
        """The order for an offer: a new one, or the one of that reference which still stands.

        With `outer` it is a part of that session's transaction, and exists once that commits.
        Raises Invalid or OtherLines, and then nothing is written.
        """
        check(offer)
        try:
            with self._transaction(outer) as tx:
                return self._place(tx, offer)
        except IntegrityError:
            # Somebody else placed the same reference between our look and our insert.
            with self._transaction(outer) as tx:
                return self._place(tx, offer)

    @contextmanager
    def _transaction(self, outer: HostSession | None) -> Iterator[Session]:
        if outer is None:
            with self._database.transaction() as tx:
                yield tx
        else:
            session = outer() if isinstance(outer, scoped_session) else outer
            with self._database.joined(session) as tx:
                yield tx

    def _place(self, tx: Session, offer: Offer) -> Order:
        attempt = _attempt(offer)
        latest = tx.scalars(
            select(Order)
            .where(Order.attempt == attempt)
            .order_by(Order.generation.desc())
            .limit(1)
            .with_for_update()
        ).one_or_none()
        if latest is not None and stands(latest, self._runs(tx, latest.id)):
            if latest.is_open and not _is_for(latest, offer):
                # The end of the transaction would make it forget what it holds.
                tx.expunge(latest)
                raise OtherLines(latest)
            return latest
        order = self._order(offer, attempt, latest.generation + 1 if latest is not None else 0)
        order.number = next_number(tx)
        tx.add(order)
        tx.flush()
        return order

    def _order(self, offer: Offer, attempt: str, generation: int) -> Order:
        now = self._clock.now()
        return Order(
            id=new_id("ord"),
            secret=new_secret(),
            buyer=offer.buyer,
            attempt=attempt,
            generation=generation,
            reference=offer.reference,
            success_url=offer.success_url,
            cancel_url=offer.cancel_url,
            currency=offer.currency,
            total_minor=offer.due_minor,
            subtotal_minor=offer.due_minor,
            mode="subscription" if offer.is_recurring else "payment",
            trial_days=offer.trial_days,
            customer_id=offer.customer_id,
            email=offer.email,
            language=offer.language or spoken().code,
            livemode=self._livemode,
            flags=[],
            created_at=now,
            look_at=now + _LOOK_AFTER,
            lines=list(_order_lines(offer)),
        )


def stands(order: Order, runs: bool | None = None) -> bool:
    """Whether the order is still to be paid, or paid and not given back: nobody pays it twice.

    `runs`: whether the subscription it began does; one that is over can be begun anew.
    """
    if order.payment == PaymentStatus.PAID:
        if runs is not None:
            return runs
        return order.refunded_minor < order.paid_minor or not order.paid_minor
    return order.is_open or order.payment in (PaymentStatus.PENDING, PaymentStatus.REVIEW)


def check(offer: Offer) -> None:
    """Raises Invalid, naming what is wrong with an offer."""
    Money(0, offer.currency)
    if not 1 <= len(offer.lines) <= MAX_LINES:
        raise Invalid(f"There must be from 1 to {MAX_LINES} lines.", code="bad_lines")
    for line in offer.lines:
        _check_line(line)
    if offer.reference is not None and not 1 <= len(offer.reference) <= _MAX_REFERENCE:
        raise Invalid(f"A reference has from 1 to {_MAX_REFERENCE} characters.")
    if offer.trial_days and not offer.is_recurring:
        raise Invalid("A trial needs a line with an interval.", code="bad_lines")
    if sum(line.total_minor for line in offer.lines) < 1:
        raise Invalid("There is nothing to pay: the lines cost nothing.", code="bad_lines")
    for url in (offer.success_url, offer.cancel_url):
        if url is not None and not url.startswith(("/", "https://", "http://")):
            raise Invalid(f"{url[:80]!r} is no address: begin with / or https://")


def _check_line(line: Line) -> None:
    if not line.name.strip() or len(line.name) > _MAX_NAME:
        raise Invalid(f"The name of a line has from 1 to {_MAX_NAME} characters.", code="bad_lines")
    if type(line.unit_minor) is not int or not 0 <= line.unit_minor < _LARGEST_MINOR:
        raise Invalid("unit_minor is a whole number of the minor unit, such as cents.")
    if line.quantity < 1 or line.total_minor >= _LARGEST_MINOR:
        raise Invalid("The quantity must be at least 1, and the line not too dear.")
    if line.interval is not None and (line.interval not in _INTERVALS or line.interval_count < 1):
        raise Invalid(f"An interval is one of {', '.join(_INTERVALS)}.", code="bad_lines")


def _attempt(offer: Offer) -> str:
    # Never the text that `placing` makes its own of: the two cannot be taken for each other.
    word = f"reference\n{offer.reference}" if offer.reference else f"once\n{new_secret()}"
    return hashlib.sha256(word.encode()).hexdigest()


def _order_lines(offer: Offer) -> Iterator[OrderLine]:
    for position, line in enumerate(offer.lines):
        yield OrderLine(
            position=position,
            product_slug="",
            name=line.name,
            variant_name="",
            unit_minor=line.unit_minor,
            quantity=line.quantity,
            interval_unit=line.interval or "",
            interval_count=line.interval_count,
            ships=line.ships,
        )


def _is_for(order: Order, offer: Offer) -> bool:
    return (order.currency, order.trial_days, _parts(order.lines)) == (
        offer.currency,
        offer.trial_days,
        _parts(_order_lines(offer)),
    )


def _parts(lines: Iterable[OrderLine]) -> list[tuple[object, ...]]:
    return [
        (each.name, each.unit_minor, each.quantity, each.interval_unit, each.interval_count)
        for each in lines
    ]
