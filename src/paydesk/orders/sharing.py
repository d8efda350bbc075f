"""What each line of an order, and its shipping, has of what was paid: to the cent. Pure.

Discounts and taxes are part of it: the shares of all lines and of the shipping add up to exactly
what was paid. What one of several pieces comes to is rounded so that all pieces together are the
line's share, in whatever order and in however many refunds they go back.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from paydesk.orders.order import Order, OrderLine


@dataclass(frozen=True)
class Part:
    """An amount and the tax within it, in the order's minor unit."""

    minor: int = 0
    tax_minor: int = 0

    def __add__(self, other: "Part") -> "Part":
        return Part(self.minor + other.minor, self.tax_minor + other.tax_minor)


@dataclass(frozen=True)
class Share:
    """What one line has of what was paid."""

    quantity: int
    whole: Part

    def pieces(self, gone: int, more: int) -> Part:
        """What `more` pieces come to after `gone` have gone back."""
        return Part(
            self._upto(self.whole.minor, gone + more) - self._upto(self.whole.minor, gone),
            self._upto(self.whole.tax_minor, gone + more) - self._upto(self.whole.tax_minor, gone),
        )

    def _upto(self, minor: int, pieces: int) -> int:
        return minor * pieces // self.quantity


@dataclass(frozen=True)
class Shares:
    """How what was paid for an order is shared out; lines by their position."""

    lines: dict[int, Share]
    shipping: Part


def shares(order: Order) -> Shares:
    """Share out what was paid for an order, or what is due while nothing is."""
    # Of what was paid twice, one payment was for the lines.
    total = min(order.paid_minor, order.total_minor) or order.total_minor
    lines = sorted(order.lines, key=lambda line: line.position)
    amounts = _amounts(order, lines, total)
    taxes = _taxes(order, lines, amounts)
    parts = [Part(amount, min(tax, amount)) for amount, tax in zip(amounts, taxes, strict=True)]
    found = {
        line.position: Share(line.quantity, part)
        for line, part in zip(lines, parts[:-1], strict=True)
    }
    return Shares(found, parts[-1])


def tax_within(order: Order, minor: int) -> int:
    """The tax within a part of what was paid that is for no line in particular, rounded half up."""
    of = shares(order)
    parts = [*(share.whole for share in of.lines.values()), of.shipping]
    whole = sum(part.minor for part in parts)
    tax = sum(part.tax_minor for part in parts)
    return (2 * minor * tax + whole) // (2 * whole) if whole else 0


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Share `total` out by weight; the cents that are left go to the largest remainders."""
    whole = sum(weights)
    if not whole:
        return [total, *[0] * (len(weights) - 1)]
    found = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda n: (-(total * weights[n] % whole), n))
    for n in by_remainder[: total - sum(found)]:
        found[n] += 1
    return found


def _amounts(order: Order, lines: list[OrderLine], total: int) -> list[int]:
    """What each line comes to, and last the shipping."""
    gross = [line.unit_minor * line.quantity for line in lines]
    discount = split(min(order.discount_minor, sum(gross)), gross)
    goods = [
        each - off + (0 if line.tax_inclusive else line.tax_minor)
        for line, each, off in zip(lines, gross, discount, strict=True)
    ]
    rest = total - sum(goods)
    if _has_own_taxes(lines) and order.shipping_minor and rest >= 0:
        # What was not for the lines was for the shipping, with the tax on it.
        return [*goods, rest]
    return split(total, [*goods, order.shipping_minor])


def _taxes(order: Order, lines: list[OrderLine], amounts: list[int]) -> list[int]:
    own = [line.tax_minor for line in lines]
    if not _has_own_taxes(lines):
        return split(order.tax_minor, amounts) if order.tax_minor else [0] * len(amounts)
    return [*own, max(0, order.tax_minor - sum(own)) if order.shipping_minor else 0]


def _has_own_taxes(lines: list[OrderLine]) -> bool:
    return any(line.tax_percentage for line in lines)
