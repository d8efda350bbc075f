"""The review page: everything that is agreed to, on one page, and the button that orders it."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from paydesk.business import legal
from paydesk.business.legal import LegalKind
from paydesk.foundation.errors import Invalid, NotFound, ShopError
from paydesk.foundation.ids import new_secret
from paydesk.foundation.language import gettext, spoken
from paydesk.orders.looking import Looked
from paydesk.orders.ordering import ADDRESS, CartChanged, CartWish, Incomplete, Shown
from paydesk.payments import ways
from paydesk.web.alone import Alone, alone_in
from paydesk.web.buying import send_to_stripe
from paydesk.web.cart import looked_at, unkept
from paydesk.web.cart_cookie import cart_id, keep_cart
from paydesk.web.cart_view import CartView, cart_view
from paydesk.web.current import buyer, current_shop, shop_url
from paydesk.web.wish import MAX_MINOR, attempt_of

_LONGEST = 320
# Beside the fields of an address.
_FIELDS = ("email", "country", "rate_id")


def add_checkout(pages: Blueprint) -> None:
    pages.add_url_rule("/checkout", "checkout", checkout)
    pages.add_url_rule("/checkout", "order_cart", order_cart, methods=["POST"])


def checkout() -> ResponseReturnValue:
    buyer()
    return _review(request.args)


def order_cart() -> ResponseReturnValue:
    """Places one order for the cart, or what is bought alone, and leads on to where it is paid."""
    alone = alone_in(request.form)
    found = alone.cart_id if alone else cart_id() or ""
    try:
        order = current_shop().from_carts.place(_wish(found, alone))
    except NotFound:
        if alone:
            raise
        return redirect(shop_url("cart"), code=303)
    except ShopError as error:
        return _refused(error)
    response = send_to_stripe(order, request.form.get("way") or None, failed=_refused)
    return response if alone else keep_cart(response, found)


def _refused(error: ShopError) -> Response:
    if isinstance(error, Incomplete):
        return _review(request.form, fields=error.fields, status=error.status)
    # Where Stripe does not answer the order may be there: the same form goes on with that one.
    attempt = request.form.get("attempt") if error.status >= 500 else None
    return _review(request.form, problem=error, status=error.status, attempt=attempt)


def _review(
    given: Mapping[str, Any],
    *,
    problem: ShopError | None = None,
    fields: tuple[str, ...] = (),
    status: int = 200,
    attempt: str | None = None,
) -> Response:
    shop = current_shop()
    alone = alone_in(given)
    look = alone.looked_at if alone else looked_at
    with shop.database.reading() as tx:
        looked = look(tx, country=given.get("country"), rate_id=given.get("rate_id"))
        if looked is None or not looked.available:
            return make_response(redirect(_back(looked, alone), code=303))
        waiver = legal.text_of(tx, LegalKind.WAIVER, spoken().code)
        present = legal.present(tx)
        waiver_text = waiver.body if waiver is not None else None
    view = cart_view(looked)
    page = render_template(
        "paydesk/checkout.html",
        cart=view,
        alone=alone,
        back_url=_back(looked, alone),
        given={name: str(given.get(name, ""))[:_LONGEST] for name in (*_FIELDS, *ADDRESS)},
        waives=bool(given.get("waiver")),
        waiver_text=waiver_text,
        legal=present,
        problem=problem,
        changed=isinstance(problem, CartChanged),
        errors={name: _words(name) for name in fields},
        attempt_text=attempt or new_secret(),
        order_words=order_words(view),
        promotion_codes=shop.settings.checkout.promotion_codes,
        **_ways_on(looked, alone),
    )
    return unkept(make_response(page, status))


def order_words(cart: CartView) -> str:
    """What the button says: by itself it must say that ordering costs something.

    Directive 2011/83, Article 8(2); the Court of Justice, C-249/21: the words on the button alone.
    """
    if cart.trial_days or cart.added_by_stripe:
        return gettext("Order with obligation to pay")
    return gettext("Order and pay %(total)s", total=cart.total_text)


def _needs_address(looked: Looked, offered: list[ways.Way]) -> bool:
    """Stripe's own page asks for it; a form of Stripe's within our page does not."""
    return looked.goes_somewhere and not all(way.asks_address for way in offered)


def _ways_on(looked: Looked, alone: Alone | None) -> dict[str, object]:
    """The ways to pay, the one that was chosen already first."""
    offered = ways.offered(current_shop().settings.ways, is_recurring=looked.is_recurring)
    offered = sorted(offered, key=lambda way: alone is None or way.name != alone.way)
    return {
        "first_way": offered[0].name if alone and alone.way else "",
        "other_ways": offered[1:],
        "stays_here": offered[0].stays_here,
        "needs_address": _needs_address(looked, offered),
    }


def _back(looked: Looked | None, alone: Alone | None) -> str:
    """Where what is ordered is changed."""
    if alone is None or looked is None:
        return shop_url("cart")
    return shop_url("product", slug=looked.lines[0].slug, currency=looked.currency)


def _wish(found: str, alone: Alone | None) -> CartWish:
    form = request.form
    shown = {
        name.removeprefix("shown[").removesuffix("]"): Shown(
            _whole(value), _whole(form.get(f"quantity[{name[6:-1]}]", ""))
        )
        for name, value in form.items()
        if name.startswith("shown[") and name.endswith("]")
    }
    recurring = form.get("recurring") == "yes"
    offered = ways.offered(current_shop().settings.ways, is_recurring=recurring)
    return CartWish(
        cart_id=found,
        attempt=attempt_of(form.get("attempt")),
        email=form.get("email", "").strip()[:_LONGEST],
        shown=shown,
        total_minor=_whole(form.get("total_minor", "")),
        country=form.get("country", "")[:2],
        rate_id=form.get("rate_id", "")[:40],
        buyer=buyer(),
        language=spoken().code,
        waives=form.get("waiver") == "yes",
        address={name: form.get(name, "")[:_LONGEST] for name in ADDRESS},
        needs_address=not all(way.asks_address for way in offered),
        alone=alone.wish if alone else None,
    )


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 12) or int(text) > MAX_MINOR:
        raise Invalid("An amount or a quantity of the form is no whole number.", code="bad_form")
    return int(text)


def _words(field: str) -> str:
    return {
        "email": gettext("Enter your e-mail address, like name@example.com."),
        "country": gettext("Choose the country the order goes to."),
        "waiver": gettext("Agree that the digital content is delivered at once."),
        "name": gettext("Enter the name of whoever receives the parcel."),
        "line1": gettext("Enter street and number."),
        "postcode": gettext("Enter the postcode."),
        "city": gettext("Enter the town."),
    }.get(field, gettext("This is too long."))
