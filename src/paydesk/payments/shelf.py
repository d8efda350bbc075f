"""A product as the shop and Stripe both have it: what is compared when they are synchronised.

Stripe knows no variants: each is one price of the product, tied to ours by its metadata and by a
lookup key. Pure.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from paydesk.catalogue.product import Product, Rhythm, Terms
from paydesk.foundation.money import Money
from paydesk.payments.marks import PRODUCT_KEY, SYNCED_KEY, VARIANT_KEY, WRITING_KEY

Thing = Mapping[str, Any]

_LONGEST_NAME = 200
_LONGEST_OFFER = 120
_UNITS = frozenset({"day", "week", "month", "year"})


@dataclass(frozen=True)
class Offer:
    """One variant: its name, and what is asked for it."""

    name: str
    terms: Terms


@dataclass(frozen=True)
class Card:
    """What both sides keep of a product; offers by the id of our variant."""

    name: str
    description: str
    is_sold: bool
    offers: Mapping[str, Offer]

    @property
    def fingerprint(self) -> str:
        """The same for the same contents, on every machine."""
        offers = {variant: _plain(offer) for variant, offer in self.offers.items()}
        told = json.dumps([self.name, self.description, self.is_sold, offers], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Ours:
    """A product of the shop's; `price_ids` by variant."""

    id: str
    card: Card
    price_ids: Mapping[str, str]


@dataclass(frozen=True)
class Theirs:
    """A product of Stripe's, with all its prices.

    `standing` is the price that stands for each variant, `unmarked` those of them that do not say
    so yet, `leftover` what is active and stands for nothing any more.
    """

    id: str
    product_id: str
    is_linked: bool
    synced: str
    writing: str
    default_price: str | None
    card: Card
    standing: Mapping[str, str]
    unmarked: frozenset[str]
    leftover: tuple[str, ...]
    # Active prices that the shop has no words for; they are left alone.
    unfit: tuple[str, ...]
    prices: tuple[Thing, ...] = field(repr=False)


def lookup_key(variant_id: str) -> str:
    """By which one of Stripe's prices is found: it moves on to the price that supersedes it."""
    return f"paydesk_{variant_id}"


def stable_id(prefix: str, stripe_id: str) -> str:
    """Our id for what was first at Stripe: the same each time, so that nothing is taken twice."""
    return f"{prefix}_{hashlib.sha256(stripe_id.encode()).hexdigest()[:20]}"


def read_ours(product: Product) -> Ours:
    """What a product of the shop's is; variants without a price are not offered."""
    priced = [(each, each.current_price) for each in product.variants]
    offers = {
        variant.id: Offer(variant.name, price.terms)
        for variant, price in priced
        if price is not None
    }
    card = Card(product.name, product.description, product.is_published, offers)
    return Ours(product.id, card, {v.id: price.id for v, price in priced if price is not None})


def read_theirs(product: Thing, prices: Iterable[Thing]) -> Theirs:
    """What a product of Stripe's is; `prices` are all of it, archived ones as well."""
    known = tuple(prices)
    marks = product.get("metadata") or {}
    fit = [each for each in known if each.get("active") and terms_of(each) is not None]
    standing, unmarked = _standing(known, fit)
    by_id = {str(each["id"]): each for each in fit}
    offers = {
        variant: Offer(str(by_id[price].get("nickname") or ""), _terms(by_id[price]))
        for variant, price in standing.items()
    }
    name, described = str(product.get("name") or ""), str(product.get("description") or "")
    taken = set(standing.values())
    return Theirs(
        id=str(product["id"]),
        product_id=str(marks.get(PRODUCT_KEY) or stable_id("prd", str(product["id"]))),
        is_linked=bool(marks.get(PRODUCT_KEY)),
        synced=str(marks.get(SYNCED_KEY) or ""),
        writing=str(marks.get(WRITING_KEY) or ""),
        default_price=product.get("default_price"),
        card=Card(name, described, product.get("active") is True, offers),
        standing=standing,
        unmarked=frozenset(unmarked),
        leftover=tuple(each for each in by_id if each not in taken),
        unfit=tuple(_unfit(product, known)),
        prices=known,
    )


