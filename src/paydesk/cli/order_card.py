"""One order as a terminal shows it: in words and amounts, and what is empty left out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from paydesk.cli.finding import stamp

if TYPE_CHECKING:
    from paydesk.orders.order import Order
    from paydesk.payments.bookings import KnownBooking

_WIDTH = 13


def card(
    order: "Order",
    answers: Mapping[str, Any],
    links: Mapping[str, str | None],
    booked: "Sequence[KnownBooking]" = (),
) -> list[str]:
    """The lines to print. Those of the order are numbered as `--line` counts them."""
    pairs = [*_standing(order), *_money(order), *_fees(order, booked)]
    pairs += [*_people(order), *_answers(answers)]
    pairs += [(name, link) for name, link in links.items() if link]
    lines = [f"{name:{_WIDTH}} {text}" for name, text in pairs]
    return [f"Order {order.number}", *lines, "", *_lines(order)]


def _standing(order: "Order") -> Iterator[tuple[str, str]]:
    yield "id", order.id
    yield "ordered", stamp(order.created_at)
    yield "payment", order.payment + (f", {stamp(order.paid_at)}" if order.paid_at else "")
    shipped = f", {stamp(order.shipped_at)}" if order.shipped_at else ""
    yield "fulfilment", order.fulfilment + shipped
    wrong = dict.fromkeys([*([order.problem] if order.problem else []), *order.flags])
    if wrong:
        yield "problem", ", ".join(wrong).replace("_", " ")
    for name, moment in (("archived", order.archived_at), ("take before", order.capture_before)):
        if moment is not None:
            yield name, stamp(moment)
    if order.follow_up_on is not None:
        yield "look again", order.follow_up_on.isoformat()


def _money(order: "Order") -> Iterator[tuple[str, str]]:
    from paydesk.foundation.money import Money

    amounts = (
        ("shipping", order.shipping_minor),
        ("tax", order.tax_minor),
        ("received", order.paid_minor),
        ("refunded", order.refunded_minor),
        ("taken back", order.disputed_minor),
        ("owed", order.owed_minor),
        ("authorised", order.authorised_minor),
    )
    yield "total", order.total.text()
    for name, minor in amounts:
        if minor or (name == "shipping" and order.shipping_name):
            way = f" ({order.shipping_name})" if name == "shipping" and order.shipping_name else ""
            yield name, Money(minor, order.currency).text() + way


def _fees(order: "Order", rows: "Sequence[KnownBooking]") -> Iterator[tuple[str, str]]:
    """Stripe's fee and what is left of the payment."""
    from paydesk.payments import bookings

    for each in bookings.booked(rows):
        yield "Stripe's fee", f"{each.fee.text()}, net {each.net.text()}"
    if order.paid_minor and not (rows and all(row.is_known for row in rows)):
        yield "Stripe's fee", "not known yet"


def _people(order: "Order") -> Iterator[tuple[str, str]]:
    from paydesk.foundation.postal import shown_address

    if order.email:
        yield "e-mail", order.email
    if order.ship_to:
        yield "ship to", ", ".join(shown_address(order.ship_to))
    for name, text in (("reference", order.reference), ("customer", order.customer_id)):
        if text:
            yield name, text


def _answers(answers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the buyer wrote on Stripe's page; the address is the order's already."""
    from paydesk.foundation.postal import shown_address

    for name, answer in answers.items():
        if name == "ship_to" or not answer:
            continue
        if name == "bill_to" and isinstance(answer, Mapping):
            yield "bill to", ", ".join(shown_address(answer))
            continue
        words: Iterable[str] = (
            [f"{key}: {text}" for key, text in answer.items()]
            if isinstance(answer, Mapping)
            else [str(answer)]
        )
        yield name.replace("_", " "), ", ".join(words)


def _lines(order: "Order") -> Iterator[str]:
    from paydesk.foundation.money import Money

    yield "line"
    for line in order.lines:
        name = f"{line.quantity} × {line.name} {line.variant_name}".rstrip()
        amount = Money(line.unit_minor * line.quantity, order.currency).text()
        back = f"  {line.returned} not sent any more" if line.returned else ""
        yield f"{line.position + 1:>4}  {name:40}  {amount:>12}{back}"
