"""Subscription items ("The Subscription Item object"): a price, a quantity and their own period."""

from typing import Any

from stripe_emulator import ids
from stripe_emulator.billing.discounts import new_discounts
from stripe_emulator.billing.periods import Cycle
from stripe_emulator.billing.plans import plan_of
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid, not_here_yet
from stripe_emulator.metadata import merged
from stripe_emulator.price_amounts import in_currency
from stripe_emulator.resources.price import new_price
from stripe_emulator.shapes import complete, may_be_missing
from stripe_emulator.store import Thing

may_be_missing("subscription_item", "billed_until quantity")

_MOST_ITEMS, _MOST_QUANTITY = 20, 999_999
_NOT_YET = ("billing_thresholds", "current_trial")


def new_item(call: Call, subscription: Thing, given: dict[str, Any], where: str) -> Thing:
    """An item that has no period yet; not stored."""
    for name in _NOT_YET:
        if given.get(name):
            raise not_here_yet(f"subscription items with {name}", f"{where}[{name}]")
    price = price_of(call, given, where)
    item: Thing = {
        "id": ids.new("si"),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": call.now,
        "current_period_end": call.now,
        "current_period_start": call.now,
        "current_trial": None,
        "discounts": [],
        "metadata": merged(None, given.get("metadata")),
        "subscription": subscription["id"],
        "tax_rates": rates_of(call, given.get("tax_rates"), f"{where}[tax_rates]"),
    }
    item["discounts"] = new_discounts(
        call,
        given.get("discounts"),
        f"{where}[discounts]",
        customer=subscription["customer"],
        subscription_item=item["id"],
    )
    set_price(item, price)
    set_quantity(item, given.get("quantity", 1), where)
    return item


def price_of(call: Call, given: dict[str, Any], where: str) -> Thing:
    """The recurring price a parameter names or describes."""
    named = given.get("price") or given.get("plan")
    if bool(named) == ("price_data" in given):
        raise invalid(
            "Send either price or price_data for an item, and only one of them.",
            code="parameters_exclusive" if named else "parameter_missing",
            param=f"{where}[price]",
        )
    if named:
        price = call.require("price", named, f"{where}[price]")
    else:
        price = new_price(call, given["price_data"], f"{where}[price_data]")
    if price["type"] != "recurring":
        raise invalid(
            "The price specified is set to `type=one_time` but this field only accepts prices "
            "with `type=recurring`.",
            param=f"{where}[price]",
        )
    if price["recurring"]["usage_type"] == "metered":
        raise not_here_yet("metered prices", f"{where}[price]")
    if not price["active"]:
        raise invalid("The price specified is inactive.", param=f"{where}[price]")
    return price


def set_price(item: Thing, price: Thing) -> None:
    """Another price, and the plan that goes with it."""
    item.update(price=complete(price), plan=complete(plan_of(price)))


def set_quantity(item: Thing, quantity: int, where: str) -> None:
    if not 0 <= quantity <= _MOST_QUANTITY:
        raise invalid(
            f"The quantity must be from 0 to {_MOST_QUANTITY}.", param=f"{where}[quantity]"
        )
    item["quantity"] = quantity


def cycle(subscription: Thing, item: Thing) -> Cycle:
    """How often an item is billed."""
    recurring = item["price"]["recurring"]
    config = subscription["billing_cycle_anchor_config"] or {}
    return Cycle(
        subscription["billing_cycle_anchor"],
        recurring["interval"],
        recurring["interval_count"],
        config.get("day_of_month"),
    )


def begin(subscription: Thing, item: Thing, start: int) -> None:
    """A period from `start` to the next boundary of the item's cycle, or to the trial's end."""
    trial_end = subscription["trial_end"]
    in_trial = trial_end is not None and start < trial_end
    item.update(
        current_period_start=start,
        current_period_end=trial_end if in_trial else cycle(subscription, item).after(start),
    )


def check_together(
    call: Call, subscription: Thing, items: list[Thing], param: str = "items"
) -> None:
    """Items of one subscription share a currency, and no price occurs twice."""
    if not items:
        raise invalid("Missing required param: items.", code="parameter_missing", param=param)
    if len(items) > _MOST_ITEMS:
        raise invalid(f"A subscription has at most {_MOST_ITEMS} items.", param=param)
    for each in items:
        if (
            in_currency(call.require("price", each["price"]["id"]), subscription["currency"])
            is None
        ):
            raise invalid(
                f"The price {each['price']['id']} has no amount in {subscription['currency']}. All "
                "prices of a subscription must have one currency.",
                param=param,
            )
    prices = [each["price"]["id"] for each in items]
    if len(set(prices)) < len(prices):
        raise invalid("Cannot add multiple subscription items with the same plan.", param=param)


def rates_of(call: Call, given: Any, param: str) -> list[Thing]:
    """Whole tax rates for ids; '' is none."""
    return [
        complete(call.require("tax_rate", each, f"{param}[{n}]"))
        for n, each in enumerate(given or [])
    ]


def list_of(subscription: Thing, items: list[Thing]) -> Thing:
    """The list inside a subscription."""
    return {
        "object": "list",
        "data": items,
        "has_more": False,
        "total_count": len(items),
        "url": f"/v1/subscription_items?subscription={subscription['id']}",
    }
