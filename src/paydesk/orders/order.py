"""The order and its lines, frozen as they were when the buyer ordered.

How an order's payment stands (written by payments/settle.py alone, derived from Stripe's facts):

    awaiting -> pending -> paid      a delayed method is on its way, then arrives
    awaiting -> paid                 a card
    awaiting -> expired              not paid in time, or cancelled by the buyer
    awaiting/pending -> failed       a delayed method did not go through
    failed/expired -> awaiting       the buyer tries again with a new checkout
    any -> review                    Stripe has a payment that is not what was agreed

Nothing leads away from `paid`: refunds are counted beside it.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    bindparam,
    event,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, attributes, lazyload, mapped_column, relationship

from paydesk.foundation.database import Base, Moment
from paydesk.foundation.errors import NotFound
from paydesk.foundation.language import spoken
from paydesk.foundation.money import Money
from paydesk.orders import tallies, terms
from paydesk.orders.problems import problems_of
from paydesk.orders.tabs import recount

# People take an order numbered 1 for a test.
_FIRST_NUMBER = 1001

# Few orders are open at a time, so this index stays small.
_EXPECTED = text("look_at IS NOT NULL")

# The tabs of the desk's order list, in words the database takes for those of its indexes. Most
# orders are in none of them, so these indexes stay small, too.
_HERE = "archived_at IS NULL"
IN_TAB = {
    "to_ship": f"fulfilment IN ('unfulfilled', 'partly') AND {_HERE}",
    "pending": f"payment = 'pending' AND {_HERE}",
    "problems": f"problem <> '' AND {_HERE}",
    "refunded": f"refunded_minor > 0 AND {_HERE}",
    "archived": "archived_at IS NOT NULL",
}

HAS_COUNTRY = "country <> ''"


def _index_of_tab(tab: str) -> Index:
    rule = text(IN_TAB[tab])
    name = f"paydesk_orders_{tab}"
    return Index(name, "number", sqlite_where=rule, postgresql_where=rule)


class PaymentStatus(StrEnum):
    """How an order's payment stands; the drawing is in this module's docstring."""

    AWAITING = "awaiting"
    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"
    REVIEW = "review"


class Fulfilment(StrEnum):
    """How far what was paid for has been sent; written by fulfilment/shipments.py alone.

    none          nothing is to be sent: not paid, all digital, or all given back
    unfulfilled -> partly -> shipped -> delivered, and back when a shipment is undone
    """

    NONE = "none"
    UNFULFILLED = "unfulfilled"
    PARTLY = "partly"
    SHIPPED = "shipped"
    DELIVERED = "delivered"


class Order(Base):
    """One row is what one buyer agreed to buy, at the prices of that moment."""

    __tablename__ = "paydesk_orders"
    __table_args__ = (
        UniqueConstraint("attempt", "generation", name="paydesk_one_order_per_attempt"),
        Index("paydesk_orders_of_buyer", "buyer"),
        Index("paydesk_orders_of_reference", "reference"),
        Index("paydesk_orders_of_cart", "cart_id"),
        Index(
            "paydesk_orders_to_look_at",
            "look_at",
            sqlite_where=_EXPECTED,
            postgresql_where=_EXPECTED,
        ),
        *(_index_of_tab(tab) for tab in IN_TAB if tab != "pending"),
        Index("paydesk_orders_of_payment", "payment", "number"),
        # The newest first, by whichever date; and those of one currency or customer.
        Index("paydesk_orders_by_order", "created_at", "number"),
        Index("paydesk_orders_by_payment", "paid_at", "number"),
        Index("paydesk_orders_by_shipping", "shipped_at", "number"),
        Index("paydesk_orders_of_currency", "currency", "number"),
        Index("paydesk_orders_of_customer", "customer_id", "number"),
        Index("paydesk_orders_of_email", "email"),
        Index(
            "paydesk_orders_of_country",
            "country",
            "number",
            sqlite_where=text(HAS_COUNTRY),
            postgresql_where=text(HAS_COUNTRY),
        ),
        Index("paydesk_orders_to_follow_up", "follow_up_on"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    secret: Mapped[str] = mapped_column(String(64))
    # The browser that ordered, by the random id in its login session.
    buyer: Mapped[str | None] = mapped_column(String(64))
    # What makes a double click one order: the same form, sent again while the order is open.
    attempt: Mapped[str] = mapped_column(String(64))
    generation: Mapped[int] = mapped_column(default=0)
    # The host app's own word for what is paid, and where it wants the buyer afterwards.
    reference: Mapped[str | None] = mapped_column(String(200))
    success_url: Mapped[str | None] = mapped_column(Text)
    cancel_url: Mapped[str | None] = mapped_column(Text)
    payment: Mapped[str] = mapped_column(String(20), default=PaymentStatus.AWAITING)
    fulfilment: Mapped[str] = mapped_column(String(12), default=Fulfilment.NONE)
    currency: Mapped[str] = mapped_column(String(3))
    # What is due now: the lines, and what Stripe's page added to them (tax, shipping) or took off.
    total_minor: Mapped[int] = mapped_column()
    # The lines alone, as agreed; without those a trial lets begin for nothing.
    subtotal_minor: Mapped[int] = mapped_column()
    tax_minor: Mapped[int] = mapped_column(default=0)
    shipping_minor: Mapped[int] = mapped_column(default=0)
    discount_minor: Mapped[int] = mapped_column(default=0)
    # Whether Stripe's page may add to the lines or take something off.
    adds: Mapped[bool] = mapped_column(default=False)
    # Where the shop reckoned shipping and tax itself: what the buyer agreed to pay in all, how much
    # of it is shipping, and what tax adds to the prices. None: Stripe's page adds them, if anybody.
    agreed_minor: Mapped[int | None] = mapped_column()
    agreed_shipping_minor: Mapped[int] = mapped_column(default=0)
    agreed_tax_minor: Mapped[int] = mapped_column(default=0)
    shipping_name: Mapped[str] = mapped_column(String(80), default="")
    # The taxes by rate: name, percentage (decimal text), inclusive, net_minor, tax_minor.
    taxes: Mapped[list[Any]] = mapped_column(JSON, default=list)
    # Where it is sold to, in two capital letters; empty: not asked.
    country: Mapped[str] = mapped_column(String(2), default="")
    # Where it is shipped to: name, line1, line2, postcode, city, state, country.
    ship_to: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    phone: Mapped[str | None] = mapped_column(String(40))
    # What the buyer is spoken to in.
    language: Mapped[str] = mapped_column(String(10), default=lambda: spoken().code)
    # What the buyer agreed to: kind, version and language of the text, at (ISO, UTC).
    consents: Mapped[list[Any]] = mapped_column(JSON, default=list)
    # The cart it was placed from, which is kept until the order is paid.
    cart_id: Mapped[str | None] = mapped_column(String(40))
    # Stripe's word: "payment" once, or "subscription".
    mode: Mapped[str] = mapped_column(String(20), default="payment")
    trial_days: Mapped[int] = mapped_column(default=0)
    # Stripe's id of the customer: given with the order, or made by paying it.
    customer_id: Mapped[str | None] = mapped_column(String(255))
    # What the buyer's bank keeps for us, until we capture it or this time comes.
    authorised_minor: Mapped[int] = mapped_column(default=0)
    capture_before: Mapped[datetime | None] = mapped_column(Moment)
    paid_minor: Mapped[int] = mapped_column(default=0)
    refunded_minor: Mapped[int] = mapped_column(default=0)
    # What banks have taken back, and refunds that failed and must be made again.
    disputed_minor: Mapped[int] = mapped_column(default=0)
    owed_minor: Mapped[int] = mapped_column(default=0)
    # What the facts say that somebody should look at, such as "paid_twice".
    flags: Mapped[list[Any]] = mapped_column(JSON, default=list)
    livemode: Mapped[bool] = mapped_column()
    email: Mapped[str | None] = mapped_column(String(320))
    created_at: Mapped[datetime] = mapped_column(Moment)
    paid_at: Mapped[datetime | None] = mapped_column(Moment)
    cancelled_at: Mapped[datetime | None] = mapped_column(Moment)
    # Set when Stripe, asked, knew of no way left to pay it.
    given_up_at: Mapped[datetime | None] = mapped_column(Moment)
    # When to ask Stripe about it if nothing was heard; None once nothing more is expected.
    look_at: Mapped[datetime | None] = mapped_column(Moment)
    # When the last of its parcels left.
    shipped_at: Mapped[datetime | None] = mapped_column(Moment)
    # Whether a bank's dispute can still be answered, a handler was given up, and a withdrawal of
    # the buyer's waits for an answer.
    dispute_open: Mapped[bool] = mapped_column(default=False)
    effect_failed: Mapped[bool] = mapped_column(default=False)
    withdrawal_open: Mapped[bool] = mapped_column(default=False)
    # The most pressing of orders/problems.py, empty if there is none; kept by `_follow` below.
    problem: Mapped[str] = mapped_column(String(20), default="")
    # When an operator put it away, and the day to look at it again.
    archived_at: Mapped[datetime | None] = mapped_column(Moment)
    follow_up_on: Mapped[date | None] = mapped_column()
    # Grows with each change a page can show, so that an open page knows when to look again.
    version: Mapped[int] = mapped_column(default=0)
    # The tabs it is counted in, with spaces between them; kept by `_follow` below.
    counted_as: Mapped[str] = mapped_column(String(200), default="")

    lines: Mapped[list["OrderLine"]] = relationship(
        order_by="OrderLine.position", cascade="all, delete-orphan", lazy="selectin"
    )

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)

    @property
    def subtotal(self) -> Money:
        return Money(self.subtotal_minor, self.currency)

    @property
    def lines_total(self) -> Money:
        """The lines as Stripe is told of them: a tax on top of the prices is one of these."""
        return Money(self.subtotal_minor + self.agreed_tax_minor, self.currency)

    @property
    def agreed(self) -> Money:
        """What the buyer agreed to pay, before Stripe's page adds anything."""
        return Money(self.lines_total.minor + self.agreed_shipping_minor, self.currency)

    @property
    def is_recurring(self) -> bool:
        return self.mode == "subscription"

    @property
    def refunded(self) -> Money:
        return Money(self.refunded_minor, self.currency)

    @property
    def is_open(self) -> bool:
        """Whether the buyer may still pay it without agreeing anew."""
        over = self.cancelled_at is not None or self.given_up_at is not None
        return self.payment == PaymentStatus.AWAITING and not over


