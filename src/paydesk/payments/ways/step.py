"""What the buyer's browser does next: a closed set, and each way to pay answers with one of it."""

from dataclasses import dataclass
from enum import StrEnum


class Form(StrEnum):
    """What Stripe.js shows within our own page; `paydesk-pay.js` knows each."""

    # createEmbeddedCheckoutPage
    CHECKOUT = "checkout"
    # The Payment Element and confirmPayment
    PAYMENT = "payment"
    # The card Element and createToken
    CARD = "card"


@dataclass(frozen=True)
class Redirect:
    """Go to Stripe's own page."""

    url: str


@dataclass(frozen=True)
class Mount:
    """Stay: Stripe.js shows its form within our page. The secret is for this buyer's eyes alone."""

    form: Form
    client_secret: str | None = None


Step = Redirect | Mount
