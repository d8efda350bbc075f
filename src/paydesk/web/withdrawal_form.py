"""What a buyer wrote into the form for a withdrawal, and what is missing in it."""

import re
from dataclasses import dataclass, field

from flask import request

from paydesk.business.shop import is_email
from paydesk.foundation.ids import new_secret
from paydesk.foundation.language import gettext, spoken
from paydesk.fulfilment.withdrawals import (
    LONGEST_EMAIL,
    LONGEST_NAME,
    LONGEST_NOTE,
    LONGEST_NUMBER,
    Declaration,
)
from paydesk.orders.order import Order

_ATTEMPT = re.compile(r"[a-z0-9]{16,64}")
_MOST_LINES = 200


@dataclass(frozen=True)
class Entry:
    """The form as it is filled in. `problems`: what is wrong, by the name of the field."""

    order_number: str = ""
    name: str = ""
    email: str = ""
    note: str = ""
    lines: tuple[int, ...] = ()
    attempt: str = field(default_factory=new_secret)
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def declaration(self) -> Declaration:
        return Declaration(
            order_number=self.order_number,
            name=self.name,
            email=self.email,
            attempt=self.attempt,
            lines=self.lines,
            note=self.note,
            language=spoken().code,
        )


def prefilled(order: Order | None) -> Entry:
    """The form as it is first shown: never asks for what is known."""
    if order is None:
        return Entry()
    name = (order.ship_to or {}).get("name") or ""
    return Entry(
        order_number=str(order.number),
        name=str(name),
        email=order.email or "",
        lines=tuple(line.position for line in order.lines),
    )


def sent(order: Order | None) -> Entry:
    """The form as it was sent, with what is wrong in it."""
    number = str(order.number) if order is not None else _line("order_number", LONGEST_NUMBER)
    attempt = request.form.get("attempt", "")
    lines = [int(each) for each in request.form.getlist("line")[:_MOST_LINES] if _is_small(each)]
    note = request.form.get("note", "").replace("\r\n", "\n").replace("\0", "").strip()
    entry = Entry(
        order_number=number,
        name=_line("name", LONGEST_NAME),
        email=_line("email", LONGEST_EMAIL),
        note=note[:LONGEST_NOTE],
        lines=tuple(lines),
        attempt=attempt if _ATTEMPT.fullmatch(attempt) else new_secret(),
    )
    entry.problems.update(_problems(entry, order))
    return entry


def _line(name: str, longest: int) -> str:
    text = " ".join(request.form.get(name, "").replace("\0", "").split())
    return text[:longest]


def _is_small(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 5


def _problems(entry: Entry, order: Order | None) -> dict[str, str]:
    wrong = {
        "order_number": not entry.order_number,
        "name": not entry.name,
        "email": not is_email(entry.email),
        "line": order is not None and not _chosen(entry, order),
    }
    words = {
        "order_number": gettext("Enter your order’s number; it stands in the confirmation."),
        "name": gettext("Enter your name."),
        "email": gettext("Enter an e-mail address, such as ada@example.com."),
        "line": gettext("Choose what you withdraw from."),
    }
    return {name: words[name] for name, is_wrong in wrong.items() if is_wrong}


def _chosen(entry: Entry, order: Order) -> bool:
    known = {line.position for line in order.lines}
    return bool(known.intersection(entry.lines))
