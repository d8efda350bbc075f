"""From what a buyer asks for to an order with its stock held."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from paydesk.business.shop import closed_because
from paydesk.catalogue import product as products
from paydesk.catalogue import stock
from paydesk.catalogue.product import Price, Variant
from paydesk.checkout_options import CheckoutOptions
from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database
from paydesk.foundation.errors import Invalid, Refused
from paydesk.foundation.ids import new_id, new_secret
from paydesk.foundation.language import later
from paydesk.foundation.money import Money
from paydesk.orders import dues
from paydesk.orders.order import Order, OrderLine, next_number

# One line of an order; a merchant who sells more at once talks to the buyer anyway.
MAX_QUANTITY = 99
# Who was not sent to Stripe's page by then has left; the sweeper gives the stock back.
_LOOK_AFTER = timedelta(minutes=30)


@dataclass(frozen=True)
class Wish:
    """What a buyer asks for; `shown_…` is the unit price that stood on the page, if it said one."""

    quantity: int
    product_id: str | None = None
    price_id: str | None = None
    shown_minor: int | None = None
    shown_currency: str | None = None
    # Random text of the form that was sent: the same form sent twice is one order.
    attempt: str | None = None
    buyer: str | None = None
    # What Stripe's page is filled in with: an address, or a customer Stripe knows (its id). Only
    # for a buyer who has proved to be that customer: they see what Stripe keeps of them.
    email: str | None = None
    customer_id: str | None = None


class PriceChanged(Refused):
    """The page showed another price than the one asked today."""

    code = "price_changed"

    def __init__(self, price: Price) -> None:
        name = price.variant.product.name
        super().__init__(
            later("The price of %(product)s is now %(price)s. Please look again."),
            product=name,
            price=price.money,
        )
        self.price = price.money
        self.price_id = price.id
        self.slug = price.variant.product.slug


class NeedsReview(Refused):
    """What it comes to depends on where it goes, so the buyer has to see that before ordering."""

    code = "needs_review"

    def __init__(self, price: Price, wish: Wish) -> None:
        super().__init__(
            later("What %(product)s comes to depends on where you are: see it before you order."),
            product=price.variant.product.name,
        )
        self.price_id = price.id
        self.quantity = wish.quantity
        self.currency = price.money_in(wish.shown_currency).currency


class Placing:
    """Places orders at the price alone, in shops or for goods to which nothing is added."""

    def __init__(
        self, database: Database, clock: Clock, options: CheckoutOptions, *, livemode: bool
    ) -> None:
        self._database = database
        self._clock = clock
        self._options = options
        self._livemode = livemode

    def place(self, wish: Wish) -> Order:
        """An order for what is wished, its stock held; the same order for the same form again.

        Raises Invalid, NotFound, SoldOut, PriceChanged, NeedsReview or Refused, and then nothing
        is written.
        """
        if not 1 <= wish.quantity <= MAX_QUANTITY:
            raise Invalid(
                "The quantity must be from 1 to %(most)s.", code="bad_quantity", most=MAX_QUANTITY
            )
        try:
            return self._place(wish)
        except IntegrityError:
            # The other click of a double click was first, between our look and our insert.
            return self._place(wish)

    def _place(self, wish: Wish) -> Order:
        with self._database.transaction() as tx:
            variant = products.find_variant(tx, product_id=wish.product_id, price_id=wish.price_id)
            price = _agreed_price(variant, wish)
            attempt = _attempt(wish, price)
            latest = tx.scalars(
                select(Order)
                .where(Order.attempt == attempt)
                .order_by(Order.generation.desc())
                .limit(1)
            ).one_or_none()
            if latest is not None and latest.is_open:
                return latest
            if why := closed_because(tx):
                raise Refused("The shop is closed: %(why)s", code="closed", why=why)
            self._refuse_dues(tx, wish, price)
            generation = latest.generation + 1 if latest is not None else 0
            return self._write(tx, wish, price, attempt, generation)

    def _refuse_dues(self, tx: Session, wish: Wish, price: Price) -> None:
        """Raises NeedsReview where a cart with this alone would not cost its price alone."""
        variant, is_recurring = price.variant, bool(price.interval_unit)
        ships = not (variant.is_digital or is_recurring)
        due = dues.of(tx, self._options, ships=ships, is_recurring=is_recurring)
        if due.countries:
            raise NeedsReview(price, wish)

    def _write(self, tx: Session, wish: Wish, price: Price, attempt: str, generation: int) -> Order:
        variant = price.variant
        # A trial begins for nothing; what it costs after that, Stripe charges when it is due.
        unit = price.money_in(wish.shown_currency)
        due = 0 if price.trial_days else unit.minor * wish.quantity
        order = Order(
            id=new_id("ord"),
            number=next_number(tx),
            secret=new_secret(),
            buyer=wish.buyer,
            attempt=attempt,
            generation=generation,
            currency=unit.currency,
            total_minor=due,
            subtotal_minor=due,
            mode="subscription" if price.rhythm else "payment",
            trial_days=price.trial_days,
            customer_id=wish.customer_id,
            email=wish.email,
            livemode=self._livemode,
            flags=[],
            created_at=self._clock.now(),
            look_at=self._clock.now() + _LOOK_AFTER,
        )
        order.lines.append(_line(price, unit, wish.quantity))
        tx.add(order)
        tx.flush()
        stock.hold(tx, order.id, variant, wish.quantity)
        return order


def _agreed_price(variant: Variant, wish: Wish) -> Price:
    current = variant.current_price
    if current is None:
        raise Refused(
            "%(product)s is not on sale.", code="not_on_sale", product=variant.product.name
        )
    if wish.shown_minor is not None:
        shown = Money(wish.shown_minor, wish.shown_currency or current.currency)
        if shown != current.money_in(wish.shown_currency):
            raise PriceChanged(current)
    elif wish.price_id is not None and wish.price_id != current.id:
        raise PriceChanged(current)
    return current


def _attempt(wish: Wish, price: Price) -> str:
    # Without a form's own token, the same browser asking for the same thing is the same attempt;
    # with neither, every request is a new one.
    token = wish.attempt or ("" if wish.buyer else new_secret())
    currency = price.money_in(wish.shown_currency).currency
    told = (currency,) if currency != price.currency else ()
    parts = "\n".join((wish.buyer or "", token, price.id, str(wish.quantity), *told))
    return hashlib.sha256(parts.encode()).hexdigest()


def _line(price: Price, unit: Money, quantity: int) -> OrderLine:
    variant = price.variant
    return OrderLine(
        position=0,
        variant_id=variant.id,
        price_id=price.id,
        product_slug=variant.product.slug,
        name=variant.product.name,
        variant_name=variant.name,
        unit_minor=unit.minor,
        quantity=quantity,
        interval_unit=price.interval_unit,
        interval_count=price.interval_count,
        ships=not (variant.is_digital or price.interval_unit),
    )
