"""Shipping rates ("The ShippingRate object"): names, prices and times of ways to deliver."""

from typing import Any

from stripe_emulator import expand, ids, listing
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid
from stripe_emulator.metadata import merged
from stripe_emulator.money import MAXIMUM, currency_code, too_large
from stripe_emulator.resources.editing import only, update
from stripe_emulator.store import Thing

_LONGEST_NAME = 100
_HOURS = {"hour": 1, "day": 24, "business_day": 24, "week": 168, "month": 720}


@route("POST", "/v1/shipping_rates", "ShippingRateCreateParams")
def create(call: Call) -> Thing:
    return new_rate(call, call.params)


def new_rate(call: Call, given: dict[str, Any], where: str = "") -> Thing:
    """A stored shipping rate; `where` is the parameter the data came in."""
    if not 1 <= len(given["display_name"]) <= _LONGEST_NAME:
        raise invalid(
            f"display_name has 1 to {_LONGEST_NAME} characters.",
            param=_under(where, "display_name"),
        )
    if "fixed_amount" not in given:
        param = _under(where, "fixed_amount")
        raise invalid(f"Missing required param: {param}.", code="parameter_missing", param=param)
    amount = given["fixed_amount"]
    _check_amount(amount["amount"], _under(where, "fixed_amount") + "[amount]")
    currency = currency_code(amount["currency"], _under(where, "fixed_amount") + "[currency]")
    behavior = given.get("tax_behavior", "unspecified")
    rate: Thing = {
        "id": ids.new("shr"),
        "object": "shipping_rate",
        "active": True,
        "created": call.now,
        "delivery_estimate": _estimate(given.get("delivery_estimate"), where),
        "display_name": given["display_name"],
        "fixed_amount": {"amount": amount["amount"], "currency": currency},
        "livemode": False,
        "metadata": merged(None, given.get("metadata")),
        "tax_behavior": behavior,
        "tax_code": given.get("tax_code"),
        "type": "fixed_amount",
        "_currency": currency,
        "_currency_options": {
            **_options(amount.get("currency_options") or {}, {}),
            currency: {"amount": amount["amount"], "tax_behavior": behavior},
        },
    }
    call.tx.put(rate)
    return rate


@route("GET", "/v1/shipping_rates/{id}", "ShippingRateRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("shipping_rate", call.path["id"])


@route("POST", "/v1/shipping_rates/{id}", "ShippingRateUpdateParams")
def change(call: Call) -> Thing:
    rate = call.require("shipping_rate", call.path["id"])
    given = call.params
    if given.get("tax_behavior", rate["tax_behavior"]) != rate["tax_behavior"]:
        if rate["tax_behavior"] != "unspecified":
            raise invalid("tax_behavior cannot be changed once it is set.", param="tax_behavior")
        rate["_currency_options"][rate["_currency"]]["tax_behavior"] = given["tax_behavior"]
        call.tx.put(rate)
    options = given.get("fixed_amount", {}).get("currency_options")
    if options:
        rate["_currency_options"] = _options(options, rate["_currency_options"])
        call.tx.put(rate)
    return update(call, rate, ("active", "metadata", "tax_behavior"), None)


@route("GET", "/v1/shipping_rates", "ShippingRateListParams")
def list_all(call: Call) -> Thing:
    only(call, ("active", "currency"), "lists of shipping rates")
    active = call.params.get("active")
    return listing.page(
        call,
        "shipping_rate",
        "/v1/shipping_rates",
        active=int(active) if active is not None else None,
        _currency=call.params.get("currency"),
    )


@expand.computed("shipping_rate", "fixed_amount.currency_options")
def _currency_options(_call: Call, rate: Thing) -> Thing:
    found: Thing = rate["_currency_options"]
    return found


def amount_in(rate: Thing, currency: str) -> int | None:
    """What the rate costs in a currency, in minor units; None if it has no price in it."""
    option = rate["_currency_options"].get(currency)
    return int(option["amount"]) if option else None


def _options(given: dict[str, Any], known: Thing) -> Thing:
    options = dict(known)
    for name, each in given.items():
        where = f"fixed_amount[currency_options][{name}]"
        currency = currency_code(name, where)
        option = {"amount": 0, "tax_behavior": "unspecified", **options.get(currency, {}), **each}
        _check_amount(option["amount"], f"{where}[amount]")
        options[currency] = option
    return options


def _check_amount(amount: int, param: str) -> None:
    if amount < 0:
        raise invalid("Invalid non-negative integer", code="parameter_invalid_integer", param=param)
    if amount > MAXIMUM:
        raise too_large(param)


def _estimate(given: dict[str, Any] | None, where: str) -> Thing | None:
    if not given:
        return None
    least, most = given.get("minimum"), given.get("maximum")
    for name, each in (("minimum", least), ("maximum", most)):
        if each is not None and each["value"] < 1:
            param = f"{_under(where, 'delivery_estimate')}[{name}][value]"
            raise invalid("This value must be greater than or equal to 1.", param=param)
    if least and most and _hours(least) > _hours(most):
        raise invalid(
            "The shortest time of delivery is longer than the longest.",
            param=_under(where, "delivery_estimate"),
        )
    return {"maximum": most, "minimum": least}


def _hours(bound: Thing) -> int:
    return int(bound["value"]) * _HOURS[bound["unit"]]


def _under(where: str, name: str) -> str:
    return f"{where}[{name}]" if where else name
