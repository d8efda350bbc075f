"""Discounts of customers, subscriptions, invoices and their lines ("The Discount object")."""

from collections.abc import Sequence
from typing import Any

from stripe_emulator import ids
from stripe_emulator.billing.periods import Cycle
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid
from stripe_emulator.shapes import may_be_missing
from stripe_emulator.store import Thing

may_be_missing("coupon", "applies_to currency_options")

_MOST = 20


def new_discounts(call: Call, given: Any, param: str = "discounts", **owner: Any) -> list[str]:
    """Stored discounts for `[{coupon | promotion_code | discount}]`; their ids.

    `owner` names what they belong to: customer, subscription, invoice, …
    """
    if not given:
        return []
    if len(given) > _MOST:
        raise invalid(f"There may be at most {_MOST} discounts.", param=param)
    return [_one(call, each, f"{param}[{n}]", owner)["id"] for n, each in enumerate(given)]


def coupons_of(call: Call, discounts: Sequence[str]) -> list[tuple[Thing, Thing]]:
    """Each discount with its coupon, as far as they are there."""
    found = []
    for name in discounts:
        discount = call.tx.get("discount", name)
        coupon = discount and discount.get("_coupon")
        if discount and coupon:
            found.append((discount, coupon))
    return found


def still_valid(call: Call, discounts: Sequence[str], moment: int) -> list[str]:
    """Those of a subscription's or customer's discounts that take something off at `moment`."""
    found = []
    for name in discounts:
        discount = call.tx.get("discount", name)
        if discount is None or discount.get("_used"):
            continue
        if discount["end"] is None or discount["end"] > moment:
            found.append(name)
    return found


def use_up(call: Call, discounts: Sequence[str]) -> list[str]:
    """After an invoice: those that were for one invoice only are spent; what is left."""
    left = []
    for name in discounts:
        discount = call.tx.get("discount", name)
        if discount is None:
            continue
        if discount["_coupon"]["duration"] == "once":
            discount["_used"] = True
            call.tx.put(discount)
        else:
            left.append(name)
    return left


def _one(call: Call, given: dict[str, Any], param: str, owner: dict[str, Any]) -> Thing:
    if given.get("discount"):
        return call.require("discount", given["discount"], f"{param}[discount]")
    promotion = None
    if given.get("promotion_code"):
        promotion = call.require(
            "promotion_code", given["promotion_code"], f"{param}[promotion_code]"
        )
        coupon = call.require("coupon", promotion["promotion"]["coupon"], f"{param}[coupon]")
    else:
        coupon = call.require("coupon", given.get("coupon") or "", f"{param}[coupon]")
    if not coupon["valid"] or (promotion is not None and not promotion["active"]):
        raise invalid("This coupon can no longer be redeemed.", code="coupon_expired", param=param)
    return new_discount(call, coupon, promotion, **owner)


def new_discount(call: Call, coupon: Thing, promotion: Thing | None, **owner: Any) -> Thing:
    """A stored discount; the coupon and the code are redeemed once more."""
    discount: Thing = {
        "id": ids.new("di"),
        "object": "discount",
        "checkout_session": None,
        "customer": None,
        "customer_account": None,
        "end": _end(coupon, call.now),
        "invoice": None,
        "invoice_item": None,
        "promotion_code": promotion["id"] if promotion else None,
        "source": {"coupon": coupon["id"], "type": "coupon"},
        "start": call.now,
        "subscription": None,
        "subscription_item": None,
        "_coupon": coupon,
        **owner,
    }
    call.tx.put(discount)
    for each in (coupon, promotion):
        if each is not None:
            _redeem(call, each)
    return discount


def _redeem(call: Call, thing: Thing) -> None:
    thing["times_redeemed"] += 1
    if thing["max_redemptions"] is not None and thing["times_redeemed"] >= thing["max_redemptions"]:
        thing["valid" if thing["object"] == "coupon" else "active"] = False
    call.tx.put(thing)


def _end(coupon: Thing, now: int) -> int | None:
    if coupon["duration"] != "repeating":
        return None
    return Cycle(now, "month").boundary(coupon["duration_in_months"])