@event.listens_for(Order, "before_insert")
@event.listens_for(Order, "before_update")
def _follow(_mapper: Any, connection: Connection, order: Order) -> None:
    """Keep what follows from the rest of the row, and the counts of the desk's tabs.

    Whoever changes the order: nobody can forget it.
    """
    problem = next(iter(problems_of(order)), "")
    if problem != (order.problem or ""):
        order.problem = problem
    tallies.add(connection, tallies.moved(*recount(order)))


@event.listens_for(Order, "after_insert")
def _keep_words(_mapper: Any, connection: Connection, order: Order) -> None:
    terms.note_new(connection, order)


@event.listens_for(Order, "after_update")
def _keep_words_of_buyer(_mapper: Any, connection: Connection, order: Order) -> None:
    if any(attributes.get_history(order, name).added for name in _SEARCHED):
        terms.note_buyer(connection, order)


# By what is known of its buyer, an order is found at the desk.
_SEARCHED = ("email", "reference", "ship_to")


class OrderLine(Base):
    """One row is one line item of an order, with the names and prices of that moment."""

    __tablename__ = "paydesk_order_lines"

    order_id: Mapped[str] = mapped_column(ForeignKey("paydesk_orders.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    # None, and an empty slug: it is of no catalogue, but was sold by the host app.
    variant_id: Mapped[str | None] = mapped_column(ForeignKey("paydesk_variants.id"))
    price_id: Mapped[str | None] = mapped_column(ForeignKey("paydesk_prices.id"))
    product_slug: Mapped[str] = mapped_column(String(120))
    name: Mapped[str] = mapped_column(String(200))
    variant_name: Mapped[str] = mapped_column(String(120), default="")
    unit_minor: Mapped[int] = mapped_column()
    quantity: Mapped[int] = mapped_column()
    # How often it is paid anew, in Stripe's words (month, year …); empty: once.
    interval_unit: Mapped[str] = mapped_column(String(10), default="")
    interval_count: Mapped[int] = mapped_column(default=1)
    # Whether it is a thing that is sent: not a file, not what is paid anew each month.
    ships: Mapped[bool] = mapped_column(default=True)
    # How many were refunded before they had left: they are not sent any more.
    returned: Mapped[int] = mapped_column(default=0)
    # The tax on the whole line, and its rate as decimal text; empty: the shop reckoned none.
    tax_minor: Mapped[int] = mapped_column(default=0)
    tax_percentage: Mapped[str] = mapped_column(String(10), default="")
    # Whether the price contains it; else it came on top.
    tax_inclusive: Mapped[bool] = mapped_column(default=True)


class Counter(Base):
    """One row is the last number given out in one series."""

    __tablename__ = "paydesk_counters"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int] = mapped_column()


def next_number(tx: Session) -> int:
    """The next order number."""
    return next_in(tx, "order", first=_FIRST_NUMBER)


def next_in(tx: Session, series: str, *, first: int = 1) -> int:
    """The next number of a series: its row stays locked until commit, so nobody gets the same.

    If the transaction is rolled back, so is the count: the number is given to the next who asks.
    """
    query = (
        update(Counter)
        .where(Counter.name == series)
        .values(value=Counter.value + 1)
        .returning(Counter.value)
    )
    number = tx.scalar(query)
    if number is None:
        try:
            with tx.begin_nested():
                tx.execute(insert(Counter).values(name=series, value=first - 1))
        except IntegrityError:
            pass  # somebody else began the series in this moment
        number = tx.scalar(query)
    assert number is not None
    return number


def secret_of(tx: Session, number: int) -> str | None:
    """What the link of the order with this number ends with; None if there is no such order."""
    return tx.scalar(select(Order.secret).where(Order.number == number))


def by_number(tx: Session, number: int) -> Order | None:
    return tx.scalars(select(Order).where(Order.number == number)).one_or_none()


def by_reference(tx: Session, reference: str) -> Order | None:
    """The newest order of a host app's reference."""
    query = select(Order).where(Order.reference == reference)
    return tx.scalars(query.order_by(Order.generation.desc()).limit(1)).one_or_none()


# Without the lines: they never change, and whoever wants them asks while the lock is held.
_LOCKED = (
    select(Order)
    .where(Order.id == bindparam("order_id"))
    .options(lazyload(Order.lines))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def locked(tx: Session, order_id: str) -> Order:
    """The order, kept from all other transactions until this one ends. Raises NotFound."""
    order = tx.scalars(_LOCKED, {"order_id": order_id}).one_or_none()
    if order is None:
        raise NotFound("There is no such order.")
    return order
