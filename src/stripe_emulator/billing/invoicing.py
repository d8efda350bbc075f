"""What becomes of an invoice: final, paid, void, uncollectible.

draft ─ finalize ─▶ open ─ pay ─▶ paid
  │                  ├─ void ─▶ void
  └─ delete          └─ mark uncollectible ─▶ uncollectible ─ pay ─▶ paid, or void
"""

from stripe_emulator import charging, ids
from stripe_emulator.billing.drafting import due_date
from stripe_emulator.billing.reckoning import lacks_location, owe, reckon
from stripe_emulator.call import Call
from stripe_emulator.errors import StripeFault, invalid
from stripe_emulator.money import minimum
from stripe_emulator.schedule import task
from stripe_emulator.store import Thing, Tx

# In logs of `stripe listen` it follows that much later ("15 to 20 seconds").
_PAYMENT_TOLD_AFTER_SECONDS = 15.0


def finalize(call: Call, invoice: Thing, paid_by: Thing | None = None) -> Thing:
    """An open invoice with its number and payment intent; one that costs nothing is paid at once.

    `paid_by`: the payment intent, if there is one already, as after a Checkout. Raises a
    StripeFault for one that cannot be sent. Returns the invoice as it is stored afterwards.
    """
    customer = call.require("customer", invoice["customer"])
    reckon(call, invoice)
    _require_finalizable(invoice, customer, paid_by)
    _number(call, invoice, customer)
    _take_balance(call, invoice, customer)
    invoice.update(
        status="open",
        automatically_finalizes_at=None,
        due_date=due_date(call, invoice),
        effective_at=invoice.get("effective_at") or call.now,
        **_addresses(call, invoice),
    )
    invoice["status_transitions"]["finalized_at"] = call.now
    if invoice["amount_due"] == 0:
        call.tx.put(invoice)
        call.emit("invoice.finalized", invoice)
        return mark_paid(call, invoice, 0)
    intent = paid_by or _new_intent(call, invoice)
    intent["_invoice"] = invoice["id"]
    call.tx.put(intent)
    invoice["_payment"] = _new_payment(call, invoice, intent)["id"]
    call.tx.put(invoice)
    call.emit("invoice.finalized", invoice)
    if paid_by is None:
        call.emit("payment_intent.created", intent)
    return invoice


def _require_finalizable(invoice: Thing, customer: Thing, paid_by: Thing | None) -> None:
    if invoice["collection_method"] == "send_invoice" and not customer.get("email"):
        raise invalid(
            "Missing email. In order to create invoices that are sent to the customer, the "
            "customer must have a valid email.",
            param="customer",
        )
    if lacks_location(invoice) and invoice["total"] > 0 and paid_by is None:
        raise invalid(
            "The customer's location isn't recognized. Set a valid customer address in order to "
            "automatically calculate tax.",
            code="customer_tax_location_invalid",
        )


def finalize_and_collect(call: Call, invoice: Thing) -> None:
    """What an invoice that advances does by itself when its hour is over."""
    from stripe_emulator.billing import collecting

    pause = _pause_of(call, invoice)
    try:
        invoice = finalize(call, invoice)
    except StripeFault as fault:
        _cannot_finalize(call, invoice, fault)
        return
    if invoice["status"] != "open":
        return
    if pause == "void":
        void(call, invoice)
    elif pause == "mark_uncollectible":
        mark_uncollectible(call, invoice, "subscription_paused")
    elif invoice["collection_method"] == "send_invoice":
        send(call, invoice)
    else:
        collecting.collect(call, invoice)


def _cannot_finalize(call: Call, invoice: Thing, fault: StripeFault) -> None:
    """It stays a draft, and says why ("invoice.finalization_failed")."""
    invoice["last_finalization_error"] = {
        "code": fault.code or None,
        "message": fault.message,
        "type": fault.kind,
    }
    invoice["automatically_finalizes_at"] = None
    call.tx.put(invoice)
    call.emit("invoice.finalization_failed", invoice)


