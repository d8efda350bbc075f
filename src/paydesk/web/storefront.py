"""The pages before buying: home, categories, search, a product, and the publishable key."""

from collections.abc import Sequence
from datetime import datetime

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from paydesk.business import legal
from paydesk.business.legal import LegalKind
from paydesk.catalogue import addresses, searching, stock
from paydesk.catalogue.goods import Goods, Image, Shelf
from paydesk.catalogue.product import Product, Visibility
from paydesk.catalogue.window import Glance, Window, preview
from paydesk.foundation.errors import NotFound
from paydesk.web import meta
from paydesk.web.back_in_stock import letters_leave
from paydesk.web.cards import Cards
from paydesk.web.conditions import conditions_of
from paydesk.web.current import buyer, current_shop, shop_url
from paydesk.web.desk.access import signed_in_staff
from paydesk.web.desk.addresses import desk_url
from paydesk.web.finding import private
from paydesk.web.keeping import keep, kept
from paydesk.web.listing import Asked, arranged, asked, currency_asked, page_of, sorts
from paydesk.web.pictures import picture_url
from paydesk.web.product_view import PictureView, ProductView, product_view, state_of, variants_of
from paydesk.web.shop_facts import current_facts

# One row on a wide screen, two on a narrow one.
_ROW = 4
_NEWEST = 8
_SUGGESTED = 3


def add_storefront(pages: Blueprint) -> None:
    pages.add_url_rule("/", "home", home)
    pages.add_url_rule("/c/<slug>", "category", category)
    pages.add_url_rule("/search", "search", search)
    pages.add_url_rule("/p/<slug>", "product", product)
    pages.add_url_rule("/config", "config", config)


def home() -> ResponseReturnValue:
    shop, currency = current_shop(), currency_asked()
    glance = shop.window.glance(shop.database, _on_the_front)
    now = shop.clock.now()
    states = tuple(state_of(each, glance.levels, now) for each in glance.goods)
    key = ("home", glance.window.revision, currency, states)
    return kept(key, lambda: _front(glance, now, currency))


def _on_the_front(window: Window) -> Sequence[Goods]:
    featured = window.featured[:_ROW]
    return [*featured, *[each for each in window.newest if each not in featured][:_NEWEST]]


def _front(glance: Glance, now: datetime, currency: str | None) -> str:
    window, facts = glance.window, current_facts()
    staff = None if window.goods else signed_in_staff()
    count = len(window.featured[:_ROW])
    featured, newest = glance.goods[:count], glance.goods[count:]
    return render_template(
        "paydesk/home.html",
        window=window,
        staff=staff,
        first_product_url=desk_url("new_product") if staff is not None else None,
        meta=meta.of_home(facts.name, facts.welcome, _first_images(window.goods)),
        tiles=[(each, *_tile(window.by_shelf[each.slug])) for each in window.shelves],
        featured=Cards(window, featured, glance.levels, now, currency),
        newest=Cards(window, newest, glance.levels, now, currency),
    )


def _tile(goods: Sequence[Goods]) -> tuple[int, str | None]:
    """How much stands on a shelf, and the picture of what stands there first."""
    images = _first_images(goods)
    return len(goods), picture_url(images[0].file) if images else None


def _first_images(goods: Sequence[Goods]) -> Sequence[Image]:
    return next((each.images for each in goods if each.images), ())


def category(slug: str) -> ResponseReturnValue:
    wish = asked()
    with current_shop().database.reading() as tx:
        window = current_shop().window.look(tx)
        goods = window.by_shelf.get(slug)
        if goods is None:
            raise NotFound("There is no such category in this shop.", code="unknown_category")
        return _list(tx, window, goods, wish, shelf=goods[0].shelf)


def search() -> ResponseReturnValue:
    """What is found; without words everything on sale."""
    wish = asked()
    query = request.args.get("q", "")[: searching.LONGEST_QUERY].strip()
    with current_shop().database.reading() as tx:
        window = current_shop().window.look(tx)
        goods = searching.search(window.goods, query) if query else window.goods
        return _list(tx, window, goods, wish, query=query)


def _list(
    tx: Session,
    window: Window,
    goods: Sequence[Goods],
    wish: Asked,
    *,
    shelf: Shelf | None = None,
    query: str = "",
) -> Response:
    shop = current_shop()
    found = arranged(goods, wish, stock.available(tx) if wish.in_stock else None)
    page = page_of(found, wish.page)
    hints = [] if found or not query else searching.suggest(window.goods, query, _SUGGESTED)
    levels = stock.levels(tx, variants_of((*page.goods, *hints)))
    now = shop.clock.now()
    return keep(
        render_template(
            "paydesk/list.html",
            window=window,
            cards=Cards(window, page.goods, levels, now, wish.currency),
            hints=Cards(window, hints, levels, now, wish.currency),
            page=page,
            wish=wish,
            sorts=sorts(best=bool(query)),
            meta=meta.of_list(
                shelf, page.goods, page.number, is_indexed=not (query or wish.sort or wish.in_stock)
            ),
            page_url=lambda number: _address(wish, number),
            shelf=shelf,
            query=query,
        )
    )


