"""The list of products, and the categories they stand in."""

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from paydesk.catalogue import category, editing, shelving, stock
from paydesk.catalogue.product import Product, Visibility
from paydesk.catalogue.shelving import Shelf
from paydesk.foundation.errors import Invalid, Refused
from paydesk.foundation.money import Money
from paydesk.staff.member import Role
from paydesk.web.current import current_shop
from paydesk.web.desk.access import current_staff, needs
from paydesk.web.desk.addresses import desk_url
from paydesk.web.desk.saying import say
from paydesk.web.pictures import picture_url

LOW = "low"
_TABS = (("", "All"), *((each.value, each.value.capitalize()) for each in Visibility), (LOW, "Low"))


@dataclass(frozen=True)
class LowRow:
    """A variant of which little is left."""

    name: str
    left: int | None


@dataclass(frozen=True)
class ProductRow:
    """One line of the list."""

    product: Product
    price: Money | None
    has_several_prices: bool
    # Left over all variants; None: one of them never runs out.
    left: int | None
    low: list[LowRow]


def add_products(desk: Blueprint) -> None:
    desk.add_url_rule("/products", "products", products)
    desk.add_url_rule("/products/categories", "categories", categories)
    desk.add_url_rule("/products/categories", "add_category", add_category, methods=["POST"])
    desk.add_url_rule(
        "/products/categories/<slug>", "change_category", change_category, methods=["POST"]
    )


@needs(Role.READ)
def products() -> ResponseReturnValue:
    """`show` is a tab; `words` are looked for in name, address and the merchant's numbers."""
    show, words = request.args.get("show", ""), request.args.get("words", "").strip()[:100]
    with current_shop().database.reading() as tx:
        rows = [_row(each) for each in editing.everything(tx)]
        counts = {name: sum(1 for row in rows if _is_in(row, name)) for name, _ in _TABS}
        shown = [row for row in rows if _is_in(row, show) and _has(row.product, words)]
    return render_template(
        "paydesk/desk/products.html",
        rows=shown,
        total=len(rows),
        tabs=_TABS,
        counts=counts,
        show=show if show in counts else "",
        words=words,
        picture_url=picture_url,
        unseen=editing.why_unseen,
        may_change=current_staff().may.covers(Role.OWNER),
    )


@needs(Role.OWNER)
def categories() -> ResponseReturnValue:
    return _categories("")


@needs(Role.OWNER)
def add_category() -> ResponseReturnValue:
    shop, form = current_shop(), request.form
    try:
        with shop.database.transaction() as tx:
            made = shelving.add(
                tx, shop.clock, current_staff().email, form.get("name", ""), form.get("summary", "")
            )
            said = f"{made.name} was added."
    except (Invalid, Refused) as error:
        return _categories(error.message), error.status
    say(said)
    return redirect(desk_url("categories"), code=303)


@needs(Role.OWNER)
def change_category(slug: str) -> ResponseReturnValue:
    """`do` says what: change or remove."""
    shop, form, who = current_shop(), request.form, current_staff().email
    with shop.database.transaction() as tx:
        if form.get("do") == "remove":
            shelving.remove(tx, shop.clock, who, slug)
        else:
            position = form.get("position", "0")
            if not position.isascii() or not position.isdigit() or len(position) > 6:
                raise Invalid("The place is a whole number: the smallest is first.")
            shelf = Shelf(form.get("name", ""), form.get("summary", ""), int(position))
            shelving.change(tx, shop.clock, who, slug, shelf)
    say("Saved.")
    return redirect(desk_url("categories"), code=303)


def _categories(error: str) -> str:
    with current_shop().database.reading() as tx:
        rows = category.all_categories(tx)
    return render_template(
        "paydesk/desk/categories.html", rows=rows, error=error, form=request.form
    )


def _row(product: Product) -> ProductRow:
    prices = [each.current_price.money for each in product.variants if each.current_price]
    counts = [stock.left(each) for each in product.variants]
    known = [each for each in counts if each is not None]
    lowest = min(prices, key=lambda each: each.minor, default=None)
    return ProductRow(
        product,
        lowest,
        len(set(prices)) > 1,
        sum(known) if len(known) == len(counts) else None,
        [
            LowRow(each.name, stock.left(each))
            for each in product.variants
            if each.current_price and stock.is_low(each)
        ],
    )


def _is_in(row: ProductRow, tab: str) -> bool:
    if tab == LOW:
        # Of what nobody can buy nothing has to be ordered anew.
        return bool(row.low) and row.product.visibility == Visibility.PUBLISHED
    return not tab or row.product.visibility == tab


def _has(product: Product, words: str) -> bool:
    said = [product.name, product.slug, *(each.sku or "" for each in product.variants)]
    text = " ".join(said).casefold()
    return all(word in text for word in words.casefold().split())
