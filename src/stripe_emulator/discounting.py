"""Coupons and promotion codes at work: whether one may be used, what it is worth, using it up."""

from stripe_emulator import ids
from stripe_emulator.call import Call
from stripe_emulator.store import Thing

# Why a code cannot be used, in the words of `checkout.buyer.PROBLEMS`.
Problem = str


def worth(coupon: Thing, currency: str) -> Thing | None:
    """The coupon as `totals.total` takes it, in this currency; None if it has no amount in it."""
    seen = {**coupon, "applies_to": coupon.get("_applies_to")}
    if coupon["percent_off"] is not None or coupon["currency"] == currency:
        return seen
    option = (coupon.get("_currency_options") or {}).get(currency)
    return {**seen, **option, "currency": currency} if option else None


def coupon_problem(call: Call, coupon: Thing | None, currency: str | None) -> Problem | None:
    """Why a coupon cannot be redeemed now; None if it can. `currency` None does not matter yet."""
    if coupon is None or coupon.get("deleted"):
        return "code_invalid"
    if coupon["redeem_by"] is not None and coupon["redeem_by"] <= call.now:
        return "code_expired"
    limit = coupon["max_redemptions"]
    if limit is not None and coupon["times_redeemed"] >= limit:
        return "code_used_up"
    if currency is not None and worth(coupon, currency) is None:
        return "code_does_not_apply"
    return None if coupon["valid"] else "code_expired"


def code_problem(
    call: Call, code: Thing, *, customer: str | None, currency: str, amount: int
) -> Problem | None:
    """Why a promotion code cannot be redeemed by this customer for `amount` (minor units)."""
    if code["expires_at"] is not None and code["expires_at"] <= call.now:
        return "code_expired"
    limit = code["max_redemptions"]
    if limit is not None and code["times_redeemed"] >= limit:
        return "code_used_up"
    if not code["active"]:
        return "code_invalid"
    if code["customer"] is not None and code["customer"] != customer:
        return "code_not_for_you"
    coupon = call.tx.get("coupon", code["promotion"]["coupon"])
    return coupon_problem(call, coupon, currency) or _restriction(
        call, code, customer, currency, amount
    )


def _restriction(
    call: Call, code: Thing, customer: str | None, currency: str, amount: int
) -> Problem | None:
    if code["restrictions"]["first_time_transaction"] and has_paid_before(call, customer):
        return "code_first_order"
    least = least_amount(code, currency)
    if code["restrictions"]["minimum_amount"] is not None and least is None:
        return "code_does_not_apply"
    return "code_minimum" if least is not None and amount < least else None


def least_amount(code: Thing, currency: str) -> int | None:
    """The least order for a promotion code in a currency; minor units."""
    restrictions = code["restrictions"]
    if restrictions["minimum_amount_currency"] == currency:
        return int(restrictions["minimum_amount"])
    option = (code.get("_currency_options") or {}).get(currency)
    return int(option["minimum_amount"]) if option else None


def has_paid_before(call: Call, customer: str | None) -> bool:
    """As "Restrictions" has it: whether the customer has a successful payment or a paid invoice."""
    if customer is None:
        return False
    where = "json_extract(body, '$.status') = 'succeeded'"
    found = call.tx.find("payment_intent", customer=customer, where=where, limit=1)
    return bool(found)


def active_code(call: Call, typed: str, customer: str | None = None) -> Thing | None:
    """The promotion code a buyer has typed, however it is written; the customer's own first."""
    found = call.tx.find("promotion_code", _typed=typed.strip().lower(), limit=50)
    active = [each for each in found if each["active"]]
    mine = [each for each in active if customer and each["customer"] == customer]
    free = [each for each in active if each["customer"] is None]
    return next(iter([*mine, *free, *active, *found]), None)


def new_discount(call: Call, coupon: Thing, promotion_code: str | None, **about: str) -> Thing:
    """A discount object, not stored; `about` names what it is on: customer, subscription…

    Its `end` is for whoever knows when the coupon's months begin.
    """
    return {
        "id": ids.new("di"),
        "object": "discount",
        "checkout_session": None,
        "customer": None,
        "customer_account": None,
        "end": None,
        "invoice": None,
        "invoice_item": None,
        "promotion_code": promotion_code,
        "source": {"coupon": coupon["id"], "type": "coupon"},
        "start": call.now,
        "subscription": None,
        "subscription_item": None,
        **about,
    }


def redeem(call: Call, coupon: Thing, code: Thing | None = None) -> None:
    """Count one use of a coupon and of the code that brought it; the last one closes them."""
    _count(call, coupon, "valid")
    if code is not None:
        _count(call, code, "active")


def _count(call: Call, thing: Thing, switch: str) -> None:
    # No event: what follows from use and time is derived, and `updated` is for what shops change.
    thing["times_redeemed"] += 1
    limit = thing["max_redemptions"]
    if limit is not None and thing["times_redeemed"] >= limit:
        thing[switch] = False
    call.tx.put(thing)
