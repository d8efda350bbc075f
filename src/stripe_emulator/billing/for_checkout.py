"""What Checkout asks of billing: what is due today, the subscription it starts, an invoice."""

from collections.abc import Sequence
from typing import Any

from stripe_emulator.billing import drafting, invoicing, lines
from stripe_emulator.billing.discounts import keep
from stripe_emulator.billing.items import rates_of
from stripe_emulator.billing.opening import new_subscription, trial_end_of
from stripe_emulator.billing.periods import Cycle, share
from stripe_emulator.billing.subscribing import Start, start
from stripe_emulator.call import Call
from stripe_emulator.store import Thing

# `subscription_data` of a session that means the same when a subscription is created.
_DATA = (
    *("billing_cycle_anchor", "billing_cycle_anchor_config", "billing_mode", "description"),
    *("default_tax_rates", "metadata", "proration_behavior", "trial_end", "trial_period_days"),
    *("trial_settings", "invoice_settings"),
)


def first_amounts(call: Call, session_lines: Sequence[Thing], data: dict[str, Any]) -> list[int]:
    """What is due today for each line of a subscription session, before discounts; minor units.

    `data` is the session's `subscription_data`. A trial makes recurring lines free, a later
    `billing_cycle_anchor` charges a part of their first period. Raises a StripeFault.
    """
    trial_end = trial_end_of(call, data)
    anchor = data.get("billing_cycle_anchor")
    amounts = []
    for each in session_lines:
        amount, recurring = each["amount_subtotal"], each["price"]["recurring"]
        if recurring is not None and trial_end is not None:
            amount = 0
        elif recurring is not None and anchor is not None:
            cycle = Cycle(anchor, recurring["interval"], recurring["interval_count"])
            begun, next_ = cycle.until(call.now), cycle.after(call.now)
            part = share(amount, begun, next_, call.now)
            amount = 0 if data.get("proration_behavior") == "none" else part
        amounts.append(amount)
    return amounts


def start_from_session(
    call: Call, session: Thing, customer: Thing, method: Thing | None, intent: Thing | None
) -> Thing:
    """The subscription of a completed session; `intent` has paid its first invoice.

    `intent` is None if nothing was due, `method` if none was collected. The session's lines are
    `_lines`, its `subscription_data` is `_subscription_data`, its discounts are `_discounts`.
    """
    call.on_clock_of(customer)
    data = session.get("_subscription_data") or {}
    recurring = [each for each in session["_lines"] if each["price"]["recurring"]]
    given: dict[str, Any] = {
        **{name: data[name] for name in _DATA if data.get(name) is not None},
        "currency": session["currency"],
        "items": [_item(each) for each in recurring],
        "automatic_tax": {"enabled": session["automatic_tax"]["enabled"]},
        "default_payment_method": method["id"] if method is not None else None,
    }
    subscription = new_subscription(call, customer, given)
    subscription["discounts"] = [
        keep(call, each, customer=customer["id"], subscription=subscription["id"])
        for each in session.get("_discounts") or []
    ]
    once = [each for each in session["_lines"] if not each["price"]["recurring"]]
    how = Start(
        proration=data.get("proration_behavior", "create_prorations"),
        extra=[_item(each) for each in once],
        paid_by=intent,
        from_checkout=True,
    )
    return start(call, subscription, how)


def invoice_of_session(call: Call, session: Thing, intent: Thing | None) -> Thing:
    """The paid invoice of a payment session with `invoice_creation`; its customer is required."""
    customer = call.require("customer", session["customer"])
    call.on_clock_of(customer)
    data = (session.get("invoice_creation") or {}).get("invoice_data") or {}
    invoice = drafting.new_invoice(
        call,
        customer,
        session["currency"],
        "manual",
        custom_fields=data.get("custom_fields"),
        description=data.get("description"),
        footer=data.get("footer"),
        metadata=data.get("metadata") or {},
        _fixed=True,
    )
    discounts = [keep(call, each, customer=customer["id"], invoice=invoice["id"])
                 for each in session.get("_discounts") or []]  # fmt: skip
    invoice["discounts"] = discounts
    invoice["_lines"] = [_line(call, each, discounts, invoice["id"]) for each in session["_lines"]]
    invoice.update(_sums(session, invoice))
    invoice["lines"] = lines.shown(invoice)
    drafting.store_draft(call, invoice, finalize_in=None)
    invoice = invoicing.finalize(call, invoice, intent)
    if intent is not None and invoice["status"] == "open" and intent["status"] == "succeeded":
        invoice = invoicing.mark_paid(call, invoice, intent["amount_received"])
    call.emit("invoice.sent", invoice)
    return invoice


def _item(line: Thing) -> dict[str, Any]:
    rates = {"tax_rates": line["_tax_rates"]} if line.get("_tax_rates") else {}
    return {"price": line["price"]["id"], "quantity": line["quantity"] or 0, **rates}


def _line(call: Call, line: Thing, discounts: Sequence[str], invoice_id: str) -> Thing:
    """An invoice's line with the amounts that the session has reckoned already."""
    rates = rates_of(call, line.get("_tax_rates"), "tax_rates")
    made = lines.new_line(
        line["amount_subtotal"],
        line["currency"],
        description=line["description"],
        period=(call.now, call.now),
        parent=None,
        price=line["price"],
        quantity=line["quantity"],
        invoice=invoice_id,
        metadata=dict(line["metadata"]),
        _tax_rates=rates,
    )
    if discounts and line["amount_discount"]:
        made["discount_amounts"] = [{"amount": line["amount_discount"], "discount": discounts[0]}]
    return made


def _sums(session: Thing, invoice: Thing) -> Thing:
    sums = session["total_details"]
    off = sums["amount_discount"]
    total, tax = session["amount_total"], sums["amount_tax"]
    return {
        "amount_due": total,
        "amount_remaining": total,
        "amount_shipping": sums["amount_shipping"] or 0,
        "shipping_cost": session.get("shipping_cost"),
        "subtotal": session["amount_subtotal"],
        "subtotal_excluding_tax": session["amount_subtotal"],
        "total": total,
        "total_excluding_tax": total - tax,
        "total_discount_amounts": [
            {"amount": off, "discount": each} for each in invoice["discounts"] if off
        ],
        "total_taxes": [],
    }
