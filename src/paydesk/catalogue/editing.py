"""Makes a product what somebody wants it to be, in one transaction, with a note in the book."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from paydesk.catalogue import addresses, stock, wanted
from paydesk.catalogue.category import Category
from paydesk.catalogue.product import (
    WITH_EVERYTHING,
    Price,
    Product,
    Variant,
    change_price,
    withdraw_price,
)
from paydesk.catalogue.wanted import Difference, ProductWish, VariantWish
from paydesk.catalogue.wording import check_together
from paydesk.foundation.clock import Clock
from paydesk.foundation.errors import NotFound, Refused
from paydesk.foundation.ids import new_id
from paydesk.staff import audit

_USUAL_CURRENCY = "usd"


class Changed(Refused):
    """Somebody else changed the product since it was shown."""

    code = "changed_meanwhile"


@dataclass(frozen=True)
class Fault:
    """What is wrong with a wish: of which variant (None: of the product), in which field."""

    variant: int | None
    field: str
    sentence: str


def find(tx: Session, slug: str) -> Product:
    """The product, whether buyers see it or not. Raises NotFound."""
    query = select(Product).where(Product.slug == slug).options(*WITH_EVERYTHING)
    product = tx.scalars(query).one_or_none()
    if product is None:
        raise NotFound(f"There is no product {slug[:120]!r}.", code="unknown_product")
    return product


def everything(tx: Session) -> list[Product]:
    """All products, in the merchant's order."""
    query = select(Product).order_by(Product.position, Product.name, Product.id)
    return list(tx.scalars(query.options(*WITH_EVERYTHING)))


def usual_currency(tx: Session) -> str:
    """What most prices of today are in."""
    query = (
        select(Price.currency)
        .where(Price.superseded_at.is_(None))
        .group_by(Price.currency)
        .order_by(func.count().desc(), Price.currency)
    )
    return tx.scalars(query.limit(1)).one_or_none() or _USUAL_CURRENCY


def faults(tx: Session, product: Product | None, wish: ProductWish) -> list[Fault]:
    """Why `wish` cannot be done, as far as the database and the variants together say."""
    found = [Fault(*each) for each in check_together(wish)]
    taken = tx.scalars(select(Product.id).where(Product.slug == wish.slug)).one_or_none()
    if taken is not None and (product is None or taken != product.id):
        found.append(Fault(None, "product", "Another product has this address."))
    if wish.category and _category(tx, wish.category) is None:
        found.append(Fault(None, "category", f"There is no category {wish.category!r}."))
    for number, each in enumerate(wish.variants):
        if each.sku and _is_anothers(tx, product, each.sku):
            found.append(Fault(number, "sku", "A variant of another product has this number."))
        held = _held(product, each)
        if each.on_hand is not None and each.on_hand < held:
            sentence = f"Buyers have {held} of it reserved just now: it cannot be less."
            found.append(Fault(number, "stock", sentence))
    return found


def save(
    tx: Session, clock: Clock, who: str, product: Product | None, wish: ProductWish
) -> tuple[Product, list[Difference]]:
    """Do what is wished; nothing is written, noted or changed where nothing differs.

    `wish` has no faults. Variants that it does not name stay as they are. Raises Changed if the
    stock moved so far meanwhile that it cannot be done.
    """
    before = wanted.as_it_is(product) if product is not None else None
    found = wanted.differences(before, wish)
    if not found and product is not None:
        return product, []
    if product is None:
        product = Product(id=new_id("prd"), created_at=clock.now(), slug=wish.slug, name=wish.name)
        tx.add(product)
    _write(tx, product, wish)
    _free_numbers(product, wish)
    tx.flush()
    addresses.move(tx, product, before.slug if before is not None else None, clock.now())
    for position, each in enumerate(wish.variants):
        _write_variant(tx, clock, product, each, position)
    tx.flush()
    audit.note(
        tx,
        clock,
        who,
        "product.changed" if before else "product.made",
        f"product {product.slug}",
        {each.what: each.before for each in found} if before else None,
        {each.what: each.after for each in found},
    )
    return product, found


def _write(tx: Session, product: Product, wish: ProductWish) -> None:
    category = _category(tx, wish.category) if wish.category else None
    product.slug = wish.slug
    product.name = wish.name
    product.summary = wish.summary
    product.description = wish.description
    product.category = category
    product.details = [list(each) for each in wish.details]
    product.options = list(wish.options)
    product.is_featured = wish.is_featured
    product.visibility = wish.visibility
    product.position = wish.position


def _write_variant(
    tx: Session, clock: Clock, product: Product, wish: VariantWish, position: int
) -> None:
    variant = next((each for each in product.variants if each.id == wish.id), None)
    if variant is None:
        variant = Variant(id=new_id("var"), on_hand=wish.on_hand, held=0)
        product.variants.append(variant)
    elif wish.on_hand != wish.seen:
        stock.count_anew(tx, variant, seen=wish.seen, now=wish.on_hand)
    variant.position = position
    variant.name = wish.name
    variant.option_values = list(wish.values)
    variant.sku = wish.sku
    variant.low_stock_at = wish.low_stock_at
    variant.weight_grams = wish.weight_grams
    variant.tax_code = wish.tax_code
    variant.is_digital = wish.is_digital
    tx.flush()
    current = variant.current_price
    if wish.terms is None:
        if current is not None:
            withdraw_price(tx, variant, clock)
    elif current is None or current.terms != wish.terms:
        change_price(tx, variant, wish.terms, clock)


def _free_numbers(product: Product, wish: ProductWish) -> None:
    """Two variants may exchange their numbers, which no two rows may have even for a moment."""
    wanted_by = {each.id: each.sku for each in wish.variants}
    for variant in product.variants:
        if variant.id in wanted_by and variant.sku != wanted_by[variant.id]:
            variant.sku = None


def why_unseen(product: Product) -> Sequence[str]:
    """Why buyers do not see the product; empty: they do."""
    reasons = []
    if not product.is_published:
        reasons.append(f"it is {'a draft' if product.visibility == 'draft' else 'hidden'}")
    if not product.variants:
        reasons.append("it has no variant")
    elif not product.is_priced:
        reasons.append("nothing of it has a price")
    return reasons


def _category(tx: Session, slug: str) -> Category | None:
    return tx.scalars(select(Category).where(Category.slug == slug)).one_or_none()


def _is_anothers(tx: Session, product: Product | None, sku: str) -> bool:
    owner = tx.scalars(select(Variant.product_id).where(Variant.sku == sku)).one_or_none()
    return owner is not None and (product is None or owner != product.id)


def _held(product: Product | None, wish: VariantWish) -> int:
    variants = product.variants if product is not None else []
    return next((each.held for each in variants if each.id == wish.id), 0)
