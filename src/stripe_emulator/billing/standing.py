"""How a subscription stands: what its invoices and the time make of its status.

incomplete ─▶ active ⇄ past_due ─▶ canceled or unpaid     incomplete ─▶ incomplete_expired
trialing ─▶ active, past_due, paused, canceled            active, trialing ⇄ paused
"""

from copy import deepcopy
from typing import Any

from stripe_emulator.call import Call
from stripe_emulator.store import Thing

ENDED = ("canceled", "incomplete_expired")
_OWING = ("past_due", "unpaid")


def subscription_of(call: Call, invoice: Thing) -> Thing | None:
    """The subscription an invoice is of."""
    return call.tx.get("subscription", invoice.get("_subscription") or "")


def save(call: Call, subscription: Thing) -> None:
    """Keep a subscription, and each of its items under its own id."""
    for each in subscription["items"]["data"]:
        call.tx.put({**each, "_price": each["price"]["id"]})
    call.tx.put(subscription)


def change(call: Call, subscription: Thing, **fields: Any) -> None:
    """New values of top-level fields, kept and told of; nothing if nothing changes."""
    previous = {
        name: deepcopy(subscription.get(name))
        for name, value in fields.items()
        if subscription.get(name) != value
    }
    if not previous:
        return
    subscription.update(fields)
    save(call, subscription)
    shown = {name: value for name, value in previous.items() if not name.startswith("_")}
    if shown:
        call.emit("customer.subscription.updated", subscription, shown)


def invoice_paid(call: Call, invoice: Thing) -> None:
    """The newest invoice is paid: all is well again."""
    subscription = subscription_of(call, invoice)
    if subscription is None or subscription["latest_invoice"] != invoice["id"]:
        return
    _no_longer_delinquent(call, subscription)
    _keep_method(call, subscription, invoice)
    if subscription["status"] in ("incomplete", *_OWING):
        status = "trialing" if (subscription["trial_end"] or 0) > call.now else "active"
        change(call, subscription, status=status)
    elif subscription["status"] == "paused" and subscription.get("_resuming"):
        from stripe_emulator.billing.pausing import resumed

        resumed(call, subscription)


def _keep_method(call: Call, subscription: Thing, invoice: Thing) -> None:
    """Stripe: "save_default_payment_method": what paid once pays from now on."""
    from stripe_emulator.billing.invoicing import intent_of

    settings = subscription["payment_settings"] or {}
    intent = intent_of(call, invoice)
    if settings.get("save_default_payment_method") == "on_subscription" and intent is not None:
        subscription["default_payment_method"] = intent["payment_method"]
        save(call, subscription)


def invoice_failed(call: Call, invoice: Thing) -> None:
    """A payment failed: the subscription is behind."""
    subscription = subscription_of(call, invoice)
    if subscription is None:
        return
    customer = call.tx.get("customer", subscription["customer"])
    if customer is not None and not customer.get("deleted") and not customer["delinquent"]:
        customer["delinquent"] = True
        call.tx.put(customer)
    if subscription["status"] in ("active", "trialing"):
        change(call, subscription, status="past_due")


def _no_longer_delinquent(call: Call, subscription: Thing) -> None:
    customer = call.tx.get("customer", subscription["customer"])
    if customer is not None and customer.get("delinquent"):
        customer["delinquent"] = False
        call.tx.put(customer)
