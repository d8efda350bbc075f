"""The check of what hangs on no single order: stock, prices, events, numbers, rounds."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from paydesk.catalogue.product import Price, Variant
from paydesk.catalogue.stock import Hold, HoldState
from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database
from paydesk.fulfilment import jobs, receipts
from paydesk.fulfilment.jobs import EffectState, OwedEffect
from paydesk.fulfilment.letters import Letter, LetterState
from paydesk.fulfilment.receipts import Receipt
from paydesk.fulfilment.rounds import LastRound
from paydesk.orders.order import Counter, Order
from paydesk.payments.checking_case import LATE, Finding, Severity
from paydesk.payments.checking_orders import Progress, check_orders
from paydesk.payments.event import EventState, StoredEvent
from paydesk.payments.known import KnownFact
from paydesk.payments.pull import PullCursor
from paydesk.payments.trip import Checkout

_MOST_NAMED = 1000


def check(database: Database, clock: Clock, progress: Progress) -> Iterator[Finding]:
    """Everything the database says against everything else it says; `progress` counts orders."""
    yield from check_orders(database, clock, progress)
    with database.transaction() as tx:
        yield from _stock(tx)
        yield from _prices(tx)
        yield from _events(tx, clock.now())
        yield from _strangers(tx)
        yield from _numbers(tx)
        yield from _receipts(tx)
        yield from _letters(tx)
        yield from _jobs(tx)
        yield from _rounds(tx, clock.now())


def _error(code: str, text: str, advice: str, *ids: str) -> Finding:
    return Finding(code, Severity.ERROR, text, advice, ids)


def _warning(code: str, text: str, advice: str, *ids: str) -> Finding:
    return Finding(code, Severity.WARNING, text, advice, ids)


def _stock(tx: Session) -> Iterator[Finding]:
    sums = (
        select(Hold.variant_id, func.sum(Hold.quantity).label("held"))
        .where(Hold.state == HoldState.HELD)
        .group_by(Hold.variant_id)
        .subquery()
    )
    held = func.coalesce(sums.c.held, 0)
    query = (
        select(Variant.id, Variant.on_hand, Variant.held, held)
        .outerjoin(sums, sums.c.variant_id == Variant.id)
        .where(or_(Variant.held != held, Variant.held > Variant.on_hand))
    )
    for variant_id, on_hand, counted, summed in tx.execute(query):
        if counted != summed:
            yield _error(
                "held_differs_from_holds",
                f"Variant {variant_id}: {counted} are counted as held, its orders hold {summed}.",
                "Somebody changed the database by hand: compare with a backup.",
                variant_id,
            )
        if on_hand is not None and counted > on_hand:
            yield _error(
                "more_held_than_there_is",
                f"Variant {variant_id}: {counted} are held of {on_hand}.",
                "Count your stock; talk to the buyers who wait.",
                variant_id,
            )


def _prices(tx: Session) -> Iterator[Finding]:
    query = (
        select(Price.variant_id)
        .where(Price.superseded_at.is_(None))
        .group_by(Price.variant_id)
        .having(func.count() > 1)
    )
    for variant_id in tx.scalars(query):
        yield _error(
            "two_current_prices",
            f"Variant {variant_id} has more than one price today.",
            "Somebody changed the database by hand: compare with a backup.",
            variant_id,
        )


def _events(tx: Session, now: datetime) -> Iterator[Finding]:
    unsettled = or_(
        StoredEvent.state == EventState.FAILED,
        and_(StoredEvent.state == EventState.RECEIVED, StoredEvent.received_at < now - LATE),
    )
    query = select(StoredEvent.id, StoredEvent.type, StoredEvent.note).where(unsettled)
    for event_id, kind, note in tx.execute(query.limit(_MOST_NAMED)):
        yield _warning(
            "event_not_applied",
            f"Event {event_id} ({kind}) was not applied: {note or 'no reason is known'}",
            f"Mend the cause, then: paydesk events replay {event_id}",
            event_id,
        )


def _strangers(tx: Session) -> Iterator[Finding]:
    """Rows that name an order there is not; only hands or another program write such."""
    for table, name in ((KnownFact, "facts"), (Checkout, "checkouts"), (OwedEffect, "effects")):
        query = (
            select(table.order_id)
            .outerjoin(Order, Order.id == table.order_id)
            .where(table.order_id.is_not(None), Order.id.is_(None))
            .distinct()
        )
        for order_id in tx.scalars(query.limit(_MOST_NAMED)):
            yield _error(
                "order_unknown",
                f"{name} name order {order_id}, which there is not.",
                "Somebody deleted an order by hand: compare with a backup.",
                str(order_id),
            )


def _numbers(tx: Session) -> Iterator[Finding]:
    highest = tx.scalar(select(func.max(Order.number)))
    counter = tx.scalar(select(Counter.value).where(Counter.name == "order"))
    if highest is not None and (counter is None or counter < highest):
        yield _error(
            "counter_behind",
            f"The next order would get a number below {highest + 1}, which is taken.",
            f"Set `value` of the row `order` in the table `counters` to {highest}.",
        )


def _receipts(tx: Session) -> Iterator[Finding]:
    query = select(Receipt.series, func.count(), func.max(Receipt.position)).group_by(
        Receipt.series
    )
    for series, count, highest in tx.execute(query):
        counted = tx.scalar(select(Counter.value).where(Counter.name == receipts.counter(series)))
        if count != highest or counted != highest:
            yield _error(
                "receipt_numbers_have_a_gap",
                f"Series {series}: {count} receipts are numbered up to {highest}, "
                f"and {counted or 0} were counted.",
                "Somebody changed the database by hand: compare with a backup.",
                str(series),
            )


def _letters(tx: Session) -> Iterator[Finding]:
    query = select(Letter.id, Letter.kind, Letter.error).where(Letter.state == LetterState.FAILED)
    for letter_id, kind, error in tx.execute(query.limit(_MOST_NAMED)):
        yield _warning(
            "letter_not_delivered",
            f"Letter {letter_id} ({kind}) was not delivered: {error or 'no reason is known'}",
            f"Mend the cause, then: paydesk mail resend {letter_id}",
            letter_id,
        )


def _jobs(tx: Session) -> Iterator[Finding]:
    pending = select(OwedEffect).where(OwedEffect.state == EffectState.PENDING)
    owed = {jobs.key_of(row): row for row in tx.scalars(pending.limit(_MOST_NAMED))}
    for key in sorted(set(owed) - jobs.live_keys(tx, list(owed))):
        yield _error(
            "job_missing",
            f"The handlers of {key} are to run, and the engine has no such job.",
            "Restore the engine's tables with the shop's: they belong to one backup.",
            owed[key].order_id,
        )


def _rounds(tx: Session, now: datetime) -> Iterator[Finding]:
    for row in tx.scalars(select(LastRound)):
        if row.error is not None:
            yield _warning(
                "round_fails",
                f"The last {row.failures} {row.name} rounds failed: {row.error}",
                "Mend what it says; the next round comes by itself.",
                row.name,
            )
        elif row.due_at < now - LATE:
            yield _warning(
                "round_overdue",
                f"The {row.name} round was due at {row.due_at:%Y-%m-%d %H:%M} UTC.",
                "See that `paydesk web` or `paydesk worker` runs.",
                row.name,
            )
    for gap in tx.scalars(select(PullCursor).where(PullCursor.gap_from.is_not(None))):
        yield _warning(
            "events_may_be_missing",
            "Stripe had forgotten some events before anybody asked for them.",
            "Compare with Stripe: paydesk reconcile --apply",
            gap.name,
        )
