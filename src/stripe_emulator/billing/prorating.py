"""Prorations: credit for time not used, a charge for the rest of a period ("Prorations")."""

from copy import deepcopy
from typing import Any

from stripe_emulator import ids
from stripe_emulator.billing import lines
from stripe_emulator.billing.discounts import coupons_of, still_valid
from stripe_emulator.billing.periods import share
from stripe_emulator.billing.plans import cost
from stripe_emulator.call import Call
from stripe_emulator.store import Thing
from stripe_emulator.totals import Part, total


def change_item(
    call: Call, subscription: Thing, old: Thing | None, new: Thing | None, moment: int
) -> list[Thing]:
    """The invoice items for an item that came, went or changed at `moment`; stored."""
    made = []
    if old is not None:
        made.append(_proration(call, subscription, old, moment, sign=-1))
    if new is not None:
        made.append(_proration(call, subscription, new, moment, sign=1))
    return [each for each in made if each is not None]


def credit_rest(call: Call, subscription: Thing) -> list[Thing]:
    """Credit for the rest of every item's period."""
    found = []
    for each in subscription["items"]["data"]:
        found += change_item(call, subscription, each, None, call.now)
    return found


def _proration(
    call: Call, subscription: Thing, item: Thing, moment: int, *, sign: int
) -> Thing | None:
    if (subscription["trial_end"] or 0) > moment:
        return None
    price, quantity = item["price"], item.get("quantity") or 0
    start, end = item["current_period_start"], item["current_period_end"]
    # "Discounts are included in the proration": what was paid is what is given back.
    whole = _discounted(call, subscription, item, cost(call, item, subscription["currency"]))
    part = share(whole, start, end, moment)
    product = call.tx.get("product", price["product"]) or {}
    name = product.get("name") or price["id"]
    counted = name if quantity == 1 else f"{quantity} × {name}"
    kind = "Unused time on" if sign < 0 else "Remaining time on"
    return new_invoice_item(
        call,
        subscription["customer"],
        sign * part,
        subscription["currency"],
        description=f"{kind} {counted} after {lines.day(moment)}",
        discountable=False,
        period={"start": moment, "end": end},
        pricing=lines.pricing(price),
        proration=True,
        proration_details={"credited_items": None, "discount_amounts": []},
        quantity=quantity,
        tax_rates=item["tax_rates"] or subscription["default_tax_rates"] or [],
        parent={
            "type": "subscription_details",
            "subscription_details": {
                "subscription": subscription["id"],
                "subscription_item": item["id"],
            },
        },
        _subscription=subscription["id"],
    )


def _discounted(call: Call, subscription: Thing, item: Thing, amount: int) -> int:
    """Less what percentages take; amounts off were given once and are not given back."""
    names = still_valid(call, [*item["discounts"], *subscription["discounts"]], call.now)
    coupons = [
        each
        for _, each in coupons_of(call, names, subscription["currency"])
        if each.get("percent_off")
    ]
    return total([Part(amount, item["price"]["product"])], coupons).total


_AS_ALWAYS: Thing = {
    "customer_account": None,
    "description": None,
    "discountable": True,
    "discounts": [],
    "frozen_fields": [],
    "invoice": None,
    "invoicing_rules": [],
    "livemode": False,
    "metadata": {},
    "parent": None,
    "pricing": None,
    "proration": False,
    "proration_details": None,
    "quantity": 1,
    "tax_rates": [],
    "_subscription": None,
}


def new_invoice_item(call: Call, customer: str, amount: int, currency: str, **more: Any) -> Thing:
    """A stored invoice item with its event; `more` are fields of it."""
    owner = call.tx.get("customer", customer) or {}
    item: Thing = {
        "id": ids.new("ii"),
        "object": "invoiceitem",
        "amount": amount,
        **deepcopy(_AS_ALWAYS),
        "created": call.now,
        "currency": currency,
        "customer": customer,
        "date": call.now,
        "net_amount": amount,
        "period": {"start": call.now, "end": call.now},
        "test_clock": owner.get("test_clock"),
        **more,
    }
    item["quantity_decimal"] = str(item["quantity"])
    if not item["pricing"]:
        each = amount // item["quantity"] if item["quantity"] else 0
        item["pricing"] = {
            "type": "price_details",
            "price_details": None,
            "unit_amount_decimal": str(each),
        }
    del item["created"]
    call.tx.put(item)
    call.emit("invoiceitem.created", item)
    return item
