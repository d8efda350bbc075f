"""What a buyer chooses and types on a checkout page, and what can come of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Address = Mapping[str, str]
_NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Choice:
    """What changes the amount before anything is paid; None leaves a thing as it is.

    quantities: line item id -> quantity; 0 takes out a line whose minimum is 0.
    optional: price id of an optional item -> quantity; 0 takes it out again.
    amounts: line item id -> amount in minor units, where the buyer says what they pay.
    promotion_code: as the buyer types it; "" takes the code away.
    shipping_rate: id of one of the session's shipping options.
    shipping, billing: city, country, line1, line2, postal_code, state; taxes depend on it.
    """

    quantities: Mapping[str, int] = field(default_factory=dict)
    optional: Mapping[str, int] = field(default_factory=dict)
    amounts: Mapping[str, int] = field(default_factory=dict)
    promotion_code: str | None = None
    shipping_rate: str | None = None
    shipping: Address | None = None
    billing: Address | None = None


@dataclass(frozen=True)
class Entry:
    """The whole form. What is not asked for by the session is passed over.

    kind: `card`, `sepa_debit`, `paypal`…; details are that kind's: number, exp_month, exp_year and
    cvc of a card, iban of a SEPA debit…
    payment_method: instead of both, the id of a method the customer has saved.
    expected_amount: what the buyer was shown, in minor units; another amount is refused.
    """

    kind: str = "card"
    details: Mapping[str, Any] = field(default_factory=dict)
    payment_method: str | None = None
    email: str = ""
    name: str = ""
    phone: str = ""
    billing: Address = field(default_factory=dict)
    shipping_name: str = ""
    shipping: Address = field(default_factory=dict)
    business_name: str = ""
    individual_name: str = ""
    tax_id_type: str = ""
    tax_id: str = ""
    custom_fields: Mapping[str, str] = field(default_factory=dict)
    accepts_terms: bool = False
    wants_promotions: bool = False
    saves_method: bool = False
    choice: Choice = field(default_factory=Choice)
    expected_amount: int | None = None


@dataclass(frozen=True)
class CardEntry:
    """What the buyer typed; the number without spaces, the year with four digits."""

    number: str
    exp_month: int
    exp_year: int
    cvc: str
    email: str
    name: str
    country: str
    postal_code: str

    def as_entry(self) -> Entry:
        """The same as a whole form."""
        return Entry(
            details={
                "number": self.number,
                "exp_month": self.exp_month,
                "exp_year": self.exp_year,
                "cvc": self.cvc,
            },
            email=self.email,
            name=self.name,
            billing={"country": self.country, "postal_code": self.postal_code},
        )


@dataclass(frozen=True)
class Paid:
    """Send the buyer there: the shop's success address with the session's id filled in."""

    return_url: str


@dataclass(frozen=True)
class Declined:
    """Say this beside `field` (an input's name) or above the button; the buyer may try again."""

    message: str
    code: str
    decline_code: str | None
    field: str | None


@dataclass(frozen=True)
class Challenge:
    """Send the buyer to `url`: their bank or wallet wants to hear from them first."""

    payment_intent_id: str
    url: str = ""


@dataclass(frozen=True)
class Closed:
    """Nothing can be paid any more: `complete` or `expired`."""

    status: str


@dataclass(frozen=True)
class Refusal:
    """What cannot be as the buyer wants it: field -> code, see `PROBLEMS`.

    Fields are those of Choice and Entry, with what they are about behind a dot:
    `quantities.li_1`, `shipping.postal_code`, `custom_fields.size`, `details.number`.
    """

    problems: Mapping[str, str]


Outcome = Paid | Declined | Challenge | Closed | Refusal

# Every code a Refusal can hold, in words for whoever shows it.
PROBLEMS: Mapping[str, str] = {
    "missing": "Please fill this in.",
    "invalid": "This is not valid.",
    "email_invalid": "Your email address is invalid.",
    "phone_invalid": "Your phone number is invalid.",
    "tax_id_invalid": "This tax ID is not valid.",
    "too_short": "This is too short.",
    "too_long": "This is too long.",
    "not_a_number": "Please use digits only.",
    "not_an_option": "Please choose one of the options.",
    "country_not_allowed": "We do not deliver to this country.",
    "quantity_not_allowed": "This quantity is not available.",
    "quantity_fixed": "This quantity cannot be changed.",
    "amount_too_small": "This amount is too small.",
    "amount_too_large": "This amount is too large.",
    "terms_not_accepted": "Please accept the terms to go on.",
    "code_invalid": "This code is invalid.",
    "code_expired": "This code has expired.",
    "code_used_up": "This code has been used up.",
    "code_minimum": "Your order is too small for this code.",
    "code_first_order": "This code is for first orders only.",
    "code_not_for_you": "This code is for another customer.",
    "code_does_not_apply": "This code does not apply to these items.",
    "codes_not_allowed": "Codes cannot be used here.",
    "card_not_taken": "Cards of this kind are not taken here.",
    "method_not_available": "This way to pay is not available here.",
    "method_not_saved": "This saved way to pay is not there any more.",
    "amount_changed": "The amount has changed. Please look at it once more.",
    "nothing_left": "There is nothing left to pay for.",
    "closed": "This page is closed.",
}
