"""What an item costs for a period, and the legacy plan beside a recurring price."""

from stripe_emulator.call import Call
from stripe_emulator.price_amounts import amount_of, in_currency
from stripe_emulator.store import Thing


def cost(call: Call, item: Thing, currency: str) -> int:
    """Whole minor units for an item's quantity at its price, in the subscription's currency."""
    price = call.require("price", item["price"]["id"])
    return amount_of(in_currency(price, currency) or price, item.get("quantity") or 0)


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
