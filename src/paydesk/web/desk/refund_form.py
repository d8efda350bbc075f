"""The form of a refund: what can be chosen, and what was chosen, as a wish."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from paydesk.foundation.errors import Invalid
from paydesk.foundation.money import Money, parse
from paydesk.orders.order import Order
from paydesk.orders.sharing import shares
from paydesk.payments import refund_lines
from paydesk.payments.refund import LineWish, Wish
from paydesk.payments.refund_lines import SHIPPING

_REASONS = {
    "": "Not said",
    "requested_by_customer": "The buyer asked for it",
    "duplicate": "Paid twice",
    "fraudulent": "Fraud",
}
_MAX_NOTE = 500
_MAX_ATTEMPT = 64
# Carried from the form to the page that asks whether it is meant.
_KEPT = ("how", "amount", "reason", "note", "shipping", "shown")


class FormRefused(Exception):
    """What was chosen is none of what can be; `errors` by field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(errors)
        self.errors = errors


@dataclass(frozen=True)
class LineOption:
    """One line of the order in the form."""

    position: int
    name: str
    variant: str
    bought: int
    left: int
    each: Money
    # Whether stock is counted, so that putting back makes sense.
    can_restock: bool


@dataclass(frozen=True)
class Options:
    """Everything that can be chosen."""

    lines: list[LineOption]
    # What the shipping came to, if it can still be refunded.
    shipping: Money | None
    reasons: Mapping[str, str]


def options(tx: Session, order: Order) -> Options:
    """What can be chosen for an order now."""
    left, of = refund_lines.left(tx, order), shares(order)
    lines = [
        LineOption(
            position=line.position,
            name=line.name,
            variant=line.variant_name,
            bought=line.quantity,
            left=left[line.position],
            each=Money(of.lines[line.position].pieces(0, 1).minor, order.currency),
            can_restock=line.variant_id is not None and line.ships,
        )
        for line in order.lines
    ]
    shipping = Money(of.shipping.minor, order.currency) if left.get(SHIPPING) else None
    return Options(lines, shipping, _REASONS)


def wish_of(order: Order, form: Mapping[str, str], who: str = "") -> Wish:
    """What a form asks for. Raises FormRefused."""
    how = form.get("how", "lines")
    amount: Money | None = None
    lines: tuple[LineWish, ...] = ()
    if how == "amount":
        amount = _amount(order, form)
    elif how == "lines":
        lines = _lines(order, form)
    elif how != "all":
        raise FormRefused({"how": "Choose one of the three."})
    reason = form.get("reason", "")
    if reason not in _REASONS:
        raise FormRefused({"reason": "Choose one of the list."})
    return Wish(
        amount=amount,
        lines=lines,
        reason=reason or None,
        note=form.get("note", "").strip()[:_MAX_NOTE],
        attempt=form.get("attempt", "")[:_MAX_ATTEMPT] or None,
        shown=form.get("shown") or None,
        who=who,
    )


def told(order: Order, wish: Wish) -> list[str]:
    """A wish in words, one line each, for the page that asks whether it is meant."""
    names = {line.position: line.name for line in order.lines}
    found = []
    for each in wish.lines:
        if each.position == SHIPPING:
            found.append("The shipping")
            continue
        back = ", back on the shelf" if each.restock else ""
        found.append(f"{each.quantity} × {names[each.position]}{back}")
    if wish.reason is not None:
        found.append(f"Reason: {_REASONS[wish.reason]}")
    return found


def kept(form: Mapping[str, str]) -> dict[str, str]:
    """What the page that asks carries along, unchanged."""
    return {
        name: value
        for name, value in form.items()
        if name in _KEPT or name.startswith(("quantity-", "restock-"))
    }


def _amount(order: Order, form: Mapping[str, str]) -> Money:
    given = form.get("amount", "").strip()
    if not given:
        raise FormRefused({"amount": "Say how much, such as 12.50."})
    try:
        return parse(given.replace(",", "."), order.currency)
    except Invalid as error:
        raise FormRefused({"amount": error.message}) from None


def _lines(order: Order, form: Mapping[str, str]) -> tuple[LineWish, ...]:
    found = []
    for line in order.lines:
        given = form.get(f"quantity-{line.position}", "").strip() or "0"
        if not (given.isascii() and given.isdecimal() and len(given) < 10):
            raise FormRefused({f"quantity-{line.position}": f"How many of {line.name}?"})
        if int(given):
            restock = f"restock-{line.position}" in form and line.variant_id is not None
            found.append(LineWish(line.position, int(given), restock))
    if "shipping" in form:
        found.append(LineWish(SHIPPING, 1))
    if not found:
        raise FormRefused({"how": "Say how many of which line, or tick the shipping."})
    return tuple(found)
