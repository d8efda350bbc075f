"""What a quantity of a price costs, and the legacy plan beside a recurring price. Pure."""

from decimal import ROUND_HALF_UP, Decimal

from stripe_emulator.store import Thing


def amount_of(price: Thing, quantity: int) -> int:
    """Minor units; fractions of them are rounded half up, once, at the end."""
    packages = Decimal(quantity)
    transform = price.get("transform_quantity")
    if transform:
        whole, rest = divmod(quantity, transform["divide_by"])
        packages = Decimal(whole + (1 if rest and transform["round"] == "up" else 0))
    if price.get("billing_scheme") == "tiered":
        exact = _of_tiers(price, packages)
    else:
        exact = packages * unit(price)
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def unit(price: Thing) -> Decimal:
    """The price of one, in minor units."""
    return Decimal(price.get("unit_amount_decimal") or price.get("unit_amount") or 0)


def _of_tiers(price: Thing, quantity: Decimal) -> Decimal:
    """All at one tier's price, or each unit at its own tier's ("Tiered pricing")."""
    cost, below = Decimal(0), Decimal(0)
    tiers = price.get("tiers") or price.get("_tiers") or []
    for tier in tiers:
        limit = None if tier.get("up_to") in (None, "inf") else Decimal(tier["up_to"])
        is_last = limit is None or quantity <= limit
        if price.get("tiers_mode") == "volume":
            if is_last:
                return quantity * _unit_in(tier) + _flat(tier)
            continue
        within = quantity if is_last else limit
        assert within is not None
        cost += (within - below) * _unit_in(tier) + _flat(tier)
        if is_last:
            return cost
        below = within
    return cost


def _unit_in(tier: Thing) -> Decimal:
    return Decimal(tier.get("unit_amount_decimal") or tier.get("unit_amount") or 0)


def _flat(tier: Thing) -> Decimal:
    return Decimal(tier.get("flat_amount_decimal") or tier.get("flat_amount") or 0)


def plan_of(price: Thing) -> Thing:
    """The Plan that every recurring price still has beside it in a subscription item."""
    recurring = price["recurring"]
    return {
        "id": price["id"],
        "object": "plan",
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": price["billing_scheme"],
        "created": price["created"],
        "currency": price["currency"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "livemode": False,
        "metadata": price["metadata"],
        "meter": recurring["meter"],
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": price.get("tiers_mode"),
        "transform_usage": price.get("transform_quantity"),
        "trial_period_days": recurring["trial_period_days"],
        "usage_type": recurring["usage_type"],
    }
