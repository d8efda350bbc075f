"""The shop window: everything on sale, read once and kept in memory until the catalogue changes.

One process keeps one. Whether it is still what the database says, the database tells with one
number (catalogue/revision.py), so nothing that was changed is shown as it was. Stock is not kept.
"""

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from paydesk.catalogue import pricing, revision, stock
from paydesk.catalogue.category import all_categories
from paydesk.catalogue.goods import Goods, Image, Offer, Shelf
from paydesk.catalogue.picture import Picture
from paydesk.catalogue.pricing import Cut
from paydesk.catalogue.product import Price, Product, Rhythm, Variant, Visibility
from paydesk.catalogue.searching import fold
from paydesk.catalogue.stock import Level
from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database
from paydesk.foundation.money import Money

# A cut is announced for thirty days and compared with thirty days before it.
_HISTORY = 2 * pricing.LOOK_BACK


@dataclass(frozen=True)
class Window:
    """What is on sale, in the merchant's order."""

    revision: int
    goods: tuple[Goods, ...]
    # Those on which something stands.
    shelves: tuple[Shelf, ...]

    @cached_property
    def by_slug(self) -> Mapping[str, Goods]:
        return {each.slug: each for each in self.goods}

    @cached_property
    def by_shelf(self) -> Mapping[str, Sequence[Goods]]:
        found: dict[str, list[Goods]] = defaultdict(list)
        for each in self.goods:
            if each.shelf is not None:
                found[each.shelf.slug].append(each)
        return found

    @cached_property
    def featured(self) -> Sequence[Goods]:
        return [each for each in self.goods if each.is_featured]

    @cached_property
    def newest(self) -> Sequence[Goods]:
        return sorted(self.goods, key=lambda each: each.created_at, reverse=True)


@dataclass(frozen=True)
class Glance:
    """The window, some goods in it, and their stock at the same moment."""

    window: Window
    goods: Sequence[Goods]
    levels: Mapping[str, Level]


