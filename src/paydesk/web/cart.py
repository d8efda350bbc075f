"""The cart's page and what its forms do. Plain forms: each is one post and a redirect."""

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from paydesk.business.countries import is_country
from paydesk.catalogue.product import Variant
from paydesk.foundation.errors import Invalid, NotFound, ShopError
from paydesk.foundation.language import gettext
from paydesk.orders import cart as carts
from paydesk.orders.cart import Cart
from paydesk.orders.looking import Looked, look
from paydesk.orders.order import Order
from paydesk.web.answering import wants_json
from paydesk.web.cart_cookie import cart_id, keep_cart
from paydesk.web.cart_view import cart_view
from paydesk.web.current import current_shop, shop_url
from paydesk.web.finding import found_order
from paydesk.web.wish import read_addition

_LONGEST_ID = 40


def add_cart(pages: Blueprint) -> None:
    post = ["POST"]
    pages.add_url_rule("/cart", "cart", cart)
    pages.add_url_rule("/cart/lines", "add_to_cart", add_to_cart, methods=post)
    pages.add_url_rule("/cart/lines/<variant_id>", "change_line", change_line, methods=post)
    pages.add_url_rule("/cart/lines/<variant_id>/remove", "remove_line", remove_line, methods=post)
    pages.add_url_rule(
        "/cart/lines/<variant_id>/restore", "restore_line", restore_line, methods=post
    )
    pages.add_url_rule("/cart/shipping", "choose_shipping", choose_shipping, methods=post)
    pages.add_url_rule("/o/<int:number>/<secret>/cart", "put_back", put_back, methods=post)


def cart() -> ResponseReturnValue:
    return cart_page()


def cart_page(problem: ShopError | None = None) -> Response:
    """The cart as it stands, with what was refused, if something was."""
    shop = current_shop()
    with shop.database.reading() as tx:
        found = carts.found(tx, cart_id(), shop.clock.now())
        looked = look(tx, found, shop.settings) if found is not None else None
        removed = _removed(tx, found)
        added = _named(tx, found, request.args.get("added", ""))
    page = render_template(
        "paydesk/cart.html",
        cart=cart_view(looked) if looked is not None and looked.lines else None,
        problem=problem,
        removed=removed,
        added=added,
        back=request.args.get("back", type=int),
        still_held="held" in request.args,
        forgotten=found is None and cart_id() is not None,
        promotion_codes=shop.settings.checkout.promotion_codes,
    )
    return unkept(make_response(page, problem.status if problem else 200))


def unkept(response: Response) -> Response:
    """A page of one buyer's, as it stands now."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def add_to_cart() -> ResponseReturnValue:
    """Puts a variant in: from a form, or for a program as JSON."""
    shop = current_shop()
    wish = read_addition(request)
    try:
        with shop.database.transaction() as tx:
            before = carts.found(tx, cart_id(), shop.clock.now())
            after, line = carts.add(tx, shop.clock, before, wish)
            found, count, variant_id = after.id, after.count, line.variant_id
    except ShopError as error:
        if wants_json() or error.status not in (409, 422):
            raise
        return cart_page(error)
    if wants_json():
        return keep_cart(jsonify({"count": count, "url": shop_url("cart")}), found)
    if request.form.get("then") == "checkout":
        return keep_cart(_to(shop_url("checkout")), found)
    return keep_cart(_to(shop_url("cart", added=variant_id)), found)


def change_line(variant_id: str) -> ResponseReturnValue:
    """Wants so many of a line."""
    quantity = request.form.get("quantity", "")
    if not (quantity.isascii() and quantity.isdigit() and len(quantity) <= 12):
        return cart_page(
            Invalid("The quantity must be from 1 to %(most)s.", code="bad_quantity", most=99)
        )
    try:
        with current_shop().database.transaction() as tx:
            clock = current_shop().clock
            carts.set_quantity(tx, clock, _own_cart(tx), variant_id[:_LONGEST_ID], int(quantity))
    except Invalid as error:
        return cart_page(error)
    return _back(removed=variant_id if int(quantity) == 0 else None)


def remove_line(variant_id: str) -> ResponseReturnValue:
    """Takes a line out; the page then offers to undo it."""
    with current_shop().database.transaction() as tx:
        carts.remove(tx, current_shop().clock, _own_cart(tx), variant_id[:_LONGEST_ID])
    return _back(removed=variant_id)


def restore_line(variant_id: str) -> ResponseReturnValue:
    """Puts a line back that was taken out."""
    try:
        with current_shop().database.transaction() as tx:
            carts.restore(tx, current_shop().clock, _own_cart(tx), variant_id[:_LONGEST_ID])
    except ShopError as error:
        if error.status != 409:
            raise
        return cart_page(error)
    return _back()


def choose_shipping() -> ResponseReturnValue:
    """Where to, and how: for the estimate, and kept for the review page."""
    with current_shop().database.transaction() as tx:
        choose(_own_cart(tx))
    return _to(shop_url("checkout" if request.form.get("then") == "checkout" else "cart"))


def choose(cart: Cart) -> None:
    """Keep the country and rate of a form. Raises Invalid."""
    country = request.form.get("country", "")
    if country and not is_country(country):
        raise Invalid("There is no such country.", code="country")
    cart.country = country
    cart.rate_id = request.form.get("rate_id", "")[:_LONGEST_ID]


def put_back(number: int, secret: str) -> ResponseReturnValue:
    """What an order wanted that was not paid, into the cart of this browser."""
    shop = current_shop()
    order_id = found_order(number, secret).id
    with shop.database.transaction() as tx:
        before = carts.found(tx, cart_id(), shop.clock.now())
        found = carts.put_back(tx, shop.clock, before, tx.get_one(Order, order_id)).id
    return keep_cart(_to(shop_url("cart")), found)


def looked_at(tx: Session, **choice: str | None) -> Looked | None:
    """The cart of this browser as it stands; None: there is none, or nothing is in it."""
    found = carts.found(tx, cart_id(), current_shop().clock.now())
    if found is None or not found.lines:
        return None
    return look(tx, found, current_shop().settings, **choice)


def _own_cart(tx: Session) -> Cart:
    found = carts.found(tx, cart_id(), current_shop().clock.now())
    if found is None:
        raise NotFound("Your cart is empty, or was kept for longer than 30 days.")
    return found


def _removed(tx: Session, cart: Cart | None) -> tuple[str, str] | None:
    """The line that was just taken out: its id, and its name."""
    variant_id = request.args.get("removed", "")[:_LONGEST_ID]
    rows = cart.rows if cart is not None else []
    if not any(row.variant_id == variant_id and row.removed_at is not None for row in rows):
        return None
    return variant_id, _name(tx, variant_id)


def _named(tx: Session, cart: Cart | None, variant_id: str) -> str | None:
    lines = cart.lines if cart is not None else []
    known = any(line.variant_id == variant_id for line in lines)
    return _name(tx, variant_id) if known else None


def _name(tx: Session, variant_id: str) -> str:
    variant = tx.get_one(Variant, variant_id)
    name = variant.product.name
    return (
        gettext("%(product)s, %(variant)s", product=name, variant=variant.name)
        if (variant.name)
        else name
    )


def _back(removed: str | None = None) -> Response:
    return _to(shop_url("cart", removed=removed) if removed else shop_url("cart"))


def _to(url: str) -> Response:
    response = make_response(redirect(url, code=303))
    response.headers["Cache-Control"] = "no-store"
    return response
