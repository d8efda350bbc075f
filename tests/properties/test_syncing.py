"""Whatever is changed on either side, and wherever it is cut off: products end the same.

Nothing is taken twice, no price is ever edited, nothing is deleted.
"""

import itertools
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from paydesk.catalogue.category import Category
from paydesk.catalogue.picture import Picture
from paydesk.catalogue.product import (
    Price,
    Product,
    Rhythm,
    Terms,
    Variant,
    Visibility,
    add_variant,
    change_price,
    withdraw_price,
)
from paydesk.foundation.clock import StillClock
from paydesk.foundation.database import Database
from paydesk.foundation.money import Money
from paydesk.payments.deciding import Side, Verdict, Way
from paydesk.payments.syncing import Syncing
from tests.sellers_stripe import PowerCut, SellersStripe

TERMS = st.sampled_from(
    [
        Terms(Money(0, "usd")),
        Terms(Money(500, "usd")),
        Terms(Money(700, "eur")),
        Terms(Money(500, "usd"), None, (Money(450, "eur"), Money(400, "gbp"))),
        Terms(Money(500, "usd"), Rhythm("month")),
        Terms(Money(500, "usd"), Rhythm("month", 3, 14)),
    ]
)
# Which product or price is meant, counted from the first.
WHICH = st.integers(0, 3)
NAMES = st.sampled_from(["", "small", "large"])
OURS = st.one_of(
    st.tuples(st.just("reprice"), WHICH, TERMS),
    st.tuples(st.just("rename"), WHICH, st.sampled_from(["Kit", "Box"])),
    st.tuples(st.just("show"), WHICH, st.sampled_from(list(Visibility))),
    st.tuples(st.just("add_variant"), WHICH, st.tuples(NAMES, TERMS)),
    st.tuples(st.just("withdraw"), WHICH, st.none()),
)
THEIRS = st.one_of(
    st.tuples(st.just("new_product"), WHICH, st.tuples(NAMES, TERMS)),
    st.tuples(st.just("describe"), WHICH, st.sampled_from(["", "of Stripe's"])),
    st.tuples(st.just("archive"), WHICH, st.booleans()),
    st.tuples(st.just("edit_price"), WHICH, TERMS),
    st.tuples(st.just("more_price"), WHICH, st.tuples(NAMES, TERMS)),
    st.tuples(st.just("archive_price"), WHICH, st.none()),
    st.tuples(st.just("make_default"), WHICH, st.none()),
)
# Cut off at this call, counted in halves: n before the n-th, n and a half after it; 0: not.
CUT = st.integers(0, 16).map(lambda halves: halves / 2)
SYNCS = st.tuples(
    st.just("sync"), st.sampled_from(list(Way)), st.tuples(CUT, st.sampled_from([None, *Side]))
)


