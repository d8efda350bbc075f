"""Reads Stripe's events and objects into facts: pure, and careful with whatever may stand there."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from paydesk.foundation.errors import Invalid
from paydesk.payments import reading_billing, reading_payments
from paydesk.payments.facts import Fact, Kind
from paydesk.payments.fields import LONGEST_ID, Json

# The types that are read ("Types of events"): the one list that endpoints are registered with,
# the doctor looks for and the documentation shows. Others are stored and left alone.
EVENT_TYPES = frozenset(
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
        "customer.subscription.created",
        "customer.subscription.deleted",
        "customer.subscription.paused",
        "customer.subscription.resumed",
        "customer.subscription.updated",
        "invoice.created",
        "invoice.finalized",
        "invoice.marked_uncollectible",
        "invoice.paid",
        "invoice.payment_failed",
        "invoice.payment_succeeded",
        "invoice.updated",
        "invoice.voided",
        "invoice_payment.paid",
        "refund.created",
        "refund.failed",
        "refund.updated",
    }
)

# Where an object can carry another one of the same payment, if it was asked for expanded.
_EXPANDED = ("payment_intent", "latest_charge", "subscription", "invoice", "latest_invoice")


def facts_of_event(event: Json) -> list[Fact]:
    """What an event says. Empty for types that say nothing of a payment. Raises Invalid."""
    data = event.get("data")
    thing = data.get("object") if isinstance(data, Mapping) else None
    if not isinstance(thing, Mapping):
        raise Invalid("the event carries no object")
    if event.get("type") not in EVENT_TYPES:
        return []
    facts = facts_of(
        thing, livemode=event.get("livemode") is True, told_at=_told_at(event.get("created"))
    )
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
    return str(value) if good and 0 < len(str(value)) <= LONGEST_ID else None


def facts_of(thing: Json, *, livemode: bool, told_at: int = 0) -> list[Fact]:
    """What one of Stripe's objects says of itself, and of the payment expanded within it.

    Empty for kinds we do not follow. `livemode` is the event's or the key's, for objects that do
    not carry their own, such as refunds; `told_at`, in seconds UTC, is when Stripe said so, which
    counts where stages do not tell old from new. Raises Invalid.
    """
    read = _READERS.get(str(thing.get("object")))
    if read is None:
        return []
    own = thing.get("livemode")
    live = own if isinstance(own, bool) else livemode
    fact = read(thing, live)
    if fact is None:
        return []
    facts = [replace(fact, told_at=told_at) if fact.kind is Kind.SUBSCRIPTION else fact]
    for name in _EXPANDED:
        inner = thing.get(name)
        # Without a status it is no more than a reference.
        if isinstance(inner, Mapping) and "status" in inner:
            facts += facts_of(inner, livemode=live, told_at=told_at)
    return [_of_ended_payment(facts[0], thing), *facts[1:]]


def _told_at(created: object) -> int:
    return created if isinstance(created, int) and not isinstance(created, bool) else 0


def _of_ended_payment(fact: Fact, thing: Json) -> Fact:
    """A delayed payment that failed leaves its session "complete"; the intent in it tells."""
    intent = thing.get("payment_intent")
    status = intent.get("status") if isinstance(intent, Mapping) else None
    ended = status in ("requires_payment_method", "canceled")
    if ended and fact.kind is Kind.SESSION and fact.stage == "complete":
        return replace(fact, stage="failed")
    return fact


_READERS: dict[str, Callable[[Json, bool], Fact | None]] = {
    "checkout.session": reading_payments.session,
    "payment_intent": reading_payments.intent,
    "charge": reading_payments.charge,
    "refund": reading_payments.refund,
    "dispute": reading_payments.dispute,
    "subscription": reading_billing.subscription,
    "invoice": reading_billing.invoice,
    "invoice_payment": reading_billing.invoice_payment,
}
