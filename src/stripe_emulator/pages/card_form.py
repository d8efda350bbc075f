"""What the buyer typed on the hosted page, and what is wrong with it: pure rules, no Flask."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from stripe_emulator.cards import passes_luhn
from stripe_emulator.pages.territories import WITHOUT_POSTAL_CODE, countries
from stripe_emulator.paying import CardEntry

# Far more than any real name or address; what is longer is not typing.
LONGEST_FIELD = 200
SHORTEST_NUMBER, LONGEST_NUMBER = 14, 19
# Cards are printed for a few years; Stripe takes a year half a century ahead for a typing error.
FARTHEST_YEARS = 50

_EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;.]+(\.[^@\s<>,;.]+)+")
_EXPIRY = re.compile(r"(\d{1,2})\s*[/.-]?\s*(\d{4}|\d{2})", re.ASCII)
_ZIP = re.compile(r"\d{5}(-?\d{4})?", re.ASCII)


@dataclass(frozen=True)
class Typed:
    """The form as it was sent, trimmed; the names are those of the inputs."""

    email: str
    cardNumber: str  # noqa: N815 - one name for input, problem and field of a decline
    cardExpiry: str  # noqa: N815
    cardCvc: str  # noqa: N815
    billingName: str  # noqa: N815
    billingCountry: str  # noqa: N815
    billingPostalCode: str  # noqa: N815

    @property
    def digits(self) -> str:
        return re.sub(r"[\s-]", "", self.cardNumber)

    def without_card(self) -> dict[str, str]:
        """What may be written back into a page: never the card."""
        return {
            "email": self.email,
            "billingName": self.billingName,
            "billingCountry": self.billingCountry,
            "billingPostalCode": self.billingPostalCode,
        }


def read(form: Mapping[str, str], known_email: str | None) -> Typed:
    """The sent form; an e-mail address the session brought along cannot be changed by it."""
    values = {name: form.get(name, "").strip() for name in Typed.__dataclass_fields__}
    if known_email:
        values["email"] = known_email
    if values["billingCountry"] in WITHOUT_POSTAL_CODE:
        values["billingPostalCode"] = ""
    return Typed(**values)


def problems(typed: Typed, today: date) -> dict[str, str]:
    """A sentence per field that is wrong, in the order of the form; empty if all is well."""
    found = {
        "email": _email_problem(typed.email),
        "cardNumber": _number_problem(typed.digits),
        "cardExpiry": _expiry_problem(typed.cardExpiry, today),
        "cardCvc": _cvc_problem(typed.cardCvc, typed.digits),
        "billingName": _name_problem(typed.billingName),
        "billingCountry": _country_problem(typed.billingCountry),
        "billingPostalCode": _postal_problem(typed.billingPostalCode, typed.billingCountry),
    }
    return {field: sentence for field, sentence in found.items() if sentence}


def entry(typed: Typed) -> CardEntry:
    """The card as the emulator charges it; only for a form without problems."""
    expiry = _EXPIRY.fullmatch(typed.cardExpiry)
    assert expiry, "problems() lets no other expiry through"
    month, year = expiry.groups()
    return CardEntry(
        number=typed.digits,
        exp_month=int(month),
        exp_year=_full_year(year),
        cvc=typed.cardCvc,
        email=typed.email,
        name=typed.billingName,
        country=typed.billingCountry,
        postal_code=typed.billingPostalCode,
    )


def _email_problem(email: str) -> str | None:
    if not email:
        return "Enter your email address."
    if len(email) > LONGEST_FIELD or not _EMAIL.fullmatch(email):
        return "Your email address is invalid."
    return None


def _number_problem(digits: str) -> str | None:
    if not digits:
        return "Your card number is incomplete."
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > LONGEST_NUMBER:
        return "Your card number is invalid."
    if len(digits) < (15 if _is_amex(digits) else SHORTEST_NUMBER):
        return "Your card number is incomplete."
    return None if passes_luhn(digits) else "Your card number is invalid."


def _expiry_problem(expiry: str, today: date) -> str | None:
    match = _EXPIRY.fullmatch(expiry)
    if not match:
        return "Your card’s expiration date is incomplete."
    month, year = int(match[1]), _full_year(match[2])
    if not 1 <= month <= 12:
        return "Your card’s expiration date is invalid."
    if year < today.year:
        return "Your card’s expiration year is in the past."
    if (year, month) < (today.year, today.month):
        return "Your card’s expiration date is in the past."
    return "Your card’s expiration year is invalid." if year > today.year + FARTHEST_YEARS else None


def _cvc_problem(cvc: str, digits: str) -> str | None:
    wanted = 4 if _is_amex(digits) else 3
    if len(cvc) == wanted and cvc.isascii() and cvc.isdecimal():
        return None
    if len(cvc) < wanted:
        return "Your card’s security code is incomplete."
    return "Your card’s security code is invalid."


def _name_problem(name: str) -> str | None:
    if not name:
        return "Enter the name on the card."
    return "This name is too long." if len(name) > LONGEST_FIELD else None


def _country_problem(country: str) -> str | None:
    return None if country in countries() else "Choose a country or region."


def _postal_problem(postal_code: str, country: str) -> str | None:
    if country in WITHOUT_POSTAL_CODE:
        return None
    if country == "US":
        return None if _ZIP.fullmatch(postal_code) else "Your ZIP code is incomplete."
    if not postal_code:
        return "Your postal code is incomplete."
    return "Your postal code is invalid." if len(postal_code) > 16 else None


def _is_amex(digits: str) -> bool:
    return digits.startswith(("34", "37"))


def _full_year(year: str) -> int:
    return int(year) if len(year) == 4 else 2000 + int(year)
