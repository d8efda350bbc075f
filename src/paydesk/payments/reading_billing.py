"""Reads what a subscription is made of into facts: the subscription and its invoices.

A subscription's metadata is copied to its invoices (`parent.subscription_details.metadata`), so
each carries our mark; their payment intents do not. Which intent paid an invoice is said by
Stripe's InvoicePayment ("The Invoice Payment object", API version 2026-10-28.endive).
"""

from typing import Any

from paydesk.payments.facts import Fact, Kind
from paydesk.payments.fields import (
    Json,
    amount,
    currency,
    id_of,
    inner,
    mark,
    moment,
    one_of,
    reference,
)
from paydesk.payments.marks import CHECKOUT_KEY


def subscription(thing: Json, livemode: bool) -> Fact:
    stage = one_of(
        thing.get("status"),
        {
            "incomplete": "incomplete",
            "trialing": "running",
            "active": "running",
            "past_due": "running",
            "unpaid": "running",
            "paused": "running",
            "canceled": "ended",
            "incomplete_expired": "ended",
        },
    )
    items = _items(thing)
    until = max((moment(each, "current_period_end") for each in items), default=0)
    ends_at = moment(thing, "ended_at") or moment(thing, "cancel_at")
    if not ends_at and thing.get("cancel_at_period_end") is True:
        ends_at = until
    return Fact(
        kind=Kind.SUBSCRIPTION,
        stripe_id=id_of(thing),
        stage=stage,
        amount_minor=sum(_cost(each) for each in items),
        currency=currency(thing),
        livemode=livemode,
        checkout_id=mark(thing, CHECKOUT_KEY),
        mode=str(thing.get("status"))[:20],
        until=until,
        ends_at=ends_at,
        invoice_id=None,
        subscription_id=id_of(thing),
        customer_id=reference(thing, "customer"),
    )


def invoice(thing: Json, livemode: bool) -> Fact:
    stage = one_of(
        thing.get("status"),
        {
            "draft": "draft",
            "open": "open",
            "uncollectible": "uncollectible",
            "void": "void",
            "paid": "paid",
        },
    )
    if stage == "open" and amount(thing, "attempt_count") > 0:
        stage = "failing"
    parent = inner(thing, "parent", "subscription_details")
    return Fact(
        kind=Kind.INVOICE,
        stripe_id=id_of(thing),
        stage=stage,
        amount_minor=amount(thing, "amount_paid" if stage == "paid" else "amount_due"),
        currency=currency(thing),
        livemode=livemode,
        intent_id=_intent_of(thing),
        checkout_id=mark(parent, CHECKOUT_KEY) or mark(thing, CHECKOUT_KEY),
        mode=str(thing.get("billing_reason") or "")[:20],
        asked_minor=amount(thing, "amount_due"),
        invoice_id=id_of(thing),
        subscription_id=reference(parent, "subscription"),
        customer_id=reference(thing, "customer"),
    )


def invoice_payment(thing: Json, livemode: bool) -> Fact | None:
    """Which payment intent paid an invoice: a fact of the invoice, that says no more than this."""
    invoice_id = reference(thing, "invoice")
    intent_id = reference(inner(thing, "payment"), "payment_intent")
    if invoice_id is None or intent_id is None or thing.get("status") != "paid":
        return None
    return Fact(
        kind=Kind.INVOICE,
        stripe_id=invoice_id,
        stage="draft",
        currency=currency(thing),
        livemode=livemode,
        intent_id=intent_id,
        invoice_id=invoice_id,
    )


def _intent_of(thing: Json) -> str | None:
    """Where an invoice was asked for with its payments."""
    for each in inner(thing, "payments").get("data") or ():
        told = invoice_payment({"invoice": thing.get("id"), **each}, livemode=False)
        if told is not None:
            return told.intent_id
    return None


def _items(thing: Json) -> list[dict[str, Any]]:
    found = inner(thing, "items").get("data")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _cost(item: Json) -> int:
    quantity = item.get("quantity")
    times = quantity if isinstance(quantity, int) else 1
    return amount(inner(item, "price"), "unit_amount") * times
