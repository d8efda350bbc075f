"""Cards of goods on a page, drawn once and kept as long as everything on them stays the same.

What is kept is known by all it shows: the catalogue's revision, the stock as far as a card tells of
it, which cuts are announced, language, currency and where the shop is mounted. So it never has to
be thrown away when something changes; it is merely asked for no more.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime
from functools import cached_property

from flask import current_app, render_template, request
from markupsafe import Markup

from paydesk.catalogue.goods import Goods
from paydesk.catalogue.stock import Level
from paydesk.catalogue.window import Window
from paydesk.foundation.language import spoken
from paydesk.foundation.latest import Latest
from paydesk.web.conditions import price_notes
from paydesk.web.current import current_mount, current_shop
from paydesk.web.keeping import templates_are_ours
from paydesk.web.product_view import ProductView, product_view, state_of
from paydesk.web.shop_facts import current_facts

_KEPT = "paydesk_drawn"
# A card is two kilobytes, a page of them fifty.
_MOST_KEPT = 200


class Cards:
    """The cards of some goods; in a template simply `{{ cards }}`."""

    def __init__(
        self,
        window: Window,
        goods: Sequence[Goods],
        levels: Mapping[str, Level],
        now: datetime,
        currency: str | None,
    ) -> None:
        self.goods = goods
        self._window, self._levels, self._now = window, levels, now
        self._currency = currency

    def __len__(self) -> int:
        return len(self.goods)

    @cached_property
    def products(self) -> list[ProductView]:
        return [product_view(each, self._levels, self._now, self._currency) for each in self.goods]

    def __html__(self) -> str:
        return self.under("h2")

    def under(self, heading: str) -> Markup:
        """The cards with their names in tags `heading`, so that the order of headings holds."""
        states = tuple(state_of(each, self._levels, self._now) for each in self.goods)
        key = ("cards", self._window.revision, heading, self._currency, states)
        return Markup(drawn(key, lambda: self._draw(heading)))  # noqa: S704 - drawn by Jinja

    def _draw(self, heading: str) -> str:
        with current_shop().database.reading() as tx:
            notes = price_notes(tx, self.products, current_facts().country)
        return render_template(
            "paydesk/cards.html",
            products=self.products,
            heading=heading,
            currency=self._currency,
            price_notes=notes,
        )


def drawn(key: Hashable, draw: Callable[[], str]) -> str:
    """What `draw` draws, kept under `key`, the language and the place of the shop.

    Where the host has templates of its own, it is drawn each time: they may show anything.
    """
    if not templates_are_ours(current_app):
        return draw()
    where = (current_mount().name, request.script_root, spoken().code)
    kept: Latest[str] = current_app.extensions.setdefault(_KEPT, Latest(_MOST_KEPT))
    return kept.get((*where, key), draw)
