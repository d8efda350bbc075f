"""Placing orders: what the server looks up, refuses and holds."""

import threading
from typing import Any

import pytest
from sqlalchemy import func, select

from paydesk.catalogue import product as products
from paydesk.catalogue import stock
from paydesk.catalogue.product import Product, Variant, Visibility
from paydesk.catalogue.stock import SoldOut
from paydesk.foundation.errors import Invalid, NotFound, Refused
from paydesk.foundation.money import Money
from paydesk.orders.order import Order
from paydesk.orders.placing import PriceChanged, Wish
from paydesk.wiring import Shop


def variant(shop: Shop, slug: str, name: str = "") -> Variant:
    with shop.database.transaction() as tx:
        found = next(v for v in products.by_slug(tx, slug).variants if v.name == name)
        assert found.current_price is not None
        return found


def wish(shop: Shop, slug: str = "arduino-board", name: str = "", **more: object) -> Wish:
    price = variant(shop, slug, name).current_price
    assert price is not None
    return Wish(**{"price_id": price.id, "quantity": 1, **more})  # type: ignore[arg-type]


def test_an_order_freezes_names_and_prices_and_holds_stock(shop):
    order = shop.placing.place(wish(shop, quantity=2))
    assert (order.number, order.total.text()) == (1001, "$78.00")
    assert [(line.name, line.quantity) for line in order.lines] == [("Arduino Board", 2)]
    assert stock.left(variant(shop, "arduino-board")) == 48


def test_numbers_follow_each_other(shop):
    numbers = [shop.placing.place(wish(shop)).number for _ in range(3)]
    assert numbers == [1001, 1002, 1003]


@pytest.mark.parametrize("quantity", [0, -1, 100, 10**9])
def test_a_bad_quantity_is_refused(shop, quantity):
    with pytest.raises(Invalid):
        shop.placing.place(wish(shop, quantity=quantity))


def test_unknown_hidden_and_ambiguous_products_are_told_apart(shop):
    with pytest.raises(NotFound):
        shop.placing.place(Wish(quantity=1, product_id="prd_nothing"))
    with pytest.raises(NotFound):
        shop.placing.place(Wish(quantity=1, price_id="prc_nothing"))
    with pytest.raises(Invalid, match="Say which product"):
        shop.placing.place(Wish(quantity=1))
    with pytest.raises(Invalid, match="several variants"):
        shop.placing.place(
            Wish(quantity=1, product_id=variant(shop, "jumper-wires", "pin to pin").product_id)
        )
    asked = wish(shop, "sensor-kit")
    hide(shop, "sensor-kit")
    with pytest.raises(Refused, match="not on sale"):
        shop.placing.place(asked)


def test_with_one_product_on_sale_naming_none_means_it(shop):
    with shop.database.transaction() as tx:
        for each in tx.scalars(select(Product).where(Product.slug != "arduino-board")):
            each.visibility = Visibility.DRAFT
    assert shop.placing.place(Wish(quantity=1)).lines[0].name == "Arduino Board"


def test_a_changed_price_is_named_and_nothing_is_written(shop, clock):
    shown = wish(shop, shown_minor=3900)
    with shop.database.transaction() as tx:
        board = products.by_slug(tx, "arduino-board").variants[0]
        products.change_price(tx, board, Money(4100, "usd"), clock)
    with pytest.raises(PriceChanged, match=r"\$41\.00") as refusal:
        shop.placing.place(shown)
    assert refusal.value.price == Money(4100, "usd")
    assert stock.left(variant(shop, "arduino-board")) == 50
    with shop.database.transaction() as tx:
        assert tx.scalar(select(func.count()).select_from(Order)) == 0


def test_a_tampered_price_is_refused(shop):
    with pytest.raises(PriceChanged):
        shop.placing.place(wish(shop, shown_minor=1))
    with pytest.raises(PriceChanged):
        shop.placing.place(wish(shop, shown_minor=3900, shown_currency="jpy"))


