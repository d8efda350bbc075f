"""Amounts in several currencies in one field, as merchants write them: `4.90 EUR, 5.50 USD`."""

import re

from paydesk.foundation.errors import Invalid
from paydesk.foundation.money import Money, decimals, parse

_ONE = re.compile(r"(?P<amount>\d+(?:[.,]\d+)?)\s*(?P<currency>[A-Za-z]{3})")


def amounts_of(text: str, field: str) -> dict[str, int]:
    """Minor units by currency. Raises Invalid with the field as its code."""
    found: dict[str, int] = {}
    for part in re.split(r"[;\n]|,(?!\d)", text):
        if not part.strip():
            continue
        match = _ONE.fullmatch(part.strip())
        if match is None:
            raise Invalid(
                f"{part.strip()[:40]!r} is no amount: write it like 4.90 EUR, 5.50 USD.", code=field
            )
        currency = match["currency"].lower()
        if currency in found:
            raise Invalid(f"{currency.upper()} stands there twice.", code=field)
        try:
            found[currency] = parse(match["amount"].replace(",", "."), currency).minor
        except Invalid as error:
            raise Invalid(error.message, code=field) from None
    return found


def amounts_text(amounts: dict[str, int]) -> str:
    """The same for people: `4.90 EUR, 5.50 USD`."""
    return ", ".join(
        f"{_plain(Money(int(minor), currency))} {currency.upper()}"
        for currency, minor in sorted(amounts.items())
    )


def _plain(money: Money) -> str:
    places = decimals(money.currency)
    return f"{money.minor / 10**places:.{places}f}" if places else str(money.minor)
