"""Payment Intents: the Payment Element on our own page, confirmed by the buyer's browser."""

from typing import ClassVar

from paydesk.foundation.language import later
from paydesk.payments.gateway import IntentRequest
from paydesk.payments.ways.step import Form, Mount, Step
from paydesk.payments.ways.way import Answer, Change, Errand, Gateway, Way

# Stripe takes the buyer's confirmation in these only ("How PaymentIntents work").
_CAN_BE_CONFIRMED = frozenset(
    {"requires_payment_method", "requires_confirmation", "requires_action"}
)


class Element(Way):
    """The amount is the order's, on the server; the browser gets a secret for this one payment."""

    name: ClassVar[str] = "element"
    label: ClassVar[str] = later("Pay by card and more")

    def open(self, gateway: Gateway, errand: Errand, change: Change) -> Answer:
        del change  # of checkout sessions alone
        request = IntentRequest(
            amount=errand.total,
            description=errand.description,
            metadata=errand.metadata,
            email=errand.email,
            customer=errand.customer,
            capture_later=errand.options.capture_later,
        )
        return gateway.create_intent(request, idempotency_key=errand.checkout_id)

    def step(self, answer: Answer | None) -> Step | None:
        if answer is None or answer.get("status") not in _CAN_BE_CONFIRMED:
            return None
        return Mount(Form.PAYMENT, str(answer["client_secret"]))

    def look(
        self, gateway: Gateway, stripe_id: str, *, quick: bool = False, is_recurring: bool = False
    ) -> Answer:
        del is_recurring  # it sells once only
        return gateway.retrieve_intent(stripe_id, quick=quick)

    def close(self, gateway: Gateway, stripe_id: str) -> Answer:
        return gateway.cancel_intent(stripe_id)
