"""The inbox: every event stored once, applied once, never lost."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database, insert_once
from paydesk.foundation.metrics import EVENTS
from paydesk.fulfilment.jobs import Jobs
from paydesk.orders.order import Order
from paydesk.payments import known
from paydesk.payments.event import Door, Event, EventState, StoredEvent
from paydesk.payments.facts import Fact, Kind
from paydesk.payments.folding import is_foreign, is_money, is_renewal
from paydesk.payments.known import KnownFact
from paydesk.payments.reading import facts_of_event, object_id_of_event
from paydesk.payments.refund import Refund
from paydesk.payments.settle import Settling, agreed
from paydesk.payments.trip import Checkout

log = structlog.get_logger("paydesk.inbox")

_MAX_ERROR = 1000
# Refunds and disputes made in Stripe's Dashboard carry no mark of ours: only the payment they
# belong to tells whose they are, and that may be heard of later. So does what paid an invoice.
_CLAIMED_LATER = frozenset({Kind.REFUND, Kind.DISPUTE, Kind.INVOICE})

_NOTE = (
    update(StoredEvent)
    .where(StoredEvent.id == bindparam("event_id"))
    .values(note=bindparam("text"))
    .execution_options(synchronize_session=False)
)
_ORDER_OF_CHECKOUT = select(Checkout.order_id).where(Checkout.id == bindparam("id"))


@dataclass(frozen=True)
class _Outcome:
    """What becomes of an event."""

    state: EventState
    order_id: str | None = None
    note: str | None = None


class EventStillFails(Exception):
    """Handling raised again; the message is the stored note."""


class Inbox:
    """Takes in events, from whichever door."""

    def __init__(
        self, database: Database, clock: Clock, settling: Settling, jobs: Jobs, *, livemode: bool
    ) -> None:
        self._database = database
        self._clock = clock
        self._settling = settling
        self._jobs = jobs
        self._livemode = livemode

    def receive(self, event: Event, door: Door = Door.WEBHOOK) -> EventState:
        """Store the event and do what it says, in one transaction; a second time does nothing.

        Raises only when nothing could be stored: then Stripe must send it again.
        """
        with structlog.contextvars.bound_contextvars(event_id=event.id):
            try:
                state = self._receive(event, door)
            except Exception as error:  # Whatever it is: the event must not be lost.
                log.exception("event_failed", type=event.type)
                state = self._store_failed(event, door, error)
        EVENTS.labels(door.value, state.value).inc()
        return state

    def _receive(self, event: Event, door: Door) -> EventState:
        facts = facts_of_event(event.content)
        with self._database.transaction() as tx:
            outcome = self._find(tx, event.content, facts)
            if not self._insert(tx, event, door, outcome):
                return EventState(tx.get_one(StoredEvent, event.id).state)
            note = self._apply(tx, outcome, facts)
            if note is not None:
                tx.execute(_NOTE, {"event_id": event.id, "text": note})
            return outcome.state

    def _store_failed(self, event: Event, door: Door, error: Exception) -> EventState:
        """What it would have written is undone; the event itself stays, and is tried again."""
        with self._database.transaction() as tx:
            if not self._insert(tx, event, door, _Outcome(EventState.FAILED, note=_said(error))):
                return EventState(tx.get_one(StoredEvent, event.id).state)
            self._jobs.enqueue_retry(tx, event.id)
            return EventState.FAILED

    def retry(self, event_id: str) -> None:
        """Try a failed event again. Raises EventStillFails, so that the engine tries later."""
        state, note = self._again(event_id, only_failed=True)
        if state is EventState.FAILED:
            raise EventStillFails(note)

    def replay(self, event_id: str) -> tuple[EventState, str | None]:
        """Apply a stored event once more, whatever became of it; its state and note then.

        One that was applied already changes nothing. Raises NoResultFound.
        """
        return self._again(event_id, only_failed=False)

    def _again(self, event_id: str, *, only_failed: bool) -> tuple[EventState, str | None]:
        bound = structlog.contextvars.bound_contextvars(event_id=event_id)
        with bound, self._database.transaction() as tx:
            query = select(StoredEvent).where(StoredEvent.id == event_id).with_for_update()
            row = tx.scalars(query).one()
            if row.state == EventState.FAILED or not only_failed:
                self._try(tx, row)
            return EventState(row.state), row.note

    def _insert(self, tx: Session, event: Event, door: Door, outcome: _Outcome) -> bool:
        return insert_once(
            tx,
            StoredEvent,
            id=event.id,
            type=event.type,
            livemode=event.livemode,
            created=event.created,
            received_at=self._clock.now(),
            payload=event.body,
            state=outcome.state,
            order_id=outcome.order_id,
            note=outcome.note,
            object_id=object_id_of_event(event.content),
            tries=1,
            door=door,
        )

    def _try(self, tx: Session, row: StoredEvent) -> None:
        row.tries += 1
        try:
            with tx.begin_nested():
                content = json.loads(row.payload)
                facts = facts_of_event(content)
                outcome = self._find(tx, content, facts)
                note = self._apply(tx, outcome, facts)
                row.state, row.order_id = outcome.state, outcome.order_id
                row.note = note or outcome.note
        except Exception as error:  # Whatever it is: the event must not be lost.
            row.state = EventState.FAILED
            row.note = _said(error)
            log.exception("event_failed", type=row.type)

    def _find(self, tx: Session, content: Mapping[str, Any], facts: list[Fact]) -> _Outcome:
        """Whose event it is; a refund or dispute of nobody's is kept."""
        if not facts:
            return _Outcome(EventState.IGNORED, note="says nothing of a payment")
        if (content.get("livemode") is True) is not self._livemode:
            return _Outcome(EventState.IGNORED, note="of the other mode, live or test")
        fact = facts[0]
        order_id = order_of(tx, fact)
        if order_id is None and _may_be_claimed(fact):
            # Its payment may become known in this moment: who is second sees what the first wrote.
            known.lock_payment(tx, fact)
            order_id = order_of(tx, fact)
            if order_id is None:
                known.keep(tx, fact, self._clock.now())
        if order_id is None:
            return _Outcome(EventState.IGNORED, note="not about an order of this shop")
        return _Outcome(EventState.HANDLED, order_id)

    def _apply(self, tx: Session, outcome: _Outcome, facts: list[Fact]) -> str | None:
        """Settle the order; what is odd about the event, in words, or None."""
        if outcome.order_id is None:
            return None
        self._settling.settle(tx, outcome.order_id, facts)
        return _difference(tx.get_one(Order, outcome.order_id), facts[0])