def _address(wish: Asked, number: int) -> str:
    """Of page `number` of the same list, in the same order and with the same left out."""
    told = {
        "q": request.args.get("q") or None,
        "sort": wish.sort or None,
        "stock": "1" if wish.in_stock else None,
        "currency": wish.currency,
        "page": number if number > 1 else None,
    }
    endpoint = (request.endpoint or "").rpartition(".")[2]
    return shop_url(endpoint, **(request.view_args or {}), **told)


def product(slug: str) -> ResponseReturnValue:
    shop = current_shop()
    glance = shop.window.glance(
        shop.database, lambda window: [window.by_slug[slug]] if slug in window.by_slug else []
    )
    if not glance.goods:
        with shop.database.reading() as tx:
            return _not_on_sale(tx, glance.window, slug)
    # A browser has its id before it can click twice.
    buyer()
    now, currency = shop.clock.now(), currency_asked()
    picture = request.args.get("picture", 1, type=int)
    (goods,) = glance.goods
    key = (
        *(
            "product",
            glance.window.revision,
            currency,
            picture,
            state_of(goods, glance.levels, now),
        ),
        # Exactly: it is the most that the form takes.
        tuple(stock.left(level) for level in glance.levels.values()),
    )
    return kept(key, lambda: _product(glance, now, currency, picture))


def _product(glance: Glance, now: datetime, currency: str | None, picture: int) -> str:
    view = product_view(glance.goods[0], glance.levels, now, currency)
    with current_shop().database.reading() as tx:
        conditions = conditions_of(tx, view, current_facts().country)
        # Of a file the right usually ends as it is fetched: the review page says how.
        is_sent = not all(each.is_digital for each in view.offers)
        may_withdraw = is_sent and LegalKind.WITHDRAWAL in legal.present(tx)
    return render_template(
        "paydesk/product.html",
        product=view,
        conditions=conditions,
        may_withdraw=may_withdraw,
        may_ask_back=letters_leave()
        and any(each.availability == "sold_out" for each in view.offers),
        shown=_picture_asked(view, picture),
        meta=meta.of_product(view),
        window=glance.window,
    )


def _picture_asked(product: ProductView, number: int) -> PictureView | None:
    """The picture that is shown large: the first, unless the address names another."""
    wanted = number - 1 if 0 < number <= len(product.pictures) else 0
    return product.pictures[wanted] if product.pictures else None


def _not_on_sale(tx: Session, window: Window, slug: str) -> Response:
    """410 with ways on for what was on sale once, 404 for what nobody knows of."""
    found = tx.scalars(select(Product).where(Product.slug == slug)).one_or_none()
    moved = addresses.moved_to(tx, slug) if found is None else None
    if moved is not None and moved.visibility != Visibility.DRAFT:
        return _moved(moved)
    if found is not None and signed_in_staff() is not None:
        return _preview(tx, found)
    if found is None or found.visibility == Visibility.DRAFT:
        raise NotFound("There is no such product in this shop.", code="unknown_product")
    shelf = window.by_shelf.get(found.category.slug) if found.category is not None else None
    others = list(shelf or window.featured or window.goods)[:_SUGGESTED]
    levels = stock.levels(tx, variants_of(others))
    page = render_template(
        "paydesk/gone.html",
        name=found.name,
        shelf=shelf[0].shelf if shelf else None,
        others=Cards(window, others, levels, current_shop().clock.now(), currency_asked()),
    )
    return make_response(page, 410)


def _moved(product: Product) -> Response:
    """To the address it has now, with what was asked of the old one."""
    asked_too = f"?{request.query_string.decode('ascii', 'ignore')}" if request.args else ""
    address = shop_url("product", slug=product.slug) + asked_too
    response = make_response(redirect(address, code=301))
    # Not for good, as browsers would take it: another product may be at the old address one day.
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def _preview(tx: Session, found: Product) -> Response:
    """What the staff sees of what is not on sale: the page as it would be."""
    now = current_shop().clock.now()
    goods = preview(tx, found, now)
    view = product_view(
        goods, stock.levels(tx, variants_of([goods])), now, currency_asked(), is_preview=True
    )
    number = request.args.get("picture", 1, type=int)
    page = render_template(
        "paydesk/product.html",
        product=view,
        shown=_picture_asked(view, number),
        meta=meta.of_product(view),
    )
    return private(make_response(page))


def shelves() -> Sequence[Shelf]:
    """The categories, for the head of every page; none while the database does not answer."""
    shop = current_shop()
    try:
        with shop.database.reading() as tx:
            return shop.window.look(tx).shelves
    except SQLAlchemyError:
        return ()


def config() -> ResponseReturnValue:
    return jsonify({"publicKey": current_shop().settings.publishable_key})
