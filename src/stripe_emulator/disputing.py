"""Disputes: a bank takes a payment back, and what becomes of it ("How disputes work").

warning_needs_response ──> warning_under_review ──> warning_closed
│ escalated              │ escalated
v                        v
needs_response ─────────> under_review ──> won | lost
"""

from stripe_emulator import ids
from stripe_emulator.booking import book
from stripe_emulator.call import Call
from stripe_emulator.enhanced_evidence import eligibility
from stripe_emulator.errors import invalid
from stripe_emulator.methods import kind_of
from stripe_emulator.methods.troubles import BY_NUMBER, Trouble
from stripe_emulator.money import THREE_DECIMAL
from stripe_emulator.schedule import task
from stripe_emulator.store import Thing
from stripe_emulator.watching import watches

# After the charge's balance transaction, which takes two seconds.
_AFTER_SECONDS = 3.0
_DECIDED_AFTER_SECONDS = 2.0
_DAY = 24 * 3600
_DAYS_TO_RESPOND = 9
_FEE = 1500
_NETWORK_CODES = {"fraudulent": "10.4", "product_not_received": "13.1", "duplicate": "12.6.1",
                  "credit_not_processed": "13.7", "subscription_canceled": "13.2",
                  "product_unacceptable": "13.3"}  # fmt: skip
WAITING = ("needs_response", "warning_needs_response")
UNDER_REVIEW = ("under_review", "warning_under_review")
EVIDENCE_FILES = (
    *("cancellation_policy", "customer_communication", "customer_signature"),
    *("duplicate_charge_documentation", "receipt", "refund_policy", "service_documentation"),
    *("shipping_documentation", "uncategorized_file"),
)
EVIDENCE_TEXTS = (
    *("access_activity_log", "billing_address", "cancellation_policy_disclosure"),
    *("cancellation_rebuttal", "customer_email_address", "customer_name", "customer_purchase_ip"),
    *("duplicate_charge_explanation", "duplicate_charge_id", "product_description"),
    *("refund_policy_disclosure", "refund_refusal_explanation", "service_date"),
    *("shipping_address", "shipping_carrier", "shipping_date", "shipping_tracking_number"),
    "uncategorized_text",
)
REASONS = frozenset(
    {
        *("bank_cannot_process", "check_returned", "credit_not_processed", "customer_initiated"),
        *(
            "debit_not_authorized",
            "duplicate",
            "fraudulent",
            "general",
            "incorrect_account_details",
        ),
        *("insufficient_funds", "noncompliant", "product_not_received", "product_unacceptable"),
        *("subscription_canceled", "unrecognized"),
    }
)


@watches("payment_intent")
def _watch(call: Call, intent: Thing, _before: str) -> None:
    if intent["status"] == "succeeded" and intent.get("latest_charge"):
        after_payment(call, call.require("charge", intent["latest_charge"]))


def after_payment(call: Call, charge: Thing) -> None:
    """Have happen what a test card or account is known for, once its payment has gone through."""
    for each in _troubles(call, charge):
        if each.inquiry:
            # It takes no money, so it need not wait; the Stripe CLI looks for it at once.
            open_dispute(call, charge, each.reason, inquiry=True, eligible=list(each.eligible))
            continue
        call.later(
            _AFTER_SECONDS,
            "warn_of_fraud" if each.warning else "dispute_charge",
            charge_id=charge["id"],
            **(
                {}
                if each.warning
                else {
                    "reason": each.reason,
                    "percent": each.percent,
                    "inquiry": each.inquiry,
                    "eligible": list(each.eligible),
                }
            ),
        )


def _troubles(call: Call, charge: Thing) -> tuple[Trouble, ...]:
    if "_number" in charge:
        return BY_NUMBER.get(charge["_number"], ())
    method = call.tx.get("payment_method", charge["payment_method"] or "")
    if method is None or not kind_of(method).settlement(method).disputed:
        return ()
    return (Trouble("debit_not_authorized"),)


