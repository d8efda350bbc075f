"""Reads what people write about a product, in a form or in a row of CSV, into a wish.

Names of fields and of columns are the same. Pure.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from paydesk.catalogue.product import Rhythm, Terms, Visibility
from paydesk.catalogue.wanted import LIST, OPTIONS, ProductWish, VariantWish
from paydesk.foundation import money
from paydesk.foundation.errors import Invalid
from paydesk.foundation.money import Money

PRODUCT_FIELDS = (
    *("product", "name", "summary", "description", "category", "visibility", "featured"),
    *("position", "options", "details"),
)
VARIANT_FIELDS = (
    *("variant", "values", "sku", "price", "currency", "other_prices", "interval", "trial_days"),
    *("stock", "low_stock_at", "weight_grams", "tax_code", "digital"),
)
_LONGEST = {
    "product": 120,
    "name": 200,
    "summary": 300,
    "description": 20_000,
    "category": 120,
    "variant": 120,
    "sku": 64,
    "tax_code": 32,
}
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_YES, _NO = frozenset({"yes", "true", "1", "on"}), frozenset({"", "no", "false", "0", "off"})
_MOST = 1_000_000_000
_UNITS = ("day", "week", "month", "year")
# Stripe's bounds for a rhythm ("Create a Price", recurring.interval_count): three years at most.
_MOST_OF = {"day": 1095, "week": 156, "month": 36, "year": 3}
_MOST_TRIAL_DAYS = 730
_MOST_DETAILS, _MOST_OPTIONS = 60, 5


@dataclass
class Texts:
    """The texts of one product or variant; what is wrong with them is noted by field."""

    given: Mapping[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        value = self.given.get(name, "").replace("\r\n", "\n").strip()
        longest = _LONGEST.get(name, 2000)
        if len(value) > longest:
            self.wrong(name, f"That is too long: {longest} characters at most.")
            return value[:longest]
        if any(unicodedata.category(each) == "Cc" and each not in "\n\t" for each in value):
            self.wrong(name, "There is a control character in it.")
        return value

    def yes(self, name: str) -> bool:
        value = self.text(name).lower()
        if value not in _YES | _NO:
            self.wrong(name, "Write yes or no.")
        return value in _YES

    def number(self, name: str, least: int = 0, most: int = _MOST) -> int | None:
        """A whole number; None for nothing."""
        value = self.text(name)
        if not value:
            return None
        if not re.fullmatch(r"[0-9]{1,10}", value) or not least <= int(value) <= most:
            self.wrong(name, f"Write a whole number from {least} to {most}, or leave it empty.")
            return None
        return int(value)

    def words(self, name: str, between: str = OPTIONS) -> tuple[str, ...]:
        parts = self.text(name).split(between.strip())
        return tuple(part.strip() for part in parts if part.strip())

    def wrong(self, name: str, sentence: str) -> None:
        self.errors.setdefault(name, sentence)


def read_product(texts: Texts, variants: tuple[VariantWish, ...] = ()) -> ProductWish:
    """The product a form or a row speaks of; `texts.errors` says what is wrong with it."""
    name = texts.text("name")
    if not name:
        texts.wrong("name", "A product needs a name.")
    slug = texts.text("product") or slug_of(name)
    if not _SLUG.fullmatch(slug):
        sentence = "Use small letters, digits and hyphens, such as arduino-board."
        texts.wrong("product", sentence)
    visibility = texts.text("visibility").lower() or Visibility.DRAFT
    if visibility not in set(Visibility):
        texts.wrong("visibility", f"There is: {', '.join(Visibility)}.")
    options = texts.words("options")
    if len(options) > _MOST_OPTIONS or len(set(options)) != len(options):
        texts.wrong("options", f"Name {_MOST_OPTIONS} at most, each of them once.")
    return ProductWish(
        slug=slug,
        name=name,
        summary=texts.text("summary"),
        description=texts.text("description"),
        category=texts.text("category"),
        details=_details(texts),
        options=options,
        is_featured=texts.yes("featured"),
        visibility=visibility,
        position=texts.number("position", most=1_000_000) or 0,
        variants=variants,
    )


def read_variant(texts: Texts, id_: str | None, seen: int | None, currency: str) -> VariantWish:
    """The variant a form or a row speaks of; `currency` where it names none."""
    return VariantWish(
        id=id_,
        name=texts.text("variant"),
        values=texts.words("values"),
        sku=texts.text("sku") or None,
        terms=_terms(texts, currency),
        on_hand=texts.number("stock"),
        seen=seen,
        low_stock_at=texts.number("low_stock_at"),
        weight_grams=texts.number("weight_grams"),
        tax_code=_tax_code(texts),
        is_digital=texts.yes("digital"),
    )


def check_together(wish: ProductWish) -> list[tuple[int, str, str]]:
    """What is wrong between the variants: (which one, field, sentence)."""
    found = []
    names: dict[str, int] = {}
    skus: dict[str, int] = {}
    for number, each in enumerate(wish.variants):
        if len(wish.variants) > 1 and not each.name:
            found.append((number, "variant", "Of several, each needs a name, such as its size."))
        elif names.setdefault(each.name.casefold(), number) != number:
            found.append((number, "variant", "Another variant has the same name."))
        if each.sku and skus.setdefault(each.sku, number) != number:
            found.append((number, "sku", "Another variant has the same number."))
        if each.values and len(each.values) != len(wish.options):
            sentence = (
                f"The options are {OPTIONS.join(wish.options) or 'none'}: write one value each."
            )
            found.append((number, "values", sentence))
    return found


def slug_of(name: str) -> str:
    """An address made of a name: `Lötkolben Nº 5` is `lotkolben-no-5`."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("ß", "ss"))
    kept = "".join(each for each in plain if not unicodedata.combining(each))
    return re.sub(r"[^a-z0-9]+", "-", kept).strip("-")[:120].strip("-")


