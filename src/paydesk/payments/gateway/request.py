"""What Stripe is asked for, in our words: sessions, intents, charges, refunds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from paydesk.checkout_options import CheckoutOptions
from paydesk.foundation.money import Money

Answer = dict[str, Any]


class Listed(StrEnum):
    """What can be listed by the time it was created, and where ("Pagination")."""

    SESSIONS = "/v1/checkout/sessions"
    INTENTS = "/v1/payment_intents"
    CHARGES = "/v1/charges"
    REFUNDS = "/v1/refunds"
    BALANCE = "/v1/balance_transactions"
    INVOICES = "/v1/invoices"
    SUBSCRIPTIONS = "/v1/subscriptions"


@dataclass(frozen=True)
class Recurring:
    """How often a line is paid anew; `interval` is Stripe's word: day, week, month or year."""

    interval: str
    count: int = 1


@dataclass(frozen=True)
class LineItem:
    """One line of a checkout session; `unit_minor` in the minor unit of the session's currency."""

    name: str
    unit_minor: int
    quantity: int
    recurring: Recurring | None = None


@dataclass(frozen=True)
class Shipping:
    """What shipping costs, reckoned by the shop for one country (two capital letters)."""

    name: str
    amount: Money
    country: str


@dataclass(frozen=True)
class SessionRequest:
    """Everything a checkout session is made of. `expires_at` in seconds UTC."""

    lines: tuple[LineItem, ...]
    currency: str
    success_url: str
    cancel_url: str
    client_reference_id: str
    metadata: dict[str, str]
    expires_at: int
    email: str | None = None
    # Stripe's id of a customer it knows.
    customer: str | None = None
    is_embedded: bool = False
    trial_days: int = 0
    options: CheckoutOptions = field(default_factory=CheckoutOptions)
    # What the shop itself charges for shipping; the address is asked for in that country alone.
    shipping: Shipping | None = None
    # The address, if the shop has asked for it: name, line1, line2, postcode, city, state, country.
    ship_to: Mapping[str, str] | None = None
    # What the page speaks, unless `options` say.
    language: str | None = None
    # What is sent in the end: as built from the above, and then changed by the host's hooks.
    params: dict[str, Any] | None = None

    @property
    def is_recurring(self) -> bool:
        return any(line.recurring for line in self.lines)


@dataclass(frozen=True)
class IntentRequest:
    """A payment that our own page completes."""

    amount: Money
    description: str
    metadata: dict[str, str]
    email: str | None = None
    customer: str | None = None
    # Authorised now, captured by hand.
    capture_later: bool = False


@dataclass(frozen=True)
class ChargeRequest:
    """The oldest way: one charge of a card that the buyer's browser made into a token."""

    amount: Money
    token: str
    description: str
    metadata: dict[str, str]
    email: str | None = None
    capture_later: bool = False


@dataclass(frozen=True)
class RefundRequest:
    """Everything a refund is made of; `reason` is one of Stripe's words."""

    payment_id: str
    amount: Money
    metadata: dict[str, str]
    reason: str | None = None
