"""The Charges API (legacy): a card becomes a token in the browser, the token one charge here.

Stripe does not support it any more, and it knows no 3-D Secure: a card whose bank wants to ask
its holder is declined. Offered only where `PAYDESK_LEGACY_CHARGES` says so.
"""

from typing import ClassVar

from paydesk.foundation.language import later
from paydesk.payments.gateway import ChargeRequest, Listed, StripeRefused
from paydesk.payments.marks import CHECKOUT_KEY
from paydesk.payments.ways.step import Form, Mount, Step
from paydesk.payments.ways.way import Answer, Change, Errand, Gateway, Way


class LegacyCharge(Way):
    """Nothing exists at Stripe until the buyer's browser hands us a token."""

    name: ClassVar[str] = "charge"
    label: ClassVar[str] = later("Pay by card (legacy)")
    opens_late: ClassVar[bool] = True

    def open(self, gateway: Gateway, errand: Errand, change: Change) -> None:
        del gateway, errand, change

    def step(self, answer: Answer | None) -> Step | None:
        return Mount(Form.CARD) if answer is None else None

    def look(
        self, gateway: Gateway, stripe_id: str, *, quick: bool = False, is_recurring: bool = False
    ) -> Answer:
        del is_recurring  # it sells once only
        return gateway.retrieve_charge(stripe_id, quick=quick)

    def close(self, gateway: Gateway, stripe_id: str) -> Answer:
        del gateway, stripe_id
        # A charge is over the moment it is made.
        raise StripeRefused

    def find(self, gateway: Gateway, checkout_id: str, since: int) -> Answer | None:
        for each in gateway.list_created(Listed.CHARGES, since):
            if (each.get("metadata") or {}).get(CHECKOUT_KEY) == checkout_id:
                return each
        return None

    def take(self, gateway: Gateway, errand: Errand, token: str) -> Answer:
        request = ChargeRequest(
            amount=errand.total,
            token=token,
            description=errand.description,
            metadata=errand.metadata,
            email=errand.email,
            capture_later=errand.options.capture_later,
        )
        return gateway.create_charge(request, idempotency_key=errand.checkout_id)
