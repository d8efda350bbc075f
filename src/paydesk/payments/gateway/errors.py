"""How a call to Stripe fails: no answer, no capacity, a refusal; and a webhook not Stripe's."""

from paydesk.foundation.errors import Refused, Unavailable
from paydesk.foundation.language import later

_BUSY_RETRY_AFTER_SECONDS = 5

_NOT_CHARGED = later(
    "Stripe, who takes our payments, cannot be reached just now. Nothing was charged. "
    "Please try again in a moment."
)
_BUSY = later(
    "Many people are paying just now, and Stripe answers slowly. Nothing was charged. "
    "Please try again in a moment."
)
_NOT_ACCEPTED = later(
    "The payment could not be started. Nothing was charged. Please try again; if it happens "
    "again, tell the shop."
)


class StripeUnreachable(Unavailable):
    """No answer, or one that says nothing about what was done: the call may have worked."""

    code = "stripe_unavailable"

    def __init__(self, message: str = _NOT_CHARGED) -> None:
        super().__init__(message)


class StripeBusy(StripeUnreachable):
    """Too many calls wait for Stripe already, so this one was not made."""

    code = "stripe_busy"
    retry_after_seconds = _BUSY_RETRY_AFTER_SECONDS

    def __init__(self) -> None:
        super().__init__(_BUSY)


class StripeRefused(Refused):
    """Stripe understood and said no. What it said is in the log, never on a page."""

    status = 502
    code = "stripe_refused"

    def __init__(
        self, stripe_code: str | None = None, detail: str | None = None, *, by_card: bool = False
    ) -> None:
        super().__init__(_NOT_ACCEPTED)
        self.stripe_code = stripe_code
        # Stripe's sentence, for operators; None where it could hold a part of the key.
        self.detail = detail
        # The card's bank said no: then the sentence is meant for the buyer ("Error handling").
        self.by_card = by_card


class BadSignature(Exception):
    """A webhook that is not Stripe's, or not fresh."""
