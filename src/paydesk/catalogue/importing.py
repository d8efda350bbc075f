"""Products out of a sheet: first what would change, then all of it or nothing."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from paydesk.catalogue import addresses, editing, wanted
from paydesk.catalogue.product import Product
from paydesk.catalogue.sheet import Row, read
from paydesk.catalogue.wanted import Difference, ProductWish, VariantWish
from paydesk.catalogue.wording import (
    PRODUCT_FIELDS,
    VARIANT_FIELDS,
    Texts,
    read_product,
    read_variant,
    slug_of,
)
from paydesk.foundation.clock import Clock
from paydesk.foundation.errors import Invalid, NotFound


@dataclass(frozen=True)
class Mistake:
    """Something in a sheet that cannot be done: where, and why."""

    line: int
    column: str
    sentence: str


@dataclass(frozen=True)
class Entry:
    """One product of a sheet, and what it would change; nothing if it is so already."""

    wish: ProductWish
    is_new: bool
    changes: Sequence[Difference]


@dataclass
class Plan:
    """What a sheet would do. With a mistake in it nothing of it is done."""

    entries: list[Entry] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    # Which product of the sheet wants which of the merchant's numbers.
    numbers: dict[str, str] = field(default_factory=dict)

    @property
    def changes(self) -> list[Entry]:
        return [each for each in self.entries if each.changes]

    @property
    def fingerprint(self) -> str:
        """Another one means: the sheet would do something else now than what was shown."""
        told = repr([(each.wish.slug, each.is_new, each.changes) for each in self.entries])
        return hashlib.sha256(told.encode()).hexdigest()[:16]


def plan(tx: Session, text: str) -> Plan:
    """What the sheet would change, and every mistake in it. Raises Invalid if it is no sheet."""
    found = Plan()
    currency = editing.usual_currency(tx)
    for rows in _by_product(read(text)).values():
        _plan_product(tx, rows, currency, found)
    found.mistakes.sort(key=lambda each: each.line)
    return found


def apply(tx: Session, clock: Clock, who: str, text: str, seen: str | None = None) -> Plan:
    """Do it, in the caller's one transaction. Raises Invalid for a sheet with a mistake.

    `seen`: the fingerprint of the plan somebody agreed to. Raises Changed if it is another now.
    """
    found = plan(tx, text)
    if found.mistakes:
        first = found.mistakes[0]
        raise Invalid(f"Line {first.line}, column {first.column}: {first.sentence}")
    if seen is not None and seen != found.fingerprint:
        raise editing.Changed("The products have changed meanwhile. Look at the differences again.")
    for each in found.changes:
        product = None if each.is_new else editing.find(tx, each.wish.slug)
        editing.save(tx, clock, who, product, each.wish)
    return found


def _by_product(rows: Sequence[Row]) -> Mapping[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        slug = row.cells.get("product", "").strip() or slug_of(row.cells.get("name", ""))
        found.setdefault(slug, []).append(row)
    return found


def _plan_product(tx: Session, rows: list[Row], currency: str, found: Plan) -> None:
    first = rows[0]
    slug = first.cells.get("product", "").strip() or slug_of(first.cells.get("name", ""))
    try:
        product: Product | None = editing.find(tx, slug)
    except NotFound:
        product = addresses.moved_to(tx, slug)
    now = wanted.as_it_is(product) if product is not None else None
    # A column that is not in the sheet stays as it is.
    words = {**(wanted.flat_words(now) if now else {}), **_of(first, PRODUCT_FIELDS)}
    if product is not None and product.slug != slug:
        # A sheet from before its address was changed: it stays where it is now.
        words["product"] = product.slug
    if product is not None and any(each.wish.slug == product.slug for each in found.entries):
        sentence = f"The sheet has {product.slug} twice, once under an old address of it."
        found.mistakes.append(Mistake(first.number, "product", sentence))
    texts = Texts(words)
    lines: list[int] = []
    variants = _variants(rows, now, currency, found, lines)
    wish = read_product(texts, variants)
    _note(found, first, texts)
    _must_be_alone(found, slug, variants, lines)
    for row in rows[1:]:
        _must_agree(first, row, found)
    for fault in editing.faults(tx, product, wish):
        # Of a variant that the sheet does not name, nothing is said here.
        place = fault.variant
        line = first.number if place is None or place >= len(lines) else lines[place]
        found.mistakes.append(Mistake(line, fault.field, fault.sentence))
    found.entries.append(Entry(wish, product is None, wanted.differences(now, wish)))


def _variants(
    rows: list[Row], now: ProductWish | None, currency: str, found: Plan, lines: list[int]
) -> tuple[VariantWish, ...]:
    """Those there are, as the sheet wants them, then new ones; `lines` says where each stands."""
    wishes: list[VariantWish] = list(now.variants) if now else []
    named: set[int] = set()
    lines += [rows[0].number] * len(wishes)
    for row in rows:
        given = _of(row, VARIANT_FIELDS)
        if not any(given.values()) and len(rows) == 1:
            continue
        place = _place(wishes, given, named, is_alone=len(rows) == 1)
        old = wishes[place] if place is not None else None
        texts = Texts({**(wanted.flat_variant(old) if old else {}), **given})
        wish = read_variant(texts, old.id if old else None, old.on_hand if old else None, currency)
        _note(found, row, texts)
        if place is None:
            wishes.append(wish)
            lines.append(row.number)
            named.add(len(wishes) - 1)
        else:
            wishes[place] = wish
            lines[place] = row.number
            named.add(place)
    return tuple(wishes)


def _place(
    wishes: list[VariantWish], given: Mapping[str, str], named: set[int], *, is_alone: bool
) -> int | None:
    """Which of the variants there are a row means: by its number, by its name, or the only one."""
    free = [place for place in range(len(wishes)) if place not in named and wishes[place].id]
    sku, name = given.get("sku", "").strip(), given.get("variant", "").strip()
    by_number = [place for place in free if sku and wishes[place].sku == sku]
    by_name = [place for place in free if "variant" in given and wishes[place].name == name]
    only = free if is_alone and len(wishes) == 1 and "variant" not in given else []
    return next(iter([*by_number, *by_name, *only]), None)


def _must_agree(first: Row, row: Row, found: Plan) -> None:
    """What is said of the product itself is said the same, or not again."""
    for name, text in _of(row, PRODUCT_FIELDS).items():
        if text.strip() and text.strip() != first.cells[name].strip():
            sentence = f"Line {first.number} says something else of the same product."
            found.mistakes.append(Mistake(row.number, name, sentence))


def _must_be_alone(
    found: Plan, slug: str, variants: Sequence[VariantWish], lines: list[int]
) -> None:
    """A number that two products of the sheet want: neither has it yet."""
    for variant, line in zip(variants, lines, strict=True):
        owner = found.numbers.setdefault(variant.sku, slug) if variant.sku else slug
        if owner != slug:
            found.mistakes.append(Mistake(line, "sku", f"The product {owner} wants it, too."))


def _note(found: Plan, row: Row, texts: Texts) -> None:
    found.mistakes += [Mistake(row.number, name, said) for name, said in texts.errors.items()]


def _of(row: Row, names: Sequence[str]) -> dict[str, str]:
    return {name: row.cells[name] for name in names if name in row.cells}