def _terms(texts: Texts, currency: str) -> Terms | None:
    asked = texts.text("price")
    rhythm = _rhythm(texts)
    named = texts.text("currency").lower()
    if named and not re.fullmatch(r"[a-z]{3}", named):
        texts.wrong("currency", "Write a currency by its three letters, such as usd.")
        return None
    if not asked:
        for name in ("other_prices", "interval"):
            if texts.text(name):
                texts.wrong("price", "Say what it costs; without a price it is not sold.")
        return None
    price = _money(texts, "price", asked, named or currency)
    if price is None:
        return None
    return Terms(price, rhythm, _others(texts, price.currency))


def _money(texts: Texts, name: str, text: str, currency: str) -> Money | None:
    try:
        found = money.parse(text, currency)
    except Invalid as error:
        texts.wrong(name, str(error))
        return None
    if found.minor < 0:
        texts.wrong(name, "A price cannot be negative.")
        return None
    return found


def _others(texts: Texts, own: str) -> tuple[Money, ...]:
    found: dict[str, Money] = {}
    for part in texts.words("other_prices", LIST):
        currency, _, amount = part.partition(" ")
        currency = currency.lower()
        if not re.fullmatch(r"[a-z]{3}", currency) or currency in found or currency == own:
            texts.wrong("other_prices", "Write other currencies once each, like eur 36.00")
            continue
        read = _money(texts, "other_prices", amount, currency)
        if read is not None:
            found[currency] = read
    return tuple(found[each] for each in sorted(found))


def _rhythm(texts: Texts) -> Rhythm | None:
    often, trial = texts.text("interval").lower(), texts.number("trial_days", most=_MOST_TRIAL_DAYS)
    if not often:
        if trial:
            texts.wrong("trial_days", "Only what is paid again and again has a trial.")
        return None
    match = re.fullmatch(r"(?:([0-9]{1,4}) )?(day|week|month|year)s?", often)
    count = int(match[1] or 1) if match else 0
    if match is None or not 1 <= count <= _MOST_OF[match[2]]:
        texts.wrong(
            "interval", f"Write {', '.join(_UNITS)}, or several such as 3 months; three years most."
        )
        return None
    return Rhythm(match[2], count, trial or 0)


def _tax_code(texts: Texts) -> str | None:
    code = texts.text("tax_code")
    if code and not re.fullmatch(r"txcd_[0-9]{8}", code):
        texts.wrong("tax_code", "Stripe's codes are like txcd_99999999.")
    return code or None


def _details(texts: Texts) -> tuple[tuple[str, str], ...]:
    found = []
    for line in filter(str.strip, texts.text("details").split("\n")):
        label, colon, value = line.partition(":")
        if not colon or not label.strip() or not value.strip():
            texts.wrong("details", f"{line[:40]!r}: write each line as Label: value")
        found.append((label.strip(), value.strip()))
    if len(found) > _MOST_DETAILS:
        texts.wrong("details", f"{_MOST_DETAILS} lines at most.")
    return tuple(found)
