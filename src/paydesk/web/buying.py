"""Purchase: from the button to Stripe's page, and back from it."""

from collections.abc import Callable

from flask import (
    Blueprint,
    Response,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
)
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from paydesk.foundation.errors import NotFound, ShopError, Unavailable
from paydesk.foundation.language import later
from paydesk.orders import order as orders
from paydesk.orders.order import Order, PaymentStatus
from paydesk.orders.placing import NeedsReview
from paydesk.payments import ways
from paydesk.payments.errands import HookRaised
from paydesk.payments.gateway import StripeRefused, StripeUnreachable
from paydesk.payments.trip import order_of_object
from paydesk.payments.ways import Way
from paydesk.web.alone import review_url
from paydesk.web.answering import refuse, wants_json
from paydesk.web.cart_cookie import cart_id
from paydesk.web.current import buyer, current_shop, known_buyer, note_return, shop_url
from paydesk.web.product_view import on_sale_now
from paydesk.web.wish import read_way, read_wish

_NOT_YOURS = later(
    "We do not know this order here. Open it in the browser you ordered with, "
    "or by the link you were given."
)


def add_buying(pages: Blueprint) -> None:
    pages.add_url_rule(
        "/create-checkout-session",
        "create_checkout_session",
        create_checkout_session,
        methods=["POST"],
    )
    pages.add_url_rule("/success", "success", success)
    pages.add_url_rule("/cancelled", "cancelled", cancelled)
    pages.add_url_rule("/cancel", "cancel", cancelled)


def create_checkout_session() -> ResponseReturnValue:
    """Leads to Stripe, or first to the review page where the price alone is not all of it."""
    way = read_way(request)
    wish = read_wish(request, buyer())
    try:
        order = current_shop().placing.place(wish)
    except NeedsReview as error:
        return _go_on(review_url(error, wish.attempt, way), {"review": True})
    return send_to_stripe(order, way)


def send_to_stripe(
    order: Order, way: str | None = None, *, failed: Callable[[ShopError], Response] | None = None
) -> Response:
    """303 to where the order is paid for a form, the address as JSON for a program.

    `failed` answers where Stripe could not be asked; else a page offers to try again.
    """
    shop = current_shop()
    chosen = ways.chosen(way, shop.settings.ways, is_recurring=order.is_recurring)
    if chosen.stays_here:
        return _go_on(_pay_page(order, chosen), {"way": chosen.name})
    try:
        opened = shop.checkouts.start(order.id, chosen.name)
    except (StripeUnreachable, StripeRefused, HookRaised) as error:
        return failed(error) if failed is not None else _not_started(order, error)
    assert opened.url is not None
    return _go_on(opened.url, {"sessionId": opened.stripe_id})


def _pay_page(order: Order, way: Way) -> str:
    return shop_url("pay", number=order.number, secret=order.secret, way=way.name)


def _go_on(url: str, more: dict[str, str | bool | None]) -> Response:
    if wants_json():
        return jsonify({**more, "url": url})
    response = make_response(redirect(url, code=303))
    response.headers["Cache-Control"] = "no-store"
    return response


def _not_started(order: Order, error: ShopError) -> Response:
    # The order stays: the page offers to try again with the same one.
    error.retry = {"number": order.number, "secret": order.secret}  # type: ignore[attr-defined]
    return refuse(error)


def success() -> ResponseReturnValue:
    """Where Stripe sends the buyer after paying; only leads on to the order's own page."""
    shop = current_shop()
    with shop.database.transaction() as tx:
        # Checkout names the session (our template does), Stripe.js the payment intent.
        named = request.args.get("session_id") or request.args.get("payment_intent")
        order = order_of_object(tx, named) if named else _latest_order(tx)
    if order is None or not (order.success_url or _is_own(order)):
        raise NotFound(_NOT_YOURS)
    note_return(order)
    shop.checkouts.ask(order.id)
    if order.success_url is not None:
        # The host's own page, which shows nothing that it does not show anybody.
        return redirect(order.success_url, code=303)
    return redirect(shop_url("order_page", number=order.number, secret=order.secret), code=303)


def _is_own(order: Order) -> bool:
    return order.buyer is not None and order.buyer == known_buyer()


def cancelled() -> ResponseReturnValue:
    """Where Stripe's back link leads: the session is closed and the product given back.

    A GET that changes something, as Stripe's link can be nothing else: it acts on the browser's
    own open order alone, and the buyer can order again at once.
    """
    shop = current_shop()
    with shop.database.transaction() as tx:
        order = _own_order(tx)
    if order is None:
        return redirect(shop_url("home"), code=303)
    still_held = False
    try:
        shop.checkouts.cancel(order.id)
    except Unavailable:
        still_held = True
    with shop.database.transaction() as tx:
        order = tx.get_one(Order, order.id)
        slugs = [line.product_slug for line in order.lines]
    if order.payment in (PaymentStatus.PAID, PaymentStatus.PENDING, PaymentStatus.REVIEW):
        return redirect(shop_url("order_page", number=order.number, secret=order.secret), code=303)
    if order.cart_id is not None and order.cart_id == cart_id():
        more = {"held": 1} if still_held else {}
        return redirect(shop_url("cart", back=order.number, **more), code=303)
    if order.cancel_url is not None and not still_held:
        return redirect(order.cancel_url, code=303)
    return render_template(
        "paydesk/cancelled.html",
        products=on_sale_now(slugs),
        order_number=order.number,
        still_held=still_held,
    )


def _own_order(tx: Session) -> Order | None:
    number = request.args.get("order", type=int)
    if number is None:
        return _latest_order(tx)
    order = orders.by_number(tx, number) if 0 < number < 2**53 else None
    return order if order is not None and order.buyer == (known_buyer() or "") else None


def _latest_order(tx: Session) -> Order | None:
    who = known_buyer()
    if who is None:
        return None
    query = select(Order).where(Order.buyer == who).order_by(Order.number.desc()).limit(1)
    return tx.scalars(query).one_or_none()
