"""Discounts that last: of customers, subscriptions, invoices and their lines."""

from collections.abc import Sequence
from typing import Any

from stripe_emulator import discounting
from stripe_emulator.billing.periods import Cycle
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid
from stripe_emulator.store import Thing

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


def coupons_of(call: Call, discounts: Sequence[str], currency: str) -> list[tuple[Thing, Thing]]:
    """Each discount with its coupon as `totals` takes it, if it is worth something here."""
    found = []
    for name in discounts:
        discount = call.tx.get("discount", name)
        coupon = _worth(discount, currency)
        if discount is not None and coupon is not None:
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
        if (discount["_redeemed"] or {}).get("duration") == "once":
            discount["_used"] = True
            call.tx.put(discount)
        else:
            left.append(name)
    return left


def hold(call: Call, coupon: Thing, code: Thing | None, **owner: Any) -> Thing:
    """A stored discount; the coupon and the code are redeemed once more."""
    discount = discounting.new_discount(call, coupon, code["id"] if code else None, **owner)
    discount.update(end=_end(coupon, call.now), _redeemed=coupon)
    discounting.redeem(call, coupon, code)
    call.tx.put(discount)
    return discount


def keep(call: Call, discount: Thing, **owner: Any) -> str:
    """Store a discount of a session, redeemed by the session already; its id."""
    coupon = call.tx.get("coupon", discount["source"]["coupon"]) or {}
    kept = {**discount, **owner, "end": _end(coupon, call.now), "_redeemed": coupon}
    call.tx.put(kept)
    return str(kept["id"])


def _one(call: Call, given: dict[str, Any], param: str, owner: dict[str, Any]) -> Thing:
    if given.get("discount"):
        return call.require("discount", given["discount"], f"{param}[discount]")
    if given.get("promotion_code"):
        where = f"{param}[promotion_code]"
        code = call.require("promotion_code", given["promotion_code"], where)
        coupon = call.require("coupon", code["promotion"]["coupon"], where)
        problem = discounting.coupon_problem(call, coupon, None)
        if not code["active"] or (code["customer"] or owner.get("customer")) != owner.get(
            "customer"
        ):
            problem = "code_invalid"
    else:
        code, where = None, f"{param}[coupon]"
        coupon = call.require("coupon", given.get("coupon") or "", where)
        problem = discounting.coupon_problem(call, coupon, None)
    if problem is not None:
        raise invalid(
            "This coupon or promotion code can no longer be redeemed.",
            code="coupon_expired",
            param=where,
        )
    return hold(call, coupon, code, **owner)


def _worth(discount: Thing | None, currency: str) -> Thing | None:
    coupon = (discount or {}).get("_redeemed")
    return discounting.worth(coupon, currency) if coupon else None


def _end(coupon: Thing, now: int) -> int | None:
    """Repeating coupons end so many months after they are first used."""
    if coupon.get("duration") != "repeating":
        return None
    return Cycle(now, "month").boundary(coupon["duration_in_months"])
