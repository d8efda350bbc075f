"""How the shop is: what is waiting, what was given up, who works; read from the database."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from paydesk.catalogue.demonstration import MARK
from paydesk.fulfilment.jobs import EffectState, OwedEffect
from paydesk.fulfilment.rounds import LastRound
from paydesk.orders.order import Order
from paydesk.payments.event import UNSETTLED, Door, EventState, StoredEvent
from paydesk.payments.pull import EVENTS, PullCursor
from paydesk.payments.refund import Refund

BEAT = "beat"
BEAT_SECONDS = 10.0
# A round that takes its time, such as a long pull, delays the beat, and shows itself.
_ALIVE_FOR = timedelta(seconds=60)
_NEWEST_BUYER = (
    select(Order.buyer).where(Order.paid_at.is_not(None)).order_by(Order.number.desc()).limit(1)
)


def worker_lives(tx: Session, now: datetime) -> bool:
    """Whether some process runs jobs: one has gone a round lately, or is on one."""
    last = last_round(tx)
    held = tx.scalar(select(func.max(LastRound.held_until)))
    return (held is not None and held > now) or (last is not None and now - last < _ALIVE_FOR)


def last_round(tx: Session) -> datetime | None:
    return tx.scalar(select(func.max(LastRound.ended_at)))


@dataclass(frozen=True)
class Vitals:
    """Counts by state, and moments: None where it never happened."""

    orders: dict[str, int]
    effects: dict[str, int]
    refunds: dict[str, int]
    events_failed: int
    last_event_at: datetime | None
    last_webhook_at: datetime | None
    # Seconds UTC.
    pulled_until: int | None
    gap: tuple[int, int] | None
    worker_lives: bool
    failing_rounds: tuple[str, ...]
    # The demonstration's orders were made at an emulator that calls nobody.
    last_sale_is_demonstration: bool = False


def vitals(tx: Session, now: datetime) -> Vitals:
    webhooks = select(func.max(StoredEvent.received_at)).where(StoredEvent.door == Door.WEBHOOK)
    return replace(
        pulse(tx, now),
        orders=_by_state(tx, Order.payment),
        effects=_by_state(tx, OwedEffect.state),
        refunds=_by_state(tx, Refund.state),
        last_webhook_at=tx.scalar(webhooks),
        last_sale_is_demonstration=tx.scalar(_NEWEST_BUYER) == MARK,
    )


def pulse(tx: Session, now: datetime) -> Vitals:
    """What costs the same however many orders and events there are; the rest is left empty."""
    pulled = tx.get(PullCursor, EVENTS)
    unsettled = select(func.count()).where(UNSETTLED, StoredEvent.state == EventState.FAILED)
    failing = select(LastRound.name).where(LastRound.failures > 2).order_by(LastRound.name)
    gap = None
    if pulled is not None and pulled.gap_from is not None and pulled.gap_until is not None:
        gap = (pulled.gap_from, pulled.gap_until)
    return Vitals(
        orders={},
        effects={},
        refunds={},
        events_failed=tx.scalar(unsettled) or 0,
        last_event_at=tx.scalar(select(func.max(StoredEvent.received_at))),
        last_webhook_at=None,
        pulled_until=pulled.completed_from if pulled is not None else None,
        gap=gap,
        worker_lives=worker_lives(tx, now),
        failing_rounds=tuple(tx.scalars(failing)),
    )


def given_up(tx: Session) -> int:
    """How many effects were given up."""
    query = select(func.count()).where(OwedEffect.state == EffectState.FAILED)
    return tx.scalar(query) or 0


def _by_state(tx: Session, column: object) -> dict[str, int]:
    query = select(column, func.count()).group_by(column)  # type: ignore[call-overload]
    return {str(state): int(count) for state, count in tx.execute(query)}
