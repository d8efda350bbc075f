"""The check: whether our own database agrees with itself. Reads, and changes nothing.

Orders are read in pages, so that a million of them do not fill the memory.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from paydesk.catalogue.stock import Hold, HoldState
from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database
from paydesk.fulfilment.hooks import Effect
from paydesk.fulfilment.jobs import EffectState, OwedEffect
from paydesk.fulfilment.letters import OF_PAYMENT, Letter
from paydesk.fulfilment.receipts import Receipt
from paydesk.fulfilment.shipments import Shipment
from paydesk.orders.ledger import LedgerRow, Movement
from paydesk.orders.order import Order, PaymentStatus
from paydesk.orders.problems import SOLD_OUT_MEANWHILE
from paydesk.orders.tabs import tabs_of
from paydesk.payments import checking_fulfilment
from paydesk.payments.checking_case import LATE, Case, Finding
from paydesk.payments.event import StoredEvent
from paydesk.payments.facts import Kind
from paydesk.payments.known import KnownFact
from paydesk.payments.refund import Refund, RefundState

_PAGE = 500
Progress = Callable[[int, int], None]


def check_orders(database: Database, clock: Clock, progress: Progress) -> Iterator[Finding]:
    """Every order against its lines, its facts, its holds, its effects and its refunds."""
    after = 0
    with database.transaction() as tx:
        count = tx.scalar(select(func.count()).select_from(Order)) or 0
    done = 0
    while True:
        with database.transaction() as tx:
            page = _page(tx, after, clock.now())
        if not page:
            return
        for case in page:
            yield from _findings(case)
        after = page[-1].order.number
        done += len(page)
        progress(done, max(done, count))


def _page(tx: Session, after: int, now: datetime) -> list[Case]:
    query = select(Order).where(Order.number > after).order_by(Order.number).limit(_PAGE)
    cases = {order.id: Case(order, now) for order in tx.scalars(query)}
    for row in _of(tx, KnownFact, cases):
        cases[str(row.order_id)].facts.append(row.fact)
    tables = {
        "holds": Hold,
        "effects": OwedEffect,
        "refunds": Refund,
        "receipts": Receipt,
        "ledger": LedgerRow,
        "shipments": Shipment,
    }
    for name, table in tables.items():
        found = defaultdict(list)
        for row in _of(tx, table, cases):
            found[row.order_id].append(row)
        for order_id, rows in found.items():
            getattr(cases[order_id], name).extend(rows)
    told = select(Letter.order_id).where(
        Letter.order_id.in_(list(cases)), Letter.kind.in_(OF_PAYMENT)
    )
    for order_id in tx.scalars(told):
        cases[str(order_id)].is_told = True
    heard = select(StoredEvent.order_id).where(StoredEvent.order_id.in_(list(cases)))
    for order_id in tx.scalars(heard.distinct()):
        cases[str(order_id)].has_event = True
    return list(cases.values())


def _of(tx: Session, table: Any, cases: dict[str, Case]) -> Sequence[Any]:
    return tx.scalars(select(table).where(table.order_id.in_(list(cases)))).all() if cases else []


def _findings(case: Case) -> Iterator[Finding]:
    yield from _lines(case)
    wrong = list(_against_facts(case))
    yield from wrong
    yield from _ledger(case)
    sent = list(checking_fulfilment.shipped(case))
    yield from sent
    # What is wrong about the order is wrong about its tabs, too, and named once.
    yield from () if wrong or sent else _tabs(case)
    yield from _stock(case)
    yield from _owed_effects(case)
    yield from _refunds(case)
    yield from checking_fulfilment.owed(case)
    yield from _waits(case)


def _lines(case: Case) -> Iterator[Finding]:
    lines = case.order.lines
    total = sum(line.unit_minor * line.quantity for line in lines)
    # A trial begins for nothing.
    due = 0 if case.order.trial_days else total
    if due != case.order.subtotal_minor or not lines:
        yield case.error(
            "lines_differ_from_total",
            f"its lines add up to {total}, its subtotal is {case.order.subtotal_minor}",
            "Somebody changed the database by hand: compare with a backup.",
        )


def _against_facts(case: Case) -> Iterator[Finding]:
    order, payment = case.order, case.payment
    said = {
        "payment": (order.payment, payment.status.value),
        "paid": (order.paid_minor, payment.paid_minor),
        "refunded": (order.refunded_minor, payment.refunded_minor),
        "disputed": (order.disputed_minor, payment.disputed_minor),
        "owed": (order.owed_minor, payment.owed_minor),
        "flags": (_flags(order.flags), sorted(payment.flags)),
    }
    if _tries_again(case):
        del said["payment"]
    wrong = [f"{name} is {here}, not {told}" for name, (here, told) in said.items() if here != told]
    if wrong:
        yield case.error(
            "order_differs_from_facts",
            "what Stripe said makes it otherwise: " + "; ".join(wrong),
            "Settle it again: paydesk reconcile --apply",
        )
    if (order.payment == PaymentStatus.PAID) is not (order.paid_at is not None):
        yield case.error(
            "paid_at_differs",
            f"its payment is {order.payment}, and its time of payment is {order.paid_at}",
            "Look at its story: paydesk explain ORDER",
        )


def _ledger(case: Case) -> Iterator[Finding]:
    order, payment = case.order, case.payment
    said = {
        Movement.PAYMENT: (order.paid_minor, payment.paid_minor),
        Movement.REFUND: (order.refunded_minor, payment.refunded_minor),
        Movement.DISPUTE: (order.disputed_minor, payment.disputed_minor),
    }
    for movement, minor in said.items():
        written = sum(row.amount_minor for row in case.ledger if row.movement == movement)
        # Where order and facts differ that is named already, and one of them is right.
        if written not in minor:
            yield case.error(
                "ledger_differs_from_order",
                f"the ledger has {written} (minor unit) of {movement}s, the order {minor[0]}",
                "Somebody changed the database by hand: compare with a backup.",
            )


def _tabs(case: Case) -> Iterator[Finding]:
    order = case.order
    if order.counted_as.split() != sorted(tabs_of(order)):
        yield case.error(
            "counted_in_wrong_tabs",
            f"it is counted as “{order.counted_as}”",
            "Count anew: paydesk report rebuild",
        )


def _flags(flags: list[Any]) -> list[str]:
    return sorted(flag for flag in flags if flag != SOLD_OUT_MEANWHILE)


def _tries_again(case: Case) -> bool:
    """The buyer set out anew, and Stripe has not answered yet: the facts are of the last try."""
    order = case.order
    return order.payment == PaymentStatus.AWAITING and order.look_at is not None


_HOLDS = {
    PaymentStatus.PAID: {HoldState.TAKEN},
    PaymentStatus.EXPIRED: {HoldState.RELEASED},
    PaymentStatus.FAILED: {HoldState.RELEASED},
}


def _stock(case: Case) -> Iterator[Finding]:
    order = case.order
    allowed = _HOLDS.get(PaymentStatus(order.payment), {HoldState.HELD, HoldState.RELEASED})
    if SOLD_OUT_MEANWHILE in order.flags:
        allowed = allowed | {HoldState.RELEASED}
    for hold in case.holds:
        if hold.state not in allowed:
            yield case.error(
                "hold_in_wrong_state",
                f"its payment is {order.payment}, and its stock is {hold.state}",
                "Look at its story: paydesk explain ORDER",
                hold.variant_id,
            )
    held = {hold.variant_id: hold.quantity for hold in case.holds}
    wanted: dict[str, int] = defaultdict(int)
    for line in order.lines:
        if line.variant_id is not None:
            wanted[line.variant_id] += line.quantity
    if held != dict(wanted):
        yield case.error(
            "holds_differ_from_lines",
            f"it holds {held}, and its lines say {dict(wanted)}",
            "Somebody changed the database by hand: compare with a backup.",
        )


def _owed_effects(case: Case) -> Iterator[Finding]:
    order = case.order
    paid = [each for each in case.effects if each.effect == Effect.PAID]
    expected = order.paid_at is not None and SOLD_OUT_MEANWHILE not in order.flags
    if expected and not paid:
        yield case.error(
            "effect_missing",
            "it is paid, and its handlers were never to run",
            "Restore the row from a backup, or do by hand what the handlers do.",
        )
    if paid and order.paid_at is None:
        yield case.error(
            "effect_unfounded",
            "its handlers ran or will run, and it is not paid",
            "Look at its story: paydesk explain ORDER",
        )
    for each in case.effects:
        yield from _effect(case, each)


def _effect(case: Case, effect: OwedEffect) -> Iterator[Finding]:
    if effect.state == EffectState.FAILED:
        yield case.warning(
            "effect_given_up",
            f"handlers for “{effect.effect}” were given up: {effect.error}",
            "Mend the cause, then: paydesk effects repeat ORDER",
        )
    elif effect.state == EffectState.PENDING and effect.created_at < case.now - LATE:
        yield case.warning(
            "effect_late",
            f"handlers for “{effect.effect}” wait since {effect.created_at:%Y-%m-%d %H:%M}",
            "See that `paydesk web` or `paydesk worker` runs.",
        )


def _refunds(case: Case) -> Iterator[Finding]:
    facts = {fact.stripe_id: fact for fact in case.facts if fact.kind is Kind.REFUND}
    for row in case.refunds:
        if row.state == RefundState.REQUESTED:
            if row.created_at < case.now - LATE:
                yield case.warning(
                    "refund_late",
                    f"Stripe has not confirmed the refund of {row.money.text()}",
                    "See that `paydesk web` or `paydesk worker` runs and reaches Stripe.",
                    row.id,
                )
        elif row.state != RefundState.REFUSED:
            fact = facts.get(row.stripe_id or "")
            if fact is None or (fact.stage, fact.amount_minor) != (row.state, row.amount_minor):
                told = f"{fact.stage} over {fact.amount_minor}" if fact else "nothing"
                yield case.error(
                    "refund_differs_from_fact",
                    f"our refund is {row.state} over {row.amount_minor}, Stripe said {told}",
                    "Settle it again: paydesk reconcile --apply",
                    row.id,
                )
    if case.order.owed_minor:
        yield case.warning(
            "refund_owed",
            f"{case.order.owed_minor} (minor unit) were refunded and came back",
            "Make it good: paydesk refunds repeat ORDER",
        )


def _waits(case: Case) -> Iterator[Finding]:
    order = case.order
    waits = order.payment in (PaymentStatus.AWAITING, PaymentStatus.PENDING)
    if waits and order.look_at is None:
        yield case.error(
            "nobody_looks",
            f"its payment is {order.payment}, and nobody will ask Stripe about it",
            "Ask now: paydesk reconcile --apply",
        )
    if waits and order.look_at is not None and order.look_at < case.now - LATE:
        yield case.warning(
            "look_overdue",
            f"Stripe should have been asked about it at {order.look_at:%Y-%m-%d %H:%M} UTC",
            "See that `paydesk web` or `paydesk worker` runs and reaches Stripe.",
        )
