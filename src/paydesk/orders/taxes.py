"""The taxes of an order as its receipt names them, after what Stripe's page took off. Pure.

An order keeps the taxes as they were agreed; a promotion code entered at Stripe lowers the goods,
and so what tax they contain or bring with them.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from paydesk.orders.order import Order


@dataclass(frozen=True)
class TaxOf:
    """What one rate comes to; `net_minor` is what it is reckoned on."""

    name: str
    percentage: str
    inclusive: bool
    net_minor: int
    minor: int


def of(order: Order) -> list[TaxOf]:
    """The taxes the shop reckoned for an order, by rate."""
    off = order.agreed.minor - order.total_minor if order.agreed_minor is not None else 0
    return [_after(order, row, off) for row in order.taxes]


def taken_off(order: Order, off_minor: int) -> int:
    """How much of a discount took from a tax on top, not from the goods."""
    if off_minor <= 0 or not order.agreed_tax_minor:
        return 0
    return order.agreed_tax_minor - sum(each.minor for each in of(order) if not each.inclusive)


def _after(order: Order, row: dict[str, Any], off: int) -> TaxOf:
    tax, net, inclusive = row["tax_minor"], row["net_minor"], row["inclusive"]
    base = order.lines_total.minor
    if off > 0 and base:
        # Shipping is never lowered: only what the goods have a part in.
        goods_tax, goods_net = _of_goods(order, row)
        if not inclusive:
            goods_tax = tax
        kept = Decimal(base - off) / base
        less_tax = goods_tax - _rounded(goods_tax * kept)
        less_net = goods_net - _rounded(goods_net * kept)
        tax, net = tax - less_tax, net - less_net
    return TaxOf(row["name"], row["percentage"], inclusive, net, tax)


def _of_goods(order: Order, row: dict[str, Any]) -> tuple[int, int]:
    lines = [
        line
        for line in order.lines
        if (line.tax_percentage, line.tax_inclusive) == (row["percentage"], row["inclusive"])
    ]
    tax = sum(line.tax_minor for line in lines)
    amount = sum(line.unit_minor * line.quantity for line in lines)
    return tax, amount - tax if row["inclusive"] else amount


def _rounded(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))
