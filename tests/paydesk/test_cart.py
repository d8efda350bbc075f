"""Carts and their orders: what goes together, what is said to have changed, what is held."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from paydesk.business import demonstration, tax
from paydesk.business.tax import TaxTerms
from paydesk.catalogue import product as products
from paydesk.catalogue import stock
from paydesk.catalogue.product import Variant, Visibility
from paydesk.foundation.errors import Invalid, NotFound, Refused
from paydesk.foundation.money import Money
from paydesk.orders import cart as carts
from paydesk.orders.cart import Addition, Cart, CartLine
from paydesk.orders.looking import Trouble, look
from paydesk.orders.order import Order, PaymentStatus
from paydesk.orders.ordering import CartChanged, CartWish, Incomplete, Shown
from paydesk.orders.placing import NeedsReview
from paydesk.orders.purchase import Purchase, cart_of
from paydesk.payments.reading import facts_of
from tests.fake_gateway import unreachable
from tests.paydesk.test_placing import variant, wish


@pytest.fixture
def business(shop):
    """A seller with shipping and taxes."""
    with shop.database.transaction() as tx:
        demonstration.load(tx, shop.clock)


def filled(shop, *wanted, currency="usd"):
    """The id of a cart with some of each: (slug, quantity) or (slug, quantity, variant)."""
    cart = None
    with shop.database.transaction() as tx:
        for slug, quantity, *name in wanted:
            found = _variant(tx, slug, *name)
            wish = Addition(quantity, price_id=found.current_price.id, currency=currency)
            cart, _ = carts.add(tx, shop.clock, cart, wish)
        assert cart is not None
        return cart.id


def looked_at(shop, cart_id, **choice):
    with shop.database.transaction() as tx:
        return look(tx, tx.get_one(Cart, cart_id), shop.settings, **choice)


def cart_wish(shop, cart_id, **more):
    """What a buyer sends who orders what the review page shows."""
    choice = {name: more[name] for name in ("country", "rate_id") if name in more}
    seen = looked_at(shop, cart_id, **choice)
    return CartWish(
        **{
            "cart_id": cart_id,
            "attempt": "an attempt of its own",
            "email": "buyer@example.com",
            "shown": {
                line.variant_id: Shown(line.unit.minor, line.quantity) for line in seen.available
            },
            "total_minor": seen.total.minor,
            "country": seen.country,
            "buyer": "a browser",
            **more,
        }
    )


def change_price(shop, slug, minor, currency="usd"):
    with shop.database.transaction() as tx:
        products.change_price(tx, _variant(tx, slug), Money(minor, currency), shop.clock)


def take_away(shop, slug, on_hand):
    with shop.database.transaction() as tx:
        _variant(tx, slug).on_hand = on_hand


def _variant(tx, slug, name=""):
    return next(v for v in products.by_slug(tx, slug).variants if v.name == name)


def test_more_of_the_same_is_one_line_and_a_browser_may_want_it_back(shop):
    cart_id = filled(shop, ("arduino-board", 2), ("sensor-kit", 1), ("arduino-board", 1))
    board = variant(shop, "arduino-board")
    assert [(each.name, each.quantity) for each in looked_at(shop, cart_id).lines] == [
        ("Arduino Board", 3),
        ("Sensor Kit", 1),
    ]
    with shop.database.transaction() as tx:
        cart = tx.get_one(Cart, cart_id)
        carts.remove(tx, shop.clock, cart, board.id)
        assert carts.count_in(tx, cart_id) == cart.count == 1
        with pytest.raises(NotFound):
            carts.set_quantity(tx, shop.clock, cart, board.id, 2)
        carts.restore(tx, shop.clock, cart, board.id)
        carts.restore(tx, shop.clock, cart, board.id)
        assert cart.count == 4
        with pytest.raises(NotFound):
            carts.restore(tx, shop.clock, cart, "var_nothing")


@pytest.mark.parametrize("quantity", [0, -1, 100])
def test_a_quantity_that_cannot_be_is_refused(shop, quantity):
    with pytest.raises(Invalid), shop.database.transaction() as tx:
        carts.add(tx, shop.clock, None, Addition(quantity, price_id=_price(tx, "arduino-board")))


def _price(tx, slug):
    return _variant(tx, slug).current_price.id


def test_what_does_not_go_together_is_named(shop):
    with shop.database.transaction() as tx:
        cart, _ = carts.add(tx, shop.clock, None, Addition(1, price_id=_price(tx, "arduino-board")))
        club = products.by_slug(tx, "parts-club").variants[0].prices[0]
        with pytest.raises(Refused, match="A subscription is ordered by itself"):
            carts.add(tx, shop.clock, cart, Addition(1, price_id=club.id))
        cart.currency = "chf"
        with pytest.raises(Refused, match="has no price in CHF"):
            carts.add(tx, shop.clock, cart, Addition(1, price_id=_price(tx, "sensor-kit")))


def test_a_changed_price_is_said_until_it_was_seen(shop):
    cart_id = filled(shop, ("arduino-board", 1))
    change_price(shop, "arduino-board", 4100)
    line = looked_at(shop, cart_id).lines[0]
    assert (line.was, line.unit) == (Money(3900, "usd"), Money(4100, "usd"))
    with shop.database.transaction() as tx:
        cart = tx.get_one(Cart, cart_id)
        carts.set_quantity(tx, shop.clock, cart, line.variant_id, 2)
    assert looked_at(shop, cart_id).lines[0].was is None


def test_a_quantity_is_clipped_with_its_reason(shop):
    cart_id = filled(shop, ("sensor-kit", 8), ("arduino-board", 1), ("soldering-iron", 1))
    take_away(shop, "sensor-kit", 3)
    take_away(shop, "arduino-board", 0)
    with shop.database.transaction() as tx:
        tx.get_one(
            Variant, variant(shop, "soldering-iron").id
        ).product.visibility = Visibility.HIDDEN
    kit, board, iron = looked_at(shop, cart_id).lines
    assert (kit.quantity, kit.wanted, kit.trouble) == (3, 8, Trouble.FEWER)
    assert (board.quantity, board.trouble) == (0, Trouble.SOLD_OUT)
    assert (iron.quantity, iron.trouble) == (0, Trouble.GONE)
    assert looked_at(shop, cart_id).total == kit.unit.times(3)


def test_an_order_of_a_cart_has_all_its_lines_shipping_tax_and_consents(shop, business):
    cart_id = filled(shop, ("arduino-board", 1), ("sensor-kit", 2))
    order = shop.from_carts.place(cart_wish(shop, cart_id, country="DE", language="de"))
    assert order.subtotal_minor == 3900 + 4900
    # Free from $80.
    assert (order.shipping_name, order.shipping_minor, order.total_minor) == ("Parcel", 0, 8800)
    assert [row["percentage"] for row in order.taxes] == ["19"]
    assert order.tax_minor == sum(line.tax_minor for line in order.lines)
    assert {(each["kind"], each["version"], each["language"]) for each in order.consents} == {
        ("terms", 1, "de"),
        ("withdrawal", 1, "de"),
    }
    assert stock.left(variant(shop, "arduino-board")) == 49
    assert stock.left(variant(shop, "sensor-kit")) == 10


def test_the_same_form_twice_is_one_order_and_another_lets_the_first_go(shop):
    cart_id = filled(shop, ("arduino-board", 1))
    wish = cart_wish(shop, cart_id)
    first = shop.from_carts.place(wish)
    assert shop.from_carts.place(wish).id == first.id
    shop.checkouts.start(first.id)
    second = shop.from_carts.place(replace(wish, attempt="the form of another tab"))
    assert second.id != first.id
    with shop.database.transaction() as tx:
        assert tx.get_one(Order, first.id).cancelled_at is not None
    assert stock.left(variant(shop, "arduino-board")) == 49


def test_ones_own_hold_does_not_stand_in_ones_way(shop):
    take_away(shop, "arduino-board", 1)
    cart_id = filled(shop, ("arduino-board", 1))
    wish = cart_wish(shop, cart_id)
    shop.from_carts.place(wish)
    assert looked_at(shop, cart_id).lines[0].trouble is None
    assert shop.from_carts.place(replace(wish, attempt="the form of another tab")).is_open
    other = filled(shop, ("arduino-board", 1))
    assert looked_at(shop, other).lines[0].trouble is Trouble.RESERVED


def test_all_is_held_or_nothing(shop):
    cart_id = filled(shop, ("arduino-board", 1), ("sensor-kit", 2))
    wish = cart_wish(shop, cart_id)
    take_away(shop, "sensor-kit", 1)
    with pytest.raises(CartChanged, match="Sensor Kit"):
        shop.from_carts.place(wish)
    assert stock.left(variant(shop, "arduino-board")) == 50
    with shop.database.transaction() as tx:
        assert tx.scalar(select(func.count()).select_from(Order)) == 0


@pytest.mark.parametrize(
    ("tamper", "says"),
    [
        (lambda shown: {**shown, "var_x": Shown(1, 1)}, "var_x is not in your cart"),
        (lambda shown: {key: Shown(1, one.quantity) for key, one in shown.items()}, "The price of"),
        (
            lambda shown: {key: Shown(one.unit_minor, 9) for key, one in shown.items()},
            "The quantity",
        ),
        (lambda shown: dict(list(shown.items())[:1]), "Sensor Kit was added"),
    ],
)
def test_what_was_tampered_with_is_refused_and_named(shop, tamper, says):
    cart_id = filled(shop, ("arduino-board", 1), ("sensor-kit", 1))
    wish = cart_wish(shop, cart_id)
    with pytest.raises(CartChanged, match=says):
        shop.from_carts.place(replace(wish, shown=tamper(wish.shown)))


def test_a_total_that_was_not_shown_is_refused(shop, business):
    cart_id = filled(shop, ("arduino-board", 1))
    wish = cart_wish(shop, cart_id, country="US")
    with shop.database.transaction() as tx:
        tax.add_rate(tx, shop.clock, TaxTerms("US", "7", inclusive=False))
    with pytest.raises(CartChanged, match="The total is now"):
        shop.from_carts.place(wish)


def test_what_is_missing_is_named(shop, business):
    cart_id = filled(shop, ("arduino-board", 1))
    with shop.database.transaction() as tx:
        _variant(tx, "arduino-board").is_digital = True
    wish = cart_wish(shop, cart_id, email="nobody", country="")
    with pytest.raises(Incomplete) as caught:
        shop.from_carts.place(wish)
    assert caught.value.fields == ("email", "country", "waiver")
    fine = cart_wish(shop, cart_id, country="DE", waives=True)
    order = shop.from_carts.place(fine)
    assert {"kind": "waiver", "ticked": True}.items() <= order.consents[-1].items()
    assert not order.lines[0].ships


def test_too_little_to_be_charged_is_refused(shop):
    change_price(shop, "arduino-board", 49)
    cart_id = filled(shop, ("arduino-board", 1))
    with pytest.raises(Refused, match=r"The least that can be paid is \$0.50"):
        shop.from_carts.place(cart_wish(shop, cart_id))


def test_a_closed_shop_takes_no_order(shop):
    from paydesk.business import shop as shops

    cart_id = filled(shop, ("arduino-board", 1))
    with shop.database.transaction() as tx:
        shops.change_facts(tx, shop.clock, {"closed": "Back on Monday."})
    with pytest.raises(Refused, match="Back on Monday"):
        shop.from_carts.place(cart_wish(shop, cart_id))


def paid(session, shop, **amounts):
    session = {
        **session,
        "status": "complete",
        "payment_status": "paid",
        "payment_intent": f"pi_{session['id']}",
        **amounts,
    }
    return facts_of(session, livemode=False)


def test_a_paid_order_empties_the_cart_of_what_was_bought(shop, business, gateway):
    cart_id = filled(shop, ("arduino-board", 1), ("soldering-iron", 1))
    order = shop.from_carts.place(cart_wish(shop, cart_id, country="AT"))
    started = shop.checkouts.start(order.id)
    with shop.database.transaction() as tx:
        carts.add(
            tx,
            shop.clock,
            tx.get_one(Cart, cart_id),
            Addition(3, price_id=_price(tx, "sensor-kit")),
        )
    with shop.database.transaction() as tx:
        shop.settling.settle(tx, order.id, paid(gateway.sessions[started.stripe_id], shop))
    with shop.database.transaction() as tx:
        settled = tx.get_one(Order, order.id)
        assert settled.payment == PaymentStatus.PAID
        assert settled.total_minor == order.total_minor == settled.paid_minor
        assert settled.shipping_minor == 990
        kit = _variant(tx, "sensor-kit").id
        rows = tx.scalars(select(CartLine).where(CartLine.cart_id == cart_id)).all()
        assert [(row.variant_id, row.quantity) for row in rows] == [(kit, 3)]


def test_less_than_the_agreed_total_is_not_taken_for_it(shop, business, gateway):
    cart_id = filled(shop, ("soldering-iron", 1))
    order = shop.from_carts.place(cart_wish(shop, cart_id, country="AT"))
    started = shop.checkouts.start(order.id)
    session = gateway.sessions[started.stripe_id]
    assert session["amount_total"] == order.total_minor == order.subtotal_minor + 990
    # The goods alone, as if nobody had paid for shipping.
    cheated = paid(session, shop, amount_total=order.subtotal_minor)
    with shop.database.transaction() as tx:
        shop.settling.settle(tx, order.id, cheated)
        assert tx.get_one(Order, order.id).payment == PaymentStatus.REVIEW


def test_where_the_goods_go_is_kept_as_stripe_says(shop, business, gateway):
    cart_id = filled(shop, ("arduino-board", 1))
    order = shop.from_carts.place(cart_wish(shop, cart_id, country="AT"))
    started = shop.checkouts.start(order.id)
    address = {"line1": "Ring 1", "postal_code": "1010", "city": "Wien", "country": "AT"}
    told = paid(
        gateway.sessions[started.stripe_id],
        shop,
        collected_information={"shipping_details": {"name": "A Buyer", "address": address}},
        customer_details={"email": "x@example.com", "phone": "+43 1"},
    )
    with shop.database.transaction() as tx:
        shop.settling.settle(tx, order.id, told)
        shop.settling.settle(tx, order.id, told)
        settled = tx.get_one(Order, order.id)
        assert settled.ship_to == {
            "name": "A Buyer",
            "line1": "Ring 1",
            "postcode": "1010",
            "city": "Wien",
            "country": "AT",
        }
        assert (settled.phone, settled.email) == ("+43 1", "buyer@example.com")


def test_a_promotion_code_lowers_what_tax_the_prices_contain(shop, business, gateway):
    cart_id = filled(shop, ("arduino-board", 1))
    order = shop.from_carts.place(cart_wish(shop, cart_id, country="DE"))
    started = shop.checkouts.start(order.id)
    with shop.database.transaction() as tx:
        tx.get_one(Order, order.id).adds = True
    session = gateway.sessions[started.stripe_id]
    details = {"amount_discount": 1900, "amount_tax": 0, "amount_shipping": 490}
    told = paid(session, shop, amount_total=2000 + 490, total_details=details)
    with shop.database.transaction() as tx:
        shop.settling.settle(tx, order.id, told)
        settled = tx.get_one(Order, order.id)
        assert settled.payment == PaymentStatus.PAID
        assert (settled.discount_minor, settled.total_minor) == (1900, 2490)
        # 20.00 contains 3.19 at 19 %, 4.90 contains 0.78; rounded once more for the discount.
        assert abs(settled.tax_minor - (319 + 78)) <= 1


def test_carts_are_forgotten_after_thirty_days_without_use(shop, clock):
    cart_id = filled(shop, ("arduino-board", 1))
    clock.travel(timedelta(days=29))
    with shop.database.transaction() as tx:
        carts.touch(tx.get_one(Cart, cart_id), clock.now())
        assert carts.forget(tx, clock.now()) == 0
    clock.travel(timedelta(days=29))
    with shop.database.transaction() as tx:
        assert carts.found(tx, cart_id, clock.now()) is not None
    clock.travel(timedelta(days=2))
    with shop.database.transaction() as tx:
        assert carts.found(tx, cart_id, clock.now()) is None
        assert carts.forget(tx, clock.now()) == 1
        assert tx.scalar(select(func.count()).select_from(CartLine)) == 0


def test_stripe_down_leaves_cart_and_order(shop, gateway):
    cart_id = filled(shop, ("arduino-board", 1))
    wish = cart_wish(shop, cart_id)
    order = shop.from_carts.place(wish)
    gateway.trouble = unreachable()
    with pytest.raises(type(gateway.trouble)):
        shop.checkouts.start(order.id)
    gateway.trouble = None
    assert shop.from_carts.place(wish).id == order.id
    assert looked_at(shop, cart_id).count == 1


def test_what_an_expired_order_wanted_goes_back_into_a_cart(shop):
    cart_id = filled(shop, ("arduino-board", 2))
    order = shop.from_carts.place(cart_wish(shop, cart_id))
    change_price(shop, "arduino-board", 4100)
    with shop.database.transaction() as tx:
        fresh = carts.put_back(tx, shop.clock, None, tx.get_one(Order, order.id))
        assert carts.put_back(tx, shop.clock, fresh, tx.get_one(Order, order.id)) is fresh
    line = looked_at(shop, fresh.id).lines[0]
    assert (line.wanted, line.was) == (2, Money(3900, "usd"))


def test_one_product_by_itself_costs_what_it_costs_in_a_cart(shop, business):
    with shop.database.transaction() as tx:
        for country, percentage in (("US", "8.875"), ("JP", "10")):
            tax.add_rate(tx, shop.clock, TaxTerms(country, percentage, inclusive=False))
    for slug, quantity in (("arduino-board", 1), ("sensor-kit", 4), ("first-circuits", 3)):
        by_cart = filled(shop, (slug, quantity))
        with shop.database.transaction() as tx:
            alone = Purchase(_price(tx, slug), quantity, "usd")
        for country in ("DE", "AT", "US", "JP"):
            with shop.database.transaction() as tx:
                cart = cart_of(tx, shop.clock, alone, "buy_this")
                by_purchase = look(tx, cart, shop.settings, country=country)
            seen = looked_at(shop, by_cart, country=country)
            assert by_purchase.reckoning == seen.reckoning
            assert by_purchase.total == seen.total
    with shop.database.transaction() as tx:
        assert tx.get(Cart, "buy_this") is None


def test_what_something_is_added_to_is_not_sold_at_its_price_alone(shop, business):
    for slug in ("arduino-board", "first-circuits"):
        with pytest.raises(NeedsReview):
            shop.placing.place(wish(shop, slug))
    # Its tax comes with each invoice, from Stripe; and it is not shipped.
    assert shop.placing.place(wish(shop, "parts-club", "yearly")).number
    with shop.database.transaction() as tx:
        for rate in tax.rates(tx):
            tax.retire_rate(tx, shop.clock, rate.id)
    assert shop.placing.place(wish(shop, "first-circuits")).total_minor
    with pytest.raises(NeedsReview):
        shop.placing.place(wish(shop))