@task("dispute_charge")
def _dispute(call: Call, charge_id: str, reason: str, percent: int, inquiry: bool,
             eligible: list[str]) -> None:  # fmt: skip
    charge = call.tx.get("charge", charge_id)
    if charge is None or not charge["captured"] or charge["refunded"]:
        return
    amount = max(charge["amount_captured"] * percent // 100, 1)
    open_dispute(call, charge, reason, amount, inquiry=inquiry, eligible=eligible)


def open_dispute(
    call: Call,
    charge: Thing,
    reason: str = "fraudulent",
    amount: int | None = None,
    *,
    inquiry: bool = False,
    eligible: list[str] | None = None,
) -> Thing:
    """The holder's bank disputes a captured charge, or asks about it first; the stored dispute.

    Raises a StripeFault if there is nothing of the charge to dispute.
    """
    left = charge["amount_captured"] - charge.get("_disputed", 0)
    amount = _unrefunded(charge, left) if amount is None else amount
    if charge["status"] != "succeeded" or not 1 <= amount <= left:
        raise invalid(f"Of charge {charge['id']} {left} can be disputed.", param="amount")
    if reason not in REASONS:
        raise invalid(f"Invalid reason: {reason:.60}", param="reason")
    dispute = _new(call, charge, reason, amount, inquiry=inquiry)
    dispute["enhanced_eligibility_types"] = list(eligible or [])
    dispute["evidence_details"]["enhanced_eligibility"] = eligibility(dispute)
    charge.update(disputed=True, _disputed=charge.get("_disputed", 0) + amount)
    if not inquiry:
        _withdraw(call, dispute)
    call.tx.put(charge)
    call.tx.put(dispute)
    call.at(_due(dispute), "dispute_due", dispute_id=dispute["id"], due_by=_due(dispute))
    call.emit("charge.dispute.created", dispute)
    if not inquiry:
        call.emit("charge.dispute.funds_withdrawn", dispute)
    if charge["payment_method_details"]["type"] != "card":
        # "Disputes of SEPA and ACH debits" cannot be contested.
        close(call, dispute, "lost")
    return dispute


def _unrefunded(charge: Thing, left: int) -> int:
    """What the holder has not been given back; all of it if they have everything back."""
    # Of a capture in part, the rest counts as refunded too.
    given_back = charge["amount_refunded"] - (charge["amount"] - charge["amount_captured"])
    return (left - given_back) if 0 < given_back < left else left


def _new(call: Call, charge: Thing, reason: str, amount: int, *, inquiry: bool) -> Thing:
    kind = charge["payment_method_details"]["type"]
    code = _NETWORK_CODES.get(reason)
    return {
        "id": ids.new("du"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": call.now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": _first_evidence(charge),
        "evidence_details": {
            "due_by": (call.now // _DAY + _DAYS_TO_RESPOND + 1) * _DAY - 1,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "network_reason_code": code,
        "payment_intent": charge["payment_intent"],
        "payment_method_details": _details(charge, kind, code, inquiry=inquiry),
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }


def _details(charge: Thing, kind: str, code: str | None, *, inquiry: bool) -> Thing | None:
    if kind != "card":
        return None
    card = {
        "brand": charge["payment_method_details"]["card"]["brand"],
        "case_type": "inquiry" if inquiry else "chargeback",
        "network": charge["payment_method_details"]["card"]["network"],
        "network_reason_code": code,
    }
    return {"type": "card", "card": card}


def _first_evidence(charge: Thing) -> Thing:
    """What Stripe knows already it fills in."""
    details = charge["billing_details"]
    evidence = dict.fromkeys((*EVIDENCE_TEXTS, *EVIDENCE_FILES))
    evidence.update(
        customer_email_address=details["email"] or charge.get("receipt_email"),
        customer_name=details["name"],
        enhanced_evidence={},
    )
    return evidence


def _withdraw(call: Call, dispute: Thing) -> None:
    fee = _FEE * 10 if dispute["currency"] in THREE_DECIMAL else _FEE
    txn = book(
        call,
        kind="adjustment",
        amount=-dispute["amount"],
        currency=dispute["currency"],
        source=dispute["id"],
        fee_minor=fee,
        description=f"Chargeback withdrawal for {dispute['charge']}",
    )
    dispute["balance_transactions"].append(txn)


def submit(call: Call, dispute: Thing) -> None:
    """Send the evidence to the bank; it decides at once on Stripe's own test texts."""
    details = dispute["evidence_details"]
    details.update(submission_count=details["submission_count"] + 1, submission_method="manual")
    text = dispute["evidence"]["uncategorized_text"]
    is_inquiry = dispute["status"] == "warning_needs_response"
    dispute["status"] = "warning_under_review" if is_inquiry else "under_review"
    call.tx.put(dispute)
    call.emit("charge.dispute.updated", dispute, {"status": WAITING[is_inquiry]})
    if text in ("winning_evidence", "losing_evidence", "escalate_inquiry_evidence"):
        call.later(_DECIDED_AFTER_SECONDS, "decide_dispute", dispute_id=dispute["id"], by=text)


def close(call: Call, dispute: Thing, status: str) -> None:
    """The end of it: won, lost or warning_closed."""
    if status == "won":
        txn = book(
            call,
            kind="adjustment",
            amount=dispute["amount"],
            currency=dispute["currency"],
            source=dispute["id"],
            description=f"Chargeback reversal for {dispute['charge']}",
        )
        dispute["balance_transactions"].append(txn)
    dispute.update(status=status, is_charge_refundable=status != "lost")
    call.tx.put(dispute)
    if status == "won":
        call.emit("charge.dispute.funds_reinstated", dispute)
    call.emit("charge.dispute.closed", dispute)


def escalate(call: Call, dispute: Thing) -> None:
    """The bank was not content with the answer to its inquiry: now it is a chargeback."""
    before = {"status": dispute["status"]}
    dispute.update(status="needs_response", is_charge_refundable=False)
    due_by = (call.now // _DAY + _DAYS_TO_RESPOND + 1) * _DAY - 1
    dispute["evidence_details"].update(
        due_by=due_by, submission_count=0, submission_method="not_submitted"
    )
    details = dispute["payment_method_details"]
    if details is not None:
        details["card"]["case_type"] = "chargeback"
    _withdraw(call, dispute)
    call.tx.put(dispute)
    call.at(due_by, "dispute_due", dispute_id=dispute["id"], due_by=due_by)
    call.emit("charge.dispute.updated", dispute, before)
    call.emit("charge.dispute.funds_withdrawn", dispute)


@task("decide_dispute")
def decide(call: Call, dispute_id: str, by: str) -> None:
    """The bank's decision about evidence that it has. `by` is one of Stripe's test texts."""
    dispute = call.tx.get("dispute", dispute_id)
    if dispute is None or dispute["status"] not in (*UNDER_REVIEW, *WAITING):
        return
    is_inquiry = dispute["status"].startswith("warning")
    if by == "escalate_inquiry_evidence":
        if is_inquiry:
            escalate(call, dispute)
    elif is_inquiry:
        close(call, dispute, "warning_closed")
    else:
        close(call, dispute, "won" if by == "winning_evidence" else "lost")


@task("dispute_due")
def _overdue(call: Call, dispute_id: str, due_by: int) -> None:
    dispute = call.tx.get("dispute", dispute_id)
    if dispute is None or dispute["status"] not in WAITING or _due(dispute) != due_by:
        return
    dispute["evidence_details"]["past_due"] = True
    close(call, dispute, "lost" if dispute["status"] == "needs_response" else "warning_closed")


def _due(dispute: Thing) -> int:
    due_by: int = dispute["evidence_details"]["due_by"]
    return due_by


@task("warn_of_fraud")
def _warn_in_time(call: Call, charge_id: str) -> None:
    charge = call.tx.get("charge", charge_id)
    if charge is not None:
        warn_of_fraud(call, charge)


def warn_of_fraud(call: Call, charge: Thing) -> Thing:
    """The issuer's early fraud warning; the stored object."""
    warning: Thing = {
        "id": ids.new("issfr"),
        "object": "radar.early_fraud_warning",
        "actionable": not charge["refunded"] and not charge["disputed"],
        "charge": charge["id"],
        "created": call.now,
        "fraud_type": "unauthorized_use_of_card",
        "livemode": False,
        "payment_intent": charge["payment_intent"],
    }
    call.tx.put(warning)
    call.emit("radar.early_fraud_warning.created", warning)
    return warning


def after_refund(call: Call, charge: Thing) -> None:
    """A charge refunded in full leaves nothing to warn of or to ask about."""
    if not charge["refunded"]:
        return
    for warning in call.tx.find("radar.early_fraud_warning", charge=charge["id"]):
        if warning["actionable"]:
            warning["actionable"] = False
            call.tx.put(warning)
            call.emit("radar.early_fraud_warning.updated", warning, {"actionable": True})
    for dispute in call.tx.find("dispute", charge=charge["id"]):
        if dispute["status"] in ("warning_needs_response", "warning_under_review"):
            close(call, dispute, "warning_closed")
