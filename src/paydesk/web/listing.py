"""Lists of goods: their order, what is left out of them, and the page of them that is shown."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flask import request

from paydesk.catalogue.goods import Goods
from paydesk.foundation.errors import NotFound
from paydesk.foundation.language import gettext

# Divisible by two, three and four, as the columns are.
PER_PAGE = 24
_SORTS = ("", "newest", "price", "-price", "name")


@dataclass(frozen=True)
class Asked:
    """What an address says of a list."""

    sort: str
    in_stock: bool
    page: int
    currency: str | None

    @property
    def is_plain(self) -> bool:
        """Whether it is the list's first page as everybody sees it."""
        return not self.sort and not self.in_stock and self.page == 1


@dataclass(frozen=True)
class Page:
    """A page of a list. `count` is that of the whole list."""

    goods: Sequence[Goods]
    count: int
    number: int
    last: int


def asked() -> Asked:
    """What this request's address says. Raises NotFound for a page that cannot be."""
    sort = request.args.get("sort", "")
    page = request.args.get("page", "1")
    if not (page.isascii() and page.isdigit() and len(page) <= 6 and int(page) > 0):
        raise NotFound("There is no such page in this shop.")
    return Asked(
        sort=sort if sort in _SORTS else "",
        in_stock=request.args.get("stock") == "1",
        page=int(page),
        currency=currency_asked(),
    )


def currency_asked() -> str | None:
    """The currency the buyer wants to see prices in; what is not offered changes nothing."""
    return request.args.get("currency", "").lower()[:3] or None


def sorts(*, best: bool) -> list[tuple[str, str]]:
    """The orders there are; `best`: the first is that of a search."""
    first = gettext("Best match") if best else gettext("Recommended")
    names = (
        gettext("Newest"),
        gettext("Price, lowest first"),
        gettext("Price, highest first"),
        gettext("Name"),
    )
    return list(zip(_SORTS, (first, *names), strict=True))


def arranged(goods: Sequence[Goods], wish: Asked, available: Collection[str] | None) -> list[Goods]:
    """The list in the order asked for; `available`: without what none of these variants is of."""
    kept = [
        each
        for each in goods
        if available is None or any(offer.variant_id in available for offer in each.offers)
    ]
    if wish.sort == "name":
        return sorted(kept, key=lambda each: each.folded_name)
    if wish.sort == "newest":
        return sorted(kept, key=lambda each: each.created_at, reverse=True)
    if wish.sort in ("price", "-price"):
        return sorted(
            kept,
            key=lambda each: each.lowest_in(wish.currency).minor,
            reverse=wish.sort == "-price",
        )
    return kept


def page_of(goods: Sequence[Goods], number: int) -> Page:
    """The page of that number; the first may be empty. Raises NotFound."""
    last = max(1, -(-len(goods) // PER_PAGE))
    if number > last:
        raise NotFound("There is no such page in this shop.")
    begin = (number - 1) * PER_PAGE
    return Page(goods[begin : begin + PER_PAGE], len(goods), number, last)
