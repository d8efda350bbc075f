"""The lines of a session or a payment link: what is sold, and how much of it."""

from collections.abc import Collection
from typing import Any

from stripe_emulator import ids
from stripe_emulator.call import Call
from stripe_emulator.errors import StripeFault, invalid, not_here_yet
from stripe_emulator.metadata import merged
from stripe_emulator.price_amounts import in_currency
from stripe_emulator.resources import tax_rate as tax_rates
from stripe_emulator.resources.price import new_price
from stripe_emulator.shapes import complete
from stripe_emulator.store import Thing

MOST_QUANTITY, _USUAL_MOST = 999_999, 99
_MOST_LINES, _MOST_OF_A_KIND, _MOST_OPTIONAL = 100, 20, 10
# What of a price decides what a quantity costs; kept, for a price may get other currencies.
_DECIDES = (
    *("billing_scheme", "tiers_mode", "transform_quantity", "unit_amount", "_tiers"),
    *("unit_amount_decimal", "custom_unit_amount"),
)


def lines_of(
    call: Call,
    given: list[Any],
    mode: str,
    currency: str | None,
    known: Collection[str] = (),
) -> list[Thing]:
    """Lines by a session's parameters. Raises a StripeFault; `currency` None: the prices' own.

    `known`: prices that were sold here before, and are again even if they are retired by now.
    """
    if len(given) > _MOST_LINES:
        raise invalid(f"A session has at most {_MOST_LINES} line items.", param="line_items")
    prices = [price_of(call, each, f"line_items[{n}]", known) for n, each in enumerate(given)]
    _check_kinds(prices, mode)
    currency = currency or prices[0]["currency"]
    lines = [
        _line(call, each, prices[n], currency, f"line_items[{n}]") for n, each in enumerate(given)
    ]
    if len(lines) > 1 and any(each["_unit"]["custom_unit_amount"] for each in lines):
        raise invalid(
            "A price with custom_unit_amount must be the only line item.", param="line_items"
        )
    return lines


