"""A customer's own discount; in older API versions a coupon given with the customer."""

from stripe_emulator import discounting
from stripe_emulator.billing.discounts import hold
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid
from stripe_emulator.shapes import complete
from stripe_emulator.store import Thing


def take_old_coupon(call: Call, customer: Thing) -> None:
    """Do as the parameter `coupon` of an older version says; '' takes the discount away."""
    coupon = call.removed.get("coupon")
    if coupon == "":
        take_away(call, customer)
    elif coupon is not None:
        _give(call, customer, str(coupon))


def take_away(call: Call, customer: Thing) -> Thing | None:
    """The discount that was the customer's, if there was one."""
    discount: Thing | None = customer.get("discount")
    if discount is None:
        return None
    customer["discount"] = None
    call.tx.put(customer)
    call.emit("customer.discount.deleted", discount)
    return discount


def _give(call: Call, customer: Thing, coupon_id: str) -> None:
    coupon = call.require("coupon", coupon_id, "coupon")
    if discounting.coupon_problem(call, coupon, None) is not None:
        raise invalid("This coupon can no longer be redeemed.", code="coupon_expired")
    had_one = customer.get("discount") is not None
    customer["discount"] = complete(hold(call, coupon, None, customer=customer["id"]))
    call.tx.put(customer)
    kind = "customer.discount.updated" if had_one else "customer.discount.created"
    call.emit(kind, customer["discount"])
