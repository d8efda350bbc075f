"""A subscription's end ("Cancel subscriptions")."""

from stripe_emulator.billing import drafting, invoicing, prorating, standing
from stripe_emulator.call import Call
from stripe_emulator.store import Thing


def cancel(
    call: Call,
    subscription: Thing,
    reason: str,
    *,
    prorate: bool = False,
    invoice_now: bool = False,
) -> None:
    """It ends at this moment; what was open stays open but is no longer collected.

    `prorate` credits the time not used, `invoice_now` puts it on a last invoice.
    """
    if prorate:
        prorating.credit_rest(call, subscription)
    subscription.update(
        status="canceled",
        canceled_at=subscription["canceled_at"] or call.now,
        ended_at=call.now,
        cancel_at_period_end=False if reason == "payment_failed" else _kept(subscription),
    )
    subscription["cancellation_details"]["reason"] = reason
    if invoice_now:
        last_invoice(call, subscription)
    standing.save(call, subscription)
    call.emit("customer.subscription.deleted", subscription)
    _stop_collecting(call, subscription)


def cancel_all_of(call: Call, customer: Thing) -> None:
    """Every subscription of a customer that has not ended yet, as their deletion does."""
    running = call.tx.find(
        "subscription",
        customer=customer["id"],
        where="json_extract(body, '$.ended_at') IS NULL",
    )
    for each in running:
        cancel(call, each, "cancellation_requested")


def last_invoice(call: Call, subscription: Thing) -> None:
    """What still waited to be invoiced, credited or charged at once."""
    waiting = drafting.pending_items(
        call, subscription["customer"], subscription["currency"], subscription["id"]
    )
    if not waiting:
        return
    now = (call.now, call.now)
    invoice = drafting.of_subscription(call, subscription, "subscription_update", now)
    drafting.take_items(call, invoice, waiting)
    subscription["latest_invoice"] = invoice["id"]
    standing.save(call, subscription)
    drafting.store_draft(call, invoice, finalize_in=None)
    invoicing.finalize_and_collect(call, invoice)


def _kept(subscription: Thing) -> bool:
    return bool(subscription["cancel_at_period_end"])


def _stop_collecting(call: Call, subscription: Thing) -> None:
    """Stripe: "Open invoices are no longer collected by themselves"; drafts stay drafts."""
    for invoice in call.tx.find("invoice", _subscription=subscription["id"], limit=20):
        if invoice.get("status") in ("draft", "open") and invoice["auto_advance"]:
            invoice.update(auto_advance=False, next_payment_attempt=None)
            invoice["automatically_finalizes_at"] = None
            call.tx.put(invoice)
            call.emit("invoice.updated", invoice, {"auto_advance": True})
