"""Refunds: written down, asked of Stripe, written down. Journey (c)."""

from dataclasses import dataclass, replace
from datetime import timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database
from paydesk.foundation.errors import Refused
from paydesk.foundation.money import Money
from paydesk.fulfilment.jobs import Jobs
from paydesk.orders import order as orders
from paydesk.orders.order import Order
from paydesk.orders.sharing import tax_within
from paydesk.payments import refund, refund_lines
from paydesk.payments.gateway import (
    Answer,
    Gateway,
    RefundRequest,
    StripeRefused,
    StripeUnreachable,
)
from paydesk.payments.marks import REFUND_KEY, REPLACES_KEY
from paydesk.payments.reading import facts_of
from paydesk.payments.refund import ChangedMeanwhile, LineWish, Refund, RefundState, Wish
from paydesk.payments.settle import Settling
from paydesk.staff import audit

log = structlog.get_logger("paydesk.refunds")

# The caller asks Stripe at once; the job is for the case that it cannot.
_JOB_WAITS_SECONDS = 5.0
# Stripe forgets idempotency keys after a day; well before that we look instead of repeating.
_REPEATABLE_FOR = timedelta(hours=12)
_MAX_ERROR = 1000


class RefundRefused(Refused):
    """Stripe said no; the message says why, for operators."""

    code = "refund_refused"


class NothingOwed(Refused):
    """There is no failed refund that is still to be made good."""

    code = "nothing_owed"


@dataclass(frozen=True)
class Preview:
    """What a refund would be: its amount, the tax within it, what is left to refund now."""

    amount: Money
    tax: Money
    left: Money
    # How the order stands, to be sent along with the wish.
    shown: str


