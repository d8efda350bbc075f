"""Money that moved: the ledger by pages, with what Stripe says of each movement. Reads only."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from paydesk.foundation.errors import Invalid
from paydesk.foundation.money import Money
from paydesk.orders.ledger import LedgerRow, Movement
from paydesk.payments.event import StoredEvent
from paydesk.payments.facts import Kind
from paydesk.payments.known import KnownFact
from paydesk.reports import paging
from paydesk.reports.events import numbers_of
from paydesk.reports.paging import Place

PAGE = 50
_KIND_OF = {Movement.REFUND: Kind.REFUND, Movement.DISPUTE: Kind.DISPUTE}
_PAYOUT_EVENTS = ("payout.created", "payout.failed", "payout.paid", "payout.updated")
# What a shop of ten years has of daily payouts is more than anybody reads.
_MOST_PAYOUT_EVENTS = 400


@dataclass(frozen=True)
class Moved:
    """One movement, with its order's number and how it stands at Stripe now."""

    row: LedgerRow
    number: int
    stage: str

    @property
    def amount(self) -> Money:
        """As it changes what we have: refunds and disputes are less."""
        sign = 1 if self.row.movement == Movement.PAYMENT else -1
        return Money(sign * self.row.amount_minor, self.row.currency)


@dataclass(frozen=True)
class Page:
    """One page of movements, and where it goes on."""

    rows: list[Moved]
    older: Place | None


@dataclass(frozen=True)
class Payout:
    """One payout to the bank, as Stripe's newest event tells it."""

    id: str
    amount: Money
    status: str
    arrives_at: datetime | None


def movements(tx: Session, movement: str = "", place: Place | None = None) -> Page:
    """A page of what moved, newest first. Raises Invalid."""
    query = select(LedgerRow)
    if movement:
        if movement not in {*Movement}:
            raise Invalid("There is no such kind of movement.", code="bad_movement")
        query = query.where(LedgerRow.movement == movement)
    ordered = paging.older(query, LedgerRow.at, LedgerRow.id, place).limit(PAGE + 1)
    found = list(tx.scalars(ordered))
    shown = found[:PAGE]
    numbers, stages = numbers_of(tx, [row.order_id for row in shown]), _stages(tx, shown)
    rows = [Moved(row, numbers[row.order_id], stages.get(row.about, "")) for row in shown]
    last = shown[-1] if len(found) > PAGE else None
    return Page(rows, Place(last.at, last.id) if last is not None else None)


def payouts(tx: Session) -> list[Payout]:
    """The payouts Stripe's events told of, newest first."""
    query = select(StoredEvent.payload).where(StoredEvent.type.in_(_PAYOUT_EVENTS))
    newest = query.order_by(StoredEvent.received_at.desc(), StoredEvent.id.desc())
    found: dict[str, Payout] = {}
    for payload in tx.scalars(newest.limit(_MOST_PAYOUT_EVENTS)):
        payout = _payout(json.loads(payload))
        if payout is not None:
            found.setdefault(payout.id, payout)
    return list(found.values())


def _stages(tx: Session, rows: list[LedgerRow]) -> dict[str, str]:
    told = [row.about for row in rows if row.movement in _KIND_OF]
    if not told:
        return {}
    # Not as pairs, which SQLite asks no index for.
    kinds = [kind.value for kind in _KIND_OF.values()]
    query = select(KnownFact.stripe_id, KnownFact.stage).where(
        KnownFact.kind.in_(kinds), KnownFact.stripe_id.in_(told)
    )
    return {row.stripe_id: row.stage for row in tx.execute(query)}


def _payout(event: Any) -> Payout | None:
    # What somebody once stored may be of any shape.
    try:
        thing = event["data"]["object"]
        arrives = thing.get("arrival_date")
        return Payout(
            id=str(thing["id"]),
            amount=Money(int(thing["amount"]), str(thing["currency"])),
            status=str(thing["status"]),
            arrives_at=datetime.fromtimestamp(int(arrives), UTC) if arrives else None,
        )
    except (KeyError, TypeError, ValueError, Invalid):
        return None
