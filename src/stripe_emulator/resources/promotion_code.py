"""Promotion codes ("The PromotionCode object"): words that buyers type to get a coupon."""

from typing import Any

from stripe_emulator import expand, ids, listing
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid, not_here_yet
from stripe_emulator.metadata import merged
from stripe_emulator.money import currency_code
from stripe_emulator.resources.editing import only, update
from stripe_emulator.schedule import task
from stripe_emulator.store import Thing

_CODE_LENGTH, _LONGEST_CODE = 8, 500


@route("POST", "/v1/promotion_codes", "PromotionCodeCreateParams")
def create(call: Call) -> Thing:
    given = call.params
    if "customer_account" in given:
        raise not_here_yet("customer accounts", "customer_account")
    coupon = _coupon(call, given)
    if given.get("customer"):
        call.require("customer", given["customer"], "customer")
    restrictions, options = _restrictions(given.get("restrictions", {}))
    code: Thing = {
        "id": ids.new("promo"),
        "object": "promotion_code",
        "active": given.get("active", True),
        "code": given.get("code") or ids.random_text(_CODE_LENGTH).upper(),
        "created": call.now,
        "customer": given.get("customer"),
        "expires_at": _expiry(call, given, coupon),
        "livemode": False,
        "max_redemptions": _limit(given, coupon),
        "metadata": merged(None, given.get("metadata")),
        "promotion": {"coupon": coupon["id"], "type": "coupon"},
        "restrictions": restrictions,
        "times_redeemed": 0,
        "_coupon": coupon["id"],
        "_currency_options": options,
    }
    code["_typed"] = code["code"].lower()
    if code["active"]:
        _must_be_free(call, code)
    call.tx.put(code)
    if code["expires_at"] is not None:
        call.at(code["expires_at"], "promotion_code_expires", code_id=code["id"])
    call.emit("promotion_code.created", code)
    return code


@route("GET", "/v1/promotion_codes/{id}", "PromotionCodeRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("promotion_code", call.path["id"])


@route("POST", "/v1/promotion_codes/{id}", "PromotionCodeUpdateParams")
def change(call: Call) -> Thing:
    code = call.require("promotion_code", call.path["id"])
    if call.params.get("active") and not code["active"]:
        _may_be_active(call, code)
    added = call.params.get("restrictions", {}).get("currency_options")
    if added:
        options = {**(code["_currency_options"] or {}), **_minimums(added)}
        code["_currency_options"] = options
        call.tx.put(code)
    return update(call, code, ("active", "metadata"), "promotion_code.updated")


@route("GET", "/v1/promotion_codes", "PromotionCodeListParams")
def list_all(call: Call) -> Thing:
    given = call.params
    only(call, ("active", "code", "coupon", "customer"), "lists of promotion codes")
    active, typed = given.get("active"), given.get("code")
    return listing.page(
        call,
        "promotion_code",
        "/v1/promotion_codes",
        active=int(active) if active is not None else None,
        _typed=typed.lower() if typed is not None else None,
        _coupon=given.get("coupon"),
        customer=given.get("customer"),
    )


@expand.computed("promotion_code", "restrictions.currency_options")
def _currency_options(_call: Call, code: Thing) -> Thing | None:
    return code.get("_currency_options")


@task("promotion_code_expires")
def _expire(call: Call, code_id: str) -> None:
    code = call.tx.get("promotion_code", code_id)
    if code is not None and code["active"]:
        code["active"] = False
        call.tx.put(code)


def _coupon(call: Call, given: dict[str, Any]) -> Thing:
    param = "promotion[coupon]"
    coupon_id = given["promotion"].get("coupon")
    if not coupon_id:
        raise invalid(f"Missing required param: {param}.", code="parameter_missing", param=param)
    coupon = call.require("coupon", coupon_id, param)
    if not coupon["valid"]:
        raise invalid("The coupon cannot be redeemed any more.", param=param)
    code = given.get("code")
    if code is not None and (not code.isascii() or not code.replace("-", "").isalnum()):
        raise invalid("A code is made of a-z, A-Z, 0-9 and dashes.", param="code")
    if len(code or "") > _LONGEST_CODE:
        raise invalid(f"A code has at most {_LONGEST_CODE} characters.", param="code")
    return coupon


def _expiry(call: Call, given: dict[str, Any], coupon: Thing) -> int | None:
    expires_at: int | None = given.get("expires_at")
    if expires_at is None:
        return coupon["redeem_by"]  # type: ignore[no-any-return]
    if expires_at <= call.now:
        raise invalid("expires_at must be in the future.", param="expires_at")
    if coupon["redeem_by"] is not None and expires_at > coupon["redeem_by"]:
        raise invalid("A code cannot outlive its coupon's redeem_by.", param="expires_at")
    return expires_at


def _limit(given: dict[str, Any], coupon: Thing) -> int | None:
    limit: int | None = given.get("max_redemptions")
    if limit is not None and limit < 1:
        raise invalid("This value must be greater than or equal to 1.", param="max_redemptions")
    most = coupon["max_redemptions"]
    if limit is not None and most is not None and limit > most:
        raise invalid(
            "A code cannot be redeemed more often than its coupon.", param="max_redemptions"
        )
    return limit


def _restrictions(given: dict[str, Any]) -> tuple[Thing, Thing | None]:
    amount, currency = given.get("minimum_amount"), given.get("minimum_amount_currency")
    if (amount is None) != (currency is None):
        param = "restrictions[minimum_amount_currency]"
        raise invalid(
            "minimum_amount and minimum_amount_currency go together.",
            code="parameter_missing",
            param=param,
        )
    if amount is not None and amount < 1:
        raise invalid(
            "This value must be greater than or equal to 1.", param="restrictions[minimum_amount]"
        )
    if currency is not None:
        currency = currency_code(currency, "restrictions[minimum_amount_currency]")
    options = _minimums(given.get("currency_options") or {})
    if currency is not None:
        options[currency] = {"minimum_amount": amount}
    shown = {
        "first_time_transaction": given.get("first_time_transaction", False),
        "minimum_amount": amount,
        "minimum_amount_currency": currency,
    }
    return shown, options or None


def _minimums(given: dict[str, Any]) -> Thing:
    where = "restrictions[currency_options]"
    return {
        currency_code(name, where): {"minimum_amount": each.get("minimum_amount", 0)}
        for name, each in given.items()
    }


def _may_be_active(call: Call, code: Thing) -> None:
    """As "Update a promotion code" has it: one that has run out stays inactive."""
    coupon = call.tx.get("coupon", code["_coupon"])
    used_up = code["max_redemptions"] is not None and (
        code["times_redeemed"] >= code["max_redemptions"]
    )
    over = code["expires_at"] is not None and code["expires_at"] <= call.now
    if used_up or over or not (coupon or {}).get("valid"):
        raise invalid("This promotion code cannot be made active again.", param="active")
    _must_be_free(call, code)


def _must_be_free(call: Call, code: Thing) -> None:
    """No two active codes read the same for one customer."""
    for other in call.tx.find("promotion_code", _typed=code["_typed"]):
        if other["active"] and other["id"] != code["id"] and _collide(other, code):
            raise invalid(
                f"An active promotion code with `code: {code['code'][:100]}` already exists.",
                code="resource_already_exists",
                param="code",
            )


def _collide(one: Thing, other: Thing) -> bool:
    return one["customer"] == other["customer"] or None in (one["customer"], other["customer"])
