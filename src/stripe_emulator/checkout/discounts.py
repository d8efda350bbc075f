"""The discount of a session: named by the shop, or typed as a code by the buyer."""

from typing import Any

from stripe_emulator import discounting
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid
from stripe_emulator.store import Thing

_SAID = {
    "code_invalid": "This coupon or promotion code cannot be redeemed.",
    "code_expired": "This coupon or promotion code has expired.",
    "code_used_up": "This coupon or promotion code has been redeemed as often as it may be.",
    "code_minimum": "The order is below the promotion code's minimum amount.",
    "code_first_order": "This promotion code is for a customer's first transaction only.",
    "code_not_for_you": "This promotion code is for another customer.",
    "code_does_not_apply": "This coupon or promotion code has no amount in this currency.",
}


def given_discounts(call: Call, session: Thing, given: list[Any]) -> None:
    """Puts the shop's `discounts` on a session whose lines have amounts. Raises a StripeFault."""
    if len(given) > 1:
        raise invalid("A session has at most one discount.", param="discounts")
    for n, each in enumerate(given):
        where = f"discounts[{n}]"
        if ("coupon" in each) == ("promotion_code" in each):
            raise invalid(
                "Send either coupon or promotion_code, and only one of them.",
                code="parameters_exclusive" if "coupon" in each else "parameter_missing",
                param=f"{where}[coupon]",
            )
        if "coupon" in each:
            coupon = call.require("coupon", each["coupon"], f"{where}[coupon]")
            problem = discounting.coupon_problem(call, coupon, session["currency"])
            _refuse(problem, f"{where}[coupon]")
            put_on(call, session, coupon, None)
        else:
            param = f"{where}[promotion_code]"
            code = call.require("promotion_code", each["promotion_code"], param)
            _refuse(_problem(call, session, code), param)
            _put_code_on(call, session, code)


def type_code(call: Call, session: Thing, typed: str) -> str | None:
    """The buyer's code on the session; why not, if it cannot be."""
    if not session["allow_promotion_codes"]:
        return "codes_not_allowed"
    code = discounting.active_code(call, typed, session["customer"])
    if code is None:
        return "code_invalid"
    problem = _problem(call, session, code)
    if problem is None:
        _put_code_on(call, session, code)
    return problem


def put_on(call: Call, session: Thing, coupon: Thing, code: Thing | None) -> None:
    """Make this the session's discount."""
    code_id = code["id"] if code else None
    session["discounts"] = [{"coupon": None if code else coupon["id"], "promotion_code": code_id}]
    session["_discounts"] = [
        discounting.new_discount(call, coupon, code_id, checkout_session=session["id"])
    ]


def take_off(session: Thing) -> None:
    session["discounts"], session["_discounts"] = [], []


def coupons(call: Call, session: Thing) -> list[Thing]:
    """The session's coupons as `totals.total` takes them."""
    found = []
    for each in session["_discounts"]:
        coupon = call.tx.get("coupon", each["source"]["coupon"])
        seen = (
            coupon and not coupon.get("deleted") and discounting.worth(coupon, session["currency"])
        )
        found.append(seen or {"amount_off": 0})
    return found


def redeem(call: Call, session: Thing) -> None:
    """Count the redemption; a code that somebody else has used up meanwhile counts all the same.

    Stripe checks when the page is shown and when it is paid, and so do we: see `choosing`.
    """
    for each in session["_discounts"]:
        coupon = call.tx.get("coupon", each["source"]["coupon"])
        code = call.tx.get("promotion_code", each["promotion_code"] or "")
        if coupon is not None and not coupon.get("deleted"):
            discounting.redeem(call, coupon, code)


def problem_now(call: Call, session: Thing) -> str | None:
    """Why the session's discount cannot be redeemed any more; None if it can."""
    for each in session["_discounts"]:
        code = call.tx.get("promotion_code", each["promotion_code"] or "")
        if code is not None:
            return _problem(call, session, code)
        coupon = call.tx.get("coupon", each["source"]["coupon"])
        return discounting.coupon_problem(call, coupon, session["currency"])
    return None


def _put_code_on(call: Call, session: Thing, code: Thing) -> None:
    put_on(call, session, call.require("coupon", code["promotion"]["coupon"]), code)


def _problem(call: Call, session: Thing, code: Thing) -> str | None:
    problem = discounting.code_problem(
        call,
        code,
        customer=session["customer"],
        currency=session["currency"],
        amount=session["amount_subtotal"],
    )
    coupon = call.tx.get("coupon", code["promotion"]["coupon"]) or {}
    only = (coupon.get("_applies_to") or {}).get("products")
    if problem is None and only:
        sold = {each["price"]["product"] for each in session["_lines"]}
        return None if sold & set(only) else "code_does_not_apply"
    return problem


def _refuse(problem: str | None, param: str) -> None:
    if problem is not None:
        code = "coupon_expired" if problem in ("code_expired", "code_used_up") else None
        raise invalid(_SAID[problem], code=code, param=param)
