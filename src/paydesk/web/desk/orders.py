"""The order list: tabs, filters in the address, sums, and deeds for several orders at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from paydesk.business.countries import COUNTRIES
from paydesk.catalogue.product import Price, Product
from paydesk.foundation.errors import ShopError
from paydesk.foundation.ids import new_secret
from paydesk.fulfilment.shipments import Parcel
from paydesk.orders import order as orders
from paydesk.orders.tabs import Tab
from paydesk.reports import orders as listing
from paydesk.reports import sums
from paydesk.reports.filtering import OrderFilter, read_filter
from paydesk.reports.orders import Page, Place
from paydesk.staff.member import Role
from paydesk.web.current import current_shop
from paydesk.web.desk import order_words
from paydesk.web.desk.access import current_staff, needs
from paydesk.web.desk.addresses import desk_url
from paydesk.web.desk.saying import say

TAB_NAMES = {
    Tab.ALL: "All",
    Tab.TO_SHIP: "To ship",
    Tab.PENDING: "Payment pending",
    Tab.PROBLEMS: "Problems",
    Tab.REFUNDED: "Refunded",
    Tab.ARCHIVED: "Archived",
}
# What a page can tick, twice: an address is not endless.
MOST_AT_ONCE = 2 * listing.PAGE
_MOST_PRODUCTS = 500
_LARGEST_NUMBER = 2**53


@dataclass(frozen=True)
class Outcome:
    """What became of one order among several."""

    number: int
    done: bool
    sentence: str


def add_orders(desk: Blueprint) -> None:
    desk.add_url_rule("/orders", "orders", order_list)
    desk.add_url_rule("/orders/bulk", "bulk_orders", bulk, methods=["POST"])


@needs(Role.READ)
def order_list() -> ResponseReturnValue:
    wanted, errors = read_filter(request.args)
    shop = current_shop()
    with shop.database.transaction() as tx:
        counts = sums.counts(tx)
    with shop.database.reading() as tx:
        page = listing.page(tx, wanted, place_of(request.args))
        alone = _named_alone(wanted, page)
        if alone is not None:
            return redirect(desk_url("order", number=alone), code=302)
        shown = {
            "sums": listing.sums(tx, wanted) if page.orders else [],
            "choices": _choices(tx, wanted),
        }
    return render_template(
        "paydesk/desk/orders.html",
        wanted=wanted,
        errors=errors,
        page=page,
        page_sums=listing.sums_of(page.orders),
        tabs=_tabs(wanted, counts),
        newer=_page_url(wanted, page.newer),
        older=_page_url(wanted, page.older),
        everywhere=desk_url("orders", **wanted.in_tab(Tab.ALL).words()),
        is_empty_shop=not counts.get(Tab.ALL, 0),
        words=order_words,
        attempt=new_secret(),
        **shown,
    )


@needs(Role.ORDERS)
def bulk() -> ResponseReturnValue:
    """Does to each ticked order what its button says; `do`: ship, slips or archive."""
    numbers = ticked(request.form.getlist("number"))
    deed = request.form.get("do", "")
    back = _back(request.form.get("back", ""))
    if not numbers:
        say("Tick the orders it is about first.", "wait")
        return redirect(back, code=303)
    if deed == "slips":
        return redirect(desk_url("packing_slips", number=numbers), code=303)
    do = {"ship": _ship, "archive": _archive}.get(deed)
    if do is None:
        say("Choose what to do with the ticked orders.", "wait")
        return redirect(back, code=303)
    outcomes = [_outcome(do, number) for number in numbers]
    return render_template("paydesk/desk/orders_done.html", outcomes=outcomes, deed=deed, back=back)


def place_of(words: Mapping[str, str]) -> Place:
    """The place in the list that an address asks for."""
    return Place(_number(words.get("after", "")), _number(words.get("before", "")))


def ticked(words: list[str]) -> list[int]:
    """The numbers of ticked orders, each once."""
    found = [number for number in map(_number, words) if number is not None]
    return list(dict.fromkeys(found))[:MOST_AT_ONCE]


def _number(word: str) -> int | None:
    plain = word.isascii() and word.isdecimal() and len(word) < 17
    return int(word) if plain and int(word) < _LARGEST_NUMBER else None


def _named_alone(wanted: OrderFilter, page: Page) -> int | None:
    """The one order that was named by its number or an id: nobody wants a list of one."""
    is_name = wanted.text.removeprefix("#").isdecimal() or "_" in wanted.text
    plain = OrderFilter(text=wanted.text)
    if wanted != plain or not is_name or len(page.orders) != 1 or "after" in request.args:
        return None
    return page.orders[0].number


def _tabs(wanted: OrderFilter, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "name": TAB_NAMES[tab],
            "count": counts.get(tab.value, 0),
            "url": desk_url("orders", **OrderFilter(tab=tab).words()),
            "is_current": tab is wanted.tab,
        }
        for tab in Tab
    ]


def _page_url(wanted: OrderFilter, place: Place | None) -> str | None:
    if place is None:
        return None
    where = {"after": place.after, "before": place.before}
    return desk_url("orders", **wanted.words(), **{k: v for k, v in where.items() if v is not None})


def _choices(tx: Session, wanted: OrderFilter) -> dict[str, list[tuple[str, str]]]:
    """What the filter's lists offer."""
    products = select(Product.slug, Product.name).order_by(Product.name).limit(_MOST_PRODUCTS)
    priced = tx.execute(select(Price.currency, Price.others).where(Price.superseded_at.is_(None)))
    currencies = {wanted.currency} - {""}
    for currency, others in priced:
        currencies |= {currency, *others}
    return {
        "product": [("", "Any product"), *((slug, name) for slug, name in tx.execute(products))],
        "country": [("", "Any country"), *((each, each) for each in COUNTRIES)],
        "currency": [("", "Any currency"), *((each, each.upper()) for each in sorted(currencies))],
        "by": [("order", "Ordered"), ("payment", "Paid"), ("shipping", "Shipped")],
    }


def _back(words: str) -> str:
    """The list as it was filtered; never another page."""
    known = dict(parse_qsl(words[:2000]))
    return desk_url("orders", **read_filter(known)[0].words())


def _outcome(do: Any, number: int) -> Outcome:
    shop = current_shop()
    with shop.database.reading() as tx:
        order = orders.by_number(tx, number)
    if order is None:
        return Outcome(number, done=False, sentence="There is no such order.")
    try:
        return Outcome(number, done=True, sentence=do(order.id))
    except ShopError as error:
        return Outcome(number, done=False, sentence=error.message)


def _ship(order_id: str) -> str:
    # The page that is reloaded ships nothing twice.
    form = request.form.get("attempt", "")
    parcel = Parcel(attempt=f"bulk:{form}"[:80] if form else None)
    shipment = current_shop().order_desk.ship(order_id, parcel, current_staff().email)
    count = sum(line.quantity for line in shipment.lines)
    return f"Shipped, {count} {'piece' if count == 1 else 'pieces'}."


def _archive(order_id: str) -> str:
    current_shop().order_desk.archive(order_id, current_staff().email, put_away=True)
    return "Archived."
