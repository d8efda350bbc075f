"""What lines cost with discounts, taxes and shipping: whole minor units, nothing lost. Pure.

Stripe's order ("Discounts", "Tax rates"): a discount takes from the amount before tax, taxes are
of what is left, and each tax of each line is rounded by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Thing = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """One line before anything is taken off: `amount` is unit amount times quantity.

    `tax_rates` are whole tax rate objects; an inclusive one is contained in `amount`.
    """

    amount: int
    product: str | None = None
    tax_rates: tuple[Thing, ...] = ()
    discountable: bool = True


@dataclass(frozen=True)
class TaxOf:
    """What one rate takes of one line."""

    rate: Thing
    amount: int
    taxable: int


@dataclass(frozen=True)
class Priced:
    """One line as it is charged; `discounts` has an amount for each coupon that was given."""

    subtotal: int
    discounts: tuple[int, ...] = ()
    taxes: tuple[TaxOf, ...] = ()

    @property
    def discount(self) -> int:
        return sum(self.discounts)

    @property
    def tax(self) -> int:
        return sum(each.amount for each in self.taxes)

    @property
    def exclusive_tax(self) -> int:
        return sum(each.amount for each in self.taxes if not each.rate["inclusive"])

    @property
    def total(self) -> int:
        return self.subtotal - self.discount + self.exclusive_tax


@dataclass(frozen=True)
class Totals:
    """All lines together, and shipping beside them."""

    lines: tuple[Priced, ...]
    shipping: Priced = field(default_factory=lambda: Priced(0))

    @property
    def subtotal(self) -> int:
        return sum(each.subtotal for each in self.lines)

    @property
    def discount(self) -> int:
        return sum(each.discount for each in self.lines)

    @property
    def tax(self) -> int:
        return sum(each.tax for each in self.lines) + self.shipping.tax

    @property
    def total(self) -> int:
        return sum(each.total for each in self.lines) + self.shipping.total


def total(
    parts: Sequence[Part], coupons: Sequence[Thing] = (), shipping: Part | None = None
) -> Totals:
    """The amounts of lines with each coupon in turn; coupons never touch shipping."""
    left = [each.amount for each in parts]
    taken: list[list[int]] = [[] for _ in parts]
    for coupon in coupons:
        for n, amount in enumerate(_shares(coupon, parts, left)):
            taken[n].append(amount)
            left[n] -= amount
    lines = tuple(
        Priced(part.amount, tuple(taken[n]), _taxes(part, left[n])) for n, part in enumerate(parts)
    )
    if shipping is None:
        return Totals(lines)
    return Totals(lines, Priced(shipping.amount, (), _taxes(shipping, shipping.amount)))


def _shares(coupon: Thing, parts: Sequence[Part], left: Sequence[int]) -> list[int]:
    """What a coupon takes from each line; it never takes more than is there."""
    only = (coupon.get("applies_to") or {}).get("products") or None
    bases = [
        amount if part.discountable and (only is None or part.product in only) else 0
        for part, amount in zip(parts, left, strict=True)
    ]
    base = sum(bases)
    if coupon.get("percent_off"):
        percent = Decimal(str(coupon["percent_off"]))
        off = _rounded(Decimal(base) * percent / 100)
    else:
        off = coupon.get("amount_off") or 0
    return split(min(off, base), bases)


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """`amount` by weight; the rest goes, unit by unit, to the largest remainders."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    shares = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda n: (-(amount * weights[n] % whole), n))
    for n in by_remainder[: amount - sum(shares)]:
        shares[n] += 1
    return shares


def _taxes(part: Part, amount: int) -> tuple[TaxOf, ...]:
    """Inclusive rates share what is inside the amount; exclusive ones come on top of the rest."""
    inside = sum((_percent(each) for each in part.tax_rates if each["inclusive"]), Decimal(0))
    net = Decimal(amount) * 100 / (100 + inside)
    taxable = _rounded(net)
    return tuple(
        TaxOf(each, _rounded(net * _percent(each) / 100), taxable) for each in part.tax_rates
    )


def _percent(rate: Thing) -> Decimal:
    return Decimal(str(rate["percentage"]))


def _rounded(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))
