"""What a refund means, and how it stands, in sentences."""

from collections.abc import Sequence
from dataclasses import dataclass

from paydesk.foundation.money import Money
from paydesk.orders.order import Order
from paydesk.payments.fees import kept_fee
from paydesk.payments.refund import Refund, RefundState
from paydesk.payments.refunds import Preview


@dataclass(frozen=True)
class StateWords:
    """How the refunds of one wish stand together: a pill, a sentence, what can be done."""

    kind: str
    word: str
    sentence: str
    # Whether it is worth looking again in a moment.
    waits: bool = False
    can_repeat: bool = False


def sentence(order: Order, preview: Preview) -> str:
    """`The buyer gets €23.80 (incl. €3.80 VAT). Stripe keeps its fee of about €0.61.`"""
    tax = f" (incl. {preview.tax.text()} VAT)" if preview.tax.minor else ""
    fee = kept_fee(preview.amount, order.paid_minor)
    about = f" of about {fee.text()}" if fee is not None and fee.minor else ""
    return f"The buyer gets {preview.amount.text()}{tax}. Stripe keeps its fee{about}."


def state_words(order: Order, rows: Sequence[Refund]) -> StateWords:
    """How the refunds that one wish became stand now."""
    states = {row.state for row in rows}
    total = Money(sum(row.amount_minor for row in rows), order.currency).text()
    if RefundState.REQUESTED in states:
        return StateWords(
            "requested",
            "Requested",
            f"{total} is written down. Stripe has not answered yet; it is asked again by itself.",
            waits=True,
        )
    if states & {RefundState.FAILED, RefundState.CANCELED}:
        return StateWords(
            "failed",
            "Failed",
            f"The bank sent it back: the buyer did not get {total}. "
            + ("You can make it again." if order.owed_minor else "It was made good since."),
            can_repeat=bool(order.owed_minor),
        )
    if RefundState.REFUSED in states:
        said = next(row.error for row in rows if row.state == RefundState.REFUSED)
        return StateWords("failed", "Refused", f"Stripe did not make it: {said}")
    if RefundState.PENDING in states:
        return StateWords(
            "pending",
            "Pending",
            f"{total} is on its way. A card takes 5 to 10 days; we say so if it fails.",
        )
    return StateWords(
        "succeeded", "Succeeded", f"{total} went back to the buyer. A card takes 5 to 10 days."
    )
