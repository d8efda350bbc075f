"""An order's own page, for its whole life, for whoever holds its link."""

from flask import Blueprint, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue

from paydesk.orders.order import Order
from paydesk.payments import subscription, trip, ways
from paydesk.web.buying import send_to_stripe
from paydesk.web.current import current_shop, has_returned, is_first_look
from paydesk.web.finding import found_order, private
from paydesk.web.showing import order_view


def add_order_page(pages: Blueprint) -> None:
    pages.add_url_rule("/o/<int:number>/<secret>", "order_page", order_page)
    pages.add_url_rule("/o/<int:number>/<secret>/state", "order_state", order_state)
    pages.add_url_rule(
        "/o/<int:number>/<secret>/pay", "continue_payment", continue_payment, methods=["POST"]
    )


def order_page(number: int, secret: str) -> ResponseReturnValue:
    order = _asked(found_order(number, secret))
    if order.is_recurring:
        current_shop().checkouts.ask_subscription(order.id)
    with current_shop().database.transaction() as tx:
        rows = subscription.of_order(tx, order.id) if order.is_recurring else []
    view = order_view(order, has_returned=has_returned(order), subscriptions=rows)
    thanks = view.state == "paid" and is_first_look(order)
    page = render_template("paydesk/order.html", order=view, thanks=thanks, secret=order.secret)
    return private(make_response(page))


def order_state(number: int, secret: str) -> ResponseReturnValue:
    view = order_view(_asked(found_order(number, secret)))
    body = {"state": view.state, "settled": view.settled, "version": view.version}
    return private(jsonify(body))


def continue_payment(number: int, secret: str) -> ResponseReturnValue:
    """Pays the order after all: the way the form says, or the way the buyer had begun."""
    order = found_order(number, secret)
    wanted = request.form.get("way") or None
    return send_to_stripe(order, wanted or _way_begun(order))


def _way_begun(order: Order) -> str | None:
    shop = current_shop()
    with shop.database.transaction() as tx:
        last = trip.latest(tx, order.id)
    offered = ways.offered(shop.settings.ways, is_recurring=order.is_recurring)
    known = last is not None and any(each.name == last.way for each in offered)
    return last.way if last is not None and known else None


def _asked(order: Order) -> Order:
    """The order after Stripe was asked about it, if it is unsettled."""
    shop = current_shop()
    shop.checkouts.ask(order.id)
    with shop.database.transaction() as tx:
        return tx.get_one(Order, order.id)
