"""Random carts: what the buyer is shown is what Stripe's page asks for, to the cent."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paydesk.business import shipping, tax
from paydesk.business.shipping import RateTerms
from paydesk.business.tax import TaxTerms
from paydesk.catalogue.product import Product, Visibility, add_variant
from paydesk.foundation.clock import Clock
from paydesk.foundation.ids import new_id
from paydesk.foundation.money import Money
from paydesk.orders import cart as carts
from paydesk.orders.cart import Addition
from paydesk.orders.order import Order, PaymentStatus
from paydesk.orders.taxes import of as taxes_of
from paydesk.wiring import Shop
from tests.paydesk.emulated import _running, emulated, real_shop, stripe_here
from tests.paydesk.test_cart import cart_wish

__all__ = ["_running", "emulated", "real_shop", "stripe_here"]

COUNTRY = "DE"


@pytest.fixture
def database_url(request) -> str:
    return str(request.getfixturevalue("stocked_sqlite"))


@dataclass(frozen=True)
class Shelf:
    """What one random shop sells and charges, and what one buyer of it wants."""

    currency: str
    goods: tuple[tuple[int, int, str], ...]
    shipping: tuple[int, int] | None
    taxes: tuple[tuple[str, str], ...]
    inclusive: bool


_PERCENT = st.decimals("0", "27", places=3).map(str)


@st.composite
def shelves(draw: st.DrawFn) -> Shelf:
    currency = draw(st.sampled_from(("usd", "eur", "jpy", "gbp")))
    goods = st.tuples(st.integers(50, 250_000), st.integers(1, 99), st.sampled_from(("", "txcd_b")))
    return Shelf(
        currency=currency,
        goods=tuple(draw(st.lists(goods, min_size=1, max_size=12))),
        shipping=draw(
            st.none() | st.tuples(st.integers(0, 5000), st.sampled_from((0, 10_000, 10**9)))
        ),
        taxes=tuple(
            (code, draw(_PERCENT))
            for code in draw(st.sampled_from(((), ("",), ("", "txcd_b"), ("txcd_b",))))
        ),
        inclusive=draw(st.booleans()),
    )


def stocked(shop: Shop, shelf: Shelf) -> str:
    """The shop with that shelf alone, and the id of a cart with all of it."""
    clock = shop.clock
    with shop.database.transaction() as tx:
        for rate in shipping.rates(tx):
            shipping.retire_rate(tx, clock, rate.id)
        for old in tax.rates(tx):
            tax.retire_rate(tx, clock, old.id)
        if shelf.shipping:
            cost, free_from = shelf.shipping
            terms = RateTerms("Parcel", (COUNTRY,), {shelf.currency: cost})
            if free_from:
                terms.free_from[shelf.currency] = free_from
            shipping.add_rate(tx, clock, terms)
        for code, percentage in shelf.taxes:
            terms_of_tax = TaxTerms(COUNTRY, percentage, shelf.inclusive, tax_code=code)
            tax.add_rate(tx, clock, terms_of_tax)
        cart = None
        for price_id, quantity in list(_goods(tx, shelf, clock)):
            cart, _ = carts.add(tx, clock, cart, Addition(quantity, price_id=price_id))
        assert cart is not None
        return cart.id


def _goods(tx, shelf: Shelf, clock: Clock) -> Iterator[tuple[str, int]]:
    for minor, quantity, code in shelf.goods:
        product = Product(
            id=new_id("prd"),
            slug=new_id("x"),
            name="A thing",
            visibility=Visibility.PUBLISHED,
            created_at=clock.now(),
        )
        tx.add(product)
        variant = add_variant(
            tx, product, Money(minor, shelf.currency), clock, name="", on_hand=None
        )
        variant.tax_code = code or None
        price = variant.current_price
        assert price is not None
        yield price.id, quantity


def check_totals(shop: Shop, shelf: Shelf) -> Order:
    cart_id = stocked(shop, shelf)
    wish = cart_wish(shop, cart_id, country=COUNTRY if shelf.shipping or shelf.taxes else "")
    order = shop.from_carts.place(wish)
    started = shop.checkouts.start(order.id)
    session = shop.gateway.retrieve_session(str(started.stripe_id))
    assert session["amount_total"] == order.total_minor == wish.total_minor
    assert session["currency"] == order.currency
    assert session["total_details"]["amount_shipping"] == order.shipping_minor
    on_top = sum(row["tax_minor"] for row in order.taxes if not row["inclusive"])
    lines = sum(line.unit_minor * line.quantity for line in order.lines)
    assert order.total_minor == lines + order.shipping_minor + on_top
    # Whatever was taxed, its taxes by line and by rate are the same money.
    shipping_tax = order.tax_minor - sum(line.tax_minor for line in order.lines)
    assert 0 <= shipping_tax <= order.shipping_minor
    assert sum(each.minor for each in taxes_of(order)) == order.tax_minor
    return order


_SETTINGS = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture],
}


@settings(max_examples=25, **_SETTINGS)  # type: ignore[arg-type]
@given(shelf=shelves())
def test_our_total_is_stripes(real_shop, shelf):
    check_totals(real_shop, shelf)


@pytest.mark.slow
@pytest.mark.timeout(900)
@settings(max_examples=1000, **_SETTINGS)  # type: ignore[arg-type]
@given(shelf=shelves())
def test_our_total_is_stripes_for_a_thousand_carts(real_shop, shelf):
    check_totals(real_shop, shelf)


def test_what_was_agreed_is_what_makes_it_paid(real_shop, stripe_here):
    shelf = Shelf("usd", ((1999, 3, ""), (250, 7, "txcd_b")), (700, 0), (("", "8.875"),), False)
    order = check_totals(real_shop, shelf)
    with real_shop.database.transaction() as tx:
        assert tx.get_one(Order, order.id).payment == PaymentStatus.AWAITING
        # No parameter of ours lets Stripe's page ask for more.
        assert not tx.get_one(Order, order.id).adds
