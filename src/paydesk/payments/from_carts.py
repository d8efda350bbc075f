"""A cart is ordered once: what was ordered from it before, and not paid, is let go first."""

from paydesk.foundation.errors import Refused
from paydesk.orders.order import Order
from paydesk.orders.ordering import CartWish, Ordering, OthersOpen
from paydesk.payments.checkout import Checkouts

# Each round lets go what stood in the way; only another tab that orders all the time needs more.
_MOST_ROUNDS = 3


class FromCarts:
    """Places the orders of carts."""

    def __init__(self, ordering: Ordering, checkouts: Checkouts) -> None:
        self._ordering = ordering
        self._checkouts = checkouts

    def place(self, wish: CartWish) -> Order:
        """One order for the cart as the review page showed it; earlier open ones are cancelled.

        Raises what `Ordering.place` raises, and StripeUnreachable or StripeRefused, where an
        earlier order's session cannot be closed: then nothing is written.
        """
        for _ in range(_MOST_ROUNDS):
            try:
                return self._ordering.place(wish)
            except OthersOpen as error:
                for order_id in error.order_ids:
                    self._checkouts.cancel(order_id)
        raise Refused(
            "Your cart is being ordered in another window. Nothing was charged.",
            code="others_open",
        )