def _may_be_claimed(fact: Fact) -> bool:
    # Of invoices, what says no more than which intent paid them; the others carry our mark.
    return fact.kind in _CLAIMED_LATER and not (fact.kind is Kind.INVOICE and fact.mode)


def order_of(tx: Session, fact: Fact) -> str | None:
    """The order a fact is about: by our own marks, by the object, or by the payment intent.

    Never by `client_reference_id`: whoever opens a Payment Link can put anything there.
    """
    marked = _marked_order(tx, fact)
    if marked is not None:
        return marked
    known = tx.scalar(
        select(KnownFact.order_id).where(
            KnownFact.kind == fact.kind, KnownFact.stripe_id == fact.stripe_id
        )
    )
    if known is None and fact.intent_id is not None:
        known = tx.scalar(
            select(KnownFact.order_id)
            .where(KnownFact.intent_id == fact.intent_id, KnownFact.order_id.is_not(None))
            .limit(1)
        )
    if known is None and fact.intent_id is not None:
        # A charge no intent made goes by its own id.
        charge = tx.get(KnownFact, (Kind.CHARGE, fact.intent_id))
        known = charge.order_id if charge is not None else None
    return known


def _marked_order(tx: Session, fact: Fact) -> str | None:
    if fact.checkout_id is not None:
        order_id = tx.scalar(_ORDER_OF_CHECKOUT, {"id": fact.checkout_id})
        if order_id is not None:
            return str(order_id)
    if fact.refund_id is not None:
        refund = tx.get(Refund, fact.refund_id)
        if refund is not None:
            return refund.order_id
    return None


def _difference(order: Order, fact: Fact) -> str | None:
    """What an event says that is not what was agreed, in words; None if it is."""
    if is_foreign(agreed(order), fact):
        return "its currency or its mode is not the order's; nothing is fulfilled for it"
    if is_renewal(fact) or not is_money(fact):
        return None
    if (fact.asked_minor or fact.amount_minor) != order.total_minor:
        return "its amount is not the order's; nothing is fulfilled for it"
    return None


def _said(error: Exception) -> str:
    text = f"{type(error).__name__}: {error}"
    # What raised may quote the event, and PostgreSQL stores neither NUL nor half a character.
    return text.encode("ascii", "backslashreplace").decode().replace("\0", "\\0")[:_MAX_ERROR]
