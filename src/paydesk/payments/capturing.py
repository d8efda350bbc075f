"""Capture later: takes what a bank keeps for us, all or a part of it, or lets it go.

A bank keeps it for about seven days ("Place a hold on a payment method"); after that Stripe lets
it go by itself, and tells.
"""

from paydesk.foundation.database import Database
from paydesk.foundation.errors import Invalid, Refused
from paydesk.foundation.money import Money
from paydesk.orders import order as orders
from paydesk.orders.order import Order
from paydesk.payments import known
from paydesk.payments.gateway import Answer, Gateway, RefundRequest, StripeRefused
from paydesk.payments.reading import facts_of
from paydesk.payments.settle import Settling
from paydesk.payments.unpaid import kept_payments


class NothingAuthorised(Refused):
    """No bank keeps anything for this order (any more)."""

    code = "nothing_authorised"


class CaptureRefused(Refused):
    """Stripe said no; the message says why, for operators."""

    code = "capture_refused"


class Capturing:
    """Captures and releases what was authorised."""

    def __init__(self, database: Database, gateway: Gateway, settling: Settling) -> None:
        self._database = database
        self._gateway = gateway
        self._settling = settling

    def capture(self, order_id: str, amount: Money | None = None) -> Order:
        """Take what is authorised, or `amount` of it and let the rest go; the order then.

        Asked twice, it takes it once. Raises NothingAuthorised, Invalid, CaptureRefused or
        StripeUnreachable.
        """
        payment_id, kept = self._kept(order_id)
        wanted = amount if amount is not None else kept
        if wanted.currency != kept.currency:
            raise Invalid(f"This order is paid in {kept.currency.upper()}.")
        if not 1 <= wanted.minor <= kept.minor:
            raise Invalid(f"Between nothing and {kept.text()} can be taken.", code="bad_amount")
        key = f"capture:{payment_id}:{wanted.minor}"
        try:
            answer = self._gateway.capture(payment_id, wanted, idempotency_key=key)
        except StripeRefused as error:
            raise _refused(error) from None
        return self._settle(order_id, answer)

    def release(self, order_id: str) -> Order:
        """Let go what is authorised; the order then. Raises as `capture`."""
        payment_id, kept = self._kept(order_id)
        try:
            if not payment_id.startswith("ch_"):
                return self._settle(order_id, self._gateway.cancel_intent(payment_id))
            # A lone charge is let go by refunding it before it is captured ("Refunds").
            request = RefundRequest(payment_id, kept, metadata={})
            self._gateway.create_refund(request, idempotency_key=f"release:{payment_id}")
            return self._settle(order_id, self._gateway.retrieve_charge(payment_id))
        except StripeRefused as error:
            raise _refused(error) from None

    def _kept(self, order_id: str) -> tuple[str, Money]:
        with self._database.transaction() as tx:
            number = orders.locked(tx, order_id).number
            facts = kept_payments(known.facts_of_order(tx, order_id).values())
        if not facts:
            raise NothingAuthorised(f"Nothing is authorised for order {number}.")
        # An order has one trip at a time; should there be two, the larger is taken first.
        largest = max(facts, key=lambda fact: (fact.amount_minor, fact.stripe_id))
        return largest.stripe_id, largest.money

    def _settle(self, order_id: str, answer: Answer) -> Order:
        facts = facts_of(answer, livemode=answer.get("livemode") is True)
        with self._database.transaction() as tx:
            self._settling.settle(tx, order_id, facts)
            return tx.get_one(Order, order_id)


def _refused(error: StripeRefused) -> CaptureRefused:
    return CaptureRefused(f"Stripe did not do it: {error.detail or error.stripe_code or 'see log'}")
