"""Prices ("The Price object"): amount and currency never change."""

from typing import Any

from stripe_emulator import expand, ids, listing
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.errors import StripeFault, invalid, not_here_yet
from stripe_emulator.metadata import merged
from stripe_emulator.money import currency_code
from stripe_emulator.resources import price_amount_fields as fields
from stripe_emulator.resources.editing import only, update
from stripe_emulator.resources.price_amount_fields import under as _under
from stripe_emulator.shapes import may_be_missing
from stripe_emulator.store import Thing

may_be_missing(
    "price",
    "currency_options tiers",
)

_LONGEST_KEY, _MOST_KEYS = 200, 10
# "interval_count … maximum of three years interval allowed".
_MOST_INTERVALS = {"day": 1095, "week": 156, "month": 36, "year": 3}


@route("POST", "/v1/prices", "PriceCreateParams")
def create(call: Call) -> Thing:
    return new_price(call, call.params)


def new_price(call: Call, given: dict[str, Any], where: str = "") -> Thing:
    """A stored price, with its event; `where` is the parameter the data came in."""
    amounts = fields.amounts(given, where)
    currency = currency_code(given["currency"], _under(where, "currency"))
    recurring = _recurring(given, where)
    _take_lookup_key(call, given)
    price: Thing = {
        # A plan may be given one of its own.
        "id": given.get("id") or ids.new("price"),
        "object": "price",
        "active": given.get("active", True),
        "created": call.now,
        "currency": currency,
        "livemode": False,
        "lookup_key": given.get("lookup_key"),
        "metadata": merged(None, given.get("metadata")),
        "nickname": given.get("nickname"),
        "product": _product(call, given, where),
        "recurring": recurring,
        "tax_behavior": given.get("tax_behavior", "unspecified"),
        "type": "recurring" if recurring else "one_time",
        **amounts,
        "_currency_options": fields.options(given, where),
        "_interval": (recurring or {}).get("interval"),
        "_usage_type": (recurring or {}).get("usage_type"),
    }
    price["_currency_options"].pop(currency, None)
    call.tx.put(price)
    call.emit("price.created", price)
    return price


@route("GET", "/v1/prices/{id}", "PriceRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("price", call.path["id"])


@route("POST", "/v1/prices/{id}", "PriceUpdateParams")
def change(call: Call) -> Thing:
    price = call.require("price", call.path["id"])
    given = call.params
    if given.get("lookup_key") != price["lookup_key"]:
        _take_lookup_key(call, given)
    _may_rest(call, price, given)
    behavior = price["tax_behavior"]
    if behavior != "unspecified" and given.get("tax_behavior", behavior) != behavior:
        raise invalid("tax_behavior cannot be changed once it is set.", param="tax_behavior")
    if "currency_options" in given:
        added = fields.options(given, "") if given["currency_options"] else {}
        kept = price.get("_currency_options") or {}
        price["_currency_options"] = {**kept, **added} if added else {}
        price["_currency_options"].pop(price["currency"], None)
        call.tx.put(price)
    changeable = ("active", "lookup_key", "metadata", "nickname", "tax_behavior")
    return update(call, price, changeable, "price.updated")


@route("GET", "/v1/prices", "PriceListParams")
def list_all(call: Call) -> Thing:
    given = call.params
    only(
        call,
        ("product", "currency", "type", "active", "recurring", "lookup_keys"),
        "lists of prices",
    )
    recurring = given.get("recurring", {})
    if "meter" in recurring:
        raise not_here_yet("meters", "recurring[meter]")
    active = given.get("active")
    wanted = {
        "product": given.get("product"),
        "currency": given.get("currency"),
        "type": given.get("type"),
        "active": int(active) if active is not None else None,
        "_interval": recurring.get("interval"),
        "_usage_type": recurring.get("usage_type"),
    }
    if "lookup_keys" not in given:
        return listing.page(call, "price", "/v1/prices", **wanted)
    if len(given["lookup_keys"]) > _MOST_KEYS:
        raise invalid(f"You may list by up to {_MOST_KEYS} lookup keys.", param="lookup_keys")
    found = [each for key in given["lookup_keys"] for each in call.tx.find("price", lookup_key=key)]
    fitting = [
        each
        for each in found
        if all(value is None or each[name] == value for name, value in wanted.items())
    ]
    newest = sorted(fitting, key=lambda each: -(call.tx.sequence("price", each["id"]) or 0))
    return listing.of_items(call, "/v1/prices", newest)


@expand.computed("price", "tiers")
def _tiers(_call: Call, price: Thing) -> list[Thing] | None:
    return price.get("_tiers")


@expand.computed("price", "currency_options")
def _currency_options(_call: Call, price: Thing) -> Thing:
    options = {
        price["currency"]: fields.own_option(price),
        **(price.get("_currency_options") or {}),
    }
    # Tiers are shown on request only, here as on the price itself.
    return {
        name: {key: value for key, value in each.items() if key != "tiers"}
        for name, each in options.items()
    }


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


def _may_rest(call: Call, price: Thing, given: dict[str, Any]) -> None:
    product = call.tx.get("product", price["product"]) or {}
    if given.get("active") is False and product.get("default_price") == price["id"]:
        raise invalid(
            "This price cannot be archived because it is the default price of its product.",
            param="active",
        )


def _take_lookup_key(call: Call, given: dict[str, Any]) -> None:
    key = given.get("lookup_key")
    if len(key or "") > _LONGEST_KEY:
        raise invalid(f"A lookup key has at most {_LONGEST_KEY} characters.", param="lookup_key")
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


def _recurring(given: dict[str, Any], where: str) -> Thing | None:
    recurring = given.get("recurring")
    if recurring is None:
        return None
    if recurring.get("meter"):
        raise not_here_yet("meters", f"{_under(where, 'recurring')}[meter]")
    interval, count = recurring["interval"], recurring.get("interval_count", 1)
    if not 1 <= count <= _MOST_INTERVALS[interval]:
        raise invalid(
            "A price recurs at least every three years.",
            param=f"{_under(where, 'recurring')}[interval_count]",
        )
    return {
        "interval": interval,
        "interval_count": count,
        "meter": None,
        "trial_period_days": recurring.get("trial_period_days"),
        "usage_type": recurring.get("usage_type", "licensed"),
    }
