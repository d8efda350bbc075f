"""Invoices as they would be ("Create a preview invoice"): nothing of them is kept."""

from copy import deepcopy

from stripe_emulator import ids
from stripe_emulator.billing import drafting, items, lines, renewing
from stripe_emulator.billing.opening import period_end
from stripe_emulator.billing.reckoning import owe, reckon
from stripe_emulator.call import Call
from stripe_emulator.store import Thing


def upcoming(call: Call, subscription: Thing) -> Thing:
    """The next invoice of a subscription."""
    call.tx.sql.execute("SAVEPOINT preview")
    try:
        return _rendered(call, deepcopy(subscription))
    finally:
        call.tx.sql.execute("ROLLBACK TO preview")
        call.tx.sql.execute("RELEASE preview")


def _rendered(call: Call, subscription: Thing) -> Thing:
    at = period_end(subscription)
    start = min(each["current_period_start"] for each in subscription["items"]["data"])
    due = [each for each in subscription["items"]["data"] if each["current_period_end"] <= at]
    for each in due:
        items.begin(subscription, each, each["current_period_end"])
    invoice = renewing.cycle_invoice(call, subscription, due, (start, at))
    return as_preview(call, invoice, at)


def as_preview(call: Call, invoice: Thing, at: int) -> Thing:
    """A draft with amounts, the name of a preview and the customer's balance in it."""
    customer = call.require("customer", invoice["customer"])
    invoice.update(id=ids.new("upcoming_in"), created=at, billing_reason="upcoming")
    invoice.update(automatically_finalizes_at=at + drafting.DRAFT_SECONDS)
    invoice["next_payment_attempt"] = at + drafting.DRAFT_SECONDS
    reckon(call, invoice)
    invoice["starting_balance"] = customer["balance"]
    owe(invoice, customer["balance"])
    invoice["ending_balance"] = customer["balance"] + invoice["total"] - invoice["amount_due"]
    invoice["lines"] = lines.shown(invoice)
    return invoice
