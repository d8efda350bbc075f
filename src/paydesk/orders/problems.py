"""What somebody should look at in an order, the most pressing first. Pure."""

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paydesk.orders.order import Order

# The flag of an order that was paid after its stock was gone: the money goes back by itself.
SOLD_OUT_MEANWHILE = "sold_out_meanwhile"


class Problem(StrEnum):
    """What may be wrong with an order."""

    # A bank asks for its money, and an answer is still possible.
    DISPUTED = "disputed"
    # Stripe has a payment that is not what was agreed.
    DIFFERS = "differs"
    # A refund failed after it had been made: the buyer still waits for the money.
    REFUND_FAILED = "refund_failed"
    PAID_TWICE = "paid_twice"
    SOLD_OUT = "sold_out"
    # The buyer has withdrawn from the contract, and nobody has dealt with it yet.
    WITHDRAWN = "withdrawn"
    # A handler has raised until it was given up.
    EFFECT_FAILED = "effect_failed"


def problems_of(order: "Order") -> tuple[Problem, ...]:
    """What somebody should look at now; a problem that was mended is none any more."""
    return tuple(_problems(order))


def _problems(order: "Order") -> Iterator[Problem]:
    flags = order.flags or ()
    paid, refunded = order.paid_minor or 0, order.refunded_minor or 0
    is_given_back = refunded >= paid > 0
    if order.dispute_open:
        yield Problem.DISPUTED
    if order.payment == "review" and not is_given_back:
        yield Problem.DIFFERS
    if order.owed_minor:
        yield Problem.REFUND_FAILED
    if "paid_twice" in flags and paid - refunded > (order.total_minor or 0):
        yield Problem.PAID_TWICE
    if SOLD_OUT_MEANWHILE in flags and not is_given_back:
        yield Problem.SOLD_OUT
    if order.withdrawal_open:
        yield Problem.WITHDRAWN
    if order.effect_failed:
        yield Problem.EFFECT_FAILED