class Refunds:
    """Gives money back."""

    def __init__(
        self, database: Database, clock: Clock, gateway: Gateway, settling: Settling, jobs: Jobs
    ) -> None:
        self._database = database
        self._clock = clock
        self._gateway = gateway
        self._settling = settling
        self._jobs = jobs

    def request(self, order_id: str, wish: Wish) -> list[Refund]:
        """Refund an order, once for each `wish.attempt`; the refunds as they stand then.

        One that is still `requested` is made as soon as Stripe can be reached. Raises Invalid,
        NotFound, Refused or TooMuch, and then nothing is written; or RefundRefused.
        """
        self._learn_payments(order_id)
        with self._database.transaction() as tx:
            order = orders.locked(tx, order_id)
            rows = _same_attempt(tx, order_id, wish)
            if not rows:
                rows = self._intend(tx, order, wish)
                for row in rows:
                    self._jobs.enqueue_refund(tx, row.id, delay_seconds=_JOB_WAITS_SECONDS)
        return self._make_now([row.id for row in rows])

    def preview(self, order_id: str, wish: Wish) -> Preview:
        """What a wish comes to; nothing is written. Raises as `request` does."""
        with self._database.transaction() as tx:
            order = orders.locked(tx, order_id)
            payment = self._settling.payment_of(tx, order)
            reckoned = refund_lines.reckon(tx, order, wish.lines) if wish.lines else None
            left = refund.available(tx, order, payment)
            amount = Money(reckoned.whole.minor, order.currency) if reckoned else wish.amount
            amount = left if amount is None else amount
            refund.check_amount(order, amount, left)
            tax = reckoned.whole.tax_minor if reckoned else tax_within(order, amount.minor)
            return Preview(amount, Money(tax, order.currency), left, refund.stands(tx, order))

    def _intend(self, tx: Session, order: Order, wish: Wish) -> list[Refund]:
        if wish.shown is not None and wish.shown != refund.stands(tx, order):
            raise ChangedMeanwhile(
                f"Something has happened to order {order.number} since this page was shown. "
                "Nothing was refunded. Please look at it again."
            )
        payment, reckoned = self._settling.payment_of(tx, order), None
        if wish.lines:
            reckoned = refund_lines.reckon(tx, order, wish.lines)
            wish = replace(wish, amount=Money(reckoned.whole.minor, order.currency))
        rows = refund.intend(tx, order, payment, wish, self._clock.now())
        if reckoned is not None:
            refund_lines.write(tx, rows[0], wish.lines, reckoned)
        if wish.replaces is not None:
            refund_lines.inherit(tx, wish.replaces, rows[0])
        if wish.who:
            self._note(tx, order, rows, wish)
        return rows

    def _note(self, tx: Session, order: Order, rows: list[Refund], wish: Wish) -> None:
        amount = Money(sum(row.amount_minor for row in rows), order.currency)
        after = {
            "amount": amount.text(),
            "refunds": [row.id for row in rows],
            "lines": {_name_of(line): line.quantity for line in wish.lines},
            "restocked": [_name_of(line) for line in wish.lines if line.restock],
            "reason": wish.reason,
            "replaces": wish.replaces,
        }
        told = {name: value for name, value in after.items() if value}
        what = f"order {order.number}"
        audit.note(tx, self._clock, wish.who, "refund.requested", what, None, told)

    def _learn_payments(self, order_id: str) -> None:
        """Ask which payment paid a subscription's first invoice, if nobody has told us yet.

        Money goes back to a payment, never to an invoice.
        """
        with self._database.transaction() as tx:
            order = orders.locked(tx, order_id)
            received = self._settling.payment_of(tx, order).received if order.is_recurring else ()
        invoices = [each.payment_id for each in received if each.payment_id.startswith("in_")]
        for invoice_id in invoices:
            told = [
                fact
                for each in self._gateway.list_invoice_payments(invoice_id)
                for fact in facts_of(each, livemode=order.livemode)
            ]
            with self._database.transaction() as tx:
                self._settling.settle(tx, order_id, told)

    def repeat(self, order_id: str, who: str = "") -> list[Refund]:
        """Make good what failed after it had succeeded. Raises NothingOwed or as `request`."""
        with self._database.transaction() as tx:
            failed = self._settling.owed(tx, orders.locked(tx, order_id))
        if not failed:
            raise NothingOwed("No refund of this order has failed.")
        made = []
        for fact in failed:
            # Named after what it stands in for: two who repeat it at once make one refund.
            again = f"again:{fact.stripe_id}"[:80]
            wish = Wish(fact.money, attempt=again, replaces=fact.stripe_id, who=who)
            made += self.request(order_id, wish)
        return made

    def make(self, refund_id: str) -> None:
        """Ask Stripe for a refund that was written down; a second time does nothing.

        Raises StripeUnreachable, or StripeRefused where our key is: then it stays requested, and
        the job or the sweeper asks again.
        """
        with self._database.transaction() as tx:
            row = tx.get(Refund, refund_id)
            if row is None or row.state != RefundState.REQUESTED:
                return
            livemode = tx.get_one(Order, row.order_id).livemode
        try:
            answer = self._made_before(row) or self._gateway.create_refund(
                RefundRequest(
                    payment_id=row.payment_id,
                    amount=row.money,
                    metadata={REFUND_KEY: row.id}
                    | ({REPLACES_KEY: row.replaces} if row.replaces else {}),
                    reason=row.reason,
                ),
                idempotency_key=row.id,
            )
        except StripeRefused as error:
            if error.detail is None:
                # Not this refund was refused but we were, for a key that does not fit, say.
                raise
            self._note_refusal(row.id, error.detail)
            return
        with self._database.transaction() as tx:
            self._settling.settle(tx, row.order_id, facts_of(answer, livemode=livemode))

    def _make_now(self, refund_ids: list[str]) -> list[Refund]:
        try:
            for refund_id in refund_ids:
                self.make(refund_id)
        except (StripeUnreachable, StripeRefused):
            log.warning("refund_waits", refunds=refund_ids)
        with self._database.transaction() as tx:
            rows = [tx.get_one(Refund, each) for each in refund_ids]
        for row in rows:
            if row.state == RefundState.REFUSED:
                raise RefundRefused(f"Stripe did not make the refund: {row.error}")
        return rows

    def _made_before(self, row: Refund) -> Answer | None:
        if self._clock.now() - row.created_at < _REPEATABLE_FOR:
            return None
        for each in self._gateway.list_refunds(row.payment_id):
            if (each.get("metadata") or {}).get(REFUND_KEY) == row.id:
                return each
        return None

    def _note_refusal(self, refund_id: str, reason: str) -> None:
        with self._database.transaction() as tx:
            row = tx.get_one(Refund, refund_id, with_for_update=True)
            if row.state != RefundState.REQUESTED:
                return
            row.state = RefundState.REFUSED
            row.error = reason[:_MAX_ERROR]
            row.changed_at = self._clock.now()
            log.error("refund_refused", refund=row.id, order_id=row.order_id, reason=row.error)


def _same_attempt(tx: Session, order_id: str, wish: Wish) -> list[Refund]:
    if wish.attempt is None:
        return []
    # What was refused may be tried again.
    query = select(Refund).where(
        Refund.order_id == order_id,
        Refund.attempt == wish.attempt,
        Refund.state != RefundState.REFUSED,
    )
    return list(tx.scalars(query))


def _name_of(line: LineWish) -> str:
    """How people count, as the log has it of shipments: the first line is 1."""
    return "shipping" if line.position == refund_lines.SHIPPING else str(line.position + 1)
