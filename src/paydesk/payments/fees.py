"""What Stripe keeps of its fee when money goes back: an estimate, said as one.

Stripe's fees are not given back with a refund ("Understand fees for refunded payments"). The rates
are those of its public price lists for cards of the same region; what an account has agreed on,
and foreign cards, differ.
"""

from fractions import Fraction

from paydesk.foundation.money import Money

# Of a payment: so much of a hundred thousand, and so much in the minor unit besides.
_RATES = {
    "eur": (1500, 25),
    "gbp": (1500, 20),
    "usd": (2900, 30),
    "cad": (2900, 30),
    "aud": (1700, 30),
    "chf": (2900, 30),
    "sek": (1500, 180),
    "nok": (2400, 200),
    "dkk": (1500, 180),
}


def kept_fee(refunded: Money, paid_minor: int) -> Money | None:
    """The fee on the part of a payment that goes back; None where no public rate is known."""
    rates = _RATES.get(refunded.currency)
    if rates is None or paid_minor < 1:
        return None
    share, fixed = rates
    fee = Fraction(paid_minor * share, 100_000) + fixed
    return Money(round(fee * refunded.minor / paid_minor), refunded.currency)
