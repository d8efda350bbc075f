"""Every call the shop makes to Stripe, each one method."""

from collections.abc import Iterator
from typing import Any, cast

from paydesk.foundation.clock import Clock
from paydesk.foundation.money import Money
from paydesk.payments.gateway import signature
from paydesk.payments.gateway.client import Calls
from paydesk.payments.gateway.params import (
    charge_params,
    intent_params,
    refund_params,
    session_params,
)
from paydesk.payments.gateway.request import (
    Answer,
    ChargeRequest,
    IntentRequest,
    Listed,
    RefundRequest,
    SessionRequest,
)
from paydesk.settings import Settings

# Typed dictionaries of the SDK's; ours are built in params.py and may be changed by a host's hook.
_Typed = Any


class Gateway(Calls):
    """Speaks to Stripe. All calls raise StripeUnreachable or StripeRefused.

    None is made while a transaction is open.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        super().__init__(settings)
        self._clock = clock

    def create_session(self, request: SessionRequest, *, idempotency_key: str) -> Answer:
        """Open a checkout session; the same key opens the same one again.

        "Create a Checkout Session".
        """
        params = cast(_Typed, request.params or session_params(request))
        return self._call(
            "checkout.sessions.create",
            lambda client: client.v1.checkout.sessions.create(
                params, {"idempotency_key": idempotency_key}
            ),
        )

    def retrieve_session(
        self, session_id: str, *, quick: bool = False, is_recurring: bool = False
    ) -> Answer:
        """A checkout session as it is now, its payment intent within it.

        `quick` gives up after a few seconds. A recurring one carries subscription and invoice.
        """
        expand = ["subscription", "invoice.payments"] if is_recurring else ["payment_intent"]
        return self._call(
            "checkout.sessions.retrieve",
            lambda client: client.v1.checkout.sessions.retrieve(session_id, {"expand": expand}),
            quick=quick,
        )

    def expire_session(self, session_id: str) -> Answer:
        """Close an open checkout session. StripeRefused if it is not open any more."""
        return self._call(
            "checkout.sessions.expire",
            lambda client: client.v1.checkout.sessions.expire(session_id),
        )

    def create_intent(self, request: IntentRequest, *, idempotency_key: str) -> Answer:
        """A payment that our own page completes. "Create a PaymentIntent"."""
        params = cast(_Typed, intent_params(request))
        return self._call(
            "payment_intents.create",
            lambda client: client.v1.payment_intents.create(
                params, {"idempotency_key": idempotency_key}
            ),
        )

    def retrieve_intent(self, intent_id: str, *, quick: bool = False) -> Answer:
        """A payment intent as it is now, its latest charge within it."""
        return self._call(
            "payment_intents.retrieve",
            lambda client: client.v1.payment_intents.retrieve(
                intent_id, {"expand": ["latest_charge"]}
            ),
            quick=quick,
        )

    def cancel_intent(self, intent_id: str) -> Answer:
        """Let nobody pay it any more, or let go what was authorised. StripeRefused if it is paid.

        "Cancel a PaymentIntent".
        """
        return self._call(
            "payment_intents.cancel",
            lambda client: client.v1.payment_intents.cancel(
                intent_id, {"expand": ["latest_charge"]}
            ),
        )

    def capture(self, payment_id: str, amount: Money, *, idempotency_key: str) -> Answer:
        """Take what was authorised, all or a part of it; the rest is let go.

        "Capture a PaymentIntent", "Capture a charge".
        """
        if payment_id.startswith("ch_"):
            return self._call(
                "charges.capture",
                lambda client: client.v1.charges.capture(
                    payment_id, {"amount": amount.minor}, {"idempotency_key": idempotency_key}
                ),
            )
        return self._call(
            "payment_intents.capture",
            lambda client: client.v1.payment_intents.capture(
                payment_id,
                {"amount_to_capture": amount.minor, "expand": ["latest_charge"]},
                {"idempotency_key": idempotency_key},
            ),
        )

    def create_charge(self, request: ChargeRequest, *, idempotency_key: str) -> Answer:
        """Charge a card at once, by a token; the same key charges once. "Create a charge"."""
        params = cast(_Typed, charge_params(request))
        return self._call(
            "charges.create",
            lambda client: client.v1.charges.create(params, {"idempotency_key": idempotency_key}),
        )

    def retrieve_charge(self, charge_id: str, *, quick: bool = False) -> Answer:
        """A charge as it is now."""
        return self._call(
            "charges.retrieve",
            lambda client: client.v1.charges.retrieve(charge_id),
            quick=quick,
        )

    def retrieve_booking(self, payment_id: str) -> Answer | None:
        """The balance transaction of a payment; None while Stripe has not booked it.

        `payment_id`: an intent, a charge without one, or an invoice. "The Balance Transaction
        object".
        """
        if payment_id.startswith("in_"):
            paid = (each.get("payment") or {} for each in self.list_invoice_payments(payment_id))
            intents = (each.get("payment_intent") or each.get("charge") for each in paid)
            payment_id = next((each for each in intents if isinstance(each, str)), "")
        if payment_id.startswith("pi_"):
            charge = self._call(
                "payment_intents.retrieve",
                lambda client: client.v1.payment_intents.retrieve(
                    payment_id, {"expand": ["latest_charge.balance_transaction"]}
                ),
            ).get("latest_charge")
        elif payment_id.startswith(("ch_", "py_")):
            charge = self._call(
                "charges.retrieve",
                lambda client: client.v1.charges.retrieve(
                    payment_id, {"expand": ["balance_transaction"]}
                ),
            )
        else:
            return None
        booking = charge.get("balance_transaction") if isinstance(charge, dict) else None
        return booking if isinstance(booking, dict) else None

    def create_refund(self, request: RefundRequest, *, idempotency_key: str) -> Answer:
        """Give money back; the same key gives it once, for a day ("Idempotent requests").

        "Create a refund".
        """
        params = cast(_Typed, refund_params(request))
        return self._call(
            "refunds.create",
            lambda client: client.v1.refunds.create(params, {"idempotency_key": idempotency_key}),
        )

    def open_portal(self, customer_id: str, return_url: str) -> Answer:
        """Stripe's own page where a customer manages subscriptions; its `url` is short-lived.

        "Create a portal session".
        """
        return self._call(
            "billing_portal.sessions.create",
            lambda client: client.v1.billing_portal.sessions.create(
                {"customer": customer_id, "return_url": return_url}
            ),
        )

    def retrieve_subscription(self, subscription_id: str, *, quick: bool = False) -> Answer:
        """A subscription as it is now, its latest invoice within it."""
        return self._call(
            "subscriptions.retrieve",
            lambda client: client.v1.subscriptions.retrieve(
                subscription_id, {"expand": ["latest_invoice.payments"]}
            ),
            quick=quick,
        )

    def list_invoice_payments(self, invoice_id: str) -> Iterator[Answer]:
        """What was paid on an invoice, and through which payment intent."""
        return self._list("/v1/invoice_payments", {"invoice": invoice_id})

    def list_refunds(self, payment_id: str) -> Iterator[Answer]:
        """All refunds of one payment intent (or of a charge without one), newest first."""
        of = "charge" if payment_id.startswith("ch_") else "payment_intent"
        return self._list("/v1/refunds", {of: payment_id})

    def list_events(self, since: int, until: int) -> Iterator[Answer]:
        """Events created from `since` until before `until`, seconds UTC, newest first.

        "List all events": Stripe keeps them for 30 days.
        """
        return self._list("/v1/events", {"created": {"gte": since, "lt": until}})

    def list_created(self, listed: Listed, since: int) -> Iterator[Answer]:
        """All of one kind created since then, seconds UTC, newest first."""
        # Without this the list leaves out those that have ended ("List subscriptions").
        more = {"status": "all"} if listed is Listed.SUBSCRIPTIONS else {}
        return self._list(listed.value, {"created": {"gte": since}, **more})

    def list_disputes(self, charge_id: str) -> Iterator[Answer]:
        """The disputes of one charge ("List all disputes")."""
        return self._list("/v1/disputes", {"charge": charge_id})

    def verify_signature(self, body: bytes, header: str) -> None:
        """Raises BadSignature unless one of our secrets signed `body` within 300 s of now."""
        signature.verify(body, header, self._settings.webhook_secrets, self._clock)
