"""Pauses: after a trial without a payment method, by the pause call, and the way back."""

from copy import deepcopy
from typing import Any

from stripe_emulator.billing import (
    collecting,
    drafting,
    ending,
    invoicing,
    items,
    lines,
    prorating,
    renewing,
    standing,
)
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid
from stripe_emulator.store import Thing

_PAUSABLE = ("active", "trialing", "past_due", "unpaid")


def trial_ends_without_method(call: Call, subscription: Thing) -> bool:
    """`trial_settings[end_behavior]`: whether the trial's end was the subscription's as well."""
    probe = {"customer": subscription["customer"], "_subscription": subscription["id"]}
    settings = subscription["trial_settings"] or {}
    choice = settings.get("end_behavior", {}).get("missing_payment_method", "create_invoice")
    sends = subscription["collection_method"] == "send_invoice"
    if choice == "create_invoice" or sends or collecting.method_for(call, probe) is not None:
        return False
    if choice == "cancel":
        ending.cancel(call, subscription, "cancellation_requested")
    else:
        _pause(call, subscription, "trial_end_without_payment_method")
    return True


def pause(call: Call, subscription: Thing, given: dict[str, Any]) -> Thing:
    """The pause call: no invoices and no new periods until it is resumed. Raises a StripeFault."""
    if subscription["status"] not in _PAUSABLE:
        raise invalid(f"A subscription with a status of {subscription['status']} cannot be paused.")
    unused = (given.get("bill_for") or {}).get("unused_time_from", {}).get("type", "now")
    for each in subscription["items"]["data"]:
        if unused != "none":
            moment = call.now if unused == "now" else each["current_period_start"]
            prorating.change_item(call, subscription, each, None, moment)
    if given.get("invoicing_behavior") == "invoice":
        ending.last_invoice(call, subscription)
        subscription = call.require("subscription", subscription["id"])
    _pause(call, subscription, "pause_requested")
    return subscription


def resume(call: Call, subscription: Thing, given: dict[str, Any]) -> Thing:
    """The resume call: a new period begins, or the old one goes on. Raises a StripeFault."""
    if subscription["status"] != "paused":
        raise invalid(
            "Only a paused subscription can be resumed. This one has a status of "
            f"{subscription['status']}.",
        )
    before = deepcopy({name: subscription[name] for name in ("items", "billing_cycle_anchor")})
    anchor = (given.get("billing_cycle_anchor") or {}).get("type", "now")
    invoice = _resumption(call, subscription, given, anchor)
    if anchor != "unchanged" or subscription["items"]["data"] != before["items"]["data"]:
        standing.save(call, subscription)
    if invoice is None or given.get("payment_behavior") != "resume_on_payment_success":
        resumed(call, subscription)
    else:
        subscription["_resuming"] = True
        standing.save(call, subscription)
    if invoice is not None:
        drafting.store_draft(call, invoice, finalize_in=None)
        invoicing.finalize_and_collect(call, invoice)
    subscription = call.require("subscription", subscription["id"])
    renewing.arrange(call, subscription)
    return subscription


def resumed(call: Call, subscription: Thing) -> None:
    """Active again."""
    previous = {"status": subscription["status"]}
    subscription.pop("_resuming", None)
    subscription.pop("status_details", None)
    subscription["status"] = "active"
    standing.save(call, subscription)
    call.emit("customer.subscription.updated", subscription, previous)
    call.emit("customer.subscription.resumed", subscription)


def _pause(call: Call, subscription: Thing, why: str) -> None:
    previous = {"status": subscription["status"]}
    subscription["status_details"] = {
        "paused": {
            "subscription": {"type": why},
            "transitioned_at": call.now,
            "type": "subscription",
        }
    }
    subscription["status"] = "paused"
    standing.save(call, subscription)
    call.emit("customer.subscription.updated", subscription, previous)
    call.emit("customer.subscription.paused", subscription)


def _resumption(
    call: Call, subscription: Thing, given: dict[str, Any], anchor: str
) -> Thing | None:
    """The draft for the first period after a pause; None if nothing has to be paid for it."""
    found = subscription["items"]["data"]
    if anchor == "now":
        subscription.update(billing_cycle_anchor=call.now, billing_cycle_anchor_config=None)
        for each in found:
            items.begin(subscription, each, call.now)
        due = found
    else:
        due = []
        for each in found:
            start = items.cycle(subscription, each).until(call.now)
            items.begin(subscription, each, start)
            if given.get("proration_behavior") != "none":
                prorating.change_item(call, subscription, None, each, call.now)
        if given.get("proration_behavior") != "always_invoice":
            return None
    now = (call.now, call.now)
    invoice = drafting.of_subscription(call, subscription, "subscription_update", now)
    waiting = drafting.pending_items(
        call, invoice["customer"], invoice["currency"], subscription["id"]
    )
    drafting.take_items(call, invoice, waiting)
    for each in due:
        invoice["_lines"].append(lines.of_item(call, subscription, each))
    subscription["latest_invoice"] = invoice["id"]
    return invoice
