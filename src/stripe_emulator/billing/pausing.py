"""Pauses: after a trial without a payment method, by the pause call, and the way back."""

from stripe_emulator.billing import collecting, drafting, ending, invoicing, standing
from stripe_emulator.call import Call
from stripe_emulator.store import Thing


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
        standing.change(call, subscription, status="paused")
        call.emit("customer.subscription.paused", subscription)
    return True


def resumed(call: Call, subscription: Thing) -> None:
    """Active again."""
    subscription.pop("_resuming", None)
    subscription.pop("status_details", None)
    standing.change(call, subscription, status="active")
    call.emit("customer.subscription.resumed", subscription)


__all__ = ("drafting", "invoicing", "resumed", "trial_ends_without_method")
