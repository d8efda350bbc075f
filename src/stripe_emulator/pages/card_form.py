"""A card as it is typed, and what is wrong with it: pure rules, no Flask."""

import re
from collections.abc import Mapping
from datetime import date

from stripe_emulator.cards import passes_luhn
from stripe_emulator.pages.languages.phrase import Phrase, phrase

SHORTEST_NUMBER, LONGEST_NUMBER = 14, 19
# Cards are printed for a few years; Stripe takes a year half a century ahead for a typing error.
FARTHEST_YEARS = 50

_EXPIRY = re.compile(r"(\d{1,2})\s*[/.-]?\s*(\d{4}|\d{2})", re.ASCII)


def problems(typed: Mapping[str, str], today: date) -> dict[str, Phrase | None]:
    """What is wrong with each of the three fields; None for one that is right."""
    digits = digits_of(typed.get("cardNumber", ""))
    return {
        "cardNumber": _number_problem(digits),
        "cardExpiry": _expiry_problem(typed.get("cardExpiry", ""), today),
        "cardCvc": _cvc_problem(typed.get("cardCvc", ""), digits),
    }


def details(typed: Mapping[str, str]) -> dict[str, str | int]:
    """The card as Stripe's API names its parts; only for one without problems."""
    expiry = _EXPIRY.fullmatch(typed["cardExpiry"])
    assert expiry, "problems() lets no other expiry through"
    return {
        "number": digits_of(typed["cardNumber"]),
        "exp_month": int(expiry[1]),
        "exp_year": _full_year(expiry[2]),
        "cvc": typed["cardCvc"],
    }


def digits_of(number: str) -> str:
    return re.sub(r"[\s-]", "", number)


def _number_problem(digits: str) -> Phrase | None:
    if not digits:
        return phrase("wrong.number.short")
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > LONGEST_NUMBER:
        return phrase("wrong.number")
    if len(digits) < (15 if _is_amex(digits) else SHORTEST_NUMBER):
        return phrase("wrong.number.short")
    return None if passes_luhn(digits) else phrase("wrong.number")


def _expiry_problem(expiry: str, today: date) -> Phrase | None:
    match = _EXPIRY.fullmatch(expiry)
    if not match:
        return phrase("wrong.expiry.short")
    month, year = int(match[1]), _full_year(match[2])
    if not 1 <= month <= 12:
        return phrase("wrong.expiry")
    if year < today.year:
        return phrase("wrong.year.past")
    if (year, month) < (today.year, today.month):
        return phrase("wrong.expiry.past")
    return phrase("wrong.year") if year > today.year + FARTHEST_YEARS else None


def _cvc_problem(cvc: str, digits: str) -> Phrase | None:
    wanted = 4 if _is_amex(digits) else 3
    if len(cvc) == wanted and cvc.isascii() and cvc.isdecimal():
        return None
    return phrase("wrong.cvc.short" if len(cvc) < wanted else "wrong.cvc")


def _is_amex(digits: str) -> bool:
    return digits.startswith(("34", "37"))


def _full_year(year: str) -> int:
    return int(year) if len(year) == 4 else 2000 + int(year)
