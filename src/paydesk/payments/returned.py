"""What has gone back to the buyer of an order, when, and to which card."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from paydesk.foundation.money import Money
from paydesk.fulfilment.receipts import Credit
from paydesk.orders.order import Order
from paydesk.payments.facts import Kind
from paydesk.payments.folding import released
from paydesk.payments.known import KnownFact

_GOES_BACK = ("pending", "succeeded")


@dataclass(frozen=True)
class Returned:
    """One refund that is on its way to the buyer or has arrived."""

    at: datetime
    amount: Money
    is_pending: bool
    # Stripe's words for what was paid by, such as "visa 4242"; None: nobody said.
    paid_by: str | None

    @property
    def credit(self) -> Credit:
        return Credit(self.at, self.amount, self.is_pending)


def of_order(tx: Session, order: Order) -> list[Returned]:
    """What has gone back of an order, oldest first; it adds up to `order.refunded`."""
    rows = tx.scalars(select(KnownFact).where(KnownFact.order_id == order.id)).all()
    let_go = released(row.fact for row in rows)
    methods = _methods(rows)
    found = [
        Returned(
            at=row.changed_at,
            amount=Money(row.amount_minor, row.currency),
            is_pending=row.stage == "pending",
            paid_by=methods.get(row.intent_id or ""),
        )
        for row in rows
        if row.kind == Kind.REFUND
        and row.stage in _GOES_BACK
        and row.currency == order.currency
        and row.intent_id not in let_go
    ]
    return sorted(found, key=lambda each: each.at)


def _methods(rows: Iterable[KnownFact]) -> dict[str, str]:
    """By payment, what it was paid by."""
    return {
        row.intent_id or row.stripe_id: row.paid_by
        for row in rows
        if row.kind == Kind.CHARGE and row.stage == "succeeded" and row.paid_by
    }
