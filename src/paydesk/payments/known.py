"""The facts we know: one row for each of Stripe's objects, as far as it was told.

Written and read for every webhook, so the statements are built once.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Table, Text, bindparam, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Row
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.foundation.database import Base, Moment, insert_once, lock_word
from paydesk.payments.event import EventState, StoredEvent
from paydesk.payments.facts import Fact, Kind, merge

Known = dict[tuple[Kind, str], Fact]


# The disputes that can still be answered, in words that find the small index of them.
OPEN_DISPUTES = text("kind = 'dispute' AND stage IN ('inquiry', 'open')")


class KnownFact(Base):
    """One row is the latest stage we know of one of Stripe's objects."""

    __tablename__ = "paydesk_facts"
    __table_args__ = (
        Index("paydesk_facts_of_order", "order_id"),
        Index(
            "paydesk_facts_open_disputes",
            "kind",
            "until",
            sqlite_where=OPEN_DISPUTES,
            postgresql_where=OPEN_DISPUTES,
        ),
        Index("paydesk_facts_of_intent", "intent_id"),
    )

    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    stripe_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    # None: a refund or dispute of a payment no order of ours is known for, as yet.
    order_id: Mapped[str | None] = mapped_column(ForeignKey("paydesk_orders.id"))
    stage: Mapped[str] = mapped_column(String(20))
    amount_minor: Mapped[int] = mapped_column()
    currency: Mapped[str] = mapped_column(String(3))
    livemode: Mapped[bool] = mapped_column()
    intent_id: Mapped[str | None] = mapped_column(String(255))
    checkout_id: Mapped[str | None] = mapped_column(String(255))
    email: Mapped[str | None] = mapped_column(String(320))
    mode: Mapped[str] = mapped_column(String(20), default="")
    refund_id: Mapped[str | None] = mapped_column(String(255))
    replaces: Mapped[str | None] = mapped_column(String(255))
    asked_minor: Mapped[int] = mapped_column(default=0)
    subtotal_minor: Mapped[int] = mapped_column(default=0)
    tax_minor: Mapped[int] = mapped_column(default=0)
    shipping_minor: Mapped[int] = mapped_column(default=0)
    discount_minor: Mapped[int] = mapped_column(default=0)
    told_at: Mapped[int] = mapped_column(default=0)
    until: Mapped[int] = mapped_column(default=0)
    ends_at: Mapped[int] = mapped_column(default=0)
    invoice_id: Mapped[str | None] = mapped_column(String(255))
    subscription_id: Mapped[str | None] = mapped_column(String(255))
    customer_id: Mapped[str | None] = mapped_column(String(255))
    url: Mapped[str | None] = mapped_column(Text)
    paid_by: Mapped[str | None] = mapped_column(String(60))
    answers: Mapped[str] = mapped_column(Text, default="")
    changed_at: Mapped[datetime] = mapped_column(Moment)

    @property
    def fact(self) -> Fact:
        return Fact(Kind(self.kind), self.stripe_id, *(getattr(self, name) for name in _NAMES[2:]))


# In the order of Fact's own fields.
_NAMES = tuple(Fact.__dataclass_fields__)
_TABLE: Table = KnownFact.__table__  # type: ignore[assignment]
_COLUMNS = [_TABLE.c[name] for name in _NAMES]
_OF_ORDER = select(*_COLUMNS).where(_TABLE.c.order_id == bindparam("order_id"))


class TwoOrders(Exception):
    """One of Stripe's objects is said to belong to two orders."""


def facts_of_order(tx: Session, order_id: str) -> Known:
    """Everything Stripe has said about an order."""
    facts = map(_fact, tx.execute(_OF_ORDER, {"order_id": order_id}))
    return {fact.key: fact for fact in facts}


def write(tx: Session, order_id: str, fact: Fact, at: datetime) -> None:
    """Let the row of `fact` say what it says. Raises TwoOrders."""
    values = {**vars(fact), "order_id": order_id, "changed_at": at}
    written = tx.execute(_upsert(tx.get_bind().dialect.name), values).first()
    if written is None:
        raise TwoOrders(f"{fact.stripe_id} belongs to another order than {order_id}")


def adopt(tx: Session, order_id: str, payments: Iterable[Fact], told: Iterable[Fact]) -> Known:
    """What came before the payment it belongs to was known, or was said to be the order's.

    Refunds and disputes of `payments`; and of invoices `told` of, which intent paid them.
    """
    intents = sorted({each.payment_name for each in payments if each.payment_name is not None})
    invoices = sorted({each.stripe_id for each in told if each.kind is Kind.INVOICE})
    if not (intents or invoices):
        return {}
    for word in (*intents, *invoices):
        lock_word(tx, word)
    of_invoice = (_TABLE.c.kind == Kind.INVOICE) & _TABLE.c.stripe_id.in_(invoices)
    unclaimed = _TABLE.c.order_id.is_(None) & (_TABLE.c.intent_id.in_(intents) | of_invoice)
    adopted = update(_TABLE).where(unclaimed).values(order_id=order_id).returning(*_COLUMNS)
    found = [_fact(row) for row in tx.execute(adopted).all()]
    if found:
        tx.execute(
            update(StoredEvent)
            .where(
                StoredEvent.order_id.is_(None),
                StoredEvent.object_id.in_([fact.stripe_id for fact in found]),
            )
            .values(order_id=order_id, state=EventState.HANDLED, note="its order was known later")
        )
    known = {fact.key: fact for fact in found}
    # An invoice that was paid before it was known brings its intent, whose refunds may wait, too.
    paid = [fact for fact in found if fact.kind is Kind.INVOICE and fact.intent_id not in intents]
    return known | adopt(tx, order_id, paid, ()) if paid else known


def keep(tx: Session, fact: Fact, at: datetime) -> None:
    """Keep a refund or dispute whose payment is not known to be ours, until it is.

    The caller holds `lock_payment`, and has looked for its order after that.
    """
    row = tx.get(KnownFact, fact.key, with_for_update=True)
    if row is None:
        # Two events that state the same may come at once.
        insert_once(tx, KnownFact, **vars(fact), order_id=None, changed_at=at)
        row = tx.get_one(KnownFact, fact.key, with_for_update=True)
    merged = merge(row.fact, fact)
    if merged != row.fact:
        for name, value in vars(merged).items():
            setattr(row, name, value)
        row.changed_at = at


def lock_payment(tx: Session, fact: Fact) -> None:
    """Keep the payment of `fact` from becoming known in another transaction meanwhile."""
    word = fact.stripe_id if fact.kind is Kind.INVOICE else fact.intent_id
    if word is not None:
        lock_word(tx, word)


def _fact(row: Row[Any]) -> Fact:
    rest: tuple[Any, ...]
    kind, *rest = row  # type: ignore[assignment]
    return Fact(Kind(kind), *rest)


@cache
def _upsert(dialect: str) -> Any:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(_TABLE)
    new = statement.excluded
    changes = {name: new[name] for name in (*_NAMES[2:], "changed_at")}
    return statement.on_conflict_do_update(
        index_elements=["kind", "stripe_id"],
        set_=changes,
        where=_TABLE.c.order_id == new.order_id,
    ).returning(_TABLE.c.kind)
