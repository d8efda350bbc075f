"""Reads the objects of one payment into facts: session, intent, charge, refund, dispute.

Field meanings: Stripe's API reference, "The Checkout Session object" and its kin,
API version 2026-10-28.endive.
"""

from paydesk.payments import answers
from paydesk.payments.facts import Fact, Kind
from paydesk.payments.fields import (
    Json,
    address,
    amount,
    currency,
    id_of,
    inner,
    mark,
    moment,
    one_of,
    reference,
)
from paydesk.payments.marks import CHECKOUT_KEY, REFUND_KEY, REPLACES_KEY

_LONGEST_EMAIL = 320
_LONGEST_METHOD = 60
# Whose failure comes days later ("Payment method integration options": delayed notification).
_DELAYED = frozenset(
    {
        *("acss_debit", "au_becs_debit", "bacs_debit", "sepa_debit", "us_bank_account"),
        *("boleto", "customer_balance", "konbini", "multibanco", "nz_bank_account", "oxxo"),
        *("pay_by_bank", "pix", "sofort"),
    }
)


def session(thing: Json, livemode: bool) -> Fact:
    status, payment = thing.get("status"), thing.get("payment_status")
    if status == "complete":
        # "Fulfill orders": anything but `unpaid` may be fulfilled.
        stage = "complete" if payment == "unpaid" else "paid"
    else:
        stage = one_of(status, {"open": "open", "expired": "expired"})
    return Fact(
        kind=Kind.SESSION,
        stripe_id=id_of(thing),
        stage=stage,
        amount_minor=amount(thing, "amount_total"),
        currency=currency(thing),
        livemode=livemode,
        intent_id=reference(thing, "payment_intent"),
        checkout_id=mark(thing, CHECKOUT_KEY),
        email=_email(inner(thing, "customer_details")),
        mode=str(thing.get("mode") or "")[:20],
        asked_minor=amount(thing, "amount_total"),
        subtotal_minor=amount(thing, "amount_subtotal"),
        tax_minor=amount(inner(thing, "total_details"), "amount_tax"),
        shipping_minor=amount(inner(thing, "total_details"), "amount_shipping"),
        discount_minor=amount(inner(thing, "total_details"), "amount_discount"),
        invoice_id=reference(thing, "invoice"),
        subscription_id=reference(thing, "subscription"),
        customer_id=reference(thing, "customer"),
        url=address(inner(thing, "after_expiration", "recovery"), "url"),
        answers=answers.said(thing),
    )


def intent(thing: Json, livemode: bool) -> Fact:
    stage = one_of(
        thing.get("status"),
        {
            "requires_payment_method": "open",
            "requires_confirmation": "open",
            "requires_action": "open",
            "processing": "open",
            "requires_capture": "authorised",
            "canceled": "canceled",
            "succeeded": "succeeded",
        },
    )
    if stage == "open":
        stage = _waiting_stage(thing)
    received = "amount_received" if stage == "succeeded" else "amount"
    return Fact(
        kind=Kind.INTENT,
        stripe_id=id_of(thing),
        stage=stage,
        amount_minor=amount(thing, received),
        currency=currency(thing),
        livemode=livemode,
        intent_id=id_of(thing),
        checkout_id=mark(thing, CHECKOUT_KEY),
        asked_minor=amount(thing, "amount"),
        customer_id=reference(thing, "customer"),
    )


def _waiting_stage(thing: Json) -> str:
    """Whether an open intent waits for a buyer who holds a voucher, or no more ("Vouchers")."""
    action = inner(thing, "next_action").get("type")
    if isinstance(action, str) and action.startswith("display_bank_transfer"):
        return "waiting"
    if isinstance(action, str) and action.endswith("_display_details"):
        return "waiting"
    failed = inner(thing, "last_payment_error", "payment_method").get("type")
    is_over = thing.get("status") == "requires_payment_method"
    return "lapsed" if is_over and failed in _DELAYED else "open"


def charge(thing: Json, livemode: bool) -> Fact:
    stage = one_of(
        thing.get("status"), {"pending": "pending", "failed": "failed", "succeeded": "succeeded"}
    )
    if stage == "succeeded" and thing.get("captured") is not True:
        # Let go, by hand or because nobody captured it in time ("Place a hold on a payment
        # method"): then it counts as refunded.
        stage = "released" if thing.get("refunded") is True else "authorised"
    details = inner(thing, "payment_method_details")
    if stage == "failed" and details.get("type") in _DELAYED:
        stage = "bounced"
    captured = "amount_captured" if stage == "succeeded" else "amount"
    return Fact(
        kind=Kind.CHARGE,
        stripe_id=id_of(thing),
        stage=stage,
        amount_minor=amount(thing, captured),
        currency=currency(thing),
        livemode=livemode,
        intent_id=reference(thing, "payment_intent"),
        checkout_id=mark(thing, CHECKOUT_KEY),
        # What the buyer gave with the card; on our own pages nobody else knows it.
        email=_email(inner(thing, "billing_details")),
        asked_minor=amount(thing, "amount"),
        until=moment(inner(details, "card"), "capture_before"),
        paid_by=_paid_by(details),
        customer_id=reference(thing, "customer"),
    )


def _email(details: Json) -> str | None:
    value = details.get("email")
    return value if isinstance(value, str) and 0 < len(value) <= _LONGEST_EMAIL else None


def _paid_by(details: Json) -> str | None:
    """What the buyer knows the payment by: a brand or a method, and the last four digits."""
    kind = details.get("type")
    if not isinstance(kind, str):
        return None
    about = inner(details, kind)
    words = (about.get("brand") or kind, about.get("last4"))
    text = " ".join(each for each in words if isinstance(each, str))
    return text if text.isprintable() and 0 < len(text) <= _LONGEST_METHOD else None


def refund(thing: Json, livemode: bool) -> Fact:
    stage = one_of(
        thing.get("status"),
        {
            "pending": "pending",
            "requires_action": "pending",
            "succeeded": "succeeded",
            "canceled": "canceled",
            "failed": "failed",
        },
    )
    return Fact(
        kind=Kind.REFUND,
        stripe_id=id_of(thing),
        stage=stage,
        amount_minor=amount(thing, "amount"),
        currency=currency(thing),
        livemode=livemode,
        # A charge without a payment intent stands for itself.
        intent_id=reference(thing, "payment_intent") or reference(thing, "charge"),
        checkout_id=mark(thing, CHECKOUT_KEY),
        refund_id=mark(thing, REFUND_KEY),
        replaces=mark(thing, REPLACES_KEY),
    )


def dispute(thing: Json, livemode: bool) -> Fact:
    stage = one_of(
        thing.get("status"),
        {
            "warning_needs_response": "inquiry",
            "warning_under_review": "inquiry",
            "needs_response": "open",
            "under_review": "under_review",
            # While a lost dispute is appealed against, the money stays away.
            "appeal_needs_response": "lost",
            "appeal_under_review": "lost",
            "prevented": "prevented",
            "warning_closed": "closed",
            "won": "won",
            "lost": "lost",
        },
    )
    return Fact(
        kind=Kind.DISPUTE,
        stripe_id=id_of(thing),
        stage=stage,
        amount_minor=amount(thing, "amount"),
        currency=currency(thing),
        livemode=livemode,
        intent_id=reference(thing, "payment_intent") or reference(thing, "charge"),
        until=moment(inner(thing, "evidence_details"), "due_by"),
    )