class ShopWindow:
    """Keeps the window of one shop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._reading = threading.Lock()
        self._last: Window | None = None

    def look(self, tx: Session) -> Window:
        """The window as the database has it now."""
        # Before the rest: what is read after it may be newer, and is then read once more.
        number = revision.current(tx)
        last = self._last
        if last is not None and last.revision == number:
            return last
        with self._reading:
            last = self._last
            if last is None or last.revision != number:
                self._last = last = _read(tx, number, self._clock.now())
        return last

    def glance(self, database: Database, shown: Callable[[Window], Sequence[Goods]]) -> Glance:
        """The window, what `shown` chooses of it, and the stock of that, by one small question."""
        last = self._last
        if last is not None:
            goods = shown(last)
            ids = [offer.variant_id for each in goods for offer in each.offers]
            asked: Any = json.dumps(ids) if database.is_sqlite else ids
            rows = database.glance(_levels_query(sqlite=database.is_sqlite), asked)
            found = {variant: (on_hand, held) for variant, on_hand, held in rows}
            if found.pop("")[0] == last.revision:
                return Glance(last, goods, {each: Level(*found[each]) for each in found})
        with database.reading() as tx:
            window = self.look(tx)
            goods = shown(window)
            ids = [offer.variant_id for each in goods for offer in each.offers]
            return Glance(window, goods, stock.levels(tx, ids))


def _levels_query(*, sqlite: bool) -> str:
    asked = "IN (SELECT value FROM json_each(?))" if sqlite else "= ANY(?)"
    return (
        f"SELECT id, on_hand, held FROM paydesk_variants WHERE id {asked} "  # noqa: S608 - names of ours alone
        "UNION ALL SELECT '', number, 0 FROM paydesk_revision"
    )


def preview(tx: Session, product: Product, now: datetime) -> Goods:
    """A product as it would stand in the window; without offers if nothing of it has a price."""
    shelf = product.category
    return _goods(
        product,
        Shelf(shelf.slug, shelf.name, shelf.summary) if shelf is not None else None,
        _offers(tx, now)[product.id],
        _images(tx)[product.id],
        (),
    )


def _read(tx: Session, number: int, now: datetime) -> Window:
    shelves = {each.id: Shelf(each.slug, each.name, each.summary) for each in all_categories(tx)}
    offers, skus, images = _offers(tx, now), _skus(tx), _images(tx)
    columns = Product.__table__.c
    query = (
        select(*columns)
        .where(columns.visibility == Visibility.PUBLISHED)
        .order_by(columns.position, columns.name)
    )
    goods = []
    for row in tx.execute(query):
        if offers[row.id]:
            shelf = shelves.get(row.category_id)
            goods.append(_goods(row, shelf, offers[row.id], images[row.id], skus[row.id]))
    used = {each.shelf for each in goods}
    return Window(number, tuple(goods), tuple(each for each in shelves.values() if each in used))


def _goods(
    row: Any,
    shelf: Shelf | None,
    offers: Sequence[Offer],
    images: Sequence[Image],
    skus: Sequence[str],
) -> Goods:
    found_by = (row.name, row.summary, shelf.name if shelf else "", *skus)
    return Goods(
        id=row.id,
        slug=row.slug,
        name=row.name,
        summary=row.summary,
        description=row.description,
        shelf=shelf,
        images=tuple(images),
        details=tuple((label, value) for label, value in row.details),
        options=tuple(row.options),
        is_featured=row.is_featured,
        created_at=row.created_at,
        offers=tuple(offers),
        folded_name=fold(row.name),
        folded=fold("\n".join((*found_by, *(each.name for each in offers)))),
    )


def _images(tx: Session) -> Mapping[str, list[Image]]:
    columns = Picture.__table__.c
    found: dict[str, list[Image]] = defaultdict(list)
    for row in tx.execute(select(*columns).order_by(columns.position, columns.id)):
        found[row.product_id].append(Image(row.file, row.alt))
    return found


def _skus(tx: Session) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    query = select(Variant.product_id, Variant.sku).where(Variant.sku.is_not(None))
    for product_id, sku in tx.execute(query):
        found[product_id].append(str(sku))
    return found


def _offers(tx: Session, now: datetime) -> Mapping[str, list[Offer]]:
    """By product: its variants that have a price, in their order."""
    cuts = _cuts(tx, now)
    ours, asked = Variant.__table__.c, Price.__table__.c
    query = (
        select(
            *(ours.id, ours.product_id, ours.name, ours.option_values, ours.low_stock_at),
            *(ours.is_digital, asked.id.label("price_id"), asked.amount_minor, asked.currency),
            *(asked.others, asked.interval_unit, asked.interval_count, asked.trial_days),
        )
        .join_from(Variant.__table__, Price.__table__, ours.id == asked.variant_id)
        .where(asked.superseded_at.is_(None))
        .order_by(ours.product_id, ours.position, ours.id)
    )
    found: dict[str, list[Offer]] = defaultdict(list)
    for row in tx.execute(query):
        found[row.product_id].append(_offer(row, cuts[row.id]))
    return found


def _offer(row: Any, cuts: Mapping[str, Cut]) -> Offer:
    own = {row.currency: row.amount_minor}
    others = {code: minor for code, minor in sorted(row.others.items()) if code not in own}
    rhythm = Rhythm(row.interval_unit, row.interval_count, row.trial_days)
    return Offer(
        variant_id=row.id,
        product_id=row.product_id,
        price_id=row.price_id,
        name=row.name,
        option_values=tuple(row.option_values),
        prices={code: Money(minor, code) for code, minor in (own | others).items()},
        rhythm=rhythm if row.interval_unit else None,
        low_at=stock.LOW_STOCK if row.low_stock_at is None else row.low_stock_at,
        is_digital=row.is_digital,
        cuts=cuts,
    )


def _cuts(tx: Session, now: datetime) -> Mapping[str, Mapping[str, Cut]]:
    """By variant and currency. Only what was dearer not long ago can be cut."""
    lately = select(Price.variant_id).where(Price.superseded_at >= now - _HISTORY)
    prices: dict[str, list[Price]] = defaultdict(list)
    for price in tx.scalars(select(Price).where(Price.variant_id.in_(lately))):
        prices[price.variant_id].append(price)
    found: dict[str, Mapping[str, Cut]] = defaultdict(dict)
    for variant_id, each in prices.items():
        current = next((price for price in each if price.superseded_at is None), None)
        if current is not None:
            reckoned = {code: pricing.cut_to(current, each, code) for code in current.currencies}
            found[variant_id] = {code: cut for code, cut in reckoned.items() if cut is not None}
    return found
