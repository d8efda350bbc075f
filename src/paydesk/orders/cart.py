"""The cart: what a buyer wants, unbinding. Nothing in it is held, and its prices are today's.

A line keeps the price the buyer last saw, so that another one is said before they pay.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from paydesk.catalogue import product as products
from paydesk.catalogue.product import Price, Variant
from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Base, Moment
from paydesk.foundation.errors import Invalid, NotFound, Refused
from paydesk.foundation.ids import new_secret
from paydesk.orders.order import Order
from paydesk.orders.placing import MAX_QUANTITY

KEPT_FOR = timedelta(days=30)
# Stripe takes 100 lines; one is kept for tax ("Create a Checkout Session", line_items). Of what is
# paid again and again it takes 20.
MAX_LINES, MAX_RECURRING = 99, 20
# How exact `used_at` is: not every look writes.
_USED_AGAIN = timedelta(hours=1)


class Cart(Base):
    """One row is what one browser has put aside. Its id is a secret that a cookie carries."""

    __tablename__ = "paydesk_carts"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    # All of it is paid in one; empty: nothing was put in yet.
    currency: Mapped[str] = mapped_column(String(3), default="")
    # Where to, and by which rate, as the buyer chose; empty: as the shop proposes.
    country: Mapped[str] = mapped_column(String(2), default="")
    rate_id: Mapped[str] = mapped_column(String(40), default="")
    created_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime] = mapped_column(Moment, index=True)

    rows: Mapped[list["CartLine"]] = relationship(
        order_by="CartLine.position", cascade="all, delete-orphan", lazy="selectin"
    )

    @property
    def lines(self) -> list["CartLine"]:
        return [row for row in self.rows if row.removed_at is None]

    @property
    def count(self) -> int:
        return sum(row.quantity for row in self.lines)


class CartLine(Base):
    """One row is some of one variant in one cart; `unit_minor`: the price as last seen."""

    __tablename__ = "paydesk_cart_lines"

    cart_id: Mapped[str] = mapped_column(
        ForeignKey("paydesk_carts.id", ondelete="CASCADE"), primary_key=True
    )
    variant_id: Mapped[str] = mapped_column(ForeignKey("paydesk_variants.id"), primary_key=True)
    quantity: Mapped[int] = mapped_column()
    unit_minor: Mapped[int] = mapped_column()
    position: Mapped[int] = mapped_column(default=0)
    # Taken out by the buyer, who may want it back.
    removed_at: Mapped[datetime | None] = mapped_column(Moment)


@dataclass(frozen=True)
class Addition:
    """What a buyer wants to put in; `currency` is what the page showed prices in."""

    quantity: int = 1
    product_id: str | None = None
    price_id: str | None = None
    currency: str | None = None


def found(tx: Session, cart_id: str | None, now: datetime) -> Cart | None:
    """The cart with this id, unless it was forgotten."""
    cart = tx.get(Cart, cart_id) if cart_id else None
    return cart if cart is not None and now - cart.used_at < KEPT_FOR else None


def add(tx: Session, clock: Clock, cart: Cart | None, wish: Addition) -> tuple[Cart, CartLine]:
    """Put something in, into a new cart if there is none; more of the same is one line.

    Raises Invalid, NotFound or Refused, which names what does not go together.
    """
    _check_quantity(wish.quantity, least=1)
    variant = products.find_variant(tx, product_id=wish.product_id, price_id=wish.price_id)
    price = variant.current_price
    if price is None:
        raise Refused(
            "%(product)s is not on sale.", code="not_on_sale", product=variant.product.name
        )
    if cart is None:
        cart = _new(tx, clock)
    if not cart.lines:
        cart.currency = price.money_in(wish.currency).currency
    _check_company(tx, cart, price)
    unit = price.money_in(cart.currency).minor
    line = tx.get(CartLine, (cart.id, variant.id))
    if line is None:
        line = CartLine(
            cart_id=cart.id, variant_id=variant.id, quantity=0, unit_minor=unit, position=0
        )
        cart.rows.append(line)
    if line.removed_at is not None or not line.quantity:
        line.quantity, line.removed_at = 0, None
        line.position = max((row.position for row in cart.rows), default=0) + 1
    line.quantity = min(line.quantity + wish.quantity, MAX_QUANTITY)
    line.unit_minor = unit
    cart.used_at = clock.now()
    tx.flush()
    return cart, line


def set_quantity(tx: Session, clock: Clock, cart: Cart, variant_id: str, quantity: int) -> None:
    """Want so many of it; none takes it out. The price asked now counts as seen.

    Raises Invalid or NotFound.
    """
    _check_quantity(quantity, least=0)
    line = _line(cart, variant_id)
    if quantity == 0:
        line.removed_at = clock.now()
    else:
        line.quantity = quantity
    see_prices(tx, cart)
    cart.used_at = clock.now()
    tx.flush()


def remove(tx: Session, clock: Clock, cart: Cart, variant_id: str) -> None:
    """Take it out; `restore` brings it back. Raises NotFound."""
    _line(cart, variant_id).removed_at = clock.now()
    cart.used_at = clock.now()
    tx.flush()


def restore(tx: Session, clock: Clock, cart: Cart, variant_id: str) -> None:
    """Put back what was taken out; where it is back already nothing happens. Raises NotFound."""
    line = next((row for row in cart.rows if row.variant_id == variant_id), None)
    if line is None:
        raise NotFound("That is not in your cart.", code="unknown_line")
    if line.removed_at is not None:
        price = tx.get_one(Variant, variant_id).current_price
        if price is not None:
            _check_company(tx, cart, price)
        line.removed_at = None
        cart.used_at = clock.now()
    tx.flush()


def see_prices(tx: Session, cart: Cart) -> None:
    """The buyer has seen what everything costs now."""
    for line in cart.lines:
        price = tx.get_one(Variant, line.variant_id).current_price
        if price is not None and cart.currency in price.currencies:
            line.unit_minor = price.money_in(cart.currency).minor


def touch(cart: Cart, now: datetime) -> None:
    """Keep it for another while, from now on."""
    if now - cart.used_at > _USED_AGAIN:
        cart.used_at = now


def put_back(tx: Session, clock: Clock, cart: Cart | None, order: Order) -> Cart:
    """Put what an order wanted into a cart, once: what is there already stays as it is."""
    lines = [line for line in order.lines if line.variant_id is not None]
    if not lines:
        raise Refused("Nothing of this order is sold here any more.", code="not_on_sale")
    for line in lines:
        there = {row.variant_id for row in cart.lines} if cart is not None else set()
        if line.variant_id in there:
            continue
        wish = Addition(line.quantity, price_id=line.price_id, currency=order.currency)
        cart, row = add(tx, clock, cart, wish)
        # What it cost then, so that another price is said.
        row.unit_minor = line.unit_minor
    assert cart is not None
    tx.flush()
    return cart


def bought(tx: Session, order: Order) -> None:
    """Take what was paid for out of the cart it came from; what was put in since stays."""
    if order.cart_id is None:
        return
    rows = tx.scalars(select(CartLine).where(CartLine.cart_id == order.cart_id)).all()
    wanted = {line.variant_id: line.quantity for line in order.lines}
    for row in rows:
        count = wanted.get(row.variant_id, 0)
        if row.removed_at is None and count >= row.quantity:
            tx.delete(row)
        elif row.removed_at is None:
            row.quantity -= count
    tx.flush()


def forget(tx: Session, now: datetime, most: int = 1000) -> int:
    """Delete carts nobody has used for so long; how many."""
    old = select(Cart.id).where(Cart.used_at < now - KEPT_FOR).limit(most)
    ids = list(tx.scalars(old))
    tx.execute(delete(CartLine).where(CartLine.cart_id.in_(ids)))
    tx.execute(delete(Cart).where(Cart.id.in_(ids)))
    return len(ids)


def count_in(tx: Session, cart_id: str) -> int:
    """How many things are in it; 0 for one that is not there."""
    query = select(func.coalesce(func.sum(CartLine.quantity), 0))
    of_cart = (CartLine.cart_id == cart_id) & CartLine.removed_at.is_(None)
    return int(tx.scalar(query.where(of_cart)) or 0)


def _new(tx: Session, clock: Clock) -> Cart:
    now = clock.now()
    cart = Cart(id=new_secret(), currency="", country="", created_at=now, used_at=now)
    tx.add(cart)
    tx.flush()
    return cart


def _line(cart: Cart, variant_id: str) -> CartLine:
    line = next((row for row in cart.lines if row.variant_id == variant_id), None)
    if line is None:
        raise NotFound("That is not in your cart.", code="unknown_line")
    return line


def _check_quantity(quantity: int, *, least: int) -> None:
    if not least <= quantity <= MAX_QUANTITY:
        raise Invalid(
            "The quantity must be from 1 to %(most)s.", code="bad_quantity", most=MAX_QUANTITY
        )


def _check_company(tx: Session, cart: Cart, price: Price) -> None:
    """Whether it goes together with what is in the cart: Stripe's page sells all of it at once."""
    name = price.variant.product.name
    if cart.currency not in price.currencies:
        raise Refused(
            "%(product)s has no price in %(currency)s, which your cart is in. Order it by itself.",
            code="other_currency",
            product=name,
            currency=cart.currency.upper(),
        )
    others = [line for line in cart.lines if line.variant_id != price.variant_id]
    most = MAX_RECURRING if price.rhythm else MAX_LINES
    if len(others) >= most:
        raise Refused(
            "Your cart is full: it holds %(most)s different products.", code="full", most=most
        )
    for other in _prices(tx, others):
        if other.rhythm != price.rhythm:
            raise _not_together(other, price)


def _prices(tx: Session, lines: Iterable[CartLine]) -> list[Price]:
    variants = (tx.get_one(Variant, line.variant_id) for line in lines)
    return [variant.current_price for variant in variants if variant.current_price is not None]


def _not_together(there: Price, new: Price) -> Refused:
    names = {"product": new.variant.product.name, "other": there.variant.product.name}
    if there.rhythm and new.rhythm:
        return Refused(
            "%(product)s and %(other)s are paid at different times, so they cannot be ordered "
            "together. Order them one after the other.",
            code="mixed_rhythm",
            **names,
        )
    return Refused(
        "A subscription is ordered by itself: %(product)s and %(other)s do not go into one cart. "
        "Order what is in your cart first, or take it out.",
        code="mixed_subscription",
        **names,
    )
