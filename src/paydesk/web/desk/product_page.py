"""One product at the desk: everything about it in one form, its pictures, its prices of before."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from paydesk.catalogue import category, editing, uploads, wanted
from paydesk.catalogue.product import Product
from paydesk.catalogue.wanted import Difference, ProductWish
from paydesk.foundation.errors import Invalid
from paydesk.staff.member import Role
from paydesk.web.current import current_shop
from paydesk.web.desk.access import current_staff, needs, takes_up_to
from paydesk.web.desk.addresses import desk_url
from paydesk.web.desk.product_form import (
    ProductForm,
    empty_form,
    form_of,
    note_faults,
    read_form,
    sent_form,
)
from paydesk.web.desk.saying import say
from paydesk.web.pictures import picture_url

# A hundred variants with all their fields.
_FORM_BYTES = 256 * 1024
_PICTURE_BYTES = uploads.LARGEST_BYTES + 64 * 1024
_CHANGED = (
    "Somebody else changed this product meanwhile; what they changed is listed below. Your entries "
    "are still here: save once more to put them in place of theirs."
)


def add_product_page(desk: Blueprint) -> None:
    desk.add_url_rule("/products/new", "new_product", new_product)
    desk.add_url_rule("/products/new", "make_product", make_product, methods=["POST"])
    desk.add_url_rule("/products/<slug>", "product", product)
    desk.add_url_rule("/products/<slug>", "save_product", save_product, methods=["POST"])
    desk.add_url_rule(
        "/products/<slug>/pictures", "add_picture", add_picture, methods=["POST"]
    )  # fmt: skip
    desk.add_url_rule(
        "/products/<slug>/pictures/<id_>", "change_picture", change_picture, methods=["POST"]
    )


@needs(Role.OWNER)
def new_product() -> ResponseReturnValue:
    with current_shop().database.reading() as tx:
        shown = _shown(tx, None, empty_form(editing.usual_currency(tx)))
    return _page(shown)


@needs(Role.OWNER)
@takes_up_to(_FORM_BYTES)
def make_product() -> ResponseReturnValue:
    return _save(lambda _tx: None)


@needs(Role.READ)
def product(slug: str) -> ResponseReturnValue:
    with current_shop().database.reading() as tx:
        shown = _as_it_is(tx, editing.find(tx, slug))
    return _page(shown)


@needs(Role.OWNER)
@takes_up_to(_FORM_BYTES)
def save_product(slug: str) -> ResponseReturnValue:
    return _save(lambda tx: editing.find(tx, slug))


@needs(Role.OWNER)
@takes_up_to(_PICTURE_BYTES)
def add_picture(slug: str) -> ResponseReturnValue:
    shop, sent = current_shop(), request.files.get("picture")
    try:
        if sent is None or not sent.filename:
            raise Invalid("Choose a file first.")  # noqa: TRY301 - shown beside the field
        data = sent.stream.read(uploads.LARGEST_BYTES + 1)
        # Before the transaction: unfolding a picture takes its time.
        file = uploads.keep(shop.settings.data_dir, data)
        with shop.database.transaction() as tx:
            found = editing.find(tx, slug)
            who, alt = current_staff().email, request.form.get("alt", "")
            uploads.add(tx, shop.clock, who, found, file, alt)
    except Invalid as error:
        with shop.database.reading() as tx:
            shown = _as_it_is(tx, editing.find(tx, slug))
        shown["form"].errors["picture"] = error.message
        return _page(shown), 422
    say("The picture was added.")
    return redirect(desk_url("product", slug=slug, _anchor="pictures"), code=303)


@needs(Role.OWNER)
def change_picture(slug: str, id_: str) -> ResponseReturnValue:
    """`do` says what: describe, move or remove."""
    shop, who, deed = current_shop(), current_staff().email, request.form.get("do", "")
    with shop.database.transaction() as tx:
        found = editing.find(tx, slug)
        if deed == "describe":
            alt = request.form.get("alt", "")
            uploads.describe(tx, shop.clock, who, found, id_, alt)
        elif deed == "move":
            uploads.move(tx, shop.clock, who, found, id_)
        elif deed == "remove":
            uploads.remove(tx, shop.clock, who, found, id_)
        else:
            raise Invalid("Nothing of that kind can be done to a picture.")
    say("Saved.")
    return redirect(desk_url("product", slug=slug, _anchor="pictures"), code=303)


def _save(found: Callable[[Session], Product | None]) -> ResponseReturnValue:
    shop, form = current_shop(), sent_form(request.form)
    with shop.database.transaction() as tx:
        current = found(tx)
        now = wanted.as_it_is(current) if current is not None else None
        wish = read_form(form, now, editing.usual_currency(tx))
        if not form.errors:
            note_faults(form, editing.faults(tx, current, wish))
        refused = _why_not(form, wish, now)
        shown = _shown(tx, current, form, refused[1]) if refused else {}
        changes: list[Difference] = []
        if not refused:
            _, changes = editing.save(tx, shop.clock, current_staff().email, current, wish)
    if refused:
        return _page(shown), refused[0]
    say("Saved." if changes else "Nothing was different, so nothing was changed.")
    return redirect(desk_url("product", slug=wish.slug), code=303)


def _why_not(
    form: ProductForm, wish: ProductWish, now: ProductWish | None
) -> tuple[int, list[Difference]] | None:
    """Status and, where somebody else was first, what they changed; None: it can be saved."""
    if form.errors:
        return 422, []
    if now is None or form.seen == now.fingerprint:
        return None
    form.seen = now.fingerprint
    form.errors[""] = _CHANGED
    return 409, wanted.differences(wish, now)


def _as_it_is(tx: Session, found: Product) -> dict[str, Any]:
    return _shown(tx, found, form_of(wanted.as_it_is(found), editing.usual_currency(tx)))


def _shown(
    tx: Session, found: Product | None, form: ProductForm, theirs: list[Difference] | None = None
) -> dict[str, Any]:
    """All the page needs, read now: it is rendered when the transaction is over."""
    return {
        "product": found,
        "form": form,
        "theirs": theirs or [],
        "unseen": editing.why_unseen(found) if found else [],
        "history": [
            (variant, sorted(variant.prices, key=lambda each: each.active_from, reverse=True))
            for variant in (found.variants if found else ())
            if variant.prices
        ],
        "categories": category.all_categories(tx),
    }


def _page(shown: dict[str, Any]) -> str:
    # The frame opens a transaction of its own, which would wait for ours.
    return render_template(
        "paydesk/desk/product.html",
        **shown,
        picture_url=picture_url,
        may_change=current_staff().may.covers(Role.OWNER),
    )
