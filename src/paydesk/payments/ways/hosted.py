"""Stripe Checkout on Stripe's own page: the usual way, and it needs no script of ours."""

from dataclasses import replace
from typing import ClassVar

from paydesk.foundation.language import later
from paydesk.payments.gateway import SessionRequest
from paydesk.payments.ways.step import Redirect, Step
from paydesk.payments.ways.way import Answer, Change, Errand, Gateway, Way, session_params


class Hosted(Way):
    """The buyer leaves for Stripe's page and comes back."""

    name: ClassVar[str] = "hosted"
    label: ClassVar[str] = later("Pay on Stripe’s page")
    ends_by_itself: ClassVar[bool] = True
    sells_recurring: ClassVar[bool] = True
    asks_address: ClassVar[bool] = True
    stays_here: ClassVar[bool] = False

    def open(self, gateway: Gateway, errand: Errand, change: Change) -> Answer:
        request = self.request(errand)
        params = session_params(request)
        change(params)
        return gateway.create_session(
            replace(request, params=params), idempotency_key=errand.checkout_id
        )

    def step(self, answer: Answer | None) -> Step | None:
        url = answer.get("url") if answer else None
        return Redirect(url) if isinstance(url, str) else None

    def look(
        self, gateway: Gateway, stripe_id: str, *, quick: bool = False, is_recurring: bool = False
    ) -> Answer:
        return gateway.retrieve_session(stripe_id, quick=quick, is_recurring=is_recurring)

    def close(self, gateway: Gateway, stripe_id: str) -> Answer:
        return gateway.expire_session(stripe_id)

    def request(self, errand: Errand) -> SessionRequest:
        """What is asked of Stripe for an order."""
        return SessionRequest(
            lines=errand.lines,
            currency=errand.total.currency,
            success_url=f"{errand.base_url}/success?session_id={{CHECKOUT_SESSION_ID}}",
            cancel_url=f"{errand.base_url}/cancelled?order={errand.number}",
            client_reference_id=errand.order_id,
            metadata=errand.metadata,
            expires_at=errand.expires_at,
            email=errand.email,
            customer=errand.customer,
            trial_days=errand.trial_days,
            options=errand.options,
            shipping=errand.shipping,
            ship_to=errand.ship_to,
            language=errand.language,
        )
