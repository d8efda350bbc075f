"""Products and prices: what is for sale, and amounts that never change."""

import pytest
import stripe

from tests.emulator.buying import event
from tests.emulator.conftest import Ask
from tests.emulator.shape_checker import must_be_whole

EURO = {"currency": "eur", "unit_amount": 500}


@pytest.fixture
def product(client) -> stripe.Product:
    made: stripe.Product = client.v1.products.create({"name": "Board"})
    return made


def test_a_product_needs_a_name_only_and_is_whole(client, product):
    must_be_whole(product)
    assert (product.name, product.active, product.type) == ("Board", True, "service")
    assert product.id.startswith("prod_")
    assert client.v1.products.retrieve(product.id).to_dict() == product.to_dict()
    assert event(client, "product.created").data.object.to_dict() == product.to_dict()


def test_a_product_may_have_an_id_of_its_own_once(client):
    assert client.v1.products.create({"name": "x", "id": "board-7"}).id == "board-7"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.products.create({"name": "y", "id": "board-7"})
    assert caught.value.code == "resource_already_exists"
    assert client.v1.products.retrieve("board-7").name == "x"


def test_a_product_with_a_default_price(client):
    made = client.v1.products.create({"name": "x", "default_price_data": EURO})
    price = client.v1.prices.retrieve(made.default_price)
    must_be_whole(made)
    must_be_whole(price)
    assert (price.product, price.unit_amount, price.currency) == (made.id, 500, "eur")


def test_a_changed_product_tells_what_it_was(client, product):
    changed = client.v1.products.update(product.id, {"name": "New", "description": "Shiny"})
    must_be_whole(changed)
    before = event(client, "product.updated").data.previous_attributes
    assert before is not None
    assert (before["name"], before["description"]) == ("Board", None)
    assert client.v1.products.update(product.id, {"description": ""}).description is None


def test_a_change_that_changes_nothing_is_no_event(client, product):
    client.v1.products.update(product.id, {"name": "Board"})
    assert client.v1.events.list({"type": "product.updated"}).data == []


def test_a_product_is_deleted_unless_it_has_prices(client, product):
    client.v1.prices.create({"product": product.id, **EURO})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.products.delete(product.id)
    other = client.v1.products.create({"name": "free"})
    assert client.v1.products.delete(other.id).deleted is True
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.products.update(other.id, {"name": "back"})
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "name=",
        "name=x&" + "&".join(f"images[{n}]=http://a.test/{n}" for n in range(9)),
        "name=x&" + "&".join(f"marketing_features[{n}][name]=f" for n in range(16)),
        "name=x&active=perhaps",
        "name=x&default_price_data[currency]=eur",
    ],
)
def test_a_product_that_makes_no_sense_is_refused_and_nothing_is_kept(client, ask: Ask, body):
    assert ask("POST", "/v1/products", body).status == 400
    assert client.v1.products.list().data == []
    assert client.v1.events.list().data == []


def test_products_are_listed_by_whether_they_are_for_sale(client, product):
    client.v1.products.create({"name": "gone", "active": False})
    assert [each.id for each in client.v1.products.list({"active": True}).data] == [product.id]
    assert len(client.v1.products.list().data) == 2


def test_a_price_is_whole(client, product):
    price = client.v1.prices.create({"product": product.id, "nickname": "n", **EURO})
    must_be_whole(price)
    assert (price.type, price.billing_scheme, price.active) == ("one_time", "per_unit", True)
    assert str(price.unit_amount_decimal) == "500"
    assert event(client, "price.created").data.object.to_dict() == price.to_dict()


def test_a_price_may_bring_its_product(client):
    price = client.v1.prices.create({"product_data": {"name": "inline"}, **EURO})
    assert client.v1.products.retrieve(price.product).name == "inline"
    assert client.v1.products.retrieve(price.product).active is True


def test_a_recurring_price_says_how_often(client, product):
    price = client.v1.prices.create(
        {"product": product.id, **EURO, "recurring": {"interval": "month"}}
    )
    must_be_whole(price)
    assert price.type == "recurring"
    assert price.recurring is not None
    assert (price.recurring.interval, price.recurring.interval_count) == ("month", 1)


@pytest.mark.parametrize("change", ["unit_amount=5", "currency=usd"])
def test_the_amount_of_a_price_never_changes(client, ask: Ask, product, change):
    price = client.v1.prices.create({"product": product.id, **EURO})
    refused = ask("POST", f"/v1/prices/{price.id}", change)
    assert (refused.status, refused.error["code"]) == (400, "parameter_unknown")
    assert client.v1.prices.retrieve(price.id).unit_amount == 500


def test_a_price_is_retired_and_listed_as_such(client, product):
    price = client.v1.prices.create({"product": product.id, **EURO})
    assert client.v1.prices.update(price.id, {"active": False}).active is False
    assert client.v1.prices.list({"active": True}).data == []
    assert [each.id for each in client.v1.prices.list({"product": product.id}).data] == [price.id]
    assert client.v1.prices.list({"currency": "usd"}).data == []


def test_a_lookup_key_belongs_to_one_price_and_can_be_taken_over(client, product):
    first = client.v1.prices.create({"product": product.id, **EURO, "lookup_key": "basic"})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.prices.create({"product": product.id, **EURO, "lookup_key": "basic"})
    taken = {"product": product.id, **EURO, "lookup_key": "basic", "transfer_lookup_key": True}
    assert client.v1.prices.create(taken).lookup_key == "basic"
    assert client.v1.prices.retrieve(first.id).lookup_key is None


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ("unit_amount=5", "currency"),
        ("currency=xxx&unit_amount=5", "currency"),
        ("currency=eur", "unit_amount"),
        ("currency=eur&unit_amount=-1", "unit_amount"),
        ("currency=eur&unit_amount=1000000000000", "unit_amount"),
        ("currency=eur&unit_amount=1.5", "unit_amount"),
        ("currency=eur&unit_amount=5&unit_amount_decimal=5", "unit_amount"),
        ("currency=eur&unit_amount_decimal=0.1234567890123", "unit_amount_decimal"),
        ("currency=eur&unit_amount=5&tiers_mode=volume", "tiers_mode"),
    ],
)
def test_a_price_that_makes_no_sense_is_refused(ask: Ask, product, body, param):
    answer = ask("POST", "/v1/prices", f"product={product.id}&{body}")
    assert (answer.status, answer.error["param"]) == (400, param)


def test_a_price_needs_one_product(ask: Ask, product):
    money = "currency=eur&unit_amount=5"
    assert ask("POST", "/v1/prices", money).status == 400
    both = ask("POST", "/v1/prices", f"{money}&product={product.id}&product_data[name]=x")
    assert both.status == 400
    lost = ask("POST", "/v1/prices", f"{money}&product=prod_none")
    assert lost.error["code"] == "resource_missing"
