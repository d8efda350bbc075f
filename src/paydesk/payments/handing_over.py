"""What the buyer's browser hands us to charge: written down, charged once, settled.

For ways whose object at Stripe is made from a token (legacy charges): one trip is one token is
one charge. A second click brings another token, and finds the trip taken.
"""

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database
from paydesk.foundation.errors import Invalid, Refused
from paydesk.foundation.language import gettext, later
from paydesk.orders import order as orders
from paydesk.payments import errands, ways
from paydesk.payments.checkout import NothingToPay
from paydesk.payments.gateway import Gateway, StripeRefused, StripeUnreachable
from paydesk.payments.reading import facts_of
from paydesk.payments.settle import Settling
from paydesk.payments.trip import Checkout
from paydesk.payments.ways import Errand
from paydesk.settings import Settings

_LONGEST_TOKEN = 255
_NO_THREE_D_SECURE = later(
    "Your bank wants to confirm this payment with you, and this older way to pay cannot do that. "
    "You were not charged. Please choose another way to pay."
)
_UNKNOWN = later(
    "Stripe, who takes our payments, did not answer in time. Please do not pay again: this order’s "
    "page will say whether the payment went through."
)


class CardDeclined(Refused):
    """The buyer's bank said no; the message is meant for the buyer."""

    status = 402
    code = "card_declined"


class StillCharging(Refused):
    """The order is being charged at this moment, with what was handed over before."""

    code = "payment_in_progress"


class HandingOver:
    """Charges what buyers hand over."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        gateway: Gateway,
        settling: Settling,
        settings: Settings,
    ) -> None:
        self._database = database
        self._clock = clock
        self._gateway = gateway
        self._settling = settling
        self._settings = settings

    def take(self, order_id: str, checkout_id: str, token: str) -> None:
        """Charge a token on a trip that waits for one; the same token twice is one charge.

        Raises Invalid, CardDeclined, StillCharging, NothingToPay, StripeRefused, or
        StripeUnreachable, after which nobody knows yet whether the card was charged.
        """
        way_name, errand = self._claim(order_id, checkout_id, token)
        try:
            answer = ways.named(way_name).take(self._gateway, errand, token)
        except StripeUnreachable:
            raise StripeUnreachable(_UNKNOWN) from None
        except StripeRefused as error:
            with self._database.transaction() as tx:
                tx.get_one(Checkout, checkout_id).ended_at = self._clock.now()
            if error.by_card:
                raise _declined(error) from None
            raise
        facts = facts_of(answer, livemode=answer.get("livemode") is True)
        with self._database.transaction() as tx:
            tx.get_one(Checkout, checkout_id).stripe_id = facts[0].stripe_id
            self._settling.settle(tx, order_id, facts)

    def _claim(self, order_id: str, checkout_id: str, token: str) -> tuple[str, Errand]:
        good = token.isascii() and token.startswith("tok_") and len(token) <= _LONGEST_TOKEN
        if not good:
            raise Invalid("token must be one that Stripe.js has made.", code="bad_token")
        with self._database.transaction() as tx:
            order = orders.locked(tx, order_id)
            checkout = tx.get(Checkout, checkout_id, populate_existing=True)
            if not order.is_open:
                raise NothingToPay("This order needs no payment any more.")
            if checkout is None or checkout.order_id != order_id or checkout.ended_at is not None:
                raise Refused("This page is out of date. Please reload it.", code="trip_over")
            if self._clock.now() >= checkout.expires_at:
                raise Refused("This page is out of date. Please reload it.", code="trip_over")
            if checkout.token not in (None, token):
                raise StillCharging("Your payment is being processed. Please wait a moment.")
            checkout.token = token
            return checkout.way, errands.errand_of(order, checkout, self._settings)


def _declined(error: StripeRefused) -> CardDeclined:
    if error.stripe_code == "authentication_required":
        return CardDeclined(_NO_THREE_D_SECURE, code="authentication_required")
    return CardDeclined(
        "%(reason)s You were not charged.",
        code=error.stripe_code or "card_declined",
        reason=error.detail or gettext("Your card was declined."),
    )
