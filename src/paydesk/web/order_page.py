"""An order's own page, for its whole life, for whoever holds its link."""

import hmac

from flask import Blueprint, Response, jsonify, make_response, render_template
from flask.typing import ResponseReturnValue

from paydesk.foundation.errors import NotFound
from paydesk.foundation.ids import new_secret
from paydesk.orders import order as orders
from paydesk.orders.order import Order
from paydesk.web.buying import send_to_stripe
from paydesk.web.current import current_shop, has_returned, is_first_look
from paydesk.web.showing import order_view

_LONGEST_SECRET = 64


def add_order_page(pages: Blueprint) -> None:
    pages.add_url_rule("/o/<int:number>/<secret>", "order_page", order_page)
    pages.add_url_rule("/o/<int:number>/<secret>/state", "order_state", order_state)
    pages.add_url_rule(
        "/o/<int:number>/<secret>/pay", "continue_payment", continue_payment, methods=["POST"]
    )


def order_page(number: int, secret: str) -> ResponseReturnValue:
    order = _asked(_found(number, secret))
    view = order_view(order, has_returned=has_returned(order))
    thanks = view.state == "paid" and is_first_look(order)
    page = render_template("paydesk/order.html", order=view, thanks=thanks, secret=order.secret)
    return _private(make_response(page))


def order_state(number: int, secret: str) -> ResponseReturnValue:
    view = order_view(_asked(_found(number, secret)))
    body = {"state": view.state, "settled": view.settled, "version": view.version}
    return _private(jsonify(body))


def continue_payment(number: int, secret: str) -> ResponseReturnValue:
    return send_to_stripe(_found(number, secret))


def _found(number: int, secret: str) -> Order:
    """The order with this number and secret; the same refusal whichever is wrong."""
    with current_shop().database.transaction() as tx:
        order = orders.by_number(tx, number) if 0 < number < 2**53 else None
    # Compared even when there is no such order, so that the time tells nothing.
    expected = order.secret if order is not None else new_secret()
    given = secret.encode()[:_LONGEST_SECRET]
    if not hmac.compare_digest(given, expected.encode()) or order is None:
        raise NotFound("We do not know this order. Check that the whole link was copied.")
    return order


def _asked(order: Order) -> Order:
    """The order after Stripe was asked about it, if it is unsettled."""
    shop = current_shop()
    shop.checkouts.ask(order.id)
    with shop.database.transaction() as tx:
        return tx.get_one(Order, order.id)


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
