"""The inbox: every event stored once, applied once, never lost."""

import json
from collections.abc import Mapping
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database, insert_once
from paydesk.fulfilment.jobs import Jobs
from paydesk.orders.order import Order
from paydesk.payments.checkout import Checkout
from paydesk.payments.event import Door, Event, EventState, StoredEvent
from paydesk.payments.facts import Fact, Kind, is_foreign, is_money
from paydesk.payments.reading import facts_of_event, object_id_of_event
from paydesk.payments.refund import Refund
from paydesk.payments.settle import KnownFact, Settling, agreed, lock_payment

log = structlog.get_logger("paydesk.inbox")

_MAX_ERROR = 1000
# Refunds and disputes made in Stripe's Dashboard carry no mark of ours: only the payment they
# belong to tells whose they are, and that may be heard of later.
_CLAIMED_LATER = frozenset({Kind.REFUND, Kind.DISPUTE})

_Outcome = tuple[EventState, str | None, str | None]


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
        with self._database.transaction() as tx:
            if not self._insert(tx, event, door):
                return EventState(tx.get_one(StoredEvent, event.id).state)
            row = tx.get_one(StoredEvent, event.id)
            self._try(tx, row, event.content)
            if row.state == EventState.FAILED:
                self._jobs.enqueue_retry(tx, event.id)
            return EventState(row.state)

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
        with self._database.transaction() as tx:
            query = select(StoredEvent).where(StoredEvent.id == event_id).with_for_update()
            row = tx.scalars(query).one()
            if row.state == EventState.FAILED or not only_failed:
                self._try(tx, row, json.loads(row.payload))
            return EventState(row.state), row.note

    def _insert(self, tx: Session, event: Event, door: Door) -> bool:
        return insert_once(
            tx,
            StoredEvent,
            id=event.id,
            type=event.type,
            livemode=event.livemode,
            created=event.created,
            received_at=self._clock.now(),
            payload=event.body,
            state=EventState.RECEIVED,
            object_id=object_id_of_event(event.content),
            tries=0,
            door=door,
        )

    def _try(self, tx: Session, row: StoredEvent, content: Mapping[str, Any]) -> None:
        row.tries += 1
        try:
            with tx.begin_nested():
                row.state, row.order_id, row.note = self._apply(tx, content)
        except Exception as error:  # Whatever it is: the event must not be lost.
            row.state = EventState.FAILED
            row.note = _printable(f"{type(error).__name__}: {error}")
            log.exception("event_failed", event_id=row.id, type=row.type)

    def _apply(self, tx: Session, content: Mapping[str, Any]) -> _Outcome:
        facts = facts_of_event(content)
        if not facts:
            return EventState.IGNORED, None, "says nothing of a payment"
        if (content.get("livemode") is True) is not self._livemode:
            return EventState.IGNORED, None, "of the other mode, live or test"
        fact = facts[0]
        order_id = order_of(tx, fact)
        if order_id is None and fact.kind in _CLAIMED_LATER:
            # Its payment may become known in this moment: who is second sees what the first wrote.
            lock_payment(tx, fact)
            order_id = order_of(tx, fact)
            if order_id is None:
                self._settling.keep(tx, fact)
        if order_id is None:
            return EventState.IGNORED, None, "not about an order of this shop"
        self._settling.settle(tx, order_id, facts)
        return EventState.HANDLED, order_id, _difference(tx.get_one(Order, order_id), fact)


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
    return known


def _marked_order(tx: Session, fact: Fact) -> str | None:
    if fact.checkout_id is not None:
        checkout = tx.get(Checkout, fact.checkout_id)
        if checkout is not None:
            return checkout.order_id
    if fact.refund_id is not None:
        refund = tx.get(Refund, fact.refund_id)
        if refund is not None:
            return refund.order_id
    return None


def _difference(order: Order, fact: Fact) -> str | None:
    """What an event says that is not what was agreed, in words; None if it is."""
    if is_foreign(agreed(order), fact):
        return "its currency or its mode is not the order's; nothing is fulfilled for it"
    if is_money(fact) and fact.amount_minor != order.total_minor:
        return "its amount is not the order's; nothing is fulfilled for it"
    return None


def _printable(text: str) -> str:
    # What raised may quote the event, and PostgreSQL stores neither NUL nor half a character.
    return text.encode("ascii", "backslashreplace").decode().replace("\0", "\\0")[:_MAX_ERROR]
