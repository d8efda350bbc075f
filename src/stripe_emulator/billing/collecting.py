"""Collecting an invoice: which payment method, what came of it, and when to try again.

Stripe's smart retries are not public. The emulator tries again 3, 5 and 7 days after each failure
(its own schedule, near Stripe's older fixed one) and then does what `after_last_retry` says.
"""

from stripe_emulator.attempting import attempt
from stripe_emulator.billing import invoicing, standing
from stripe_emulator.billing.periods import DAY
from stripe_emulator.call import Call
from stripe_emulator.cards import Decline
from stripe_emulator.schedule import task
from stripe_emulator.store import Thing, Tx
from stripe_emulator.watching import watches

RETRY_DAYS = (3, 5, 7)
AFTER_LAST_RETRY = ("cancel", "mark_unpaid", "leave_past_due")
_SETTING = "billing_after_last_retry"


def after_last_retry(tx: Tx) -> str:
    """What becomes of a subscription whose last retry has failed; one of AFTER_LAST_RETRY."""
    return str(tx.recall(_SETTING) or AFTER_LAST_RETRY[0])


def set_after_last_retry(tx: Tx, choice: str) -> None:
    """Raises ValueError for a choice that is none."""
    if choice not in AFTER_LAST_RETRY:
        raise ValueError(f"after_last_retry is one of {', '.join(AFTER_LAST_RETRY)}")
    tx.remember(_SETTING, choice)


def method_for(call: Call, invoice: Thing) -> Thing | None:
    """The invoice's own payment method, else the subscription's, else the customer's."""
    subscription = standing.subscription_of(call, invoice) or {}
    customer = call.tx.get("customer", invoice["customer"]) or {}
    settings = customer.get("invoice_settings") or {}
    for name in (
        *(invoice.get("default_payment_method"), subscription.get("default_payment_method")),
        *(invoice.get("default_source"), subscription.get("default_source")),
        *(settings.get("default_payment_method"), customer.get("default_source")),
    ):
        found = call.tx.get("payment_method", name) if name else None
        if found is not None and found["customer"] == invoice["customer"]:
            return found
    return None


def collect(
    call: Call,
    invoice: Thing,
    method: Thing | None = None,
    *,
    off_session: bool = True,
    return_url: str | None = None,
) -> Decline | None:
    """Try to pay an open invoice, and see to what follows; the Decline if it was refused.

    The stored invoice is what counts afterwards, not the one given.
    """
    decline = charge(call, invoice, method, off_session=off_session, return_url=return_url)
    concluded(call, call.require("invoice", invoice["id"]), decline)
    return decline


def charge(
    call: Call,
    invoice: Thing,
    method: Thing | None = None,
    *,
    off_session: bool = True,
    return_url: str | None = None,
) -> Decline | None:
    """The attempt alone, with nothing concluded from it."""
    method = method or method_for(call, invoice)
    invoice.update(attempted=True, attempt_count=invoice["attempt_count"] + 1, _collecting=True)
    call.tx.put(invoice)
    intent = invoicing.intent_of(call, invoice)
    decline = None
    if method is not None and intent is not None:
        decline = attempt(call, intent, method, off_session=off_session, return_url=return_url)
        if decline is not None and decline.code == "authentication_required":
            # The customer is to prove who they are: the same intent now waits for that.
            intent = call.require("payment_intent", intent["id"])
            attempt(call, intent, method, off_session=False)
    kept = call.require("invoice", invoice["id"])
    kept["_collecting"] = False
    call.tx.put(kept)
    invoice.update(kept)
    return decline


def concluded(call: Call, invoice: Thing, decline: Decline | None) -> None:
    """What the state of its payment intent means for an invoice."""
    intent = invoicing.intent_of(call, invoice)
    status = intent["status"] if intent is not None else "requires_payment_method"
    if invoice["status"] not in ("open", "uncollectible"):
        return
    if status == "succeeded":
        invoicing.mark_paid(call, invoice, (intent or {}).get("amount_received", 0))
    elif status == "requires_action":
        call.emit("invoice.payment_action_required", invoice)
        _behind(call, invoice, failed=decline is not None)
    elif status in ("requires_payment_method", "requires_confirmation"):
        _behind(call, invoice, failed=True)


def _behind(call: Call, invoice: Thing, *, failed: bool) -> None:
    """Not paid: try again later, unless it is the first invoice or the last retry."""
    retried = _plan_retry(call, invoice)
    if failed:
        call.emit("invoice.payment_failed", invoice)
        call.emit("invoice.updated", invoice, {"attempt_count": invoice["attempt_count"] - 1})
    if invoice["billing_reason"] == "subscription_create":
        return
    standing.invoice_failed(call, invoice)
    if not retried and invoice["auto_advance"] and invoice["attempt_count"] > len(RETRY_DAYS):
        _give_up(call, invoice)


def _plan_retry(call: Call, invoice: Thing) -> bool:
    tried = invoice["attempt_count"]
    first = invoice["billing_reason"] == "subscription_create"
    invoice["next_payment_attempt"] = None
    again = invoice["auto_advance"] and not first and 1 <= tried <= len(RETRY_DAYS)
    if again:
        due = call.now + RETRY_DAYS[tried - 1] * DAY
        invoice["next_payment_attempt"] = due
        call.at(due, "retry_invoice", invoice_id=invoice["id"], tried=tried)
    call.tx.put(invoice)
    return bool(again)


def _give_up(call: Call, invoice: Thing) -> None:
    from stripe_emulator.billing.ending import cancel

    subscription = standing.subscription_of(call, invoice)
    if subscription is None or subscription["status"] in standing.ENDED:
        return
    choice = after_last_retry(call.tx)
    if choice == "cancel":
        cancel(call, subscription, "payment_failed")
    elif choice == "mark_unpaid":
        standing.change(call, subscription, status="unpaid")


@task("retry_invoice")
def _retry(call: Call, invoice_id: str, tried: int) -> None:
    invoice = call.tx.get("invoice", invoice_id)
    if invoice is None or invoice.get("status") != "open" or not invoice["auto_advance"]:
        return
    if invoice["attempt_count"] == tried and invoice["next_payment_attempt"] is not None:
        collect(call, invoice)


@watches("payment_intent")
def _intent_changed(call: Call, intent: Thing, before: str) -> None:
    """Whoever paid it, and wherever: on the invoice's page, with Elements, in the portal."""
    invoice = call.tx.get("invoice", intent.get("_invoice") or "")
    if invoice is None or invoice.get("_collecting") or invoice.get("deleted"):
        return
    if intent["status"] == "succeeded":
        if invoice["status"] in ("open", "uncollectible"):
            invoicing.mark_paid(call, invoice, intent["amount_received"])
    elif intent["status"] == "requires_payment_method" and before in _TRIED:
        if before == "attempted" and invoice["status"] == "open":
            invoice.update(attempted=True, attempt_count=invoice["attempt_count"] + 1)
        concluded(call, invoice, None)
    elif intent["status"] == "requires_action" and invoice["status"] == "open":
        call.emit("invoice.payment_action_required", invoice)


_TRIED = ("attempted", "requires_action", "processing")
