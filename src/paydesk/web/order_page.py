"""An order's own page, for its whole life, for whoever holds its link."""

from collections.abc import Iterator, Sequence
from datetime import date

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from paydesk.business import shipping
from paydesk.business import shop as business
from paydesk.fulfilment import downloads, receipts, shipments, withdrawals
from paydesk.fulfilment.shipments import Shipment
from paydesk.orders.order import Order
from paydesk.payments import returned, subscription, trip, ways
from paydesk.web.buying import send_to_stripe
from paydesk.web.current import current_shop, has_returned, is_first_look
from paydesk.web.finding import found_order, private
from paydesk.web.order_view import order_view, version_of
from paydesk.web.order_words import UNSETTLED, Life, state_of
from paydesk.wiring import Shop

# So long is one stream, and so soon the browser asks for the next: Stripe is asked in between.
_STREAM_SECONDS = 15.0
_AGAIN_MS = 1000
# In a stream nothing tells that the browser has gone, but writing to it.
_SIGN_OF_LIFE_SECONDS = 5.0


def add_order_page(pages: Blueprint) -> None:
    pages.add_url_rule("/o/<int:number>/<secret>", "order_page", order_page)
    pages.add_url_rule("/o/<int:number>/<secret>/state", "order_state", order_state)
    pages.add_url_rule("/o/<int:number>/<secret>/live", "order_live", order_live)
    pages.add_url_rule(
        "/o/<int:number>/<secret>/pay", "continue_payment", continue_payment, methods=["POST"]
    )


def order_page(number: int, secret: str) -> ResponseReturnValue:
    shop = current_shop()
    order = _asked(found_order(number, secret))
    if order.is_recurring:
        shop.checkouts.ask_subscription(order.id)
    with shop.database.reading() as tx:
        life = _life(tx, order)
        facts = business.facts(tx, shop.settings)
    now = shop.clock.now()
    view = order_view(
        life,
        has_returned=has_returned(order),
        sign=lambda right: shop.tickets.sign(order.id, right, now),
    )
    thanks = view.state == "paid" and is_first_look(order)
    page = render_template(
        "paydesk/order.html", order=view, thanks=thanks, secret=order.secret, contact=facts.email
    )
    return private(make_response(page))


def order_state(number: int, secret: str) -> ResponseReturnValue:
    """What a page that asks by itself compares with what it shows."""
    order = _asked(found_order(number, secret))
    state = state_of(order)
    body = {"state": state, "settled": state not in UNSETTLED, "version": version_of(order)}
    return private(jsonify(body))


def order_live(number: int, secret: str) -> ResponseReturnValue:
    """Server-sent events: `version`, when the page has something new to show.

    204 where all places are taken: then the browser stops, and the page asks by itself.
    """
    order = found_order(number, secret)
    shop = current_shop()
    if not shop.watching.take_place():
        return private(make_response("", 204))
    try:
        order = _asked(order)
    except BaseException:
        shop.watching.leave_place()
        raise
    seen = request.headers.get("Last-Event-ID") or request.args.get("seen", "")
    response = private(Response(_stream(shop, order, seen), mimetype="text/event-stream"))
    # nginx would keep it until it is whole.
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(shop.watching.leave_place)
    return response


def _stream(shop: Shop, order: Order, seen: str) -> Iterator[str]:
    """The events of one stream; it ends with the first, or after a while without any."""
    yield f"retry: {_AGAIN_MS}\n\n"
    waited = 0.0
    while version_of(order) == seen and waited < _STREAM_SECONDS:
        if shop.watching.wait(order.id, order.version, _SIGN_OF_LIFE_SECONDS):
            with shop.database.reading() as tx:
                order = tx.get_one(Order, order.id)
        else:
            waited += _SIGN_OF_LIFE_SECONDS
            yield ": still here\n\n"
    version = version_of(order)
    if version != seen:
        yield f"event: version\nid: {version}\ndata: {version}\n\n"


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
    with shop.database.reading() as tx:
        return tx.get_one(Order, order.id)


def _expected(tx: Session, order: Order, parcels: Sequence[Shipment]) -> dict[str, date]:
    on_their_way = [each for each in parcels if each.delivered_at is None]
    country = str((order.ship_to or {}).get("country") or order.country or "")
    if not (on_their_way and order.shipping_name and country):
        return {}
    days = shipping.most_days(tx, order.shipping_name, country, order.created_at)
    by = {each.id: shipping.working_day(each.shipped_at.date(), days) for each in on_their_way}
    # What is late is no news: the carrier's page tells more.
    today = current_shop().clock.now().date()
    return {id_: day for id_, day in by.items() if days and day >= today}


def _life(tx: Session, order: Order) -> Life:
    parcels = shipments.of_order(tx, order.id)
    return Life(
        order=order,
        shipments=parcels,
        expected=_expected(tx, order, parcels),
        returned=returned.of_order(tx, order) if order.refunded_minor else [],
        withdrawals=withdrawals.of_order(tx, order.id),
        subscriptions=list(subscription.of_order(tx, order.id)) if order.is_recurring else [],
        receipt=receipts.of_order(tx, order.id),
        downloads=downloads.rights(tx, order),
    )
