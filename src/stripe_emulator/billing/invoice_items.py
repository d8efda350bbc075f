"""Invoice items ("The Invoice Item object"): what the customer's next invoice will charge."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from stripe_emulator.billing import items, lines
from stripe_emulator.billing.discounts import new_discounts
from stripe_emulator.billing.one_time import one_time_price
from stripe_emulator.billing.prorating import new_invoice_item
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid, not_here_yet
from stripe_emulator.metadata import merged
from stripe_emulator.money import MAXIMUM, currency_code, too_large
from stripe_emulator.price_amounts import amount_of, in_currency
from stripe_emulator.store import Thing

_NOT_YET = ("tax_amounts", "quantity_decimal")
_MOST_QUANTITY = 999_999


def make(call: Call, customer: Thing, given: dict[str, Any], where: str = "", **more: Any) -> Thing:
    """A stored invoice item by its parameters; `more` are fields of it. Raises a StripeFault."""
    priced = price(call, customer, given, where)
    name = priced.pop("name")
    item = new_invoice_item(
        call,
        customer["id"],
        priced.pop("amount"),
        priced.pop("currency"),
        description=given.get("description") or name,
        discountable=given.get("discountable", True),
        discounts=new_discounts(
            call, given.get("discounts"), f"{where}discounts", customer=customer["id"]
        ),
        metadata=merged(None, given.get("metadata")),
        period=_period(given) or {"start": call.now, "end": call.now},
        tax_rates=items.rates_of(call, given.get("tax_rates"), f"{where}tax_rates"),
        **priced,
        **more,
    )
    if customer.get("currency") is None:
        customer["currency"] = item["currency"]
        call.tx.put(customer)
    return item


def price(call: Call, customer: Thing, given: dict[str, Any], where: str = "") -> Thing:
    """Amount, currency, name, quantity and pricing of what the parameters describe."""
    for name in _NOT_YET:
        if given.get(name):
            raise not_here_yet(f"invoice items with {name}", f"{where}{name}")
    quantity = given.get("quantity", 1)
    if not 0 <= quantity <= _MOST_QUANTITY:
        raise invalid(f"The quantity must be from 0 to {_MOST_QUANTITY}.", param=f"{where}quantity")
    named = (given.get("pricing") or {}).get("price")
    if named or given.get("price_data"):
        return _of_price(call, given, where, quantity)
    currency = currency_code(
        given.get("currency") or customer.get("currency") or "usd", f"{where}currency"
    )
    if "unit_amount_decimal" in given:
        unit = Decimal(given["unit_amount_decimal"])
        amount = int((unit * quantity).quantize(Decimal(1), ROUND_HALF_UP))
    elif "amount" in given:
        amount, quantity = int(given["amount"]), 1
        unit = Decimal(amount)
    else:
        raise invalid(
            "You must pass one of amount, price_data, pricing or unit_amount_decimal.",
            code="parameter_missing",
            param=f"{where}amount",
        )
    if abs(amount) > MAXIMUM:
        raise too_large(f"{where}amount")
    pricing = {"type": "price_details", "price_details": None, "unit_amount_decimal": f"{unit:f}"}
    return {"amount": amount, "currency": currency, "name": None, "quantity": quantity,
            "pricing": pricing}  # fmt: skip


def _of_price(call: Call, given: dict[str, Any], where: str, quantity: int) -> Thing:
    named = (given.get("pricing") or {}).get("price")
    asked = {"price": named} if named else {"price_data": given["price_data"]}
    found = one_time_price(call, asked, where.rstrip("[]"))
    currency = given.get("currency") or found["currency"]
    charged = in_currency(found, currency.lower())
    if charged is None:
        raise invalid(f"The price has no amount in {currency}.", param=f"{where}currency")
    product = call.tx.get("product", found["product"]) or {}
    return {
        "amount": amount_of(charged, quantity),
        "currency": charged["currency"],
        "name": product.get("name"),
        "quantity": quantity,
        "pricing": lines.pricing(found),
    }


def bind(invoice: Thing, item: Thing) -> None:
    """An item, already stored as the invoice's, becomes a line of it."""
    invoice["_lines"].append(lines.of_invoice_item(item))


def rewrite(call: Call, item: Thing, given: dict[str, Any], where: str = "") -> Thing:
    """An item with other values; the previous ones of what has changed."""
    customer = call.tx.get("customer", item["customer"]) or {}
    changed: Thing = {}
    for name in ("description", "discountable"):
        if name in given:
            changed[name] = given[name]
    if "metadata" in given:
        changed["metadata"] = merged(item["metadata"], given["metadata"])
    if "tax_rates" in given:
        changed["tax_rates"] = items.rates_of(call, given["tax_rates"], f"{where}tax_rates")
    if "discounts" in given:
        changed["discounts"] = new_discounts(
            call, given["discounts"], f"{where}discounts", customer=item["customer"]
        )
    if _period(given):
        changed["period"] = _period(given)
    if set(given) & {"amount", "pricing", "price_data", "unit_amount_decimal", "quantity"}:
        changed.update(_repriced(call, customer, item, given, where))
    previous = {name: item.get(name) for name in changed if item.get(name) != changed[name]}
    item.update(changed)
    call.tx.put(item)
    return previous


def _repriced(call: Call, customer: Thing, item: Thing, given: dict[str, Any], where: str) -> Thing:
    asked = {"currency": item["currency"], "quantity": item["quantity"], **given}
    if not set(given) & {"amount", "pricing", "price_data", "unit_amount_decimal"}:
        details = item["pricing"].get("price_details") or {}
        if details.get("price"):
            asked["pricing"] = {"price": details["price"]}
        else:
            asked["unit_amount_decimal"] = item["pricing"]["unit_amount_decimal"]
    priced = price(call, customer, asked, where)
    priced.pop("name")
    quantity = str(priced["quantity"])
    return {**priced, "net_amount": priced["amount"], "quantity_decimal": quantity}


def _period(given: dict[str, Any]) -> Thing | None:
    period = given.get("period")
    if not period:
        return None
    if period["end"] < period["start"]:
        raise invalid("A period ends after it has begun.", param="period[end]")
    return {"start": period["start"], "end": period["end"]}