def _pause_of(call: Call, invoice: Thing) -> str | None:
    """How the collection of its subscription is paused, if it is."""
    subscription = call.tx.get("subscription", invoice["_subscription"] or "") or {}
    pause = subscription.get("pause_collection") or {}
    return pause.get("behavior")


def invoice_for_session(call: Call, session: Thing, intent: Thing | None) -> Thing:
    """The invoice of a payment session with `invoice_creation`, see `for_checkout`."""
    from stripe_emulator.billing.for_checkout import invoice_of_session

    return invoice_of_session(call, session, intent)


def mark_paid(call: Call, invoice: Thing, amount: int, *, out_of_band: bool = False) -> Thing:
    """Paid with `amount` (minor units), or somewhere else; whoever waits for it is told."""
    from stripe_emulator.billing import standing

    invoice.update(
        status="paid",
        amount_paid=invoice["amount_paid"] + amount,
        amount_remaining=0,
        attempted=True,
        auto_advance=False,
        next_payment_attempt=None,
    )
    if out_of_band:
        invoice["amount_paid_off_stripe"] = invoice["amount_due"]
        invoice["amount_paid"] = invoice["amount_due"]
    invoice["status_transitions"]["paid_at"] = call.now
    call.tx.put(invoice)
    if invoice["amount_due"] > 0:
        call.emit("invoice.updated", invoice, {"status": "open"})
    call.emit("invoice.paid", invoice)
    if not out_of_band:
        call.emit("invoice.payment_succeeded", invoice)
    standing.invoice_paid(call, invoice)
    # Without money the intent has not paid it: it was paid elsewhere, or credited.
    _settle_payment(call, invoice, "paid" if amount else "canceled")
    return invoice


def send(call: Call, invoice: Thing) -> None:
    """Tell the customer by mail; here that is an event."""
    call.emit("invoice.sent", invoice)
    if invoice["due_date"] is not None:
        call.at(invoice["due_date"], "invoice_overdue", invoice_id=invoice["id"])


def void(call: Call, invoice: Thing) -> None:
    """It was a mistake: nobody owes it any more."""
    _close(call, invoice, "void", "voided_at")
    call.emit("invoice.voided", invoice)
    _give_balance_back(call, invoice)


def mark_uncollectible(call: Call, invoice: Thing, reason: str = "user_forgiven") -> None:
    """Written off; it can still be paid."""
    invoice["status_details"] = {"uncollectible": {"reason": reason}}
    invoice.update(status="uncollectible", auto_advance=False, next_payment_attempt=None)
    invoice["status_transitions"]["marked_uncollectible_at"] = call.now
    call.tx.put(invoice)
    call.emit("invoice.marked_uncollectible", invoice)
    call.emit("invoice.updated", invoice, {"status": "open"})


def intent_of(call: Call, invoice: Thing) -> Thing | None:
    """The payment intent that pays an invoice, if it has one."""
    payment = call.tx.get("invoice_payment", invoice.get("_payment") or "")
    return call.tx.get("payment_intent", payment["payment"]["payment_intent"]) if payment else None


def _close(call: Call, invoice: Thing, status: str, transition: str) -> None:
    invoice.update(status=status, auto_advance=False, next_payment_attempt=None)
    invoice["status_transitions"][transition] = call.now
    intent = intent_of(call, invoice)
    if intent is not None and intent["status"] not in ("succeeded", "canceled", "processing"):
        charging.cancel(call, intent, "void_invoice")
    call.tx.put(invoice)
    _settle_payment(call, invoice, "canceled")


def _number(call: Call, invoice: Thing, customer: Thing) -> None:
    """Stripe: "Invoice numbering": the customer's prefix and their next number."""
    if invoice.get("number"):
        return
    sequence = customer["next_invoice_sequence"]
    customer["next_invoice_sequence"] = sequence + 1
    invoice["number"] = f"{customer['invoice_prefix']}-{sequence:04d}"
    call.tx.put(customer)


