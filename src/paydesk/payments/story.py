"""The plain story of an order, with the ids that prove it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from paydesk.foundation.money import Money
from paydesk.fulfilment import receipts, shipments, withdrawals
from paydesk.fulfilment.jobs import EffectState, OwedEffect
from paydesk.orders import notes
from paydesk.orders.order import Order, PaymentStatus
from paydesk.orders.problems import SOLD_OUT_MEANWHILE
from paydesk.payments.event import Door, EventState, StoredEvent
from paydesk.payments.hands import Did, hands
from paydesk.payments.known import KnownFact
from paydesk.payments.refund import Refund, RefundState
from paydesk.payments.refund_lines import SHIPPING, RefundLine
from paydesk.payments.trip import Checkout

STRIPE, BUYER, ITSELF, OPERATOR = "Stripe", "buyer", "Paydesk", "operator"
# All but what operators did and wrote.
SYSTEM = frozenset({STRIPE, BUYER, ITSELF})

_STATUS = {
    PaymentStatus.AWAITING: "It waits for its payment.",
    PaymentStatus.PENDING: "Its payment is on its way; the bank takes days.",
    PaymentStatus.PAID: "It is paid.",
    PaymentStatus.FAILED: "Its payment did not go through. Nothing was taken.",
    PaymentStatus.EXPIRED: "It was not paid, and its stock was put back.",
    PaymentStatus.REVIEW: "Stripe has a payment for it that is not what was agreed. Look at it.",
}
_SET_OUT = {
    "hosted": "Sent to Stripe's page.",
    "embedded": "Shown Stripe's page within ours.",
    "element": "Shown the form for a payment on our page.",
    "charge": "Charged by a card's token (legacy).",
}
_FLAGS = {
    "amount_differs": "What was paid is not the order's total.",
    "currency_or_mode_differs": "Something was paid in another currency or mode than agreed.",
    "paid_twice": "It was paid more than once: refund what is too much.",
    "paid_after_expiry": "It was paid after it had expired.",
    "disputed": "A bank disputes its payment: answer in Stripe's Dashboard.",
    "refund_failed": "A refund failed after it had been made: it is owed again.",
    SOLD_OUT_MEANWHILE: "It was paid after its stock was gone; the money goes back by itself.",
}
_DOORS = {Door.WEBHOOK: "by webhook", Door.PULL: "by the pull"}
_EVENT_ENDS = {
    EventState.RECEIVED: "not applied yet",
    EventState.HANDLED: "taken into account",
    EventState.IGNORED: "left alone",
    EventState.FAILED: "NOT APPLIED",
}
_EFFECT_ENDS = {
    EffectState.PENDING: "not all handlers have run yet",
    EffectState.DONE: "all handlers have run",
    EffectState.FAILED: "GIVEN UP; run: paydesk effects repeat",
}
_REFUND_ENDS = {
    RefundState.REQUESTED: "not confirmed by Stripe yet",
    RefundState.PENDING: "on its way",
    RefundState.SUCCEEDED: "made",
    RefundState.FAILED: "FAILED later; run: paydesk refunds repeat",
    RefundState.CANCELED: "cancelled at Stripe",
    RefundState.REFUSED: "REFUSED by Stripe",
}


@dataclass(frozen=True)
class Entry:
    """Something that happened, and the ids that prove it."""

    at: datetime
    text: str
    evidence: tuple[str, ...]
    # Who did it or said it: Stripe, the buyer, Paydesk by itself, or an operator by their address.
    who: str = STRIPE


@dataclass(frozen=True)
class Story:
    """How an order came to be as it is."""

    number: int
    sentences: tuple[str, ...]
    entries: tuple[Entry, ...]
    # What Stripe last said of each of its objects.
    facts: tuple[Entry, ...]


def tell(tx: Session, order: Order) -> Story:
    """The story of an order, oldest first."""
    did = hands(tx, order)
    entries = [
        *_of_order(order, did),
        *_of_checkouts(tx, order),
        *_of_events(tx, order),
        *_of_refunds(tx, order, did),
        *_of_receipt(tx, order),
        *_of_withdrawals(tx, order),
        *_of_effects(tx, order),
        *_of_shipments(tx, order, did),
        *_of_notes(tx, order),
    ]
    facts = tx.scalars(select(KnownFact).where(KnownFact.order_id == order.id))
    return Story(
        number=order.number,
        sentences=tuple(_summary(order)),
        entries=tuple(sorted(entries, key=lambda entry: (entry.at, entry.text, entry.evidence))),
        facts=tuple(
            Entry(row.changed_at, _fact_text(row), (row.stripe_id,))
            for row in sorted(facts, key=lambda row: (row.changed_at, row.kind, row.stripe_id))
        ),
    )


def _summary(order: Order) -> Iterator[str]:
    yield f"Order {order.number} over {order.total.text()}. {_STATUS[PaymentStatus(order.payment)]}"
    for amount, words in (
        (order.paid_minor, "received"),
        (order.refunded_minor, "refunded"),
        (order.disputed_minor, "taken back by a bank"),
        (order.owed_minor, "to be refunded again"),
    ):
        if amount:
            yield f"{Money(amount, order.currency).text()} {words}."
    for flag in order.flags:
        yield _FLAGS.get(flag, str(flag))


def _of_order(order: Order, did: Did) -> Iterator[Entry]:
    lines = ", ".join(
        f"{line.quantity} × {line.name} {line.variant_name}".strip() for line in order.lines
    )
    yield Entry(order.created_at, f"Ordered: {lines}. Stock held.", (order.id,), BUYER)
    if order.paid_at is not None:
        yield Entry(order.paid_at, "We knew that it was paid.", (order.id,), ITSELF)
    if order.cancelled_at is not None:
        yield Entry(order.cancelled_at, "The buyer cancelled.", (order.id,), BUYER)
    if order.given_up_at is not None:
        text = "Stripe was asked and knew of no way left to pay; given up."
        yield Entry(order.given_up_at, text, (order.id,), ITSELF)
    if order.archived_at is not None:
        by = did.get(("archived", order.id), OPERATOR)
        yield Entry(order.archived_at, "Put away into the archive.", (order.id,), by)


def _of_checkouts(tx: Session, order: Order) -> Iterator[Entry]:
    query = select(Checkout).where(Checkout.order_id == order.id)
    for trip in tx.scalars(query):
        if trip.stripe_id:
            yield Entry(
                trip.created_at,
                _SET_OUT.get(trip.way, "Set out to pay."),
                (trip.id, trip.stripe_id),
                BUYER,
            )
        else:
            text = "Set out to pay; no answer of Stripe's was stored."
            yield Entry(trip.created_at, text, (trip.id,), BUYER)


def _of_events(tx: Session, order: Order) -> Iterator[Entry]:
    for event in tx.scalars(select(StoredEvent).where(StoredEvent.order_id == order.id)):
        door = _DOORS.get(Door(event.door), "") if event.door else ""
        note = f" ({event.note})" if event.note else ""
        text = f"Stripe told us {door}: {event.type}; {_EVENT_ENDS[EventState(event.state)]}{note}."
        evidence = (event.id, event.object_id) if event.object_id else (event.id,)
        yield Entry(event.received_at, " ".join(text.split()), evidence)


def _of_refunds(tx: Session, order: Order, did: Did) -> Iterator[Entry]:
    things = _refunded_things(tx, order)
    for row in tx.scalars(select(Refund).where(Refund.order_id == order.id)):
        note = f" {row.note}" if row.note else ""
        error = f": {row.error}" if row.error else ""
        what = f" for {things[row.id]}" if row.id in things else ""
        end = f"{_REFUND_ENDS[RefundState(row.state)]}{error}"
        text = f"Refund of {row.money.text()}{what}: {end}.{note}"
        ids = (row.id, row.stripe_id or "", row.payment_id)
        # One that is owed because the goods were gone nobody had to ask for.
        by_itself = SOLD_OUT_MEANWHILE in order.flags and row.attempt is None
        who = did.get(("refund", row.id), ITSELF if by_itself else OPERATOR)
        yield Entry(row.created_at, text, tuple(each for each in ids if each), who)


def _refunded_things(tx: Session, order: Order) -> dict[str, str]:
    """What each refund by lines is for, in words."""
    query = select(RefundLine).join(Refund, Refund.id == RefundLine.refund_id)
    named = _names(order) | {SHIPPING: "the shipping"}
    found: dict[str, list[str]] = {}
    # The shipping, which stands before all lines, is said last.
    by_place = (RefundLine.position == SHIPPING, RefundLine.position)
    for line in tx.scalars(query.where(Refund.order_id == order.id).order_by(*by_place)):
        count = "" if line.position == SHIPPING else f"{line.quantity} × "
        found.setdefault(line.refund_id, []).append(f"{count}{named[line.position]}")
    return {refund_id: ", ".join(each) for refund_id, each in found.items()}


def _names(order: Order) -> dict[int, str]:
    return {line.position: f"{line.name} {line.variant_name}".strip() for line in order.lines}


def _of_receipt(tx: Session, order: Order) -> Iterator[Entry]:
    receipt = receipts.of_order(tx, order.id)
    if receipt is not None:
        yield Entry(
            receipt.issued_at, f"Receipt {receipt.number} given.", (receipt.number,), ITSELF
        )


def _of_withdrawals(tx: Session, order: Order) -> Iterator[Entry]:
    for row in withdrawals.of_order(tx, order.id):
        what = (
            ", ".join(f"{each['quantity']} × {each['name']}" for each in row.lines) or "all of it"
        )
        marks = f" ({', '.join(row.marks).replace('_', ' ')})" if row.marks else ""
        yield Entry(row.declared_at, f"The buyer withdrew from {what}{marks}.", (row.id,), BUYER)
        if row.handled_at is not None:
            text = f"Withdrawal handled by {row.handled_by}."
            yield Entry(row.handled_at, text, (row.id,), row.handled_by or OPERATOR)


def _of_effects(tx: Session, order: Order) -> Iterator[Entry]:
    for row in tx.scalars(select(OwedEffect).where(OwedEffect.order_id == order.id)):
        error = f": {row.error}" if row.error else ""
        text = f"Handlers for “{row.effect}”: {_EFFECT_ENDS[EffectState(row.state)]}{error}."
        yield Entry(row.ended_at or row.created_at, text, (f"{row.effect}:{order.id}",), ITSELF)


def _of_shipments(tx: Session, order: Order, did: Did) -> Iterator[Entry]:
    names = _names(order)
    for row in shipments.of_order(tx, order.id):
        things = ", ".join(f"{line.quantity} × {names[line.position]}" for line in row.lines)
        way = " ".join(each for each in (row.carrier_name, row.tracking) if each)
        text = f"Shipped: {things}{f', with {way}' if way else ''}."
        yield Entry(row.shipped_at, text, (row.id,), row.shipped_by)
        if row.delivered_at is not None:
            by = did.get(("delivered", row.id), OPERATOR)
            yield Entry(row.delivered_at, "Arrived.", (row.id,), by)
        if row.undone_at is not None:
            text = "Shipment undone: it had not left after all."
            yield Entry(row.undone_at, text, (row.id,), did.get(("undone", row.id), OPERATOR))


def _of_notes(tx: Session, order: Order) -> Iterator[Entry]:
    for row in notes.of_order(tx, order.id):
        yield Entry(row.at, f"Note: {row.text}", (row.id,), row.by)


def _fact_text(row: KnownFact) -> str:
    money = Money(row.amount_minor, row.currency).text() if row.currency else ""
    return f"{row.kind} is {row.stage} {money}".strip()
