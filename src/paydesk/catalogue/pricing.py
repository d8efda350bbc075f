"""What a price was before: whether today's is a cut, and from what.

A shop that announces a cut in the European Union must name the lowest price of the thirty days
before it (Directive 98/6/EC, Article 6a), and reckon the cut from that price (Court of Justice,
C-330/23). A price that was as low within those days is not announced as a cut at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from paydesk.catalogue.product import Price, Variant
from paydesk.foundation.money import Money

LOOK_BACK = timedelta(days=30)
# After that it is no news any more, but the price.
_ANNOUNCED_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Cut:
    """A price that was cut: `lowest` of the thirty days before; announced until `until`."""

    lowest: Money
    until: datetime


def cut_of(variant: Variant, currency: str | None = None) -> Cut | None:
    """The cut that made the variant's price what it is today; None if none did.

    Whether it is still announced is for the reader to say: see `until`.
    """
    current = variant.current_price
    return cut_to(current, variant.prices, currency) if current is not None else None


def cut_to(current: Price, prices: Sequence[Price], currency: str | None = None) -> Cut | None:
    """The cut that led to `current`; `prices` are those of its variant, then and now."""
    lowest = lowest_before(prices, current, currency)
    if lowest is None or lowest.minor <= current.money_in(currency).minor:
        return None
    return Cut(lowest, current.active_from + _ANNOUNCED_FOR)


def lowest_before(
    prices: Sequence[Price], current: Price, currency: str | None = None
) -> Money | None:
    """The lowest that was asked in the thirty days before `current`, in the same currency.

    None if there was nothing to compare it with.
    """
    begin = current.active_from - LOOK_BACK
    wanted = current.money_in(currency).currency
    asked = [
        price.money_in(wanted)
        for price in prices
        if price.superseded_at is not None
        and begin < price.superseded_at <= current.active_from
        # Replaced within the same moment, it was never asked.
        and price.active_from < price.superseded_at
        and price.rhythm == current.rhythm
    ]
    comparable = [money for money in asked if money.currency == wanted]
    return min(comparable, key=lambda money: money.minor, default=None)
