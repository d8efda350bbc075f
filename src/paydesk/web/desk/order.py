"""One order at the desk: what it is, what is wrong with it and what mends that, and its story."""

from functools import partial
from typing import Any

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from paydesk.foundation.errors import NotFound
from paydesk.foundation.ids import new_secret
from paydesk.foundation.postal import shown_address
from paydesk.fulfilment.carriers import CARRIERS
from paydesk.orders import order as orders
from paydesk.orders import taxes
from paydesk.orders.order import Order
from paydesk.reports.order_detail import Detail, detail
from paydesk.reports.plain_order import plain_bookings, plain_lines, plain_order
from paydesk.staff.member import Role
from paydesk.web.current import current_shop
from paydesk.web.desk import order_words
from paydesk.web.desk.access import current_staff, needs
from paydesk.web.desk.at_stripe import stripe_url

_LARGEST_NUMBER = 2**53


def add_order(desk: Blueprint) -> None:
    desk.add_url_rule("/orders/<int:number>", "order", order_page)
    desk.add_url_rule("/orders/<int:number>.json", "order_json", order_json)


@needs(Role.READ)
def order_page(number: int) -> ResponseReturnValue:
    with current_shop().database.reading() as tx:
        return show(detail(tx, order_of(tx, number)))


@needs(Role.READ)
def order_json(number: int) -> ResponseReturnValue:
    with current_shop().database.reading() as tx:
        found = detail(tx, order_of(tx, number))
    return jsonify(_plain(found))


def order_of(tx: Session, number: int) -> Order:
    """The order of that number. Raises NotFound."""
    order = orders.by_number(tx, number) if number < _LARGEST_NUMBER else None
    if order is None:
        raise NotFound(f"There is no order {number}.")
    return order


def show(found: Detail, errors: dict[str, str] | None = None) -> str:
    """The page of an order, with what was wrong in a form that was sent."""
    only_system = request.args.get("only") == "system"
    return render_template(
        "paydesk/desk/order.html",
        **_shown(found),
        days=found.days(only_system=only_system),
        only_system=only_system,
        errors=errors or {},
    )


def _shown(found: Detail) -> dict[str, Any]:
    settings = current_shop().settings
    return {
        "detail": found,
        "order": found.order,
        "taxes": taxes.of(found.order),
        "words": order_words,
        "stripe_url": partial(stripe_url, settings),
        "carriers": [(each.code, each.name) for each in CARRIERS.values()],
        "label": _label(found.order),
        "attempt": new_secret(),
        "may_work": current_staff().may.covers(Role.ORDERS),
        "payments": _payments(found),
    }


def _payments(found: Detail) -> list[tuple[str, str]]:
    """Stripe's objects of the order that have a page, with the word for each."""
    names = {
        "session": "Checkout session",
        "intent": "Payment",
        "charge": "Charge",
        "dispute": "Dispute",
        "subscription": "Subscription",
        "invoice": "Invoice",
    }
    rows = sorted(found.facts, key=lambda row: (row.changed_at, row.kind, row.stripe_id))
    known = [(names[row.kind], row.stripe_id) for row in rows if row.kind in names]
    customer = found.order.customer_id
    return [*known, *([("Customer", customer)] if customer else [])]


def _label(order: Order) -> str:
    """The address as it stands on a parcel."""
    return "\n".join(shown_address(order.ship_to or {}))


def _plain(found: Detail) -> dict[str, Any]:
    called = current_shop().settings.called
    entries = [
        {
            "at": each.at.isoformat(),
            "who": each.who,
            "text": called.in_words(each.text),
            "evidence": list(each.evidence),
        }
        for each in found.story.entries
    ]
    return {
        **plain_order(found.order),
        "problems": [each.value for each in found.problems],
        "lines": plain_lines(found.order),
        "bookings": plain_bookings(found.bookings),
        "receipt": found.receipt.number if found.receipt else None,
        "story": entries,
    }
