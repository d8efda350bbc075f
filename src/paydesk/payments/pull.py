"""The pull: asks Stripe for the events we may have missed. The door that needs no public URL."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Base, Database, insert_once
from paydesk.foundation.errors import Invalid
from paydesk.orders.order import Order
from paydesk.payments.event import Door, Event, StoredEvent, event_of
from paydesk.payments.gateway import Answer, Gateway
from paydesk.payments.inbox import Inbox

log = structlog.get_logger("paydesk.pull")

# Stripe forgets events after this ("List all events").
KEPT_SECONDS = 30 * 24 * 3600
# An event can be listed a while after the second it was created in, and clocks differ.
OVERLAP_SECONDS = 300
# So much is fetched before any of it is applied: Stripe lists newest first, we apply oldest first.
_SLICE_SECONDS = 6 * 3600
EVENTS = "events"


class PullCursor(Base):
    """One row is how far the pull has come. Seconds UTC.

    It is the start of the last completed run, never the newest event received: an older event
    may be the missing one.
    """

    __tablename__ = "paydesk_pulls"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    completed_from: Mapped[int] = mapped_column()
    # What nobody asked for in time and Stripe does not know any more.
    gap_from: Mapped[int | None] = mapped_column()
    gap_until: Mapped[int | None] = mapped_column()


@dataclass(frozen=True)
class Pulled:
    """What one pull found. Times in seconds UTC; `gap` is what Stripe has forgotten."""

    since: int
    seen: int
    new: int
    failed: int
    gap: tuple[int, int] | None


# Told after each slice: how far the pull is, and how far it goes, in seconds UTC.
Progress = Callable[[int, int], None]


def _silent(_done: int, _until: int) -> None:
    pass


class Pulling:
    """Takes events from Stripe's list into the inbox."""

    def __init__(self, database: Database, clock: Clock, gateway: Gateway, inbox: Inbox) -> None:
        self._database = database
        self._clock = clock
        self._gateway = gateway
        self._inbox = inbox

    def run(self, *, since: int | None = None, progress: Progress = _silent) -> Pulled:
        """Everything since the cursor less an overlap, oldest first. `since`: seconds UTC, instead.

        Raises StripeUnreachable or StripeRefused; what was received stays, the next run begins
        where this one came to.
        """
        began = self._clock.timestamp()
        start, gap = self._start(began, since)
        seen = new = failed = 0
        at = start
        while at < began + 1:
            until = min(at + _SLICE_SECONDS, began + 1)
            events = list(self._gateway.list_events(at, until))
            missing = self._missing(events)
            for answer in reversed(missing):
                failed += not self._receive(answer)
            seen += len(events)
            new += len(missing)
            # What begins later than the cursor leaves something unseen, unless Stripe forgot it.
            reach = at if since is not None else 0
            self._note(reach, min(until, began), gap, moved=bool(missing))
            at = until
            progress(min(at, began), began)
        if new:
            log.info("events_pulled", new=new, seen=seen)
        return Pulled(since=start, seen=seen, new=new, failed=failed, gap=gap)

    def forget_gap_since(self, since: int) -> None:
        """After everything since then, seconds UTC, was reconciled."""
        with self._database.transaction() as tx:
            row = tx.get(PullCursor, EVENTS)
            if row is not None and row.gap_from is not None and since <= row.gap_from:
                row.gap_from = row.gap_until = None

    def _start(self, began: int, since: int | None) -> tuple[int, tuple[int, int] | None]:
        with self._database.transaction() as tx:
            row = tx.get(PullCursor, EVENTS)
            gap = _gap(row)
            start = row.completed_from if row is not None else _first_order(tx, began)
        start = since if since is not None else start - OVERLAP_SECONDS
        oldest = began - KEPT_SECONDS
        if start < oldest and since is None:
            gap = (min(start, gap[0]) if gap else start, oldest)
            log.error("events_may_be_missing", since=gap[0], until=gap[1])
        return max(0, start, oldest), gap

    def _missing(self, events: list[Answer]) -> list[Answer]:
        """Those not stored yet; they are asked for by one statement for each hundred."""
        missing: list[Answer] = []
        for first in range(0, len(events), 100):
            some = events[first : first + 100]
            with self._database.transaction() as tx:
                # An id we could not store is not stored; `event_of` says what is wrong with it.
                ids = [i for i in map(_id, some) if i.isascii() and i.isprintable()]
                known = set(tx.scalars(select(StoredEvent.id).where(StoredEvent.id.in_(ids))))
            missing += [each for each in some if each.get("id") not in known]
        return missing

    def _receive(self, answer: Answer) -> bool:
        try:
            event: Event = event_of(answer, json.dumps(answer))
        except Invalid as error:
            event_id = str(answer.get("id"))[:255]
            log.error("event_unreadable", event_id=event_id, reason=str(error))  # noqa: TRY400
            return False
        self._inbox.receive(event, Door.PULL)
        return True

    def _note(self, start: int, until: int, gap: tuple[int, int] | None, *, moved: bool) -> None:
        with self._database.transaction() as tx:
            # Several processes may pull at once, from the first second on. A first run that was
            # asked to begin later has not seen everything: it leaves no cursor.
            if start == 0:
                insert_once(tx, PullCursor, name=EVENTS, completed_from=until)
            row = tx.get(PullCursor, EVENTS, with_for_update=True)
            if row is None:
                return
            # Not at each of the frequent runs that find nothing; and never over what nobody saw.
            worth_it = moved or until - row.completed_from >= OVERLAP_SECONDS // 5
            if worth_it and start <= row.completed_from:
                row.completed_from = max(row.completed_from, until)
            if gap is not None:
                row.gap_from, row.gap_until = gap


def _id(event: Answer) -> str:
    return str(event.get("id"))


def _gap(row: PullCursor | None) -> tuple[int, int] | None:
    if row is None or row.gap_from is None or row.gap_until is None:
        return None
    return (row.gap_from, row.gap_until)


def _first_order(tx: Session, began: int) -> int:
    """Nothing of ours can have happened before the first order."""
    first = tx.scalar(select(func.min(Order.created_at)))
    return int(first.timestamp()) if first is not None else began
