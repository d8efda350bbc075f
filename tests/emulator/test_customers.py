"""Customers: made, changed, deleted and remembered as a stub."""

import pytest
import stripe

from tests.emulator.buying import event
from tests.emulator.conftest import Ask
from tests.emulator.shape_checker import must_be_whole


def test_a_customer_needs_nothing_and_is_whole(client):
    made = client.v1.customers.create()
    must_be_whole(made)
    assert made.id.startswith("cus_")
    assert (made.email, made.balance, made.livemode) == (None, 0, False)
    assert event(client, "customer.created").data.object.to_dict() == made.to_dict()


def test_what_is_said_of_a_customer_is_kept(client):
    wish = {
        "email": "ada@example.test",
        "name": "Ada Zürich 🚲",
        "address": {"line1": "Road 1", "country": "CH"},
        "shipping": {"name": "Ada", "address": {"line1": "Road 2"}},
        "preferred_locales": ["de", "fr"],
        "metadata": {"order": "7"},
    }
    made = client.v1.customers.create(wish)
    must_be_whole(made)
    found = client.v1.customers.retrieve(made.id)
    assert (found.name, found.email) == (wish["name"], wish["email"])
    assert (found.address.line1, found.address.city) == ("Road 1", None)
    assert found.shipping.address.line1 == "Road 2"
    assert found.preferred_locales == ["de", "fr"]
    assert found.metadata["order"] == "7"


def test_a_changed_customer_tells_what_it_was(client):
    made = client.v1.customers.create({"name": "Old", "phone": "1"})
    changed = client.v1.customers.update(made.id, {"name": "New", "phone": ""})
    must_be_whole(changed)
    assert (changed.name, changed.phone) == ("New", None)
    before = event(client, "customer.updated").data.previous_attributes
    assert before is not None
    assert before.to_dict() == {"name": "Old", "phone": "1"}


def test_of_a_deleted_customer_a_stub_remains(client):
    made = client.v1.customers.create({"name": "x"})
    assert client.v1.customers.delete(made.id).deleted is True
    found = client.v1.customers.retrieve(made.id)
    assert found.to_dict() == {"id": made.id, "object": "customer", "deleted": True}
    for call in (client.v1.customers.delete, client.v1.customers.update):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            call(made.id)
        assert caught.value.http_status == 404
    assert event(client, "customer.deleted").data.object["name"] == "x"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ("email=nobody", "email"),
        ("email=a@b@c", "email"),
        ("tax_exempt=perhaps", "tax_exempt"),
        ("address[planet]=Mars", "address[planet]"),
        ("source=tok_none", "source"),
        ("balance=ten", "balance"),
    ],
)
def test_what_makes_no_sense_of_a_customer_is_refused(client, ask: Ask, body, param):
    answer = ask("POST", "/v1/customers", body)
    assert (answer.status, answer.error["param"]) == (400, param)
    assert client.v1.customers.list().data == []


def test_a_customer_that_is_not_there(client):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.retrieve("cus_none")
    assert caught.value.user_message == "No such customer: 'cus_none'"
