"""What goods cost with shipping and tax, to the cent. Pure.

Each line's tax is rounded by itself, half up, as Stripe rounds its tax rates. To Stripe a tax that
comes on top goes as an amount, not as a rate, so its total is ours however it rounds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from paydesk.business.shipping import Quote
from paydesk.business.tax import TaxRate, rate_for
from paydesk.foundation.money import Money


@dataclass(frozen=True)
class Goods:
    """One line: its amount in the minor unit, and which tax it falls under."""

    minor: int
    tax_code: str = ""


@dataclass(frozen=True)
class Tax:
    """What one rate takes of one amount. `net_minor`: the amount without it."""

    name: str
    percentage: str
    inclusive: bool
    net_minor: int
    minor: int


@dataclass(frozen=True)
class Reckoning:
    """Everything a buyer pays, in the minor unit of one currency."""

    currency: str
    goods_minor: int
    shipping: Quote | None
    # One for each of the lines, in their order; None: not taxed.
    of_lines: tuple[Tax | None, ...]
    of_shipping: Tax | None

    @property
    def shipping_minor(self) -> int:
        return self.shipping.cost.minor if self.shipping else 0

    @property
    def taxes(self) -> tuple[Tax, ...]:
        """The sums by rate, as they stand on a receipt."""
        sums: dict[tuple[str, str, bool], tuple[int, int]] = {}
        for tax in (*self.of_lines, self.of_shipping):
            if tax is not None:
                key = (tax.name, tax.percentage, tax.inclusive)
                net, minor = sums.get(key, (0, 0))
                sums[key] = (net + tax.net_minor, minor + tax.minor)
        return tuple(Tax(*key, net, minor) for key, (net, minor) in sums.items())

    @property
    def tax_on_top_minor(self) -> int:
        """What taxes add to the prices; nothing where these contain them."""
        return sum(each.minor for each in self.taxes if not each.inclusive)

    @property
    def total(self) -> Money:
        minor = self.goods_minor + self.shipping_minor + self.tax_on_top_minor
        return Money(minor, self.currency)


def reckon(
    goods: Sequence[Goods],
    currency: str,
    *,
    country: str = "",
    tax_rates: Sequence[TaxRate] = (),
    shipping: Quote | None = None,
) -> Reckoning:
    """What `goods` cost, sold to `country` and shipped as `shipping` says."""
    found = [rate_for(tax_rates, country, each.tax_code) for each in goods]
    pairs = list(zip(goods, found, strict=True))
    of_lines = tuple(_tax(rate, each.minor) if rate else None for each, rate in pairs)
    main = _main(pairs)
    of_shipping = None
    if main is not None and main.on_shipping and shipping is not None:
        of_shipping = _tax(main, shipping.cost.minor)
    return Reckoning(
        currency=currency,
        goods_minor=sum(each.minor for each in goods),
        shipping=shipping,
        of_lines=of_lines,
        of_shipping=of_shipping,
    )


def _tax(rate: TaxRate, minor: int) -> Tax:
    percent = rate.percent
    if rate.inclusive:
        net = Decimal(minor) * 100 / (100 + percent)
        tax = _rounded(net * percent / 100)
        return Tax(rate.name, rate.percentage, True, minor - tax, tax)
    tax = _rounded(Decimal(minor) * percent / 100)
    return Tax(rate.name, rate.percentage, False, minor, tax)


def _main(pairs: Sequence[tuple[Goods, TaxRate | None]]) -> TaxRate | None:
    """Shipping follows the goods: it is taxed as most of what is in the parcel."""
    sums: dict[str, int] = {}
    rates = {rate.id: rate for _, rate in pairs if rate is not None}
    for goods, rate in pairs:
        if rate is not None:
            sums[rate.id] = sums.get(rate.id, 0) + goods.minor
    if not sums:
        return None
    return rates[max(sums, key=lambda each: (sums[each], rates[each].percent, each))]


def _rounded(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))
