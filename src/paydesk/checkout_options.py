"""The choices a shop makes about Stripe's payment page; each is a setting."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from paydesk.foundation.errors import MisconfiguredError

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


_PREFIX = "PAYDESK_CHECKOUT_"
_Words = Annotated[tuple[str, ...], NoDecode]


class _Environment(BaseSettings):
    """The variables as they stand in the environment; their names are ours, their values Stripe's.

    `custom_fields` is JSON, as "Create a Checkout Session" describes `custom_fields`.
    """

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_file=".env", extra="ignore", env_ignore_empty=True
    )

    billing_address: Literal["auto", "required"] | None = None
    """Whether the billing address is asked for."""
    customer_creation: Literal["always", "if_required"] | None = None
    """When Stripe keeps the buyer as a customer; with a subscription, always."""
    capture_later: bool = False
    """Authorises only. `paydesk payments capture` takes the money within seven days."""
    promotion_codes: bool = False
    """The buyer may enter a promotion code."""
    shipping_countries: _Words = ()
    """Where is shipped to, such as `US,DE`: the address is asked for."""
    shipping_rates: _Words = ()
    """What the buyer chooses from: `shr_…`, separated by commas."""
    tax_rates: _Words = ()
    """Added to every line: `txr_…`, separated by commas. Not with automatic tax."""
    automatic_tax: bool = False
    """Stripe reckons the tax."""
    tax_behavior: Literal["inclusive", "exclusive"] = "exclusive"
    """Whether prices include the tax."""
    locale: str | None = Field(None, max_length=10)
    """The page's language, such as `de`. Unset: the browser's."""
    custom_fields: tuple[dict[str, Any], ...] = ()
    """JSON, as "Create a Checkout Session" describes `custom_fields`."""
    terms_consent: bool = False
    """The buyer must agree to your terms (their address stands in your Dashboard)."""
    promotions_consent: bool = False
    """The buyer may agree to be written to."""
    payment_methods: _Words = ()
    """Only these, such as `card,sepa_debit`, of those your Dashboard has switched on."""
    session_minutes: int = Field(LEAST_MINUTES, ge=LEAST_MINUTES, le=MOST_MINUTES)
    """How long a session can be paid."""
    recovery: bool = False
    """An expired session gets a link that opens it anew: `paydesk orders show`."""

    @field_validator(
        "shipping_countries", "shipping_rates", "tax_rates", "payment_methods", mode="before"
    )
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value


def names() -> list[str]:
    """The names of the variables."""
    return [f"{_PREFIX}{name.upper()}" for name in _Environment.model_fields]


def load(given: Mapping[str, Any] | None = None) -> CheckoutOptions:
    """The choices in the environment; what is `given` under a variable's name goes first.

    Raises MisconfiguredError, naming the variable.
    """
    ours = {
        name.removeprefix(_PREFIX).lower(): value
        for name, value in (given or {}).items()
        if name.startswith(_PREFIX) and value is not None
    }
    try:
        env = _Environment(**ours)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = "_".join(str(part) for part in first["loc"] if isinstance(part, str))
        raise MisconfiguredError(f"PAYDESK_CHECKOUT_{name.upper()}: {first['msg']}") from None
    if env.automatic_tax and env.tax_rates:
        raise MisconfiguredError(
            "PAYDESK_CHECKOUT_AUTOMATIC_TAX and PAYDESK_CHECKOUT_TAX_RATES exclude each other: "
            "either Stripe reckons the tax, or your rates do."
        )
    return CheckoutOptions(**env.model_dump())
