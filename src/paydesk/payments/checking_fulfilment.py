"""The check of what a paid order is owed: its event, receipt, letter, and what was sent of it."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from paydesk.fulfilment.receipts import Receipt, document
from paydesk.fulfilment.shipments import fulfilment_of
from paydesk.payments.checking_case import LATE, Case, Finding

# Stripe forgets events after this; then nobody can ask for one that is missing.
_KEPT = timedelta(days=30)
_BY_HAND = "Somebody changed the database by hand: compare with a backup."


def shipped(case: Case) -> Iterator[Finding]:
    """How far the order says it has come, against its parcels; and these against its lines."""
    order = case.order
    live = [each for each in case.shipments if each.undone_at is None]
    state = fulfilment_of(order, live)
    left_at = max((each.shipped_at for each in live), default=None)
    if order.fulfilment != state:
        yield case.error(
            "fulfilment_differs",
            f"it is “{order.fulfilment}”, and its parcels make it “{state}”",
            _BY_HAND,
        )
    if order.shipped_at != left_at:
        yield case.error(
            "shipped_at_differs",
            f"it was shipped {order.shipped_at or 'never'}, its last parcel {left_at or 'never'}",
            _BY_HAND,
        )
    sent: dict[int, int] = defaultdict(int)
    for parcel in live:
        for line in parcel.lines:
            sent[line.position] += line.quantity
    ordered = {line.position: line.quantity for line in order.lines}
    for position, quantity in sent.items():
        if quantity > ordered.get(position, 0):
            yield case.error(
                "more_sent_than_ordered",
                f"of line {position + 1} it has {ordered.get(position, 0)}, "
                f"and {quantity} were sent",
                _BY_HAND,
            )


def owed(case: Case) -> Iterator[Finding]:
    """What follows from being paid, and from nothing else."""
    order = case.order
    if order.paid_at is None:
        if case.receipts:
            yield case.error("receipt_unfounded", "it has a receipt, and is not paid", _BY_HAND)
        return
    if not case.receipts:
        yield case.error("receipt_missing", "it is paid, and has no receipt", _BY_HAND)
    for each in case.receipts:
        yield from _receipt(case, each)
    if not case.is_told:
        yield case.error(
            "letter_missing",
            "it is paid, and nobody is told of it",
            "Write the letter now: paydesk mail write ORDER",
        )
    yield from _event(case)


def _receipt(case: Case, receipt: Receipt) -> Iterator[Finding]:
    shown, order = document(receipt), case.order
    if shown.added_up() != shown.total:
        yield case.error(
            "receipt_does_not_add_up",
            f"the lines of receipt {receipt.number} come to {shown.added_up().text()}, "
            f"and its total is {shown.total.text()}",
            "Write the buyer a corrected receipt by hand, and tell us how it came about.",
            receipt.number,
        )
    elif (shown.total.minor, shown.total.currency) != (order.total_minor, order.currency):
        yield case.error(
            "receipt_differs_from_order",
            f"receipt {receipt.number} is over {shown.total.text()}, the order over "
            f"{order.total_minor} (minor unit) {order.currency}",
            "Write the buyer a corrected receipt by hand, and tell us how it came about.",
            receipt.number,
        )


def _event(case: Case) -> Iterator[Finding]:
    paid_at = case.order.paid_at
    assert paid_at is not None, "asked of paid orders"
    if not case.has_event and LATE < case.now - paid_at < _KEPT:
        yield case.warning(
            "event_missing",
            "it is paid because we asked, and Stripe told nothing of it by itself",
            "See that its webhook arrives (paydesk doctor), and ask for what was missed: "
            f"paydesk events pull --since {paid_at - LATE:%Y-%m-%d}",
        )
