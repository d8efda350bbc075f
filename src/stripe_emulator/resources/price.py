"""Prices ("The Price object"): amount and currency never change."""

from decimal import Decimal
from typing import Any

from stripe_emulator import ids, listing
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.errors import StripeFault, invalid, not_here_yet
from stripe_emulator.metadata import merged
from stripe_emulator.money import MAXIMUM, currency_code, too_large
from stripe_emulator.resources.editing import only, update
from stripe_emulator.shapes import may_be_missing
from stripe_emulator.store import Thing

may_be_missing(
    "price",
    "currency_options tiers",
)

_NOT_YET = ("tiers", "tiers_mode", "transform_quantity", "custom_unit_amount", "currency_options")


@route("POST", "/v1/prices", "PriceCreateParams")
def create(call: Call) -> Thing:
    return new_price(call, call.params)


def new_price(call: Call, given: dict[str, Any], where: str = "") -> Thing:
    """A stored price, with its event; `where` is the parameter the data came in."""
    for name in _NOT_YET:
        if name in given:
            raise not_here_yet(f"prices with {name}", _under(where, name))
    if given.get("billing_scheme") == "tiered":
        raise not_here_yet("prices in tiers", _under(where, "billing_scheme"))
    amount = _amount(given, where)
    _take_lookup_key(call, given)
    price: Thing = {
        "id": ids.new("price"),
        "object": "price",
        "active": given.get("active", True),
        "billing_scheme": "per_unit",
        "created": call.now,
        "currency": currency_code(given["currency"], _under(where, "currency")),
        "livemode": False,
        "lookup_key": given.get("lookup_key"),
        "metadata": merged(None, given.get("metadata")),
        "nickname": given.get("nickname"),
        "product": _product(call, given, where),
        "recurring": _recurring(given),
        "tax_behavior": given.get("tax_behavior", "unspecified"),
        "type": "recurring" if "recurring" in given else "one_time",
        "unit_amount": amount,
        "unit_amount_decimal": given.get("unit_amount_decimal") or str(amount),
    }
    call.tx.put(price)
    call.emit("price.created", price)
    return price


@route("GET", "/v1/prices/{id}", "PriceRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("price", call.path["id"])


@route("POST", "/v1/prices/{id}", "PriceUpdateParams")
def change(call: Call) -> Thing:
    price = call.require("price", call.path["id"])
    if call.params.get("lookup_key") != price["lookup_key"]:
        _take_lookup_key(call, call.params)
    fields = ("active", "lookup_key", "metadata", "nickname", "tax_behavior")
    for name in call.params:
        if name not in (*fields, "transfer_lookup_key"):
            raise not_here_yet(f"changing {name} of a price", name)
    return update(call, price, fields, "price.updated")


@route("GET", "/v1/prices", "PriceListParams")
def list_all(call: Call) -> Thing:
    given = call.params
    only(call, ("product", "currency", "type", "active"), "lists of prices")
    active = given.get("active")
    return listing.page(
        call,
        "price",
        "/v1/prices",
        product=given.get("product"),
        currency=given.get("currency"),
        type=given.get("type"),
        active=int(active) if active is not None else None,
    )


def _amount(given: dict[str, Any], where: str) -> int:
    """The amount in minor units; fractions of them are for later."""
    param = _under(where, "unit_amount")
    if "unit_amount" in given and "unit_amount_decimal" in given:
        raise invalid(
            "You can only specify one of these parameters: unit_amount, unit_amount_decimal.",
            code="parameters_exclusive",
            param=param,
        )
    if "unit_amount_decimal" in given:
        exact = Decimal(given["unit_amount_decimal"])
        if exact != exact.to_integral_value():
            raise not_here_yet("fractions of the minor unit", _under(where, "unit_amount_decimal"))
        amount = int(exact)
    elif "unit_amount" in given:
        amount = int(given["unit_amount"])
    else:
        raise invalid(f"Missing required param: {param}.", code="parameter_missing", param=param)
    if amount < 0:
        raise invalid("Invalid non-negative integer", code="parameter_invalid_integer", param=param)
    if amount > MAXIMUM:
        raise too_large(param)
    return amount


def _product(call: Call, given: dict[str, Any], where: str) -> str:
    if ("product" in given) == ("product_data" in given):
        raise invalid(
            "Send either product or product_data, and only one of them.",
            code="parameters_exclusive" if "product" in given else "parameter_missing",
            param=_under(where, "product"),
        )
    if "product" in given:
        found = call.require("product", given["product"], _under(where, "product"))
        return str(found["id"])
    # Products sell at prices, so their file knows ours; hence so late.
    from stripe_emulator.resources.product import new_product

    data = dict(given["product_data"])
    if where:
        # A session's own product is for that session alone.
        data["active"] = False
    return str(new_product(call, data)["id"])


def _take_lookup_key(call: Call, given: dict[str, Any]) -> None:
    key = given.get("lookup_key")
    for other in call.tx.find("price", lookup_key=key) if key else ():
        if not given.get("transfer_lookup_key"):
            raise StripeFault(
                f"A price ({other['id']}) already uses that lookup key. Send "
                "transfer_lookup_key=true to take it over.",
                code="resource_already_exists",
                param="lookup_key",
            )
        other["lookup_key"] = None
        call.tx.put(other)


def _recurring(given: dict[str, Any]) -> Thing | None:
    if "recurring" not in given:
        return None
    return {
        "interval": given["recurring"]["interval"],
        "interval_count": given["recurring"].get("interval_count", 1),
        "meter": given["recurring"].get("meter"),
        "trial_period_days": given["recurring"].get("trial_period_days"),
        "usage_type": given["recurring"].get("usage_type", "licensed"),
    }


def _under(where: str, name: str) -> str:
    return f"{where}[{name}]" if where else name
