"""The least that Stripe charges, by currency: an order below it cannot be paid."""

from paydesk.foundation.money import Money

# In the minor unit ("Supported currencies", minimum and maximum charge amounts). Others convert to
# the least of the currency the account is settled in, which we do not know.
_LEAST = {
    **dict.fromkeys(("usd", "ars", "aud", "brl", "cad", "chf", "cop", "eur", "idr"), 50),
    **dict.fromkeys(("ils", "inr", "nzd", "php", "rub", "sgd", "zar"), 50),
    **dict.fromkeys(("jpy", "krw"), 50),
    **dict.fromkeys(("aed", "myr", "pln", "ron"), 200),
    **dict.fromkeys(("nok", "sek"), 300),
    **dict.fromkeys(("mxn", "thb"), 1000),
    "czk": 1500,
    "dkk": 250,
    "gbp": 30,
    "hkd": 400,
    "huf": 17500,
}


def smallest(currency: str) -> Money:
    """The least Stripe charges in it; one of the minor unit where Stripe names none."""
    return Money(_LEAST.get(currency, 1), currency)


def is_too_small(amount: Money) -> bool:
    """Whether Stripe would refuse to charge it."""
    return amount.minor < smallest(amount.currency).minor
