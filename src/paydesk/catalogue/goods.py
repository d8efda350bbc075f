"""What stands in the shop window: what is on sale, as it was read once; stock is read apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from paydesk.catalogue.pricing import Cut
from paydesk.catalogue.product import Rhythm
from paydesk.foundation.money import Money


@dataclass(frozen=True)
class Shelf:
    """A category of goods on sale."""

    slug: str
    name: str
    summary: str


@dataclass(frozen=True)
class Image:
    """A picture's file, named as in catalogue/picture.py, and what it shows."""

    file: str
    alt: str


@dataclass(frozen=True)
class Offer:
    """A variant at its price of today."""

    variant_id: str
    product_id: str
    price_id: str
    name: str
    option_values: tuple[str, ...]
    # What it costs in each currency, its own first.
    prices: Mapping[str, Money]
    rhythm: Rhythm | None
    # With so many left it is low.
    low_at: int
    is_digital: bool
    # By currency: where today's price is a cut, and from what.
    cuts: Mapping[str, Cut]

    def price_in(self, currency: str | None) -> Money:
        """The price in that currency; in its own where it has none in that, or none is asked."""
        return self.prices.get(currency or "") or next(iter(self.prices.values()))

    def cut_in(self, currency: str, now: datetime) -> Cut | None:
        """The cut that is announced now."""
        cut = self.cuts.get(currency)
        return cut if cut is not None and now < cut.until else None


@dataclass(frozen=True, eq=False)
class Goods:
    """A product on sale with all that is shown of it; one of its kind in a window."""

    id: str
    slug: str
    name: str
    summary: str
    description: str
    shelf: Shelf | None
    images: tuple[Image, ...]
    details: tuple[tuple[str, str], ...]
    options: tuple[str, ...]
    is_featured: bool
    created_at: datetime
    offers: tuple[Offer, ...]
    # What is searched: its name first, and everything else by which it can be found; folded.
    folded_name: str
    folded: str

    @property
    def currencies(self) -> list[str]:
        """What all of it can be paid in, its own currency first."""
        return [
            code
            for code in self.offers[0].prices
            if all(code in offer.prices for offer in self.offers)
        ]

    def lowest_in(self, currency: str | None) -> Money:
        """The lowest price of its variants."""
        return min((each.price_in(currency) for each in self.offers), key=lambda each: each.minor)
