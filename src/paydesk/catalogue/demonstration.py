"""Fills an empty catalogue with products to try the shop with."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from paydesk.catalogue.category import Category
from paydesk.catalogue.demonstration_shelf import DEPARTMENTS, SHELF, Sample, SampleOffer
from paydesk.catalogue.picture import Picture
from paydesk.catalogue.product import (
    Product,
    Terms,
    Visibility,
    add_variant,
    change_price,
)
from paydesk.foundation.clock import Clock, StillClock
from paydesk.foundation.ids import new_id
from paydesk.foundation.money import Money

# By this, as their buyer, the orders of the demonstration are known.
MARK = "demonstration"
# A price that was cut was asked for so long before, and was cut so long ago.
_ASKED_BEFORE = timedelta(days=45)
_CUT_AGO = timedelta(days=4)
_EBOOK = "txcd_10302000"


def load_products(tx: Session, clock: Clock) -> int:
    """Put the shelf into an empty catalogue; the number of products, 0 if it was not empty."""
    if tx.scalar(select(Product.id).limit(1)) is not None:
        return 0
    categories = _add_categories(tx, clock)
    for position, sample in enumerate(SHELF):
        product = Product(
            id=new_id("prd"),
            slug=sample.slug,
            name=sample.name,
            summary=sample.summary,
            description=sample.description,
            category_id=categories[sample.department],
            details=[list(each) for each in sample.details],
            options=list(sample.options),
            is_featured=sample.is_featured,
            pictures=_pictures(sample),
            visibility=Visibility.PUBLISHED,
            position=position,
            created_at=clock.now() - timedelta(days=sample.age_days),
        )
        tx.add(product)
        for offer in sample.offers:
            _add_offer(tx, clock, product, offer)
    tx.flush()
    return len(SHELF)


def _add_categories(tx: Session, clock: Clock) -> dict[str, str]:
    """The ids of the departments by their slugs; one that is there already stays as it is."""
    known = {each.slug: each.id for each in tx.scalars(select(Category))}
    for position, each in enumerate(DEPARTMENTS):
        if each.slug not in known:
            known[each.slug] = new_id("cat")
            tx.add(
                Category(
                    id=known[each.slug],
                    slug=each.slug,
                    name=each.name,
                    summary=each.summary,
                    position=position,
                    created_at=clock.now(),
                )
            )
    tx.flush()
    return known


def _pictures(sample: Sample) -> list[Picture]:
    """Drawn ones, that come with the program: NAME.svg, NAME-2.svg and so on."""
    return [
        Picture(
            id=new_id("pic"),
            position=number,
            file=f"{sample.slug}{f'-{number + 1}' if number else ''}.svg",
            alt=alt,
        )
        for number, alt in enumerate(sample.pictures)
    ]


def _add_offer(tx: Session, clock: Clock, product: Product, offer: SampleOffer) -> None:
    terms = Terms(Money(offer.usd_cents, "usd"), offer.rhythm, offer.others)
    begin: Clock = clock
    if offer.was_cents is not None:
        begin = StillClock(clock.now() - _ASKED_BEFORE)
    first = terms if offer.was_cents is None else Terms(Money(offer.was_cents, "usd"))
    variant = add_variant(tx, product, first, begin, name=offer.name, on_hand=offer.on_hand)
    variant.sku = offer.sku or None
    variant.option_values = list(offer.values or ((offer.name,) if offer.name else ()))
    variant.weight_grams = offer.grams
    variant.is_digital = offer.is_digital
    variant.tax_code = _EBOOK if offer.is_digital else None
    if offer.was_cents is not None:
        change_price(tx, variant, terms, StillClock(clock.now() - _CUT_AGO))
