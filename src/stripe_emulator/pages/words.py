"""What the dashboard calls each state: always a word with an icon, never a colour alone."""

from dataclasses import dataclass


@dataclass(frozen=True)
class State:
    """`icon` is a name of icons.html, `tone` a class of the stylesheet."""

    word: str
    icon: str
    tone: str


GOOD = ("check", "good")
BAD = ("cross", "bad")
WAIT = ("clock", "wait")
QUIET = ("dash", "quiet")

_PAYMENTS = {
    "succeeded": State("Succeeded", *GOOD),
    "refunded": State("Refunded", "return", "quiet"),
    "partially_refunded": State("Partly refunded", "return", "quiet"),
    "requires_action": State("Waits for 3-D Secure", *WAIT),
    "requires_capture": State("Waits for capture", *WAIT),
    "processing": State("Processing", *WAIT),
    "canceled": State("Cancelled", *QUIET),
    "failed": State("Declined", *BAD),
}
_DELIVERIES = {
    "succeeded": State("Delivered", *GOOD),
    "pending": State("Waiting", *WAIT),
    "sent": State("With stripe listen", *WAIT),
    "failed": State("Failed", *BAD),
    "abandoned": State("Given up", *BAD),
    "dropped": State("Lost on purpose", *QUIET),
    "none": State("No endpoint", *QUIET),
}


def payment(status: str) -> State:
    """A payment intent's status, with declines and refunds told apart."""
    return _PAYMENTS.get(status, State("Incomplete", *WAIT))


def delivery(status: str) -> State:
    return _DELIVERIES.get(status, State(status.capitalize(), *QUIET))


_GOOD_STATUSES = frozenset(
    {"succeeded", "active", "paid", "complete", "enabled", "available", "won", "verified", "ready"}
)
_BAD_STATUSES = frozenset(
    {"failed", "unpaid", "past_due", "lost", "uncollectible", "requires_payment_method"}
    | {"needs_response", "warning_needs_response", "incomplete_expired"}
)
_OVER_STATUSES = frozenset(
    {"canceled", "void", "expired", "disabled", "inactive", "draft", "warning_closed", "deleted"}
)


def status(status: str) -> State:
    """Any object's status, in Stripe's word."""
    word = status.replace("_", " ").capitalize()
    if status in _GOOD_STATUSES:
        return State(word, *GOOD)
    if status in _BAD_STATUSES:
        return State(word, *BAD)
    return State(word, *(QUIET if status in _OVER_STATUSES else WAIT))


def endpoint(status: str) -> State:
    return State("Enabled", *GOOD) if status == "enabled" else State("Disabled", *QUIET)


def answer(status: int | None) -> State:
    """An HTTP status; None where a fault kept the answer back."""
    if status is None:
        return State("No answer", *BAD)
    return State(str(status), *(GOOD if 200 <= status < 300 else BAD))
