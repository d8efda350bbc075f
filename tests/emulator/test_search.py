"""Search: Stripe's query language over what is there."""

import pytest
import stripe

from tests.emulator.buying import pay_now
from tests.emulator.shape_checker import must_be_whole


@pytest.fixture
def customers(client):
    ada = {"name": "Ada L.", "email": "Ada@Example.test", "metadata": {"tier": "gold"}}
    return [
        client.v1.customers.create(each)
        for each in (ada, {"name": "Bob", "metadata": {"tier": "tin"}}, {"phone": "+1 555 0100"})
    ]


def found(client, query: str) -> list[str | None]:
    page = client.v1.customers.search({"query": query})
    return [each.name for each in page.data]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ('email:"ada@example.test"', ["Ada L."]),
        ("email:'ada@example.test'", ["Ada L."]),
        ('name~"da l"', ["Ada L."]),
        ('metadata["tier"]:"tin"', ["Bob"]),
        ("metadata['tier']:'gold' OR metadata['tier']:'tin'", ["Bob", "Ada L."]),
        ('name:"Bob" AND metadata["tier"]:"gold"', []),
        ('name:"Bob" metadata["tier"]:"tin"', ["Bob"]),
        ('-name:"Bob"', [None, "Ada L."]),
        ("name:null", [None]),
        ("-name:null", ["Bob", "Ada L."]),
        ("created>1000", [None, "Bob", "Ada L."]),
        ("created<1000", []),
        ('name:"quo\\"te"', []),
    ],
)
def test_a_query_finds_what_it_says(client, customers, query, names):
    assert found(client, query) == names


@pytest.mark.parametrize(
    "query",
    ["", "name", "name:", 'shoe_size:"44"', 'metadata:"x"', 'name~"ab"', 'created:"soon"',
     'name>"a"', 'name:"a" OR name:"b" AND name:"c"', 'name:"a', "name>null",
     " AND ".join(['name:"a"'] * 11), 'name:"a"; DROP TABLE objects', '$.x:"y"',
     """metadata['a"b']:'c'"""],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(client, query):
    with pytest.raises(stripe.InvalidRequestError, match="search query"):
        client.v1.customers.search({"query": query or " "})


def test_pages_follow_one_another_and_count(client):
    for n in range(7):
        client.v1.customers.create({"name": f"Number {n}"})
    first = client.v1.customers.search(
        {"query": 'name~"number"', "limit": 3, "expand": ["total_count"]}
    )
    assert (first.has_more, first.total_count) == (True, 7)
    names = [each.name for each in first.auto_paging_iter()]
    assert names == [f"Number {n}" for n in reversed(range(7))]
    last = client.v1.customers.search({"query": 'name:"Number 0"'})
    assert (last.has_more, last.next_page) == (False, None)
    with pytest.raises(stripe.InvalidRequestError, match="next_page"):
        client.v1.customers.search({"query": 'name~"number"', "page": "2"})


def test_payments_are_found_by_card_and_by_what_became_of_them(client):
    paid = pay_now(client, 3900)
    client.v1.refunds.create({"payment_intent": paid.id})
    query = 'payment_method_details.card.last4:"4242" AND refunded:"true"'
    (charge,) = client.v1.charges.search({"query": query, "expand": ["data.payment_intent"]}).data
    assert charge.payment_intent.id == paid.id
    must_be_whole(client.v1.charges.search({"query": "refunded:'true'"}).data[0])
    assert client.v1.charges.search({"query": 'refunded:"false"'}).data == []
    assert client.v1.payment_intents.search({"query": "amount>=3900"}).data[0].id == paid.id
    assert client.v1.payment_intents.search({"query": 'status:"canceled"'}).data == []


def test_what_was_deleted_is_not_found(client, customers):
    client.v1.customers.delete(customers[1].id)
    assert found(client, 'name:"Bob"') == []
