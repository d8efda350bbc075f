"""The choices a shop makes about Stripe's payment page; each is a setting."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Stripe's bounds, in minutes ("Create a Checkout Session", expires_at); ours may run a little late.
LEAST_MINUTES, MOST_MINUTES = 31, 24 * 60 - 1


@dataclass(frozen=True)
class CheckoutOptions:
    """What Stripe's page asks for, adds and allows. Words and ids are Stripe's own."""

    # "auto" or "required".
    billing_address: str | None = None
    # "always" or "if_required"; a subscription always makes a customer.
    customer_creation: str | None = None
    # The amount is authorised, and captured by hand within about seven days.
    capture_later: bool = False
    promotion_codes: bool = False
    shipping_countries: tuple[str, ...] = ()
    shipping_rates: tuple[str, ...] = ()
    tax_rates: tuple[str, ...] = ()
    automatic_tax: bool = False
    # Whether prices include the tax: "inclusive" or "exclusive".
    tax_behavior: str = "exclusive"
    locale: str | None = None
    custom_fields: tuple[Mapping[str, Any], ...] = ()
    terms_consent: bool = False
    promotions_consent: bool = False
    # Only these kinds of payment, of those the Dashboard has switched on.
    payment_methods: tuple[str, ...] = ()
    # How long a session may be paid.
    session_minutes: int = LEAST_MINUTES
    # An expired session gets a link that opens it anew.
    recovery: bool = False

    @property
    def consent(self) -> dict[str, str]:
        """What the buyer has to agree to, as Stripe names it."""
        asked = {}
        if self.terms_consent:
            asked["terms_of_service"] = "required"
        if self.promotions_consent:
            asked["promotions"] = "auto"
        return asked
