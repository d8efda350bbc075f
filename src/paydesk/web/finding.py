"""Finds the order a link is about, for whoever holds the link, and keeps its pages private."""

import hmac

from flask import Response

from paydesk.foundation.errors import NotFound
from paydesk.foundation.ids import new_secret
from paydesk.orders import order as orders
from paydesk.orders.order import Order
from paydesk.web.current import current_shop

_LONGEST_SECRET = 64


def found_order(number: int, secret: str) -> Order:
    """The order with this number and secret; the same refusal whichever is wrong."""
    with current_shop().database.transaction() as tx:
        # The secret alone: an order that is there would take longer to read than one that is not.
        kept = orders.secret_of(tx, number) if 0 < number < 2**53 else None
        # Compared even when there is no such order, so that the time tells nothing.
        expected = kept if kept is not None else new_secret()
        given = secret.encode()[:_LONGEST_SECRET]
        is_theirs = hmac.compare_digest(given, expected.encode()) and kept is not None
        order = orders.by_number(tx, number) if is_theirs else None
    if order is None:
        raise NotFound("We do not know this order. Check that the whole link was copied.")
    return order


def private(response: Response) -> Response:
    """A page for whoever holds its link: not kept, not indexed, and its address told to nobody."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
