"""What pages about letters share: one letter's HTML as a page of its own, where nothing runs."""

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from flask import Response
from sqlalchemy.orm import Session

from paydesk.foundation.errors import NotFound
from paydesk.foundation.language import gettext, later
from paydesk.fulfilment.letters import Letter, LetterKind, LetterState
from paydesk.orders.order import Order

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
PAGE = 50

KINDS = {
    LetterKind.CONFIRMATION: later("Confirmation"),
    LetterKind.PENDING: later("Payment pending"),
    LetterKind.FAILED: later("Payment failed"),
    LetterKind.SHIPPED: later("Shipped"),
    LetterKind.REFUNDED: later("Refunded"),
    LetterKind.DOWNLOAD: later("Downloads"),
    LetterKind.WITHDRAWAL: later("Withdrawal received"),
    LetterKind.FIND_ORDER: later("Links to orders"),
    LetterKind.BACK_IN_STOCK: later("Back in stock"),
    LetterKind.NEW_ORDER: later("New order (to the shop)"),
    LetterKind.DISPUTE: later("Dispute (to the shop)"),
    LetterKind.LATE_PAYMENT: later("Late payment (to the shop)"),
    LetterKind.WITHDRAWN: later("Withdrawal (to the shop)"),
    LetterKind.TEST: later("Test"),
}
STATES = {
    LetterState.QUEUED: later("Waiting"),
    LetterState.SENT: later("Sent"),
    LetterState.KEPT: later("Kept here"),
    LetterState.DROPPED: later("Not needed"),
    LetterState.FAILED: later("Failed"),
}


@dataclass(frozen=True)
class LetterView:
    """A letter as lists and pages show it."""

    id: str
    kind: str
    state: str
    state_text: str
    order_number: int | None
    recipient: str
    subject: str
    written_at: datetime
    error: str
    tries: int
    repeats: int


def letter_view(letter: Letter, order_number: int | None) -> LetterView:
    return LetterView(
        id=letter.id,
        kind=gettext(KINDS[LetterKind(letter.kind)]),
        state=letter.state,
        state_text=gettext(STATES[LetterState(letter.state)]),
        order_number=order_number,
        recipient=letter.recipient or "",
        subject=letter.subject or "",
        written_at=letter.written_at,
        error=letter.error or "",
        tries=letter.tries,
        repeats=letter.repeats,
    )


def views(tx: Session, letters: list[Letter]) -> list[LetterView]:
    return [letter_view(each, number_of(tx, each)) for each in letters]


def number_of(tx: Session, letter: Letter) -> int | None:
    order = tx.get(Order, letter.order_id) if letter.order_id else None
    return order.number if order is not None else None


def found_letter(tx: Session, letter_id: str) -> Letter:
    """Raises NotFound."""
    letter = tx.get(Letter, letter_id)
    if letter is None:
        raise NotFound(later("There is no such letter."))
    return letter


def letter_html(html: str) -> Response:
    """A letter's HTML in a sandbox: nothing in it runs or is fetched, its links open elsewhere."""
    shown = html.replace("<head>", '<head><base target="_blank">', 1)
    hashes = (hashlib.sha256(each.encode()).digest() for each in _STYLE.findall(shown))
    styles = " ".join(f"'sha256-{base64.b64encode(each).decode()}'" for each in hashes)
    response = Response(shown, mimetype="text/html")
    response.headers["Content-Security-Policy"] = (
        f"sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
        f"style-src {styles or chr(39) + 'none' + chr(39)}; frame-ancestors 'self'"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