def line_at(call: Call, price: Thing, quantity: int, currency: str, where: str) -> Thing:
    """A line of a price that is known, without amounts yet."""
    unit = in_currency(price, currency)
    if unit is None:
        raise invalid(
            f"The price {price['id']} has no amount in {currency}. All line items of a session "
            "have one currency.",
            param="line_items",
        )
    product = call.tx.get("product", price["product"]) or {}
    line: Thing = {
        "id": ids.new("li"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": 0,
        "amount_tax": 0,
        "amount_total": 0,
        "currency": currency,
        "description": product.get("name"),
        "metadata": {},
        "price": complete(price),
        "quantity": quantity,
        "_unit": {name: unit.get(name) for name in _DECIDES},
        "_tax_rates": [],
        "_amount": None,
    }
    custom = line["_unit"]["custom_unit_amount"]
    if custom is not None:
        if quantity != 1:
            raise invalid(
                "A price with custom_unit_amount has quantity 1.", param=f"{where}[quantity]"
            )
        line["_amount"] = custom["preset"] if custom["preset"] is not None else custom["minimum"]
    return line


def _line(call: Call, given: dict[str, Any], price: Thing, currency: str, where: str) -> Thing:
    line = line_at(call, price, _quantity(given, where), currency, where)
    line["metadata"] = merged(None, given.get("metadata") or None)
    line["adjustable_quantity"] = adjustable(given, where)
    rates = tax_rates.rates(call, given.get("tax_rates") or [], f"{where}[tax_rates]")
    line["_tax_rates"] = [each["id"] for each in rates]
    return line


def price_of(call: Call, given: dict[str, Any], where: str, known: Collection[str] = ()) -> Thing:
    """The price a line names, or the new one that it brings."""
    if ("price" in given) == ("price_data" in given):
        raise invalid(
            "Send either price or price_data for a line item, and only one of them.",
            code="parameters_exclusive" if "price" in given else "parameter_missing",
            param=f"{where}[price]",
        )
    if "price" not in given:
        return new_price(call, given["price_data"], f"{where}[price_data]")
    price = call.require("price", given["price"], f"{where}[price]")
    if (price["recurring"] or {}).get("usage_type") == "metered":
        raise not_here_yet("metered prices", f"{where}[price]")
    product = call.tx.get("product", price["product"]) or {}
    retired = not price["active"] or product.get("active") is False
    if retired and price["id"] not in known:
        raise StripeFault(
            "The price specified is inactive. This field only accepts active prices.",
            param=f"{where}[price]",
            code="product_inactive" if price["active"] else None,
        )
    return price


def adjustable(given: dict[str, Any], where: str) -> Thing | None:
    """`adjustable_quantity` as it is shown; its bounds must hold the quantity."""
    asked = given.get("adjustable_quantity")
    if not asked or not asked["enabled"]:
        return None
    param = f"{where}[adjustable_quantity]"
    least = asked.get("minimum", 0)
    most = asked.get("maximum", _USUAL_MOST)
    if not 0 <= least <= MOST_QUANTITY:
        raise invalid("minimum must be from 0 to 999999.", param=f"{param}[minimum]")
    if not max(least, 1) <= most <= MOST_QUANTITY:
        raise invalid(
            "maximum must be at least the minimum, and at most 999999.", param=f"{param}[maximum]"
        )
    if not least <= given.get("quantity", least) <= most:
        raise invalid(
            "The quantity must lie between minimum and maximum.", param=f"{where}[quantity]"
        )
    return {"enabled": True, "maximum": most, "minimum": least}


def options_of(call: Call, given: list[Any], lines: list[Thing], currency: str) -> list[Thing]:
    """`optional_items`, each checked against the session's lines and currency."""
    if len(given) > _MOST_OPTIONAL:
        raise invalid(
            f"A session has at most {_MOST_OPTIONAL} optional items.", param="optional_items"
        )
    return [_option(call, each, lines, currency, f"optional_items[{n}]")
            for n, each in enumerate(given)]  # fmt: skip


def _option(
    call: Call, given: dict[str, Any], lines: list[Thing], currency: str, where: str
) -> Thing:
    price = price_of(call, given, where)
    sold = {each["price"]["id"] for each in lines if each["price"]["recurring"]}
    recurs = [each["price"]["recurring"] for each in lines if each["price"]["recurring"]]
    if price["recurring"] and not any(_alike(price["recurring"], each) for each in recurs):
        raise invalid(
            "A recurring price needs mode `subscription`, and the interval of the line items.",
            param=f"{where}[price]",
        )
    if price["custom_unit_amount"] is not None or price["id"] in sold:
        raise invalid(
            "An optional item is none of the line items, and has an amount of its own.",
            param=f"{where}[price]",
        )
    line_at(call, price, _quantity(given, where), currency, where)
    return {
        "adjustable_quantity": adjustable(given, where),
        "price": price["id"],
        "quantity": given["quantity"],
    }


def _alike(one: Thing, other: Thing) -> bool:
    names = ("interval", "interval_count")
    return all(one[each] == other[each] for each in names)


def _quantity(given: dict[str, Any], where: str) -> int:
    param = f"{where}[quantity]"
    quantity = given.get("quantity")
    if quantity is None:
        raise invalid(f"Missing required param: {param}.", code="parameter_missing", param=param)
    if not 1 <= quantity <= MOST_QUANTITY:
        raise invalid(f"The quantity must be from 1 to {MOST_QUANTITY}.", param=param)
    return int(quantity)


def _check_kinds(prices: list[Thing], mode: str) -> None:
    recurring = [n for n, each in enumerate(prices) if each["type"] == "recurring"]
    if mode == "payment" and recurring:
        raise invalid(
            "You specified `payment` mode but passed a recurring price. Either switch to "
            "`subscription` mode or use only one-time prices.",
            param=f"line_items[{recurring[0]}][price]",
        )
    if mode != "subscription":
        return
    if not recurring:
        raise invalid(
            "You must provide at least one recurring price in `subscription` mode when using "
            "prices.",
            param="line_items",
        )
    if max(len(recurring), len(prices) - len(recurring)) > _MOST_OF_A_KIND:
        raise invalid(
            f"In subscription mode there are at most {_MOST_OF_A_KIND} recurring and "
            f"{_MOST_OF_A_KIND} one-time prices.",
            param="line_items",
        )
    if len({prices[n]["id"] for n in recurring}) < len(recurring):
        raise invalid(
            "Each recurring price of a session has one line item; use its quantity.",
            param="line_items",
        )
    intervals = {
        (prices[n]["recurring"]["interval"], prices[n]["recurring"]["interval_count"])
        for n in recurring
    }
    if len(intervals) > 1:
        raise invalid(
            "Checkout does not support multiple prices with different billing intervals.",
            param="line_items",
        )
