"""What is charged once, on one invoice: one-time prices and plain amounts."""

from typing import Any

from stripe_emulator.billing import items, lines
from stripe_emulator.billing.discounts import new_discounts
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid
from stripe_emulator.metadata import merged
from stripe_emulator.price_amounts import amount_of, in_currency
from stripe_emulator.resources.price import new_price
from stripe_emulator.store import Thing


def one_time_price(call: Call, given: dict[str, Any], where: str) -> Thing:
    """The price that `price` names or `price_data` describes; it must not recur."""
    if ("price" in given) == ("price_data" in given):
        raise invalid(
            "Send either price or price_data, and only one of them.",
            code="parameters_exclusive" if "price" in given else "parameter_missing",
            param=f"{where}[price]" if where else "price",
        )
    if "price" in given:
        price = call.require("price", given["price"], f"{where}[price]" if where else "price")
    else:
        price = new_price(call, given["price_data"], f"{where}[price_data]" if where else "")
    if price["type"] != "one_time":
        raise invalid(
            "The price specified is set to `type=recurring` but this field only accepts prices "
            "with `type=one_time`.",
            param=f"{where}[price]" if where else "price",
        )
    return price


def one_time_line(call: Call, subscription: Thing, given: dict[str, Any], where: str) -> Thing:
    """A line of a subscription's invoice for `add_invoice_items`, or for a line of a session."""
    price = one_time_price(call, given, where)
    quantity = given.get("quantity", 1)
    product = call.tx.get("product", price["product"]) or {}
    currency = subscription["currency"]
    charged = in_currency(price, currency)
    if charged is None:
        raise invalid(f"The price has no amount in {currency}.", param=where)
    return lines.new_line(
        amount_of(charged, quantity),
        currency,
        description=product.get("name"),
        period=(call.now, call.now),
        parent={
            "type": "invoice_item_details",
            "subscription_item_details": None,
            "invoice_item_details": {
                "invoice_item": "",
                "proration": False,
                "proration_details": {"credited_items": None},
                "subscription": subscription["id"],
            },
        },
        price=price,
        quantity=quantity,
        discountable=given.get("discountable", True),
        discounts=new_discounts(
            call, given.get("discounts"), f"{where}[discounts]",
            customer=subscription["customer"],
        ),
        metadata=merged(None, given.get("metadata")),
        subscription=subscription["id"],
        _tax_rates=items.rates_of(call, given.get("tax_rates"), f"{where}[tax_rates]"),
    )  # fmt: skip
