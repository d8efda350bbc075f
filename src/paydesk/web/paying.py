"""Paying within our own page: the page, the trip it begins, and what the browser hands over."""

from typing import Any

from flask import Blueprint, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from paydesk.foundation.errors import Invalid, NotFound, Refused
from paydesk.orders import order as orders
from paydesk.orders.order import Order, PaymentStatus
from paydesk.payments import subscription, ways
from paydesk.payments.ways import Mount
from paydesk.web import guard
from paydesk.web.current import current_mount, current_shop, note_return, shop_url
from paydesk.web.finding import found_order, private
from paydesk.web.order_view import order_view
from paydesk.web.order_words import Life

_LONGEST_EMAIL = 320
_MAY_BE_PAID = (PaymentStatus.AWAITING, PaymentStatus.EXPIRED, PaymentStatus.FAILED)


def add_paying(pages: Blueprint) -> None:
    pages.add_url_rule("/o/<int:number>/<secret>/pay/<way>", "pay", pay)
    pages.add_url_rule("/o/<int:number>/<secret>/trips", "begin_trip", begin_trip, methods=["POST"])
    pages.add_url_rule("/o/<int:number>/<secret>/charges", "hand_over", hand_over, methods=["POST"])
    pages.add_url_rule(
        "/o/<int:number>/<secret>/portal", "open_portal", open_portal, methods=["POST"]
    )


def pay(number: int, secret: str, way: str) -> ResponseReturnValue:
    """The page with Stripe's form; it asks for a trip itself, so that looking changes nothing."""
    order = found_order(number, secret)
    settings = current_shop().settings
    offered = ways.offered(settings.ways, is_recurring=order.is_recurring)
    found = [each for each in offered if each.name == way and each.stays_here]
    if not found:
        raise NotFound("That way to pay is not offered here.")
    if order.payment not in _MAY_BE_PAID:
        return redirect(shop_url("order_page", number=number, secret=secret), code=303)
    page = render_template(
        "paydesk/pay.html",
        order=order_view(Life(order)),
        secret=secret,
        way=found[0],
        others=[each for each in offered if each.name != way],
        stripe_js=settings.stripe_js,
        publishable_key=settings.publishable_key,
        return_url=current_mount().address("success"),
    )
    response = private(make_response(page))
    # Stripe.js wants to know which page it is on.
    response.headers["Referrer-Policy"] = "same-origin"
    guard.allow_stripe(response, settings)
    return response


def begin_trip(number: int, secret: str) -> ResponseReturnValue:
    """Begins a trip, or goes on with it; the answer is what Stripe.js needs."""
    order = found_order(number, secret)
    started = current_shop().checkouts.start(order.id, _text(_body(), "way"))
    answer: dict[str, Any] = {"way": started.way, "checkout": started.checkout_id}
    if isinstance(started.step, Mount):
        answer |= {"form": started.step.form, "clientSecret": started.step.client_secret}
    else:
        answer["url"] = started.step.url
    return private(jsonify(answer))


def hand_over(number: int, secret: str) -> ResponseReturnValue:
    """Charges a token of a card once; the answer is where the buyer reads how it went."""
    order = found_order(number, secret)
    body = _body()
    checkout, token = _text(body, "checkout"), _text(body, "token")
    if checkout is None or token is None:
        raise Invalid("checkout and token are both needed.", code="bad_token")
    email = _text(body, "email", _LONGEST_EMAIL)
    if email:
        _keep_email(order, email)
    current_shop().handing_over.take(order.id, checkout, token)
    note_return(order)
    url = order.success_url or shop_url("order_page", number=number, secret=secret)
    return private(jsonify({"url": url}))


def open_portal(number: int, secret: str) -> ResponseReturnValue:
    """Leads the holder of the order's link to Stripe's page for their subscription."""
    shop = current_shop()
    order = found_order(number, secret)
    with shop.database.transaction() as tx:
        rows = subscription.of_order(tx, order.id)
    customer = next((row.customer_id for row in rows if row.customer_id), None)
    if customer is None:
        raise Refused("There is no subscription to manage yet.", code="no_subscription")
    back = current_mount().address("order_page", number=number, secret=secret)
    response = redirect(str(shop.gateway.open_portal(customer, back)["url"]), code=303)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _keep_email(order: Order, email: str) -> None:
    name, at, domain = email.partition("@")
    if not (name and at and "." in domain and email.isprintable() and " " not in email):
        raise Invalid("That e-mail address is not complete.", code="bad_email")
    with current_shop().database.transaction() as tx:
        row = orders.locked(tx, order.id)
        row.email = row.email or email


def _body() -> dict[str, Any]:
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise Invalid("The body must be a JSON object.", code="bad_body")
    return body


def _text(body: dict[str, Any], name: str, longest: int = 255) -> str | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        raise Invalid(
            "%(name)s must be a text of at most %(most)s characters.", name=name, most=longest
        )
    return value or None
