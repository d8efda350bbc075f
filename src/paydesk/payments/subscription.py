"""A subscription: what follows from Stripe's facts about it and its invoices; one row.

It entitles its buyer while it is trialing, active or past due (Stripe tries the card again for
some weeks); not while it is unpaid, paused, or over. Each time it begins to entitle, and each time
it ceases to, an effect is owed ("Subscription statuses").
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.foundation.database import Base, Moment
from paydesk.foundation.ids import new_id
from paydesk.foundation.money import Money
from paydesk.fulfilment.hooks import Effect
from paydesk.payments.facts import Fact, Kind
from paydesk.payments.folding import is_renewal

_ENTITLES = frozenset({"trialing", "active", "past_due"})
# Nothing comes after these; what is unpaid or paused can be taken up again.
_OVER = frozenset({"canceled", "incomplete_expired"})


class Subscription(Base):
    """One row is one subscription at Stripe, begun by one order."""

    __tablename__ = "paydesk_subscriptions"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("paydesk_orders.id"), index=True)
    stripe_id: Mapped[str] = mapped_column(String(255), unique=True)
    customer_id: Mapped[str | None] = mapped_column(String(255))
    # Stripe's word: trialing, active, past_due, unpaid, paused, canceled, incomplete …
    status: Mapped[str] = mapped_column(String(20))
    # What one period costs by the present plan.
    unit_minor: Mapped[int] = mapped_column()
    currency: Mapped[str] = mapped_column(String(3))
    # The end of the period that is running.
    paid_until: Mapped[datetime | None] = mapped_column(Moment)
    cancels_at: Mapped[datetime | None] = mapped_column(Moment)
    # How many invoices were paid after the first, and what of others could not be collected yet.
    renewals: Mapped[int] = mapped_column(default=0)
    failing_minor: Mapped[int] = mapped_column(default=0)
    # How often it has begun to entitle, and since when; `ended_at` once it does no more.
    spells: Mapped[int] = mapped_column(default=0)
    active_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    changed_at: Mapped[datetime] = mapped_column(Moment)

    @property
    def cost(self) -> Money:
        return Money(self.unit_minor, self.currency)

    @property
    def entitles(self) -> bool:
        return self.active_at is not None and self.ended_at is None


@dataclass(frozen=True)
class Standing:
    """How one subscription stands, by the facts. Amounts in the minor unit of `cost`'s currency."""

    stripe_id: str
    status: str
    entitles: bool
    cost: Money
    paid_until: int
    cancels_at: int
    renewals: int
    failing_minor: int
    customer_id: str | None


def standings(facts: Iterable[Fact]) -> list[Standing]:
    """What follows from the facts about an order's subscriptions. Pure."""
    known = list(facts)
    return [
        _standing(fact, [each for each in known if each.subscription_id == fact.stripe_id])
        for fact in sorted(known, key=lambda fact: fact.stripe_id)
        if fact.kind is Kind.SUBSCRIPTION
    ]


def follow(
    tx: Session, order_id: str, facts: Iterable[Fact], at: datetime
) -> Iterator[tuple[Effect, str]]:
    """Let the rows say what the facts say; what has become true of each, and its name."""
    for standing in standings(facts):
        query = select(Subscription).where(Subscription.stripe_id == standing.stripe_id)
        row = tx.scalars(query).one_or_none()
        if row is None:
            row = Subscription(
                id=new_id("sbs"), order_id=order_id, stripe_id=standing.stripe_id, spells=0
            )
            tx.add(row)
        yield from _write(row, standing, at)


def of_order(tx: Session, order_id: str) -> list[Subscription]:
    """The subscriptions an order began, oldest first."""
    query = select(Subscription).where(Subscription.order_id == order_id)
    return list(tx.scalars(query.order_by(Subscription.active_at, Subscription.id)))


def runs(tx: Session, order_id: str) -> bool | None:
    """Whether a subscription the order began is not over yet; None if it has begun none."""
    rows = of_order(tx, order_id)
    return any(row.status not in _OVER for row in rows) if rows else None


def _standing(fact: Fact, belonging: list[Fact]) -> Standing:
    later = [each for each in belonging if is_renewal(each)]
    return Standing(
        stripe_id=fact.stripe_id,
        status=fact.mode,
        entitles=fact.stage == "running" and fact.mode in _ENTITLES,
        cost=fact.money,
        paid_until=fact.until,
        cancels_at=fact.ends_at,
        renewals=sum(each.stage == "paid" for each in later),
        failing_minor=sum(each.amount_minor for each in later if each.stage == "failing"),
        customer_id=fact.customer_id,
    )


def _write(row: Subscription, standing: Standing, at: datetime) -> Iterator[tuple[Effect, str]]:
    row.customer_id = standing.customer_id
    row.status = standing.status
    row.unit_minor, row.currency = standing.cost.minor, standing.cost.currency
    row.paid_until = _moment(standing.paid_until)
    row.cancels_at = _moment(standing.cancels_at)
    row.renewals, row.failing_minor = standing.renewals, standing.failing_minor
    row.changed_at = at
    if standing.entitles and not row.entitles:
        row.spells += 1
        row.active_at, row.ended_at = at, None
        yield Effect.SUBSCRIPTION_ACTIVE, _name(row)
    elif row.entitles and not standing.entitles:
        row.ended_at = at
        yield Effect.SUBSCRIPTION_ENDED, _name(row)


def _name(row: Subscription) -> str:
    return row.stripe_id if row.spells == 1 else f"{row.stripe_id}:{row.spells}"


def _moment(seconds: int) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
