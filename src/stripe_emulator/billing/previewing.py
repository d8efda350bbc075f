"""Invoices as they would be ("Create a preview invoice"): nothing of them is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

from stripe_emulator import ids
from stripe_emulator.billing import drafting, invoice_items, items, lines, renewing
from stripe_emulator.billing.discounts import new_discounts
from stripe_emulator.billing.opening import new_subscription, period_end
from stripe_emulator.billing.reckoning import owe, reckon
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid, not_here_yet
from stripe_emulator.store import Thing

_NOT_YET = ("schedule", "schedule_details", "customer_account", "on_behalf_of", "issuer")


def upcoming(call: Call, subscription: Thing) -> Thing:
    """The next invoice of a subscription."""
    with _nothing_kept(call):
        return _next(call, deepcopy(subscription))


def preview(call: Call, given: dict[str, Any]) -> Thing:
    """The invoice that the parameters would make. Raises a StripeFault."""
    for name in _NOT_YET:
        if given.get(name):
            raise not_here_yet(f"previews with {name}", name)
    with _nothing_kept(call):
        return _previewed(call, given)


@contextmanager
def _nothing_kept(call: Call) -> Iterator[None]:
    call.tx.sql.execute("SAVEPOINT preview")
    try:
        yield
    finally:
        call.tx.sql.execute("ROLLBACK TO preview")
        call.tx.sql.execute("RELEASE preview")


def _previewed(call: Call, given: dict[str, Any]) -> Thing:
    from stripe_emulator.billing.changing import planned

    subscription = None
    if given.get("subscription"):
        subscription = call.require("subscription", given["subscription"], "subscription")
    named = given.get("customer") or (subscription or {}).get("customer")
    if not named:
        raise invalid(
            "You must pass customer, customer_details or subscription.",
            code="parameter_missing",
            param="customer",
        )
    customer = call.require("customer", named, "customer")
    call.on_clock_of(customer)
    for n, each in enumerate(given.get("invoice_items") or []):
        _add_item(call, customer, each, f"invoice_items[{n}].")
    details = _details(given)
    if subscription is None:
        invoice, at = _for_new(call, customer, details, given), call.now
    else:
        draft = planned(call, subscription, details) if details else None
        if draft is None or given.get("preview_mode") == "recurring":
            return _next(call, subscription)
        invoice, at = draft, call.now
    if given.get("discounts"):
        invoice["discounts"] = new_discounts(call, given["discounts"], customer=customer["id"])
    return _as_preview(call, invoice, at)


def _details(given: dict[str, Any]) -> dict[str, Any]:
    details = dict(given.get("subscription_details") or {})
    anchor = details.pop("billing_cycle_anchor", None)
    if anchor in ("now", "unchanged"):
        details["billing_cycle_anchor"] = {"type": anchor}
    elif anchor is not None:
        details["billing_cycle_anchor"] = anchor
    for name in ("cancel_now", "resume_at", "start_date", "billing_schedules"):
        if details.pop(name, None):
            raise not_here_yet(f"previews with {name}", f"subscription_details[{name}]")
    return details


def _for_new(call: Call, customer: Thing, details: dict[str, Any], given: dict[str, Any]) -> Thing:
    from stripe_emulator.billing.subscribing import Start, first_invoice

    if details.get("items"):
        how = Start(proration=details.pop("proration_behavior", "create_prorations"))
        return first_invoice(call, new_subscription(call, customer, details), how)
    currency = given.get("currency") or customer.get("currency") or "usd"
    invoice = drafting.new_invoice(call, customer, currency, "upcoming")
    waiting = drafting.pending_items(call, customer["id"], currency, None)
    if not waiting:
        raise invalid(
            "No upcoming invoices for customer: " + customer["id"], code="invoice_upcoming_none"
        )
    drafting.take_items(call, invoice, waiting)
    return invoice


def _add_item(call: Call, customer: Thing, given: dict[str, Any], where: str) -> None:
    if given.get("invoiceitem"):
        raise not_here_yet("previews that change invoice items", f"{where}invoiceitem")
    wanted = {name: value for name, value in given.items() if name not in ("price", "unit_amount")}
    if given.get("price"):
        wanted["pricing"] = {"price": given["price"]}
    if "unit_amount" in given:
        wanted["unit_amount_decimal"] = str(given["unit_amount"])
    invoice_items.make(call, customer, wanted, where)


def _next(call: Call, subscription: Thing) -> Thing:
    at = period_end(subscription)
    if subscription["cancel_at"] is not None and subscription["cancel_at"] <= at:
        raise invalid(
            "No upcoming invoices: the subscription ends with its period.",
            code="invoice_upcoming_none",
        )
    start = min(each["current_period_start"] for each in subscription["items"]["data"])
    due = [each for each in subscription["items"]["data"] if each["current_period_end"] <= at]
    for each in due:
        items.begin(subscription, each, each["current_period_end"])
    invoice = renewing.cycle_invoice(call, subscription, due, (start, at))
    return _as_preview(call, invoice, at)


def _as_preview(call: Call, invoice: Thing, at: int) -> Thing:
    """A draft with amounts, the name of a preview and the customer's balance in it."""
    customer = call.require("customer", invoice["customer"])
    invoice.update(id=ids.new("upcoming_in"), created=at, billing_reason="upcoming")
    invoice.update(automatically_finalizes_at=None)
    invoice["next_payment_attempt"] = at + drafting.DRAFT_SECONDS
    reckon(call, invoice)
    invoice["starting_balance"] = customer["balance"]
    owe(invoice, customer["balance"])
    invoice["ending_balance"] = customer["balance"] + invoice["total"] - invoice["amount_due"]
    invoice["lines"] = lines.shown(invoice)
    return invoice
