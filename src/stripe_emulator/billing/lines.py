"""Invoice lines ("The Invoice Line Item object"), of subscription items and invoice items."""

from datetime import UTC, datetime
from typing import Any

from stripe_emulator import ids
from stripe_emulator.billing.plans import cost
from stripe_emulator.call import Call
from stripe_emulator.shapes import complete
from stripe_emulator.store import Thing

# Stripe shows so many lines inside an invoice; the rest is listed.
SHOWN = 10


def new_line(  # noqa: PLR0913 - what a line says of itself
    amount: int,
    currency: str,
    *,
    description: str | None,
    period: tuple[int, int],
    parent: Thing | None,
    price: Thing | None = None,
    quantity: int | None = 1,
    **more: Any,
) -> Thing:
    """A line before discounts and taxes; `_tax_rates` in `more` are whole tax rates."""
    line: Thing = {
        "id": ids.new("il"),
        "object": "line_item",
        "amount": amount,
        "currency": currency,
        "description": description,
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "metadata": {},
        "parent": parent,
        "period": {"start": period[0], "end": period[1]},
        "pretax_credit_amounts": [],
        "pricing": pricing(price),
        "quantity": quantity,
        "quantity_decimal": str(quantity) if quantity is not None else None,
        "subscription": None,
        "subtotal": amount,
        "taxes": [],
        "_product": price["product"] if price else None,
        "_tax_rates": [],
        "_tax_behavior": price.get("tax_behavior") if price else None,
    }
    line.update(more)
    return line


def pricing(price: Thing | None) -> Thing | None:
    """How a line or an invoice item names its price."""
    if price is None:
        return None
    return {
        "type": "price_details",
        "price_details": {"price": price["id"], "product": price["product"]},
        "unit_amount_decimal": price["unit_amount_decimal"],
    }


def of_item(call: Call, subscription: Thing, item: Thing, *, trial: bool = False) -> Thing:
    """The line that charges an item for its current period; a trial costs nothing."""
    price, quantity = item["price"], item.get("quantity") or 0
    product = call.tx.get("product", price["product"]) or {}
    name = product.get("name") or price["nickname"] or price["id"]
    return new_line(
        0 if trial else cost(call, item, subscription["currency"]),
        subscription["currency"],
        description=_said(name, price, quantity, trial=trial),
        period=(item["current_period_start"], item["current_period_end"]),
        parent=subscription_parent(subscription, item),
        price=price,
        quantity=quantity,
        discounts=list(item["discounts"]),
        metadata=dict(item["metadata"]),
        subscription=subscription["id"],
        _tax_rates=item["tax_rates"] or subscription["default_tax_rates"] or [],
    )


def subscription_parent(subscription: Thing, item: Thing, invoice_item: str | None = None) -> Thing:
    """Where a line comes from: an item of a subscription, by way of an invoice item or not."""
    return {
        "type": "subscription_item_details",
        "invoice_item_details": None,
        "subscription_item_details": {
            "invoice_item": invoice_item,
            "proration": invoice_item is not None,
            "proration_details": {"credited_items": None},
            "subscription": subscription["id"],
            "subscription_item": item["id"],
        },
    }


def of_invoice_item(invoice_item: Thing) -> Thing:
    """The line of an invoice item, which the two have in common from now on."""
    details = (invoice_item.get("parent") or {}).get("subscription_details") or {}
    if details.get("subscription_item"):
        parent = subscription_parent(
            {"id": details["subscription"]}, {"id": details["subscription_item"]},
            invoice_item["id"],
        )  # fmt: skip
    else:
        parent = {
            "type": "invoice_item_details",
            "subscription_item_details": None,
            "invoice_item_details": {
                "invoice_item": invoice_item["id"],
                "proration": invoice_item["proration"],
                "proration_details": {"credited_items": None},
                "subscription": details.get("subscription"),
            },
        }
    priced = (invoice_item.get("pricing") or {}).get("price_details") or {}
    line = new_line(
        invoice_item["amount"],
        invoice_item["currency"],
        description=invoice_item["description"],
        period=(invoice_item["period"]["start"], invoice_item["period"]["end"]),
        parent=parent,
        quantity=invoice_item["quantity"],
        discountable=invoice_item["discountable"],
        discounts=list(invoice_item["discounts"] or []),
        metadata=dict(invoice_item["metadata"]),
        subscription=details.get("subscription"),
        _tax_rates=invoice_item["tax_rates"] or [],
    )
    line.update(pricing=invoice_item["pricing"], _product=priced.get("product"))
    return line


def shown(invoice: Thing) -> Thing:
    """The list inside an invoice."""
    found = invoice["_lines"]
    return {
        "object": "list",
        "data": [complete(each) for each in found[:SHOWN]],
        "has_more": len(found) > SHOWN,
        "total_count": len(found),
        "url": f"/v1/invoices/{invoice.get('id') or 'upcoming'}/lines",
    }


def day(moment: int) -> str:
    """A date as Stripe's descriptions have it: 25 Nov 2026."""
    at = datetime.fromtimestamp(moment, UTC)
    return f"{at.day} {at:%b} {at.year}"


def _said(name: str, price: Thing, quantity: int, *, trial: bool) -> str:
    if trial:
        return f"Trial period for {name}"
    recurring = price["recurring"]
    count, interval = recurring["interval_count"], recurring["interval"]
    every = interval if count == 1 else f"{count} {interval}s"
    if price["unit_amount"] is None:
        return f"{quantity} × {name}"
    return f"{quantity} × {name} (at {_money(price)} / {every})"


def _money(price: Thing) -> str:
    from stripe_emulator.money import decimals

    places = decimals(price["currency"])
    amount = price["unit_amount"]
    whole, rest = divmod(amount, 10**places)
    number = f"{whole:,}.{rest:0{places}d}" if places else f"{whole:,}"
    return f"{number} {price['currency'].upper()}"