class TwoSides:
    """A shop with two products, and a Stripe that knows nothing yet."""

    def __init__(self, folder: Path) -> None:
        self.database = Database(f"sqlite:///{folder / 'shop.sqlite3'}")
        self.clock = StillClock(datetime(2026, 11, 25, tzinfo=UTC))
        self.stripe = SellersStripe()
        self.syncing = Syncing(self.database, self.clock, self.stripe)
        self.numbers = itertools.count(1)
        tables = [each.__table__ for each in (Category, Picture, Product, Variant, Price)]
        Product.metadata.create_all(self.database.engine, tables=tables)  # type: ignore[arg-type]
        self.made = 0
        with self.database.transaction() as tx:
            for name in ("Kit", "Mug"):
                product = Product(
                    id=f"prd_{name}", slug=name, name=name, visibility=Visibility.PUBLISHED,
                    created_at=self.clock.now(),
                )  # fmt: skip
                tx.add(product)
                price = Money(100, "usd")
                add_variant(tx, product, price, self.clock, name="", on_hand=None)

    def do(self, deed: tuple[str, Any, Any]) -> None:
        kind, which, what = deed
        if kind == "sync":
            self.sync(which, *what)
        elif hasattr(self.stripe, f"hand_{kind}"):
            getattr(self.stripe, f"hand_{kind}")(which, what, next(self.numbers))
        else:
            with self.database.transaction() as tx:
                products = tx.scalars(select(Product).order_by(Product.id)).all()
                getattr(self, kind)(tx, products[which % len(products)], what)

    def sync(self, way: Way, cut: float, prefer: Side | None) -> None:
        self.stripe.cut = cut
        done = []
        with suppress(PowerCut):
            found = self.syncing.apply(self.syncing.plan(way, prefer=prefer))
            done = [each.theirs.id for each in found.done if each.theirs]
        self.stripe.cut = 0
        # What was done is done: neither way has anything to say of it.
        for again in Way:
            left = self.syncing.plan(again).steps
            assert not [each for each in left if each.theirs and each.theirs.id in done and (
                each.verdict is not Verdict.UNFIT)]  # fmt: skip

    def reprice(self, tx, product, terms) -> None:
        change_price(tx, product.variants[0], terms, self.clock)

    def rename(self, _tx, product, name) -> None:
        product.name = name

    def show(self, _tx, product, visibility) -> None:
        product.visibility = visibility

    def add_variant(self, tx, product, offer) -> None:
        name, terms = offer
        add_variant(tx, product, terms, self.clock, name=name, on_hand=None)

    def withdraw(self, tx, product, _none) -> None:
        withdraw_price(tx, product.variants[-1], self.clock)

    def count(self, table: type) -> int:
        with self.database.transaction() as tx:
            return int(tx.scalar(select(func.count()).select_from(table)) or 0)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(OURS, THEIRS, SYNCS, SYNCS), max_size=12))
def test_both_sides_end_the_same_and_a_second_run_finds_nothing(deeds):
    with tempfile.TemporaryDirectory() as folder:
        sides = TwoSides(Path(folder))
        for deed in deeds:
            sides.do(deed)
        prices = sides.count(Price)
        for way in (*Way, *Way):
            sides.sync(way, 0, Side.OURS)
        for way in Way:
            left = sides.syncing.plan(way, prefer=Side.OURS)
            assert [each for each in left.steps if each.verdict is not Verdict.UNFIT] == []
        # Each product once on each side, and every price that was ever asked is kept.
        assert sides.count(Product) <= 2 + sides.stripe.made_by_hand
        assert len(sides.stripe.products) <= 2 + sides.stripe.made_by_hand
        assert sides.count(Price) >= prices
        sides.database.close()


def runs() -> Iterator[float]:
    yield from (halves / 2 for halves in range(2, 16))


def test_a_first_push_can_be_cut_off_at_every_call():
    """Without chance: two products, and the power goes before and after each call in turn."""
    for cut in runs():
        with tempfile.TemporaryDirectory() as folder:
            sides = TwoSides(Path(folder))
            sides.sync(Way.PUSH, cut, None)
            sides.sync(Way.PUSH, 0, None)
            assert len(sides.stripe.products) == 2, cut
            assert len([p for p in sides.stripe.prices.values() if p["active"]]) == 2, cut
            assert sides.syncing.plan(Way.PUSH).steps == (), cut
            assert sides.syncing.plan(Way.PULL).steps == (), cut
            sides.database.close()


def test_a_pull_that_is_cut_off_takes_nothing_twice():
    for cut in runs():
        with tempfile.TemporaryDirectory() as folder:
            sides = TwoSides(Path(folder))
            sides.stripe.hand_new_product(0, ("", Terms(Money(500, "usd"))), 1)
            sides.sync(Way.PULL, cut, None)
            sides.sync(Way.PULL, 0, None)
            assert sides.count(Product) == 3, cut
            assert sides.syncing.plan(Way.PULL).steps == (), cut
            sides.database.close()
