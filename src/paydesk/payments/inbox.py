"""The inbox: every event stored once, applied once, never lost.

An event:  received -> handled    what it says was taken into account
           received -> ignored    it is not about an order of ours
           received -> failed     reading or settling raised; a job tries again
           failed   -> handled | ignored
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import structlog
from sqlalchemy import Index, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Base, Database, Moment, insert_once
from paydesk.foundation.errors import Invalid
from paydesk.fulfilment.jobs import Jobs
from paydesk.payments.checkout import Checkout
from paydesk.payments.facts import Fact
from paydesk.payments.reading import facts_of_event
from paydesk.payments.settle import KnownFact, Settling

log = structlog.get_logger("paydesk.inbox")

_MAX_ID = 255
_MAX_ERROR = 1000


class EventState(StrEnum):
    """Where an event stands; the drawing is in this module's docstring."""

    RECEIVED = "received"
    HANDLED = "handled"
    IGNORED = "ignored"
    FAILED = "failed"


class StoredEvent(Base):
    """One row is one event of Stripe's, exactly as it came."""

    __tablename__ = "events"
    __table_args__ = (Index("events_by_time", "received_at"), Index("events_by_state", "state"))

    id: Mapped[str] = mapped_column(String(_MAX_ID), primary_key=True)
    type: Mapped[str] = mapped_column(String(120))
    livemode: Mapped[bool] = mapped_column()
    # Seconds UTC, as Stripe says.
    created: Mapped[int] = mapped_column()
    received_at: Mapped[datetime] = mapped_column(Moment)
    payload: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12), default=EventState.RECEIVED)
    order_id: Mapped[str | None] = mapped_column(String(40), index=True)
    note: Mapped[str | None] = mapped_column(Text)
    tries: Mapped[int] = mapped_column(default=0)


@dataclass(frozen=True)
class Event:
    """A verified event, parsed once. `body` is what came over the wire."""

    id: str
    type: str
    livemode: bool
    created: int
    body: str
    content: Mapping[str, Any]


def parse(body: bytes) -> Event:
    """The event in a verified body. Raises Invalid for anything that is not one."""
    try:
        text = body.decode("utf-8")
        content = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Invalid("The body is not JSON.", code="bad_body") from None
    if not isinstance(content, dict) or content.get("object") != "event":
        raise Invalid("The body is not an event of Stripe's.", code="bad_body")
    event_id, kind, created = content.get("id"), content.get("type"), content.get("created")
    good_id = _is_name(event_id, _MAX_ID)
    good_kind = _is_name(kind, 120)
    good_time = isinstance(created, int) and 0 <= created < 2**31
    if not (good_id and good_kind and good_time and isinstance(content.get("data"), dict)):
        raise Invalid("The body is not a complete event of Stripe's.", code="bad_body")
    return Event(
        id=str(event_id),
        type=str(kind),
        livemode=content.get("livemode") is True,
        created=int(str(created)),
        body=text,
        content=content,
    )


def _is_name(value: object, longest: int) -> bool:
    return (
        isinstance(value, str)
        and 0 < len(value) <= longest
        and value.isascii()
        and value.isprintable()
    )


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

    def receive(self, event: Event) -> EventState:
        """Store the event and do what it says, in one transaction; a second time does nothing.

        Raises only when nothing could be stored: then Stripe must send it again.
        """
        with self._database.transaction() as tx:
            if not self._insert(tx, event):
                return EventState(tx.get_one(StoredEvent, event.id).state)
            row = tx.get_one(StoredEvent, event.id)
            self._try(tx, row, event.content)
            if row.state == EventState.FAILED:
                self._jobs.enqueue_retry(tx, event.id)
            return EventState(row.state)

    def retry(self, event_id: str) -> None:
        """Try a failed event again. Raises EventStillFails, so that the engine tries later."""
        with self._database.transaction() as tx:
            query = select(StoredEvent).where(StoredEvent.id == event_id).with_for_update()
            row = tx.scalars(query).one()
            if row.state != EventState.FAILED:
                return
            self._try(tx, row, json.loads(row.payload))
            note = row.note if row.state == EventState.FAILED else None
        if note is not None:
            raise EventStillFails(note)

    def _insert(self, tx: Session, event: Event) -> bool:
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
            tries=0,
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

    def _apply(
        self, tx: Session, content: Mapping[str, Any]
    ) -> tuple[EventState, str | None, str | None]:
        facts = facts_of_event(content)
        if not facts:
            return EventState.IGNORED, None, "says nothing of a payment"
        order_ids = {_order_of(tx, fact) for fact in facts}
        if order_ids == {None}:
            return EventState.IGNORED, None, "not about an order of this shop"
        if (content.get("livemode") is True) is not self._livemode:
            return EventState.IGNORED, None, "of the other mode, live or test"
        for fact in facts:
            order_id = _order_of(tx, fact)
            if order_id is not None:
                self._settling.settle(tx, order_id, [fact])
        return EventState.HANDLED, next(iter(order_ids - {None}), None), None


class EventStillFails(Exception):
    """Handling raised again; the message is the stored note."""


def _order_of(tx: Session, fact: Fact) -> str | None:
    """The order a fact is about: by our own mark, by the session, or by the payment intent.

    Never by `client_reference_id`: whoever opens a Payment Link can put anything there.
    """
    if fact.checkout_id is not None:
        checkout = tx.get(Checkout, fact.checkout_id)
        if checkout is not None:
            return checkout.order_id
    known = tx.scalar(
        select(KnownFact.order_id).where(
            KnownFact.kind == fact.kind, KnownFact.stripe_id == fact.stripe_id
        )
    )
    if known is None and fact.intent_id is not None:
        known = tx.scalar(
            select(KnownFact.order_id).where(KnownFact.intent_id == fact.intent_id).limit(1)
        )
    return known


def _printable(text: str) -> str:
    # What raised may quote the event, and PostgreSQL stores neither NUL nor half a character.
    return text.encode("ascii", "backslashreplace").decode().replace("\0", "\\0")[:_MAX_ERROR]


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