def _take_balance(call: Call, invoice: Thing, customer: Thing) -> None:
    """Credit pays first, a debt is added; what is too small to charge is owed with the next one."""
    balance = customer["balance"]
    owe(invoice, balance)
    due, total = invoice["amount_due"], invoice["total"]
    if 0 < due < minimum(invoice["currency"]):
        owe(invoice, -total)
        due = 0
    ending = balance + total - due
    invoice.update(starting_balance=balance, ending_balance=ending)
    if ending != balance:
        _write_balance(call, customer, invoice, ending - balance, "applied_to_invoice")


def _give_balance_back(call: Call, invoice: Thing) -> None:
    changed = (invoice["ending_balance"] or 0) - invoice["starting_balance"]
    if changed:
        customer = call.require("customer", invoice["customer"])
        _write_balance(call, customer, invoice, -changed, "unapplied_from_invoice")


def _write_balance(call: Call, customer: Thing, invoice: Thing, amount: int, kind: str) -> None:
    from stripe_emulator.billing.balances import add_to_balance

    add_to_balance(call, customer, amount, invoice["currency"], kind=kind, invoice=invoice["id"])


def _addresses(call: Call, invoice: Thing) -> Thing:
    secret = invoice["id"].removeprefix("in_") + ids.random_text(32)
    url = f"{call.base_url}/i/{secret}"
    return {"hosted_invoice_url": url, "invoice_pdf": f"{url}/pdf", "_secret": secret}


def by_secret(tx: Tx, secret: str) -> Thing | None:
    """The invoice whose page has this secret in its address."""
    found = tx.get("invoice", f"in_{secret[:24]}")
    return found if found is not None and found.get("_secret") == secret else None


def _new_intent(call: Call, invoice: Thing) -> Thing:
    what = "Subscription creation" if _is_first(invoice) else None
    if what is None and invoice["_subscription"]:
        what = "Subscription update"
    intent = charging.new_intent(
        call,
        invoice["amount_due"],
        invoice["currency"],
        customer=invoice["customer"],
        description=what or "Payment for Invoice",
        capture_method="automatic",
        automatic_payment_methods=None,
        receipt_email=None,
        statement_descriptor=invoice.get("statement_descriptor"),
    )
    if _saves(invoice):
        intent["setup_future_usage"] = "off_session"
    return intent


def _is_first(invoice: Thing) -> bool:
    return bool(invoice["billing_reason"] == "subscription_create")


def _saves(invoice: Thing) -> bool:
    """A subscription's first payment sets the method up for those to come."""
    return _is_first(invoice) and invoice["collection_method"] == "charge_automatically"


def _new_payment(call: Call, invoice: Thing, intent: Thing) -> Thing:
    payment: Thing = {
        "id": ids.new("inpay"),
        "object": "invoice_payment",
        "amount_paid": None,
        "amount_requested": invoice["amount_due"],
        "created": call.now,
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": True,
        "livemode": False,
        "payment": {"type": "payment_intent", "payment_intent": intent["id"]},
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }
    call.tx.put(payment)
    return payment


def _settle_payment(call: Call, invoice: Thing, status: str) -> None:
    payment = call.tx.get("invoice_payment", invoice.get("_payment") or "")
    if payment is None or payment["status"] != "open":
        return
    payment["status"] = status
    payment["status_transitions"][f"{status}_at"] = call.now
    if status == "paid":
        payment["amount_paid"] = payment["amount_requested"]
        call.later(_PAYMENT_TOLD_AFTER_SECONDS, "tell_invoice_payment", payment_id=payment["id"])
    else:
        intent = call.tx.get("payment_intent", payment["payment"]["payment_intent"])
        if intent is not None and intent["status"] not in ("succeeded", "canceled", "processing"):
            charging.cancel(call, intent, "void_invoice")
    call.tx.put(payment)


@task("tell_invoice_payment")
def _tell_payment(call: Call, payment_id: str) -> None:
    payment = call.tx.get("invoice_payment", payment_id)
    if payment is not None:
        call.emit("invoice_payment.paid", payment)


@task("invoice_overdue")
def _overdue(call: Call, invoice_id: str) -> None:
    invoice = call.tx.get("invoice", invoice_id)
    if invoice is not None and invoice.get("status") == "open":
        call.emit("invoice.overdue", invoice)
        from stripe_emulator.billing import standing

        standing.invoice_failed(call, invoice)
