"""What a way to pay is told of an order: enough to ask Stripe, and nothing it could change."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from paydesk.checkout_options import CheckoutOptions
from paydesk.foundation.money import Money
from paydesk.payments.gateway import LineItem, Shipping


@dataclass(frozen=True)
class Errand:
    """One trip to Stripe, as agreed. `expires_at` in seconds UTC."""

    checkout_id: str
    order_id: str
    number: int
    lines: tuple[LineItem, ...]
    # What is due now.
    total: Money
    # What Stripe's objects carry, so that their facts find the order.
    metadata: dict[str, str]
    expires_at: int
    base_url: str
    email: str | None = None
    customer: str | None = None
    trial_days: int = 0
    options: CheckoutOptions = field(default_factory=CheckoutOptions)
    # What the shop itself charges for shipping, which is a part of `total`.
    shipping: Shipping | None = None
    # Where to, if our own page asked: Order.ship_to.
    ship_to: Mapping[str, str] | None = None
    # What Stripe's page speaks; None: the browser's language.
    language: str | None = None

    @property
    def is_recurring(self) -> bool:
        return any(line.recurring for line in self.lines)

    @property
    def description(self) -> str:
        """What stands beside the payment in Stripe's Dashboard."""
        return f"Order {self.number}"
