"""Stripe Checkout within our own page (`ui_mode=embedded_page`)."""

from dataclasses import replace
from typing import ClassVar

from paydesk.foundation.language import later
from paydesk.payments.gateway import SessionRequest
from paydesk.payments.ways.hosted import Hosted
from paydesk.payments.ways.step import Form, Mount, Step
from paydesk.payments.ways.way import Answer, Errand


class Embedded(Hosted):
    """The same session as the hosted page's, shown by Stripe.js where the buyer is."""

    name: ClassVar[str] = "embedded"
    label: ClassVar[str] = later("Pay on this page")
    stays_here: ClassVar[bool] = True

    def request(self, errand: Errand) -> SessionRequest:
        return replace(super().request(errand), is_embedded=True)

    def step(self, answer: Answer | None) -> Step | None:
        secret = answer.get("client_secret") if answer else None
        is_open = answer is not None and answer.get("status") == "open"
        return Mount(Form.CHECKOUT, secret) if is_open and isinstance(secret, str) else None
