"""The product's form: what stands in it, and what was written into it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from paydesk.catalogue import wanted
from paydesk.catalogue.editing import Fault
from paydesk.catalogue.wanted import ProductWish, VariantWish
from paydesk.catalogue.wording import (
    PRODUCT_FIELDS,
    VARIANT_FIELDS,
    Texts,
    read_product,
    read_variant,
)

_MOST_VARIANTS = 100


@dataclass
class VariantRow:
    """The fields of one variant as texts; a blank one is for a variant to come."""

    number: int
    id: str
    seen: str
    texts: Mapping[str, str]

    @property
    def is_new(self) -> bool:
        return not self.id

    @property
    def is_blank(self) -> bool:
        # The currency is filled in beforehand.
        names = ("variant", "values", "sku", "price", "stock")
        return self.is_new and not any(self.texts.get(name, "").strip() for name in names)

    def name_of(self, field_name: str) -> str:
        """What a field of this row is called in the form."""
        return f"v{self.number}-{field_name}"


@dataclass
class ProductForm:
    """Everything in the form, and what is wrong with it by the names of the fields."""

    texts: Mapping[str, str]
    rows: list[VariantRow]
    seen: str
    errors: dict[str, str] = field(default_factory=dict)


def empty_form(currency: str) -> ProductForm:
    """For a product to come: it has one variant."""
    texts = {**dict.fromkeys(PRODUCT_FIELDS, ""), "visibility": "draft"}
    return ProductForm(texts, [_blank(0, currency)], "")


def form_of(wish: ProductWish, currency: str) -> ProductForm:
    """The form as it stands, with room for one more variant."""
    rows = [_row_of(number, each) for number, each in enumerate(wish.variants)]
    rows.append(_blank(len(rows), currency))
    return ProductForm(wanted.flat_words(wish), rows, wish.fingerprint)


def sent_form(given: Mapping[str, str]) -> ProductForm:
    """The form as somebody sent it."""
    texts = {name: given.get(name, "") for name in PRODUCT_FIELDS}
    rows = []
    for number in range(_MOST_VARIANTS):
        if f"v{number}-id" not in given:
            break
        fields = {name: given.get(f"v{number}-{name}", "") for name in VARIANT_FIELDS}
        id_, seen = given.get(f"v{number}-id", ""), given.get(f"v{number}-seen", "")
        rows.append(VariantRow(number, id_, seen, fields))
    return ProductForm(texts, rows, given.get("seen", ""))


def read_form(form: ProductForm, now: ProductWish | None, currency: str) -> ProductWish:
    """What is wished; `form.errors` says what is wrong with it.

    The first row of a new product counts even if it is blank: a product has a variant.
    """
    known = {each.id for each in now.variants} if now else set()
    variants = []
    for row in form.rows:
        if row.is_blank and (now is not None or row.number):
            continue
        texts = Texts(row.texts)
        # An id that is not of this product is nobody's: it would be a new variant.
        id_ = row.id if row.id in known else None
        variants.append(read_variant(texts, id_, _seen(row), currency))
        form.errors |= {row.name_of(name): said for name, said in texts.errors.items()}
    texts = Texts(form.texts)
    wish = read_product(texts, tuple(variants))
    form.errors |= texts.errors
    return wish


def note_faults(form: ProductForm, faults: list[Fault]) -> None:
    """What the shop's other products, or its stock, have against it."""
    kept = [row for row in form.rows if not row.is_blank or row.number == 0]
    for each in faults:
        row = kept[each.variant] if each.variant is not None else None
        form.errors.setdefault(row.name_of(each.field) if row else each.field, each.sentence)


def _seen(row: VariantRow) -> int | None:
    return int(row.seen) if re.fullmatch(r"[0-9]{1,10}", row.seen) else None


def _row_of(number: int, variant: VariantWish) -> VariantRow:
    seen = "" if variant.on_hand is None else str(variant.on_hand)
    return VariantRow(number, variant.id or "", seen, wanted.flat_variant(variant))


def _blank(number: int, currency: str) -> VariantRow:
    # Each field is there: a template takes a missing one for something of the mapping's own.
    return VariantRow(number, "", "", {**dict.fromkeys(VARIANT_FIELDS, ""), "currency": currency})
