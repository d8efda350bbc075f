"""Keeps the shop's products and Stripe's the same, whichever side was changed.

Prices are never edited: a new one is made, the lookup key moves to it, the old one is archived.
Nothing is deleted at Stripe. Every step can be repeated: what was cut off in the middle is found
half done by the next run, which goes on.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from paydesk.catalogue.product import Product, Variant, Visibility, change_price, withdraw_price
from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database
from paydesk.payments.deciding import CHANGES, Side, Step, Verdict, Way, decide
from paydesk.payments.gateway.administration import Administration
from paydesk.payments.listing_products import Pushing
from paydesk.payments.shelf import Card, Ours, Theirs, read_ours, read_theirs

_LONGEST_SLUG = 100
Only = Callable[[Step], bool]


@dataclass(frozen=True)
class Synced:
    """What is to be done, or was; `done` steps are in effect at both sides."""

    way: Way
    steps: tuple[Step, ...]
    done: tuple[Step, ...] = ()

    @property
    def changes(self) -> list[Step]:
        return [each for each in self.steps if each.verdict in CHANGES]

    @property
    def conflicts(self) -> list[Step]:
        return [each for each in self.steps if each.verdict is Verdict.CONFLICT]


class Syncing:
    """Compares all products, and lets one side follow the other."""

    def __init__(self, database: Database, clock: Clock, calls: Administration) -> None:
        self._database = database
        self._clock = clock
        self._calls = calls
        self._pushing = Pushing(calls)

    def plan(self, way: Way, *, prefer: Side | None = None) -> Synced:
        """What `apply` would do. Raises StripeUnreachable or StripeRefused."""
        theirs = {each.product_id: each for each in self._theirs()}
        with self._database.transaction() as tx:
            ours = {each.id: each for each in map(read_ours, _products(tx))}
        # In the shop's order, then what only Stripe has, oldest first.
        ids = dict.fromkeys([*ours, *reversed(list(theirs))])
        steps = (decide(way, ours.get(each), theirs.get(each), prefer) for each in ids)
        return Synced(way, tuple(step for step in steps if step is not None))

    def apply(self, plan: Synced, progress: Callable[[Step], None] | None = None) -> Synced:
        """Do what the plan says. Raises as `plan`; what was done until then stays done."""
        done = []
        for step in plan.changes:
            if self._do(plan.way, step):
                done.append(step)
                if progress is not None:
                    progress(step)
        return Synced(plan.way, plan.steps, tuple(done))

    def _do(self, way: Way, step: Step) -> bool:
        if way is Way.PUSH and step.verdict is not Verdict.LINK:
            assert step.ours is not None
            self._pushing.push(step.ours, step.theirs)
            return True
        ours: Ours | None = step.ours
        if way is Way.PULL and step.verdict is not Verdict.LINK:
            assert step.theirs is not None
            with self._database.transaction() as tx:
                ours = _take(tx, self._clock, step.ours, step.theirs)
        if ours is None:
            return False
        assert step.theirs is not None
        self._pushing.link(ours, step.theirs)
        return True

    def _theirs(self) -> Iterator[Theirs]:
        prices: dict[str, list[dict[str, object]]] = {}
        # Products first: a price that is made meanwhile belongs to a product that is known.
        products = list(self._calls.list_products())
        for price in self._calls.list_prices():
            prices.setdefault(str(price["product"]), []).append(price)
        for product in products:
            yield read_theirs(product, prices.get(str(product["id"]), []))


def _products(tx: Session) -> list[Product]:
    query = select(Product).order_by(Product.position, Product.name, Product.id)
    everything = selectinload(Product.variants).selectinload(Variant.prices)
    return list(tx.scalars(query.options(everything)))


def _take(tx: Session, clock: Clock, planned: Ours | None, theirs: Theirs) -> Ours | None:
    """Let our product follow Stripe's; None, and nothing done, if it was changed meanwhile."""
    product = tx.get(Product, theirs.product_id)
    card = theirs.card
    if product is None:
        product = Product(
            id=theirs.product_id,
            slug=_free_slug(tx, card.name),
            position=len(_products(tx)),
            created_at=clock.now(),
        )
        tx.add(product)
    elif planned is None or read_ours(product).card != planned.card:
        return None
    product.name, product.description = card.name, card.description
    if product.is_published is not card.is_sold or product.visibility is None:
        product.visibility = Visibility.PUBLISHED if card.is_sold else Visibility.HIDDEN
    tx.flush()
    _take_offers(tx, clock, product, card)
    tx.flush()
    return read_ours(product)


def _take_offers(tx: Session, clock: Clock, product: Product, card: Card) -> None:
    variants = {each.id: each for each in product.variants}
    for variant_id, offer in card.offers.items():
        variant = variants.get(variant_id)
        if variant is None:
            # Stripe knows nothing of stock: what comes from there never runs out until told.
            variant = Variant(id=variant_id, held=0, on_hand=None, position=len(product.variants))
            product.variants.append(variant)
        variant.name = offer.name
        tx.flush()
        price = variant.current_price
        if price is None or price.terms != offer.terms:
            change_price(tx, variant, offer.terms, clock)
    for variant_id in variants.keys() - card.offers.keys():
        withdraw_price(tx, variants[variant_id], clock)


def _free_slug(tx: Session, name: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_LONGEST_SLUG] or "product"
    taken = set(tx.scalars(select(Product.slug).where(Product.slug.startswith(plain))))
    number = 1
    slug = plain
    while slug in taken:
        number += 1
        slug = f"{plain}-{number}"
    return slug
