"""Which shop a request belongs to, and which browser it comes from."""

from typing import cast

from flask import current_app, session

from paydesk.foundation.ids import new_secret
from paydesk.orders.order import Order
from paydesk.wiring import Shop

_BUYER = "paydesk_buyer"
_THANKED = "paydesk_thanked"
_RETURNED = "paydesk_returned"
_MAX_THANKED = 20


def current_shop() -> Shop:
    """The shop of the app that answers this request."""
    return cast(Shop, current_app.extensions["paydesk"].shop)


def buyer() -> str:
    """The browser's random id, made at its first page and kept in its signed cookie."""
    if not isinstance(session.get(_BUYER), str):
        session[_BUYER] = new_secret()
    return str(session[_BUYER])


def known_buyer() -> str | None:
    """The browser's id if it has been here before; makes none."""
    value = session.get(_BUYER)
    return value if isinstance(value, str) else None


def note_return(order: Order) -> None:
    """Remember that Stripe sent this browser back as having paid: nothing is left to pay."""
    session[_RETURNED] = order.number


def has_returned(order: Order) -> bool:
    return bool(session.get(_RETURNED) == order.number)


def is_first_look(order: Order) -> bool:
    """Whether this browser sees this order paid for the first time."""
    thanked = session.get(_THANKED, [])
    if order.number in thanked:
        return False
    session[_THANKED] = [*thanked, order.number][-_MAX_THANKED:]
    return True
