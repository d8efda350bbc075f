"""What needs somebody's attention: the first thing on the desk's home. Reads only.

Each question is answered from an index or a kept count, so that it costs the same however many
orders there are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from paydesk.catalogue.product import Product, Variant, Visibility
from paydesk.catalogue.stock import LOW_STOCK
from paydesk.fulfilment.jobs import EffectState, OwedEffect
from paydesk.fulfilment.letters import Letter, LetterState
from paydesk.fulfilment.withdrawals import Withdrawal
from paydesk.orders.ledger import LedgerRow, Movement
from paydesk.orders.order import IN_TAB, Order, PaymentStatus
from paydesk.orders.problems import Problem
from paydesk.orders.tabs import Tab
from paydesk.payments.event import UNSETTLED, EventState, StoredEvent
from paydesk.payments.known import OPEN_DISPUTES, KnownFact
from paydesk.payments.refund import UNANSWERED, Refund
from paydesk.reports import sums

# A bank transfer or a debit can take so long; after that it is worth asking.
PENDING_TOO_LONG = timedelta(days=14)
# A webhook takes seconds and the pull at most minutes.
_EVENT_TAKES = timedelta(minutes=30)
_LATE_REFUND = timedelta(hours=1)
_NAMED = 3


class Need(StrEnum):
    """What may need attention, the most pressing first."""

    DISPUTES = "disputes"
    EVENTS_STAY_AWAY = "events_stay_away"
    REFUNDS_FAILED = "refunds_failed"
    REFUNDS_WAIT = "refunds_wait"
    DIFFERS = "differs"
    PAID_TWICE = "paid_twice"
    SOLD_OUT = "sold_out"
    WITHDRAWALS = "withdrawals"
    EVENTS_FAILED = "events_failed"
    LETTERS_FAILED = "letters_failed"
    HANDLERS_FAILED = "handlers_failed"
    TO_SHIP = "to_ship"
    PENDING_LONG = "pending_long"
    LOW_STOCK = "low_stock"


@dataclass(frozen=True)
class Item:
    """One thing to look at: how many there are, since or until when, and some by their names."""

    need: Need
    count: int
    # The oldest's moment; of disputes, the first day by which an answer is due.
    at: datetime | None = None
    names: tuple[str, ...] = ()


def attention(tx: Session, now: datetime) -> list[Item]:
    """Everything that needs attention, the most pressing first; nothing: all done."""
    found = {item.need: item for item in _items(tx, now) if item.count}
    return [found[need] for need in Need if need in found]


def events_stay_away(tx: Session) -> datetime | None:
    """When the newest order was paid, if no event has come since: Stripe does not reach us."""
    paid = select(func.max(LedgerRow.at)).where(LedgerRow.movement == Movement.PAYMENT)
    newest = tx.scalar(paid)
    if newest is None:
        return None
    heard = tx.scalar(select(func.max(StoredEvent.received_at)))
    return newest if heard is None or heard < newest - _EVENT_TAKES else None


def _items(tx: Session, now: datetime) -> Iterator[Item]:
    counts = sums.counts(tx)
    yield _disputes(tx, counts.get(f"problem:{Problem.DISPUTED}", 0))
    silent_since = events_stay_away(tx)
    yield Item(Need.EVENTS_STAY_AWAY, int(silent_since is not None), silent_since)
    for need, problem in _PROBLEMS.items():
        yield Item(need, counts.get(f"problem:{problem}", 0))
    yield _refunds_that_wait(tx, now)
    yield _withdrawals(tx)
    yield _events_failed(tx)
    yield _letters_failed(tx)
    yield _handlers_failed(tx)
    to_ship = counts.get(Tab.TO_SHIP, 0)
    yield Item(Need.TO_SHIP, to_ship, _oldest(tx, Tab.TO_SHIP, Order.paid_at) if to_ship else None)
    yield _pending_long(tx, now)
    yield _low_stock(tx)


_PROBLEMS = {
    Need.REFUNDS_FAILED: Problem.REFUND_FAILED,
    Need.DIFFERS: Problem.DIFFERS,
    Need.PAID_TWICE: Problem.PAID_TWICE,
    Need.SOLD_OUT: Problem.SOLD_OUT,
}


def _disputes(tx: Session, count: int) -> Item:
    if not count:
        return Item(Need.DISPUTES, 0)
    # Not joined: SQLite would look at each of their orders before it sorts.
    is_here = select(Order.id).where(Order.id == KnownFact.order_id, Order.archived_at.is_(None))
    due = (
        select(KnownFact.until)
        .where(OPEN_DISPUTES, KnownFact.until > 0, is_here.exists())
        .order_by(KnownFact.until)
    )
    first = tx.scalar(due.limit(1))
    return Item(Need.DISPUTES, count, datetime.fromtimestamp(first, UTC) if first else None)


def _refunds_that_wait(tx: Session, now: datetime) -> Item:
    query = select(func.count(), func.min(Refund.created_at)).where(
        UNANSWERED, Refund.created_at < now - _LATE_REFUND
    )
    count, oldest = tx.execute(query).one()
    return Item(Need.REFUNDS_WAIT, count, oldest)


def _withdrawals(tx: Session) -> Item:
    query = select(func.count(), func.min(Withdrawal.declared_at))
    count, oldest = tx.execute(query.where(Withdrawal.handled_at.is_(None))).one()
    return Item(Need.WITHDRAWALS, count, oldest)


def _events_failed(tx: Session) -> Item:
    query = select(func.count(), func.min(StoredEvent.received_at)).where(
        UNSETTLED, StoredEvent.state == EventState.FAILED
    )
    count, oldest = tx.execute(query).one()
    return Item(Need.EVENTS_FAILED, count, oldest)


def _letters_failed(tx: Session) -> Item:
    query = select(func.count(), func.min(Letter.written_at)).where(
        Letter.state == LetterState.FAILED
    )
    count, oldest = tx.execute(query).one()
    return Item(Need.LETTERS_FAILED, count, oldest)


def _handlers_failed(tx: Session) -> Item:
    failed = OwedEffect.state == EffectState.FAILED
    count, oldest = tx.execute(
        select(func.count(), func.min(OwedEffect.ended_at)).where(failed)
    ).one()
    names = select(OwedEffect.effect).where(failed).distinct().order_by(OwedEffect.effect)
    return Item(Need.HANDLERS_FAILED, count, oldest, tuple(tx.scalars(names.limit(_NAMED))))


def _oldest(tx: Session, tab: str, moment: object) -> datetime | None:
    query = select(moment).where(text(IN_TAB[tab])).order_by(Order.number).limit(1)  # type: ignore[call-overload]
    found: datetime | None = tx.scalar(query)
    return found


def _pending_long(tx: Session, now: datetime) -> Item:
    query = select(func.count(), func.min(Order.created_at)).where(
        Order.payment == PaymentStatus.PENDING, Order.created_at < now - PENDING_TOO_LONG
    )
    count, oldest = tx.execute(query).one()
    return Item(Need.PENDING_LONG, count, oldest)


def _low_stock(tx: Session) -> Item:
    is_low = Variant.on_hand - Variant.held <= func.coalesce(Variant.low_stock_at, LOW_STOCK)
    variant = select(Variant.id).where(
        Variant.product_id == Product.id, Variant.on_hand.is_not(None), is_low
    )
    low = select(Product.name).where(Product.visibility == Visibility.PUBLISHED, variant.exists())
    count = tx.scalar(select(func.count()).select_from(low.subquery())) or 0
    first = tx.scalars(low.order_by(Product.position, Product.name).limit(_NAMED))
    return Item(Need.LOW_STOCK, count, names=tuple(first))
