"""Coupons ("The Coupon object"): what is taken off, from what, for how long."""

from typing import Any

from stripe_emulator import expand, ids, listing
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.errors import StripeFault, invalid
from stripe_emulator.metadata import merged
from stripe_emulator.money import MAXIMUM, currency_code, too_large
from stripe_emulator.resources.editing import update
from stripe_emulator.schedule import task
from stripe_emulator.shapes import may_be_missing
from stripe_emulator.store import Thing

may_be_missing("coupon", "applies_to currency_options")

_ID_LENGTH, _LONGEST_NAME = 8, 40
# "redeem_by can be at most five years in the future".
_FARTHEST_SECONDS = 5 * 366 * 24 * 3600


@route("POST", "/v1/coupons", "CouponCreateParams")
def create(call: Call) -> Thing:
    given = call.params
    coupon_id = given.get("id") or ids.random_text(_ID_LENGTH).upper()
    if (known := call.tx.get("coupon", coupon_id)) is not None and not known.get("deleted"):
        raise StripeFault(
            "Coupon already exists.", code="resource_already_exists", param="id", status=400
        )
    _check(call, given)
    currency = currency_code(given["currency"], "currency") if "amount_off" in given else None
    coupon: Thing = {
        "id": coupon_id,
        "object": "coupon",
        "amount_off": given.get("amount_off"),
        "created": call.now,
        "currency": currency,
        "duration": given.get("duration", "once"),
        "duration_in_months": given.get("duration_in_months"),
        "livemode": False,
        "max_redemptions": given.get("max_redemptions"),
        "metadata": merged(None, given.get("metadata") or None),
        "name": given.get("name"),
        "percent_off": given.get("percent_off"),
        "redeem_by": given.get("redeem_by"),
        "times_redeemed": 0,
        "valid": True,
        "_applies_to": given.get("applies_to"),
        "_currency_options": _options(given, currency, given.get("amount_off")),
    }
    call.tx.put(coupon)
    if coupon["redeem_by"] is not None:
        call.at(coupon["redeem_by"], "coupon_runs_out", coupon_id=coupon_id)
    call.emit("coupon.created", coupon)
    return coupon


@route("GET", "/v1/coupons/{id}", "CouponRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("coupon", call.path["id"])


@route("POST", "/v1/coupons/{id}", "CouponUpdateParams")
def change(call: Call) -> Thing:
    coupon = call.require("coupon", call.path["id"])
    _check_name(call.params)
    if call.params.get("currency_options"):
        added = _options(call.params, coupon["currency"], coupon["amount_off"])
        if coupon["currency"] is None or not added:
            raise invalid("Only coupons with amount_off have currencies.", param="currency_options")
        coupon["_currency_options"] = {**(coupon["_currency_options"] or {}), **added}
        call.tx.put(coupon)
    return update(call, coupon, ("metadata", "name"), "coupon.updated")


@route("DELETE", "/v1/coupons/{id}", None)
def delete(call: Call) -> Thing:
    coupon = call.require("coupon", call.path["id"])
    stub = {"id": coupon["id"], "object": "coupon", "deleted": True}
    call.tx.put(stub)
    for code in call.tx.find("promotion_code", _coupon=coupon["id"], active=1):
        # "Promotion codes": once its coupon is gone a code cannot be redeemed.
        code["active"] = False
        call.tx.put(code)
    call.emit("coupon.deleted", coupon)
    return stub


@route("GET", "/v1/coupons", "CouponListParams")
def list_all(call: Call) -> Thing:
    return listing.page(call, "coupon", "/v1/coupons")


@expand.computed("coupon", "applies_to")
def _applies_to(_call: Call, coupon: Thing) -> Thing | None:
    return coupon.get("_applies_to")


@expand.computed("coupon", "currency_options")
def _currency_options(_call: Call, coupon: Thing) -> Thing | None:
    return coupon.get("_currency_options")


@task("coupon_runs_out")
def _run_out(call: Call, coupon_id: str) -> None:
    coupon = call.tx.get("coupon", coupon_id)
    if coupon is not None and not coupon.get("deleted") and coupon["valid"]:
        coupon["valid"] = False
        call.tx.put(coupon)


def _check(call: Call, given: dict[str, Any]) -> None:
    _check_name(given)
    _check_kind(given)
    if "percent_off" in given and not 0 < given["percent_off"] <= 100:
        raise invalid("percent_off must be greater than 0 and at most 100.", param="percent_off")
    for name in ("amount_off", "max_redemptions", "duration_in_months"):
        if name in given and given[name] < 1:
            raise invalid("This value must be greater than or equal to 1.", param=name)
    if given.get("amount_off", 0) > MAXIMUM:
        raise too_large("amount_off")
    _check_duration(given)
    redeem_by = given.get("redeem_by")
    if redeem_by is not None and not call.now < redeem_by <= call.now + _FARTHEST_SECONDS:
        raise invalid(
            "redeem_by must be in the future, and at most five years from now.", param="redeem_by"
        )
    for n, product in enumerate(given.get("applies_to", {}).get("products", [])):
        call.require("product", product, f"applies_to[products][{n}]")


def _check_name(given: dict[str, Any]) -> None:
    if len(given.get("name") or "") > _LONGEST_NAME:
        raise invalid(f"A name has at most {_LONGEST_NAME} characters.", param="name")


def _check_kind(given: dict[str, Any]) -> None:
    if ("amount_off" in given) == ("percent_off" in given):
        raise invalid(
            "You must pass either percent_off or amount_off, and only one of them.",
            code="parameters_exclusive" if "amount_off" in given else "parameter_missing",
            param="percent_off",
        )
    if "amount_off" in given and "currency" not in given:
        raise invalid(
            "You must pass currency when passing amount_off.",
            code="parameter_missing",
            param="currency",
        )


def _check_duration(given: dict[str, Any]) -> None:
    repeats = given.get("duration") == "repeating"
    if repeats and "duration_in_months" not in given:
        raise invalid(
            "You must pass duration_in_months when passing a duration of `repeating`.",
            code="parameter_missing",
            param="duration_in_months",
        )
    if not repeats and "duration_in_months" in given:
        raise invalid(
            "duration_in_months is only for a duration of `repeating`.", param="duration_in_months"
        )


def _options(given: dict[str, Any], currency: str | None, amount: int | None) -> Thing | None:
    """The amount in each currency, the coupon's own among them."""
    if currency is None:
        return None
    options: Thing = {currency: {"amount_off": amount}}
    for name, each in (given.get("currency_options") or {}).items():
        if each["amount_off"] < 1:
            param = f"currency_options[{name}][amount_off]"
            raise invalid("This value must be greater than or equal to 1.", param=param)
        options[currency_code(name, "currency_options")] = {"amount_off": each["amount_off"]}
    return options
