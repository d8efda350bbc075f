"""Goods as the templates are given them: every text ready to print, in the reader's language."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from paydesk.catalogue import stock
from paydesk.catalogue.goods import Goods, Offer, Shelf
from paydesk.catalogue.product import Rhythm
from paydesk.catalogue.stock import Availability, Level
from paydesk.foundation.language import gettext
from paydesk.orders.placing import MAX_QUANTITY
from paydesk.web.current import current_shop
from paydesk.web.pictures import picture_url
from paydesk.web.rhythm import rhythm_text

_RANKED = (Availability.AVAILABLE, Availability.RESERVED, Availability.SOLD_OUT)
_NONE = Level(0, 0)


@dataclass(frozen=True)
class PictureView:
    url: str
    alt: str


@dataclass(frozen=True)
class OfferView:
    """One variant at its price of today."""

    price_id: str
    variant_id: str
    product_id: str
    label: str
    option_values: tuple[str, ...]
    unit_minor: int
    currency: str
    price_text: str
    # The lowest price of the thirty days before today's, which is lower still.
    was_text: str | None
    availability: str
    left: int | None
    is_low: bool
    rhythm: Rhythm | None
    trial_days: int
    max_quantity: int
    is_digital: bool

    @property
    def is_recurring(self) -> bool:
        return self.rhythm is not None


@dataclass(frozen=True)
class ProductView:
    """One product with what can be bought of it."""

    slug: str
    name: str
    summary: str
    description: str
    pictures: list[PictureView]
    details: tuple[tuple[str, str], ...]
    options: tuple[str, ...]
    shelf: Shelf | None
    price_text: str
    was_text: str | None
    availability: str
    # How many can be had of all variants together, where that is few; else None.
    few: int | None
    offers: list[OfferView]
    # What all of it can be paid in, and what its prices are shown in.
    currencies: list[str]
    currency: str
    # Not on sale, shown to the staff alone.
    is_preview: bool = field(default=False)

    @property
    def image(self) -> str | None:
        """The address of the picture that stands for it."""
        return self.pictures[0].url if self.pictures else None

    @property
    def image_alt(self) -> str:
        return self.pictures[0].alt if self.pictures else ""

    @property
    def is_recurring(self) -> bool:
        """Whether anything of it is a subscription: then only ways that sell those are offered."""
        return any(offer.is_recurring for offer in self.offers)


def product_view(
    goods: Goods,
    levels: Mapping[str, Level],
    now: datetime,
    currency: str | None = None,
    *,
    is_preview: bool = False,
) -> ProductView:
    """`currency`: show the prices in it where everything of the product has one in it."""
    shared = goods.currencies if goods.offers else []
    chosen = currency if currency in shared else None
    offers = [
        _offer_view(each, levels.get(each.variant_id, _NONE), now, chosen) for each in goods.offers
    ]
    cheapest = min(offers, key=lambda each: each.unit_minor, default=None)
    return ProductView(
        slug=goods.slug,
        name=goods.name,
        summary=goods.summary,
        description=goods.description,
        pictures=[PictureView(picture_url(each.file), each.alt) for each in goods.images],
        details=goods.details,
        options=goods.options,
        shelf=goods.shelf,
        price_text=_price_text(offers, cheapest),
        was_text=cheapest.was_text if cheapest else None,
        availability=min((each.availability for each in offers), key=_rank, default=""),
        few=_few(offers),
        offers=offers,
        currencies=shared,
        currency=chosen or (cheapest.currency if cheapest else ""),
        is_preview=is_preview,
    )


def on_sale_now(slugs: Collection[str]) -> list[ProductView]:
    """Those of these products that are on sale, as they stand now."""
    shop = current_shop()
    with shop.database.reading() as tx:
        goods = [each for each in shop.window.look(tx).goods if each.slug in slugs]
        levels = stock.levels(tx, variants_of(goods))
    now = shop.clock.now()
    return [product_view(each, levels, now) for each in goods]


def variants_of(goods: Iterable[Goods]) -> list[str]:
    """The ids of all variants of them, to ask for their stock."""
    return [offer.variant_id for each in goods for offer in each.offers]


def state_of(goods: Goods, levels: Mapping[str, Level], now: datetime) -> tuple[object, ...]:
    """All that a card shows of the goods and that is not in the window: equal states look alike."""
    return (
        goods.id,
        *(
            (
                each.low_at >= (left := stock.left(level) or 0) and left,
                stock.availability(level),
                any(now < cut.until for cut in each.cuts.values()),
            )
            if (level := levels.get(each.variant_id, _NONE)).on_hand is not None
            else any(now < cut.until for cut in each.cuts.values())
            for each in goods.offers
        ),
    )


def _rank(value: str) -> int:
    return _RANKED.index(Availability(value))


def _offer_view(offer: Offer, level: Level, now: datetime, currency: str | None) -> OfferView:
    price = offer.price_in(currency)
    cut = offer.cut_in(price.currency, now)
    left = stock.left(level)
    rhythm = offer.rhythm
    return OfferView(
        price_id=offer.price_id,
        variant_id=offer.variant_id,
        product_id=offer.product_id,
        label=offer.name,
        option_values=offer.option_values,
        unit_minor=price.minor,
        currency=price.currency,
        price_text=price.text() + (rhythm_text(rhythm.unit, rhythm.count) if rhythm else ""),
        was_text=cut.lowest.text() if cut else None,
        availability=stock.availability(level).value,
        left=left,
        is_low=left is not None and left <= offer.low_at,
        rhythm=rhythm,
        trial_days=rhythm.trial_days if rhythm else 0,
        max_quantity=MAX_QUANTITY if left is None else min(left, MAX_QUANTITY),
        is_digital=offer.is_digital,
    )


def _few(offers: list[OfferView]) -> int | None:
    if not offers or not all(each.is_low for each in offers):
        return None
    return sum(each.left or 0 for each in offers) or None


def _price_text(offers: list[OfferView], cheapest: OfferView | None) -> str:
    if cheapest is None:
        return gettext("No price yet")
    if len({each.price_text for each in offers}) == 1:
        return cheapest.price_text
    return gettext("from %(price)s", price=cheapest.price_text)
