"""What somebody wants a product to be: one shape for the desk's form, for CSV and for the book.

Pure: what a product is now has the same shape, so what would change is the difference of the two.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from paydesk.catalogue.product import Product, Rhythm, Terms, Variant
from paydesk.foundation.money import Money, decimals

LIST = ", "
# Between options and between their values, in which commas are common.
OPTIONS = " | "


@dataclass(frozen=True)
class VariantWish:
    """One variant: `id` None is a new one, `terms` None sells it no more.

    `on_hand` None never runs out. `seen` is the stock that stood on the page, so that what buyers
    took meanwhile is not given back by saving.
    """

    id: str | None
    name: str = ""
    values: tuple[str, ...] = ()
    sku: str | None = None
    terms: Terms | None = None
    on_hand: int | None = None
    seen: int | None = None
    low_stock_at: int | None = None
    weight_grams: int | None = None
    tax_code: str | None = None
    is_digital: bool = False


@dataclass(frozen=True)
class ProductWish:
    """One product with its variants; `category` by its slug."""

    slug: str
    name: str
    summary: str = ""
    description: str = ""
    category: str = ""
    details: tuple[tuple[str, str], ...] = ()
    options: tuple[str, ...] = ()
    is_featured: bool = False
    visibility: str = "draft"
    position: int = 0
    variants: tuple[VariantWish, ...] = ()

    @property
    def fingerprint(self) -> str:
        """The same for the same contents; stock is left out, it moves by itself."""
        told = {name: text for name, text in flat(self).items() if not name.endswith(": stock")}
        words = json.dumps([told, [each.id for each in self.variants]], sort_keys=True)
        return hashlib.sha256(words.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Difference:
    """One thing that is, or is to be, another; an empty text: it was or will be nothing."""

    what: str
    before: str
    after: str


def as_it_is(product: Product) -> ProductWish:
    """The wish that changes nothing."""
    return ProductWish(
        slug=product.slug,
        name=product.name,
        summary=product.summary,
        description=product.description,
        category=product.category.slug if product.category else "",
        details=tuple((str(label), str(value)) for label, value in product.details),
        options=tuple(product.options),
        is_featured=product.is_featured,
        visibility=product.visibility,
        position=product.position,
        variants=tuple(variant_as_it_is(each) for each in product.variants),
    )


def variant_as_it_is(variant: Variant) -> VariantWish:
    price = variant.current_price
    return VariantWish(
        id=variant.id,
        name=variant.name,
        values=tuple(variant.option_values),
        sku=variant.sku,
        terms=price.terms if price is not None else None,
        on_hand=variant.on_hand,
        seen=variant.on_hand,
        low_stock_at=variant.low_stock_at,
        weight_grams=variant.weight_grams,
        tax_code=variant.tax_code,
        is_digital=variant.is_digital,
    )


def differences(before: ProductWish | None, after: ProductWish) -> list[Difference]:
    """What `after` changes, in the order a page shows it; all there is, of a new product."""
    old, new = flat(before) if before else {}, flat(after)
    names = [*new, *(name for name in old if name not in new)]
    pairs = [Difference(name, old.get(name, ""), new.get(name, "")) for name in names]
    return [each for each in pairs if each.before != each.after]


def flat(wish: ProductWish) -> dict[str, str]:
    """The whole as texts by name, as people and programs read it."""
    told = {
        "name": wish.name,
        "slug": wish.slug,
        "summary": wish.summary,
        "description": wish.description,
        "category": wish.category,
        "visibility": wish.visibility,
        "featured": yes_or_no(wish.is_featured),
        "position": str(wish.position),
        "options": OPTIONS.join(wish.options),
        "details": details_text(wish.details),
    }
    for number, variant in enumerate(wish.variants, 1):
        said = title(variant, number)
        told |= {f"{said}: {name}": text for name, text in flat_variant(variant).items()}
    return told


def title(variant: VariantWish, number: int) -> str:
    """How a variant is called where several are spoken of."""
    return variant.name or variant.sku or (f"variant {number}" if number > 1 else "the one variant")


def flat_variant(variant: VariantWish) -> dict[str, str]:
    terms = variant.terms
    rhythm = terms.rhythm if terms else None
    return {
        "variant": variant.name,
        "values": OPTIONS.join(variant.values),
        "sku": variant.sku or "",
        "price": amount_text(terms.price) if terms else "",
        "currency": terms.price.currency if terms else "",
        "other_prices": others_text(terms.others) if terms else "",
        "interval": rhythm_text(rhythm),
        "trial_days": str(rhythm.trial_days) if rhythm and rhythm.trial_days else "",
        "stock": "" if variant.on_hand is None else str(variant.on_hand),
        "low_stock_at": "" if variant.low_stock_at is None else str(variant.low_stock_at),
        "weight_grams": "" if variant.weight_grams is None else str(variant.weight_grams),
        "tax_code": variant.tax_code or "",
        "digital": yes_or_no(variant.is_digital),
    }


def flat_words(wish: ProductWish) -> Mapping[str, str]:
    """The texts of the product alone, by the names of its columns and fields."""
    told = flat(ProductWish(**{**wish.__dict__, "variants": ()}))
    return {"product": told.pop("slug"), **told}


def amount_text(money: Money) -> str:
    """`39.00`: for machines and forms, the same in every language."""
    places = decimals(money.currency)
    digits = str(money.minor).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits


def others_text(others: tuple[Money, ...]) -> str:
    """`eur 36.00, gbp 31.00`."""
    return LIST.join(f"{each.currency} {amount_text(each)}" for each in others)


def rhythm_text(rhythm: Rhythm | None) -> str:
    """`month` or `3 months`, as it is written into a form; empty: once."""
    if rhythm is None:
        return ""
    return rhythm.unit if rhythm.count == 1 else f"{rhythm.count} {rhythm.unit}s"


def details_text(details: tuple[tuple[str, str], ...]) -> str:
    """`Label: value`, one a line."""
    return "\n".join(f"{label}: {value}" for label, value in details)


def yes_or_no(value: bool) -> str:
    return "yes" if value else "no"
