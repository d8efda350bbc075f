"""What the check looks at, an order and all that hangs on it, and what it says of it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from paydesk.catalogue.stock import Hold
from paydesk.fulfilment.jobs import OwedEffect
from paydesk.fulfilment.receipts import Receipt
from paydesk.fulfilment.shipments import Shipment
from paydesk.orders.ledger import LedgerRow
from paydesk.orders.order import Order
from paydesk.payments.facts import Fact
from paydesk.payments.folding import Payment, fold
from paydesk.payments.refund import Refund
from paydesk.payments.settle import agreed

# What takes longer than this is not just on its way.
LATE = timedelta(hours=1)


class Severity(StrEnum):
    """An error is a promise broken; a warning is work that waits for somebody."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be, and what to do about it."""

    code: str
    severity: Severity
    text: str
    advice: str
    ids: tuple[str, ...]


@dataclass
class Case:
    """One order and everything that hangs on it."""

    order: Order
    now: datetime
    facts: list[Fact] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    effects: list[OwedEffect] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    ledger: list[LedgerRow] = field(default_factory=list)
    shipments: list[Shipment] = field(default_factory=list)
    # Whether somebody is told that it is paid.
    is_told: bool = False
    # Whether Stripe has told anything of it by itself.
    has_event: bool = False

    @property
    def payment(self) -> Payment:
        return fold(agreed(self.order), self.facts)

    def error(self, code: str, text: str, advice: str, *more: str) -> Finding:
        return self._finding(Severity.ERROR, code, text, advice, more)

    def warning(self, code: str, text: str, advice: str, *more: str) -> Finding:
        return self._finding(Severity.WARNING, code, text, advice, more)

    def _finding(
        self, severity: Severity, code: str, text: str, advice: str, more: tuple[str, ...]
    ) -> Finding:
        number = self.order.number
        advice = advice.replace("ORDER", str(number))
        return Finding(code, severity, f"Order {number}: {text}", advice, (self.order.id, *more))
