"""Money on its way back: what a refund does to its charge and to the balance."""

from stripe_emulator import ids
from stripe_emulator.booking import book
from stripe_emulator.call import Call
from stripe_emulator.cards import RefundOutcome, by_number
from stripe_emulator.disputing import after_refund
from stripe_emulator.methods import CARD, Flow, Kind, named
from stripe_emulator.schedule import task
from stripe_emulator.store import Thing

# Stripe's test cards take a moment to change their mind, banks a little longer.
_CHANGES_AFTER_SECONDS = 2.0
_COLLECTED_AFTER_SECONDS = 180.0
_DAY = 24 * 3600
# "Konbini", "Multibanco": so long the buyer may say where the money is to go.
_COLLECT_DAYS = 45
# In `destination_details`, where the kind is not called by its own name.
_DESTINATIONS = {
    "sepa_debit": "eu_bank_transfer",
    "us_bank_account": "us_bank_transfer",
    "konbini": "jp_bank_transfer",
    "ideal": "eu_bank_transfer",
}


def new_refund(
    call: Call,
    charge: Thing,
    amount: int,
    *,
    reason: str | None = None,
    metadata: dict[str, str] | None = None,
    instructions_email: str | None = None,
) -> Thing:
    """Give `amount` of a captured charge back; the stored refund, with its events."""
    kind = named(charge["payment_method_details"]["type"]) or CARD
    refund_id = ids.new("re" if kind is CARD else "pyr")
    status, seconds = _course(charge, kind)
    refund = _draft(call, charge, amount, kind, refund_id)
    refund.update(metadata=metadata or {}, reason=reason, status=status)
    if status == "pending":
        refund["pending_reason"] = "processing"
    if status == "requires_action":
        _ask_where_to(call, refund, instructions_email)
    _grow(call, charge, amount, reason)
    call.tx.put(refund)
    call.emit("refund.created", refund)
    call.emit("charge.refunded", charge)
    if seconds is None:
        _tell(call, refund)
    else:
        call.later(seconds, "end_refund", refund_id=refund_id)
    after_refund(call, charge)
    return refund


def _draft(call: Call, charge: Thing, amount: int, kind: Kind, refund_id: str) -> Thing:
    txn = book(
        call,
        kind="refund" if kind is CARD else "payment_refund",
        amount=-amount,
        currency=charge["currency"],
        source=refund_id,
        description=f"REFUND FOR {'CHARGE' if kind is CARD else 'PAYMENT'}",
    )
    return {
        "id": refund_id,
        "object": "refund",
        "amount": amount,
        "balance_transaction": txn["id"],
        "charge": charge["id"],
        "created": call.now,
        "currency": charge["currency"],
        "customer": charge["customer"],
        "destination_details": _destination(kind),
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
    }


def _grow(call: Call, charge: Thing, amount: int, reason: str | None) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    if reason == "fraudulent":
        charge["fraud_details"] = {**charge["fraud_details"], "user_report": "fraudulent"}
    call.tx.put(charge)


def _course(charge: Thing, kind: Kind) -> tuple[str, float | None]:
    """The first status, and when it changes; None: it is over."""
    if kind is CARD:
        card = by_number(charge["_number"])
        outcome = card.refund if card is not None else RefundOutcome.SUCCEEDS
        if outcome is RefundOutcome.SUCCEEDS:
            return "succeeded", None
        pends = outcome is RefundOutcome.PENDS
        return "pending" if pends else "succeeded", _CHANGES_AFTER_SECONDS
    if kind.flow is Flow.VOUCHER:
        return "requires_action", _COLLECTED_AFTER_SECONDS
    return ("pending", _CHANGES_AFTER_SECONDS) if kind.flow is Flow.LATER else ("succeeded", None)


def _destination(kind: Kind) -> Thing:
    if kind is not CARD:
        name = _DESTINATIONS.get(kind.name, kind.name)
        plain = name == kind.name and kind.flow is Flow.REDIRECT
        return {"type": name, name: {} if plain else {"reference": None, "reference_status": None}}
    return {
        "type": "card",
        "card": {
            "reference_status": "pending",
            "reference_type": "acquirer_reference_number",
            "type": "refund",
        },
    }


def _ask_where_to(call: Call, refund: Thing, email: str | None) -> None:
    refund["instructions_email"] = email
    refund["next_action"] = {
        "type": "display_details",
        "display_details": {
            "email_sent": {"email_sent_at": call.now, "email_sent_to": email},
            "expires_at": call.now + _COLLECT_DAYS * _DAY,
        },
    }


def cancel_refund(call: Call, refund: Thing) -> None:
    """Call a refund back that waits for its receiver."""
    _return(call, refund, "canceled", None)
    _tell(call, refund)


@task("end_refund")
def _end(call: Call, refund_id: str) -> None:
    refund = call.tx.get("refund", refund_id)
    if refund is None or refund["status"] in ("failed", "canceled"):
        return
    if refund["status"] in ("pending", "requires_action"):
        refund["status"] = "succeeded"
        refund.pop("pending_reason", None)
        refund.pop("next_action", None)
        call.tx.put(refund)
    else:
        _return(call, refund, "failed", "expired_or_canceled_card")
        call.emit("refund.failed", refund)
    _tell(call, refund)


def _return(call: Call, refund: Thing, status: str, reason: str | None) -> None:
    """The money comes back to the balance, and the charge is as before."""
    charge = call.require("charge", refund["charge"])
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    is_card = refund["id"].startswith("re_")
    back = book(
        call,
        kind="refund_failure" if is_card else "payment_failure_refund",
        amount=refund["amount"],
        currency=refund["currency"],
        source=refund["id"],
    )
    refund.update(status=status, failure_balance_transaction=back["id"])
    refund.pop("next_action", None)
    if reason is not None:
        refund["failure_reason"] = reason
    call.tx.put(refund)
    call.tx.put(charge)


def _tell(call: Call, refund: Thing) -> None:
    call.emit("refund.updated", refund)
    call.emit("charge.refund.updated", refund)


def release(call: Call, charge: Thing) -> Thing:
    """An older charge that was never captured: its hold is let go, and no money moves."""
    refund: Thing = {
        "id": ids.new("re"),
        "object": "refund",
        "amount": charge["amount"],
        "charge": charge["id"],
        "created": call.now,
        "currency": charge["currency"],
        "customer": charge["customer"],
        "destination_details": {"type": "card", "card": {"type": "reversal"}},
        "metadata": {},
        "payment_intent": None,
        "payment_method": charge["payment_method"],
        "status": "succeeded",
    }
    charge.update(amount_refunded=charge["amount"], refunded=True)
    call.tx.put(charge)
    call.tx.put(refund)
    call.emit("refund.created", refund)
    call.emit("charge.refunded", charge)
    return refund
