"""A cart paid within our own page: Stripe's form there asks for no address, so ours does."""

from dataclasses import replace

import pytest

from paydesk.payments import ways
from tests.web.test_cart import business, fields_of, orders, page, put_in, review

__all__ = ["business"]


@pytest.fixture
def settings(settings):
    return replace(settings, ways=("element", "hosted"))


ADDRESS = {
    "name": "Ada Lovelace",
    "line1": "Ring 1",
    "postcode": "10115",
    "city": "Berlin",
}


def test_the_address_is_asked_for_where_stripe_does_not(visitor, shop, business, gateway):
    put_in(visitor, "soldering-iron")
    form = review(visitor)
    refused = visitor.http.post("/checkout", data=form)
    assert refused.status_code == 422
    for field in ADDRESS:
        assert f'<a href="#{field}">' in page(refused)
    ordered = visitor.http.post("/checkout", data=form | ADDRESS)
    (order,) = orders(shop)
    assert ordered.location.endswith(f"/o/{order.number}/{order.secret}/pay/element")
    assert order.ship_to == {**ADDRESS, "country": "DE"}
    started = shop.checkouts.start(order.id, "element")
    # Goods and shipping: the intent is of all that was agreed.
    assert gateway.intents[started.stripe_id]["amount"] == order.total_minor == 5900 + 490


def test_another_way_of_the_same_form_is_the_same_order(visitor, shop, business):
    put_in(visitor, "soldering-iron")
    form = review(visitor) | ADDRESS
    visitor.http.post("/checkout", data=form)
    other = visitor.http.post("/checkout", data=form | {"way": "hosted"})
    assert other.location.startswith("https://checkout.stripe.com/")
    (order,) = orders(shop)
    with shop.database.transaction() as tx:
        assert ways.named("hosted").asks_address
        assert tx.merge(order).ship_to["city"] == "Berlin"


def test_a_shop_that_charges_no_shipping_asks_for_no_address(visitor, shop):
    put_in(visitor, "soldering-iron")
    html = page(visitor.http.get("/checkout"))
    assert 'name="line1"' not in html
    form = fields_of(html, "/checkout") | {"email": "buyer@example.com"}
    assert visitor.http.post("/checkout", data=form).status_code == 303
    assert orders(shop)[0].ship_to is None
