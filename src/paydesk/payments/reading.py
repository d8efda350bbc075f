"""Reads Stripe's events and objects into facts: pure, and careful with whatever may stand there.

Field meanings: Stripe's API reference, "The Checkout Session object" and its kin,
API version 2026-10-28.endive.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydesk.foundation.errors import Invalid
from paydesk.payments.facts import Fact, Kind

# What we write into the metadata of everything we create at Stripe.
CHECKOUT_KEY = "paydesk_checkout"
REFUND_KEY = "paydesk_refund"
REPLACES_KEY = "paydesk_replaces"

# The types that speak of a payment ("Types of events"); others are stored and left alone.
_OF_PAYMENTS = frozenset(
    {
        "charge.captured",
        "charge.expired",
        "charge.failed",
        "charge.pending",
        "charge.refunded",
        "charge.succeeded",
        "charge.updated",
        "charge.dispute.closed",
        "charge.dispute.created",
        "charge.dispute.funds_reinstated",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.updated",
        "charge.refund.updated",
        "checkout.session.async_payment_failed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.completed",
        "checkout.session.expired",
        "payment_intent.amount_capturable_updated",
        "payment_intent.canceled",
        "payment_intent.created",
        "payment_intent.partially_funded",
        "payment_intent.payment_failed",
        "payment_intent.processing",
        "payment_intent.requires_action",
        "payment_intent.succeeded",
        "refund.created",
        "refund.failed",
        "refund.updated",
    }
)

# Where an object can carry another one of the same payment, if it was asked for expanded.
_EXPANDED = ("payment_intent", "latest_charge")
_LONGEST_ID = 255
_LONGEST_EMAIL = 320

Json = Mapping[str, Any]


def facts_of_event(event: Json) -> list[Fact]:
    """What an event says. Empty for types that say nothing of a payment. Raises Invalid."""
    data = event.get("data")
    thing = data.get("object") if isinstance(data, Mapping) else None
    if not isinstance(thing, Mapping):
        raise Invalid("the event carries no object")
    if event.get("type") not in _OF_PAYMENTS:
        return []
    facts = facts_of(thing, livemode=event.get("livemode") is True)
    if facts and event.get("type") == "checkout.session.async_payment_failed":
        # The session's own fields stay "complete" and "unpaid"; only the event's type tells.
        facts[0] = replace(facts[0], stage="failed")
    return facts


def object_id_of_event(event: Json) -> str | None:
    """The id of the object an event is about, if it has one."""
    data = event.get("data")
    thing = data.get("object") if isinstance(data, Mapping) else None
    value = thing.get("id") if isinstance(thing, Mapping) else None
    # Stored whatever else is wrong with the event, so it must be storable.
    good = isinstance(value, str) and value.isascii() and value.isprintable()
    return str(value) if good and 0 < len(str(value)) <= _LONGEST_ID else None


def facts_of(thing: Json, *, livemode: bool) -> list[Fact]:
    """What one of Stripe's objects says of itself, and of the payment expanded within it.

    Empty for kinds we do not follow. `livemode` is the event's or the key's, for objects that do
    not carry their own, such as refunds. Raises Invalid.
    """
    read = _READERS.get(str(thing.get("object")))
    if read is None:
        return []
    own = thing.get("livemode")
    live = own if isinstance(own, bool) else livemode
    facts = [read(thing, live)]
    for name in _EXPANDED:
        inner = thing.get(name)
        # Without a status it is no more than a reference.
        if isinstance(inner, Mapping) and "status" in inner:
            facts += facts_of(inner, livemode=live)
    return [_of_ended_payment(facts[0], thing), *facts[1:]]


def _of_ended_payment(fact: Fact, thing: Json) -> Fact:
    """A delayed payment that failed leaves its session "complete"; the intent in it tells."""
    intent = thing.get("payment_intent")
    status = intent.get("status") if isinstance(intent, Mapping) else None
    ended = status in ("requires_payment_method", "canceled")
    if ended and fact.kind is Kind.SESSION and fact.stage == "complete":
        return replace(fact, stage="failed")
    return fact


def _session(thing: Json, livemode: bool) -> Fact:
    status, payment = thing.get("status"), thing.get("payment_status")
    if status == "complete":
        # "Fulfill orders": anything but `unpaid` may be fulfilled.
        stage = "complete" if payment == "unpaid" else "paid"
    else:
        stage = _one_of(status, {"open": "open", "expired": "expired"})
    details = thing.get("customer_details")
    email = details.get("email") if isinstance(details, Mapping) else None
    return Fact(
        kind=Kind.SESSION,
        stripe_id=_id(thing),
        stage=stage,
        amount_minor=_amount(thing, "amount_total"),
        currency=_currency(thing),
        livemode=livemode,
        intent_id=_reference(thing, "payment_intent"),
        checkout_id=_mark(thing, CHECKOUT_KEY),
        email=email if isinstance(email, str) and len(email) <= _LONGEST_EMAIL else None,
        mode=str(thing.get("mode") or "")[:20],
    )


def _intent(thing: Json, livemode: bool) -> Fact:
    stage = _one_of(
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
    received = "amount_received" if stage == "succeeded" else "amount"
    return Fact(
        kind=Kind.INTENT,
        stripe_id=_id(thing),
        stage=stage,
        amount_minor=_amount(thing, received),
        currency=_currency(thing),
        livemode=livemode,
        intent_id=_id(thing),
        checkout_id=_mark(thing, CHECKOUT_KEY),
    )


def _charge(thing: Json, livemode: bool) -> Fact:
    stage = _one_of(
        thing.get("status"), {"pending": "pending", "failed": "failed", "succeeded": "succeeded"}
    )
    if stage == "succeeded" and thing.get("captured") is not True:
        stage = "authorised"
    captured = "amount_captured" if stage == "succeeded" else "amount"
    return Fact(
        kind=Kind.CHARGE,
        stripe_id=_id(thing),
        stage=stage,
        amount_minor=_amount(thing, captured),
        currency=_currency(thing),
        livemode=livemode,
        intent_id=_reference(thing, "payment_intent"),
        checkout_id=_mark(thing, CHECKOUT_KEY),
    )


def _refund(thing: Json, livemode: bool) -> Fact:
    stage = _one_of(
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
        stripe_id=_id(thing),
        stage=stage,
        amount_minor=_amount(thing, "amount"),
        currency=_currency(thing),
        livemode=livemode,
        # A charge without a payment intent stands for itself.
        intent_id=_reference(thing, "payment_intent") or _reference(thing, "charge"),
        checkout_id=_mark(thing, CHECKOUT_KEY),
        refund_id=_mark(thing, REFUND_KEY),
        replaces=_mark(thing, REPLACES_KEY),
    )


def _dispute(thing: Json, livemode: bool) -> Fact:
    stage = _one_of(
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
        stripe_id=_id(thing),
        stage=stage,
        amount_minor=_amount(thing, "amount"),
        currency=_currency(thing),
        livemode=livemode,
        intent_id=_reference(thing, "payment_intent") or _reference(thing, "charge"),
    )


_READERS = {
    "checkout.session": _session,
    "payment_intent": _intent,
    "charge": _charge,
    "refund": _refund,
    "dispute": _dispute,
}


def _id(thing: Json) -> str:
    value = thing.get("id")
    if not isinstance(value, str) or not value or len(value) > _LONGEST_ID:
        raise Invalid("an object of Stripe's without an id")
    return value


def _one_of(value: object, stages: dict[str, str]) -> str:
    if not isinstance(value, str) or value not in stages:
        raise Invalid(f"a status this version does not know: {value!r:.60}")
    return stages[value]


def _amount(thing: Json, name: str) -> int:
    value = thing.get(name)
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool):
        raise Invalid(f"{name} is not a whole number")
    return value


def _currency(thing: Json) -> str:
    value = thing.get("currency")
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) != 3:
        raise Invalid("currency is not a currency code")
    return value.lower()


def _reference(thing: Json, name: str) -> str | None:
    """The id of another object, which stands there expanded or as an id."""
    value = thing.get(name)
    if isinstance(value, Mapping):
        value = value.get("id")
    return value if isinstance(value, str) and 0 < len(value) <= _LONGEST_ID else None


def _mark(thing: Json, name: str) -> str | None:
    """What we wrote into the object's metadata under `name`."""
    metadata = thing.get("metadata")
    value = metadata.get(name) if isinstance(metadata, Mapping) else None
    return value if isinstance(value, str) and 0 < len(value) <= _LONGEST_ID else None