def test_the_three_states_of_stock(shop):
    assert availability(shop, "830 contacts") == "available"
    shop.placing.place(wish(shop, "breadboard", "830 contacts", quantity=3))
    assert availability(shop, "830 contacts") == "reserved"
    assert availability(shop, "1660 contacts") == "sold_out"
    with pytest.raises(SoldOut, match="reserved by other buyers"):
        shop.placing.place(wish(shop, "breadboard", "830 contacts"))
    with pytest.raises(SoldOut, match="is sold out"):
        shop.placing.place(wish(shop, "breadboard", "1660 contacts"))
    with pytest.raises(SoldOut, match="Only 40"):
        shop.placing.place(wish(shop, "breadboard", "400 contacts", quantity=41))


def availability(shop: Shop, name: str) -> str:
    return stock.availability(variant(shop, "breadboard", name)).value


def test_the_same_form_twice_is_one_order(shop):
    form = wish(shop, attempt="a token of the form", buyer="somebody")
    assert shop.placing.place(form).id == shop.placing.place(form).id
    assert stock.left(variant(shop, "arduino-board")) == 49


def test_the_same_browser_asking_the_same_without_a_token_is_one_order(shop):
    form = wish(shop, buyer="somebody")
    assert shop.placing.place(form).id == shop.placing.place(form).id
    assert shop.placing.place(wish(shop, buyer="somebody else")).number == 1002


def test_programs_without_token_or_cookie_order_anew_each_time(shop):
    assert shop.placing.place(wish(shop)).id != shop.placing.place(wish(shop)).id


def test_the_same_form_after_cancelling_is_a_new_order(shop, clock):
    form = wish(shop, attempt="a token of the form", buyer="somebody")
    first = shop.placing.place(form)
    with shop.database.transaction() as tx:
        tx.get_one(Order, first.id).cancelled_at = clock.now()
    second = shop.placing.place(form)
    assert (first.number, second.number) == (1001, 1002)


def test_clicks_at_the_same_time_are_one_order(shop):
    form = wish(shop, attempt="a token of the form", buyer="somebody")
    found, start = [], threading.Barrier(8)

    def click() -> None:
        start.wait()
        found.append(shop.placing.place(form).id)

    threads = [threading.Thread(target=click) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert stock.left(variant(shop, "arduino-board")) == 49


def test_buyers_at_the_same_time_cannot_buy_more_than_there_is(shop):
    asked = wish(shop, "soldering-iron")
    sold, refused, start = [], [], threading.Barrier(16)

    def buy() -> None:
        start.wait()
        try:
            sold.append(shop.placing.place(asked))
        except SoldOut as refusal:
            refused.append(refusal)

    threads = [threading.Thread(target=buy) for _ in range(16)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (len(sold), len(refused)) == (5, 11)


def hide(shop: Shop, slug: str) -> None:
    with shop.database.transaction() as tx:
        products.by_slug(tx, slug).visibility = Visibility.HIDDEN


def test_a_price_is_paid_in_the_currency_it_was_shown_in(shop, gateway):
    mug: dict[str, Any] = {"shown_minor": 1100, "shown_currency": "eur", "attempt": "a" * 20}
    order = shop.placing.place(wish(shop, "workshop-mug", quantity=2, **mug))
    assert (order.currency, order.total_minor) == ("eur", 2200)
    # The same form in another currency is another agreement.
    pounds = {**mug, "shown_minor": 950, "shown_currency": "gbp"}
    assert shop.placing.place(wish(shop, "workshop-mug", **pounds)).currency == "gbp"
    shop.checkouts.start(order.id)
    ((request, _),) = gateway.by_key.values()
    assert request.currency == "eur"
    assert request.params["line_items"][0]["price_data"]["unit_amount"] == 1100
    for wrong in ({"shown_minor": 1200}, {"shown_currency": "jpy"}):
        with pytest.raises(PriceChanged):
            shop.placing.place(wish(shop, "workshop-mug", **{**mug, **wrong}))
