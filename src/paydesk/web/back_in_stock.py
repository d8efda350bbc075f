"""Asking for one letter when something sold out is back, and thinking better of it."""

from hmac import compare_digest

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from paydesk.business.shop import is_email
from paydesk.catalogue import product as products
from paydesk.catalogue import stock
from paydesk.catalogue.product import Product, Variant
from paydesk.catalogue.stock import Availability
from paydesk.foundation.errors import NotFound
from paydesk.foundation.language import spoken
from paydesk.fulfilment import notices
from paydesk.fulfilment.notices import LONGEST_EMAIL, Notice
from paydesk.settings import Mode
from paydesk.web.cart import unkept
from paydesk.web.current import current_mount, current_shop, shop_url


def add_back_in_stock(pages: Blueprint) -> None:
    pages.add_url_rule("/p/<slug>/back", "back_in_stock", back_in_stock)
    pages.add_url_rule("/p/<slug>/back", "ask_for_notice", ask_for_notice, methods=["POST"])
    pages.add_url_rule("/notice/<notice_id>/<secret>", "notice", notice)
    pages.add_url_rule(
        "/notice/<notice_id>/<secret>", "forget_notice", forget_notice, methods=["POST"]
    )


def letters_leave() -> bool:
    """Whether a letter would reach anybody; with the emulator it is read in the mailbox."""
    shop = current_shop()
    can_leave = not shop.post.keeps or shop.settings.mode is Mode.EMULATOR
    return shop.settings.mail.is_on and can_leave


def back_in_stock(slug: str) -> ResponseReturnValue:
    with current_shop().database.reading() as tx:
        product, missing = _missing(tx, slug)
    return _form(product, missing)


def ask_for_notice(slug: str) -> ResponseReturnValue:
    """The same answer whether the address has asked before or not."""
    shop, email = current_shop(), request.form.get("email", "").strip()[:LONGEST_EMAIL]
    with shop.database.transaction() as tx:
        product, missing = _missing(tx, slug)
        asked = request.form.get("variant", "") or missing[0].id
        chosen = next((each for each in missing if each.id == asked), None)
        if chosen is None:
            # It came back while the form was open.
            return redirect(shop_url("product", slug=product.slug), code=303)
        row = None
        if is_email(email):
            row = notices.ask(
                tx,
                chosen.id,
                email,
                shop.clock.now(),
                language=spoken().code,
                link=current_mount().address("product", slug=product.slug),
            )
    if row is None:
        return _form(product, missing, email=email, chosen=asked, is_wrong=True)
    return redirect(shop_url("notice", notice_id=row.id, secret=row.secret), code=303)


def notice(notice_id: str, secret: str) -> ResponseReturnValue:
    with current_shop().database.reading() as tx:
        row = _noted(tx, notice_id, secret)
        product = tx.get_one(Product, tx.get_one(Variant, row.variant_id).product_id)
        page = {"email": row.email, "product": product, "action": request.path}
    return unkept(make_response(render_template("paydesk/back.html", is_noted=True, **page)))


def forget_notice(notice_id: str, secret: str) -> ResponseReturnValue:
    with current_shop().database.transaction() as tx:
        _noted(tx, notice_id, secret)
        notices.forget(tx, notice_id)
    page = render_template("paydesk/back.html", is_forgotten=True, product=None)
    return unkept(make_response(page))


def _noted(tx: Session, notice_id: str, secret: str) -> Notice:
    row = tx.get(Notice, notice_id[:40])
    if not compare_digest(secret.encode(), (row.secret if row else "no such").encode()) or not row:
        raise NotFound("This link is of no use any more: nobody waits for a letter by it.")
    return row


def _missing(tx: Session, slug: str) -> tuple[Product, list[Variant]]:
    """The product and what is sold out of it. Raises NotFound where there is nothing to ask for."""
    product = products.by_slug(tx, slug)
    missing = [
        each
        for each in product.variants
        if each.current_price is not None and stock.availability(each) is Availability.SOLD_OUT
    ]
    if not missing or not letters_leave():
        raise NotFound("Nothing of this product is sold out.")
    return product, missing


def _form(
    product: Product,
    missing: list[Variant],
    *,
    email: str = "",
    chosen: str = "",
    is_wrong: bool = False,
) -> Response:
    page = render_template(
        "paydesk/back.html",
        product=product,
        missing=missing,
        email=email,
        chosen=chosen,
        is_wrong=is_wrong,
    )
    return unkept(make_response(page, 422 if is_wrong else 200))
