"""One product bought by itself: looked at and ordered as a cart of one line, kept nowhere."""

import hashlib
from dataclasses import dataclass

from sqlalchemy.orm import Session

from paydesk.catalogue import product as products
from paydesk.catalogue.product import Price
from paydesk.foundation.clock import Clock
from paydesk.foundation.errors import Invalid, Refused
from paydesk.orders.cart import Cart, CartLine
from paydesk.orders.placing import MAX_QUANTITY

_PREFIX = "buy_"
_ID_LENGTH = 40


@dataclass(frozen=True)
class Purchase:
    """What is bought; `price_id` is the price that was shown, which may not hold any more."""

    price_id: str
    quantity: int = 1
    currency: str | None = None


def id_of(buyer: str, token: str) -> str:
    """What the orders of one purchase have in common, as those of a cart have its id.

    The token stands in an address, so it says nothing to any other browser.
    """
    digest = hashlib.sha256(f"{buyer}\n{token}".encode()).hexdigest()
    return f"{_PREFIX}{digest}"[:_ID_LENGTH]


def cart_of(tx: Session, clock: Clock, wish: Purchase, cart_id: str) -> Cart:
    """A cart with that alone. It is not stored, and no other cart is touched.

    Raises Invalid, NotFound or Refused.
    """
    if not 1 <= wish.quantity <= MAX_QUANTITY:
        raise Invalid(
            "The quantity must be from 1 to %(most)s.", code="bad_quantity", most=MAX_QUANTITY
        )
    variant = products.find_variant(tx, product_id=None, price_id=wish.price_id)
    price = variant.current_price
    if price is None:
        raise Refused(
            "%(product)s is not on sale.", code="not_on_sale", product=variant.product.name
        )
    currency = price.money_in(wish.currency).currency
    shown = tx.get_one(Price, wish.price_id).money_in(currency)
    seen = shown if shown.currency == currency else price.money_in(currency)
    now = clock.now()
    line = CartLine(
        cart_id=cart_id,
        variant_id=variant.id,
        quantity=wish.quantity,
        unit_minor=seen.minor,
        position=0,
    )
    cart = Cart(id=cart_id, currency=currency, country="", rate_id="", created_at=now, used_at=now)
    cart.rows.append(line)
    return cart
