"""What the review page is about: the cart, or one product by itself that its address names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from paydesk.foundation.errors import Invalid
from paydesk.foundation.ids import new_secret
from paydesk.orders import purchase
from paydesk.orders.looking import Looked, look
from paydesk.orders.placing import MAX_QUANTITY, NeedsReview
from paydesk.orders.purchase import Purchase
from paydesk.web.current import buyer, current_shop, shop_url
from paydesk.web.wish import attempt_of

_LONGEST = 40


@dataclass(frozen=True)
class Alone:
    """One product that is bought by itself. `token` is the random text of its product page."""

    wish: Purchase
    token: str
    # How the buyer wants to pay, if they said so already.
    way: str

    @property
    def cart_id(self) -> str:
        return purchase.id_of(buyer(), self.token)

    @property
    def fields(self) -> dict[str, str]:
        """What the page's address and its forms carry on."""
        return _fields(self.wish, self.token)

    def looked_at(self, tx: Session, **choice: str | None) -> Looked:
        """It as it stands now. Raises Invalid, NotFound or Refused."""
        shop = current_shop()
        cart = purchase.cart_of(tx, shop.clock, self.wish, self.cart_id)
        return look(tx, cart, shop.settings, **choice)


def alone_in(given: Mapping[str, Any]) -> Alone | None:
    """What an address or a form names; None: it is about the cart. Raises Invalid."""
    price_id = given.get("price_id")
    if not price_id:
        return None
    quantity = str(given.get("quantity") or "1")
    if not (quantity.isascii() and quantity.isdigit() and len(quantity) <= 3):
        raise Invalid(
            "The quantity must be from 1 to %(most)s.", code="bad_quantity", most=MAX_QUANTITY
        )
    token = given.get("purchase")
    return Alone(
        Purchase(
            str(price_id)[:_LONGEST], int(quantity), str(given.get("currency", ""))[:3] or None
        ),
        # A link that somebody else made has none: each look is another purchase.
        attempt_of(token) if token else new_secret(),
        str(given.get("way", ""))[:_LONGEST],
    )


def review_url(needs: NeedsReview, token: str | None, way: str | None) -> str:
    """Where a buyer sees what it comes to, and orders it."""
    wish = Purchase(needs.price_id, needs.quantity, needs.currency)
    more = {"way": way} if way else {}
    return shop_url("checkout", **_fields(wish, token or new_secret()), **more)


def _fields(wish: Purchase, token: str) -> dict[str, str]:
    return {
        "price_id": wish.price_id,
        "quantity": str(wish.quantity),
        **({"currency": wish.currency} if wish.currency else {}),
        "purchase": token,
    }
