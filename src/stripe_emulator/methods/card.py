"""Cards: test cards by number, and any other card as the test mode treats it."""

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stripe_emulator.cards import NOT_A_TEST_CARD, Card, by_number, passes_luhn
from stripe_emulator.errors import card_error, invalid
from stripe_emulator.methods.kind import Flow, Kind
from stripe_emulator.money import MAXIMUM
from stripe_emulator.store import Thing

if TYPE_CHECKING:
    from stripe_emulator.call import Call

_MOST_YEARS_AHEAD = 50


def card_of(method: Thing) -> Card:
    """The test card behind a payment method or a charge."""
    number = method["_number"]
    return by_number(number) or Card(number, brand_of(number), decline=NOT_A_TEST_CARD)


def read(call: "Call", given: Thing) -> tuple[Thing, Thing]:
    """A typed card. Raises the card_error of a number or date that cannot be."""
    for name in ("number", "exp_month", "exp_year"):
        if name not in given:
            param = f"card[{name}]"
            raise invalid(
                f"Missing required param: {param}.", code="parameter_missing", param=param
            )
    number = str(given["number"]).replace(" ", "").replace("-", "")
    _check_number(number)
    check_expiry(call, given["exp_month"], given["exp_year"])
    check_cvc(given.get("cvc"))
    return shown(number, given["exp_month"], given["exp_year"]), {"_number": number}


def shown(number: str, exp_month: int, exp_year: int) -> Thing:
    """A payment method's `card`; its checks are made when the address is known."""
    card = by_number(number) or Card(number, brand_of(number))
    return {
        "brand": card.brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": card.cvc_check,
        },
        "country": card.country,
        "display_brand": card.brand,
        "exp_month": exp_month,
        "exp_year": exp_year,
        "fingerprint": hashlib.sha256(number.encode()).hexdigest()[:16],
        "funding": card.funding,
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": card.brand != "amex"},
        "wallet": None,
    }


def check_address(method: Thing) -> None:
    """Only what was said can be checked."""
    card, address = card_of(method), method["billing_details"]["address"]
    method["card"]["checks"].update(
        address_line1_check=card.line1_check if address["line1"] else None,
        address_postal_code_check=card.postal_code_check if address["postal_code"] else None,
    )


def _check_number(number: str) -> None:
    ok = number.isascii() and number.isdigit() and 12 <= len(number) <= 19
    if not ok or not passes_luhn(number):
        raise card_error("Your card number is incorrect.", "incorrect_number", param="number")


def check_expiry(call: "Call", month: int, year: int) -> None:
    """Raises the card_error of a month that is none or has passed."""
    today = datetime.fromtimestamp(call.now, UTC)
    if not 1 <= month <= 12 or (year == today.year and month < today.month):
        raise card_error(
            "Your card's expiration month is invalid.", "invalid_expiry_month", param="exp_month"
        )
    if not today.year <= year <= today.year + _MOST_YEARS_AHEAD:
        raise card_error(
            "Your card's expiration year is invalid.", "invalid_expiry_year", param="exp_year"
        )


def check_cvc(cvc: Any) -> None:
    """Raises the card_error of a security code that is none; it may be left out."""
    if cvc is not None and not (cvc.isascii() and cvc.isdigit() and len(cvc) in (3, 4)):
        raise card_error("Your card's security code is invalid.", "invalid_cvc", param="cvc")


def brand_of(number: str) -> str:
    for beginnings, brand in (
        (("34", "37"), "amex"),
        (("4",), "visa"),
        (("51", "52", "53", "54", "55", "22", "23", "24", "25", "26", "27"), "mastercard"),
        (("60", "65"), "discover"),
        (("30", "36", "38"), "diners"),
        (("35",), "jcb"),
        (("62",), "unionpay"),
    ):
        if number.startswith(beginnings):
            return brand
    return "unknown"


CARD = Kind(
    name="card",
    label="Card",
    flow=Flow.AT_ONCE,
    most=MAXIMUM,
    can_hold=True,
    can_be_saved=True,
    read=read,
)
