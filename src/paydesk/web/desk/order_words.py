"""How orders stand, in the desk's words: two pills, problems, what is in an order."""

from dataclasses import dataclass

from paydesk.foundation.money import Money
from paydesk.orders.order import Fulfilment, Order, OrderLine, PaymentStatus

_PAYMENT = {
    PaymentStatus.AWAITING: "Awaiting",
    PaymentStatus.PENDING: "Pending",
    PaymentStatus.PAID: "Paid",
    PaymentStatus.FAILED: "Failed",
    PaymentStatus.EXPIRED: "Expired",
    PaymentStatus.REVIEW: "Review",
}
_FULFILMENT = {
    Fulfilment.NONE: "Nothing to ship",
    Fulfilment.UNFULFILLED: "To ship",
    Fulfilment.PARTLY: "Partly shipped",
    Fulfilment.SHIPPED: "Shipped",
    Fulfilment.DELIVERED: "Delivered",
}
PROBLEMS = {
    "disputed": "Disputed",
    "differs": "Not what was agreed",
    "refund_failed": "Refund failed",
    "paid_twice": "Paid twice",
    "sold_out": "Paid, but sold out",
    "withdrawn": "Buyer has withdrawn",
    "effect_failed": "A handler failed",
}


LETTERS = {
    "confirmation": "Confirmation",
    "pending": "Payment on its way",
    "failed": "Payment failed",
    "shipped": "Shipped",
    "refunded": "Refunded",
    "download": "Downloads",
    "withdrawal": "Withdrawal received",
    "find_order": "Link to the order",
    "back_in_stock": "Back in stock",
    "new_order": "To you: new order",
    "dispute": "To you: dispute",
    "late_payment": "To you: late payment",
}
_LETTER_STATES = {
    "queued": ("wait", "Waits"),
    "sent": ("good", "Sent"),
    "kept": ("plain", "In the mailbox"),
    "dropped": ("plain", "No longer true"),
    "failed": ("bad", "Failed"),
}


@dataclass(frozen=True)
class Pill:
    """How something stands: `kind` chooses icon and colour."""

    kind: str
    word: str


def payment_pill(order: Order) -> Pill:
    """How the payment stands; refunds are told of with it."""
    if order.payment == PaymentStatus.PAID and order.refunded_minor:
        if order.refunded_minor >= order.paid_minor:
            return Pill("refunded", "Refunded")
        return Pill("partly_refunded", "Partly refunded")
    if order.authorised_minor and order.payment == PaymentStatus.PENDING:
        return Pill("authorised", "Authorised")
    if order.payment == PaymentStatus.EXPIRED and order.cancelled_at is not None:
        return Pill("cancelled", "Cancelled")
    return Pill(order.payment, _PAYMENT[PaymentStatus(order.payment)])


def letter_pill(state: str) -> Pill:
    """How far a letter has come."""
    return Pill(*_LETTER_STATES.get(state, ("plain", state.capitalize())))


def fulfilment_pill(order: Order) -> Pill | None:
    """How far it has been sent; None while there is nothing to say."""
    if order.fulfilment == Fulfilment.NONE and order.payment != PaymentStatus.PAID:
        return None
    return Pill(order.fulfilment, _FULFILMENT[Fulfilment(order.fulfilment)])


def customer_of(order: Order) -> str:
    """The buyer's name, or address, as far as they are known."""
    name = str((order.ship_to or {}).get("name", "")).strip()
    return name or order.email or "–"


def items_of(order: Order) -> str:
    """What was ordered, in a few words."""
    if not order.lines:
        return "–"
    first, *others = order.lines
    name = f"{first.name} ({first.variant_name})" if first.variant_name else first.name
    return f"{first.quantity} × {name}" + (f", {len(others)} more" if others else "")


def minor_of(minor: int, order: Order) -> Money:
    """An amount in the order's currency."""
    return Money(minor, order.currency)


def owed_of(order: Order) -> Money:
    return Money(order.owed_minor, order.currency)


def authorised_of(order: Order) -> Money:
    return Money(order.authorised_minor, order.currency)


def unit_of(line: OrderLine, order: Order) -> Money:
    """What one of a line costs."""
    return Money(line.unit_minor, order.currency)


def method_text(paid_by: str) -> str:
    """What was paid by, for people: "Visa •••• 4242"."""
    kind, _, rest = paid_by.partition(" ")
    name = kind.replace("_", " ").capitalize()
    return f"{name} •••• {rest}" if rest.isdecimal() else f"{name} {rest}".strip()