def terms_of(price: Thing) -> Terms | None:
    """What a price of Stripe's asks, or None if the shop has no words for it."""
    amount, recurring = price.get("unit_amount"), price.get("recurring")
    simple = price.get("billing_scheme") == "per_unit" and not price.get("custom_unit_amount")
    if (
        not simple
        or type(amount) is not int
        or len(str(price.get("nickname") or "")) > (_LONGEST_OFFER)
    ):
        return None
    money = Money(amount, str(price["currency"]))
    others = _others(price)
    if others is None:
        return None
    if recurring is None:
        return Terms(money, None, others)
    if recurring.get("usage_type") != "licensed" or recurring.get("interval") not in _UNITS:
        return None
    trial = int(recurring.get("trial_period_days") or 0)
    rhythm = Rhythm(recurring["interval"], int(recurring["interval_count"]), trial)
    return Terms(money, rhythm, others)


def _others(price: Thing) -> tuple[Money, ...] | None:
    """What it costs in other currencies; None if one of them is not a plain amount."""
    found = []
    for currency, option in sorted((price.get("currency_options") or {}).items()):
        if currency == price["currency"]:
            continue
        amount = option.get("unit_amount")
        if type(amount) is not int or option.get("custom_unit_amount"):
            return None
        found.append(Money(amount, currency))
    return tuple(found)


def _terms(price: Thing) -> Terms:
    terms = terms_of(price)
    assert terms is not None, "only prices that fit stand for a variant"
    return terms


def _standing(known: tuple[Thing, ...], fit: list[Thing]) -> tuple[dict[str, str], set[str]]:
    """Which active price stands for which variant, and which of them do not say so yet."""
    standing: dict[str, str] = {}
    # The one that has the lookup key before others, the newest before older ones.
    for price in sorted(fit, key=lambda each: (_has_key(each), each["created"]), reverse=True):
        variant = _variant(price)
        if variant is not None:
            standing.setdefault(variant, str(price["id"]))
    gone: dict[str, str] = {}
    for price in known:
        variant = _variant(price)
        if variant is not None and variant not in standing:
            gone.setdefault(variant, str(price.get("nickname") or ""))
    strangers = [each for each in fit if _variant(each) is None]
    unmarked = set()
    for price in strangers:
        variant = _replaced(price, gone, alone=len(strangers) == 1)
        standing[variant or stable_id("var", str(price["id"]))] = str(price["id"])
        unmarked.add(str(price["id"]))
    return standing, unmarked


def _replaced(price: Thing, gone: dict[str, str], *, alone: bool) -> str | None:
    """The variant whose archived price this one follows: Stripe's Dashboard "edits" so."""
    name = str(price.get("nickname") or "")
    same = [variant for variant, was in gone.items() if was == name]
    if not same and alone and len(gone) == 1:
        same = list(gone)
    if len(same) != 1:
        return None
    gone.pop(same[0])
    return same[0]


def _has_key(price: Thing) -> bool:
    variant = _variant(price)
    return variant is not None and price.get("lookup_key") == lookup_key(variant)


def _variant(price: Thing) -> str | None:
    return (price.get("metadata") or {}).get(VARIANT_KEY) or None


def _unfit(product: Thing, known: tuple[Thing, ...]) -> Iterable[str]:
    if not 0 < len(str(product.get("name") or "")) <= _LONGEST_NAME:
        yield f"its name has more than {_LONGEST_NAME} characters"
    for price in known:
        if price.get("active") and terms_of(price) is None:
            yield f"{price['id']} is of a kind the shop does not sell by (tiers, usage, fractions)"


def _plain(offer: Offer) -> list[Any]:
    price, rhythm = offer.terms.price, offer.terms.rhythm
    often = [rhythm.unit, rhythm.count, rhythm.trial_days] if rhythm else None
    others = [[each.minor, each.currency] for each in offer.terms.others]
    return [offer.name, price.minor, price.currency, often, others]
