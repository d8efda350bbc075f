"""Reads Stripe's events and objects into facts: pure, and careful with whatever may stand there.

Field meanings: Stripe's API reference, "The Checkout Session object" and its kin,
API version 2026-10-28.endive.
"""

from collections.abc import Mapping
from typing import Any

from paydesk.foundation.errors import Invalid
from paydesk.payments.facts import Fact, Kind

# What we write into the metadata of everything we create at Stripe.
CHECKOUT_KEY = "paydesk_checkout"

Json = Mapping[str, Any]


def facts_of_event(event: Json) -> list[Fact]:
    """What an event says. Empty for types that say nothing of a payment. Raises Invalid."""
    data = event.get("data")
    thing = data.get("object") if isinstance(data, Mapping) else None
    if not isinstance(thing, Mapping):
        raise Invalid("the event carries no object")
    fact = fact_of(thing, livemode=event.get("livemode") is True)
    if fact is None:
        return []
    if event.get("type") == "checkout.session.async_payment_failed":
        # The session's own fields stay "complete" and "unpaid"; only the event's type tells.
        fact = _with_stage(fact, "failed")
    return [fact]


def fact_of(thing: Json, *, livemode: bool) -> Fact | None:
    """What one of Stripe's objects says of itself; None for kinds we do not follow.

    `livemode` is the event's: a refund does not carry its own. Raises Invalid.
    """
    read = _READERS.get(str(thing.get("object")))
    if read is None:
        return None
    return read(thing, livemode)


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
        checkout_id=_checkout_id(thing),
        email=email if isinstance(email, str) else None,
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
        checkout_id=_checkout_id(thing),
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
        checkout_id=_checkout_id(thing),
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
        intent_id=_reference(thing, "payment_intent"),
        checkout_id=_checkout_id(thing),
    )


def _dispute(thing: Json, livemode: bool) -> Fact:
    stage = _one_of(
        thing.get("status"),
        {
            "needs_response": "open",
            "warning_needs_response": "open",
            "appeal_needs_response": "open",
            "under_review": "under_review",
            "warning_under_review": "under_review",
            "appeal_under_review": "under_review",
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
        intent_id=_reference(thing, "payment_intent"),
    )


_READERS = {
    "checkout.session": _session,
    "payment_intent": _intent,
    "charge": _charge,
    "refund": _refund,
    "dispute": _dispute,
}


def _with_stage(fact: Fact, stage: str) -> Fact:
    return Fact(**{**vars(fact), "stage": stage})


def _id(thing: Json) -> str:
    value = thing.get("id")
    if not isinstance(value, str) or not value or len(value) > 255:
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
    return value if isinstance(value, str) and value else None


def _checkout_id(thing: Json) -> str | None:
    metadata = thing.get("metadata")
    value = metadata.get(CHECKOUT_KEY) if isinstance(metadata, Mapping) else None
    return value if isinstance(value, str) and value else None
