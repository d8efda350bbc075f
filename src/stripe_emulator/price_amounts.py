"""What a quantity costs at a price: fractions, packages, tiers and currencies. Pure."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Thing = dict[str, Any]


def in_currency(price: Thing, currency: str) -> Thing | None:
    """The price's amounts in a currency; None if it has none. `price` is as it is stored."""
    if price["currency"] == currency:
        return price
    option = (price.get("_currency_options") or {}).get(currency)
    if option is None:
        return None
    tiers = option.get("tiers")
    return {**price, **option, "currency": currency, "_tiers": tiers or price.get("_tiers")}


def amount_of(price: Thing, quantity: int, chosen: int | None = None) -> int:
    """Whole minor units for a quantity; `chosen` is a unit amount that the buyer names."""
    if price.get("custom_unit_amount") is not None:
        return (chosen or 0) * quantity
    if price.get("transform_quantity"):
        quantity = _packages(price["transform_quantity"], quantity)
    if price["billing_scheme"] == "tiered":
        return _rounded(_tiered(price, quantity))
    return _rounded(Decimal(price["unit_amount_decimal"]) * quantity)


def _packages(transform: Thing, quantity: int) -> int:
    whole, rest = divmod(quantity, int(transform["divide_by"]))
    return whole + (1 if rest and transform["round"] == "up" else 0)


def _tiered(price: Thing, quantity: int) -> Decimal:
    if price["tiers_mode"] == "volume":
        tier = next(each for each in price["_tiers"] if _reaches(each, quantity))
        return _part(tier, quantity)
    amount, below = Decimal(0), 0
    for tier in price["_tiers"]:
        top = quantity if tier["up_to"] is None else min(quantity, tier["up_to"])
        amount += _part(tier, top - below)
        below = top
        if _reaches(tier, quantity):
            break
    return amount


def _reaches(tier: Thing, quantity: int) -> bool:
    return tier["up_to"] is None or quantity <= tier["up_to"]


def _part(tier: Thing, quantity: int) -> Decimal:
    flat = Decimal(tier["flat_amount_decimal"] or 0)
    return flat + Decimal(tier["unit_amount_decimal"] or 0) * quantity


def _rounded(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))
