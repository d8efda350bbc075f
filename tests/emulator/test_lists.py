"""Lists and what hangs on objects: paging both ways, filters, `expand[]`."""

from typing import Any

import pytest
import stripe
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.emulator.conftest import KEY, Ask, over_the_wire
from tests.emulator.shape_checker import list_problems, must_be_whole


@pytest.fixture
def names(client) -> list[str]:
    """Seven customers' ids, newest first."""
    made = [client.v1.customers.create({"name": f"n{n}"}).id for n in range(7)]
    return made[::-1]


def ids_of(page) -> list[str]:
    return [each.id for each in page.data]


def test_a_page_says_where_it_is_and_whether_there_is_more(client, names):
    page = client.v1.customers.list({"limit": 3})
    assert (ids_of(page), page.has_more, page.url) == (names[:3], True, "/v1/customers")
    assert list_problems(page) == []
    assert client.v1.customers.list({"limit": 7}).has_more is False


def test_pages_go_forward(client, names):
    page = client.v1.customers.list({"limit": 3, "starting_after": names[2]})
    assert (ids_of(page), page.has_more) == (names[3:6], True)
    last = client.v1.customers.list({"limit": 3, "starting_after": names[5]})
    assert (ids_of(last), last.has_more) == (names[6:], False)


def test_pages_go_backward(client, names):
    page = client.v1.customers.list({"limit": 3, "ending_before": names[5]})
    assert (ids_of(page), page.has_more) == (names[2:5], True)
    first = client.v1.customers.list({"limit": 3, "ending_before": names[2]})
    assert (ids_of(first), first.has_more) == (names[:2], False)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_the_sdk_walks_all_pages_both_ways(client, names, limit):
    forward = client.v1.customers.list({"limit": limit})
    assert [each.id for each in forward.auto_paging_iter()] == names
    backward = client.v1.customers.list({"limit": limit, "ending_before": names[-1]})
    # Each page backwards: the oldest first.
    assert [each.id for each in backward.auto_paging_iter()] == names[:-1][::-1]


def test_what_is_made_between_two_pages_shifts_nothing(client, names):
    page = client.v1.customers.list({"limit": 3})
    client.v1.customers.create({"name": "late"})
    assert ids_of(page.next_page()) == names[3:6]


@pytest.mark.parametrize("path", ["/v1/customers", "/v1/checkout/sessions", "/v1/events"])
@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "created[gt]=x", "colour=red"]
)
def test_a_list_refuses_what_makes_no_sense(ask: Ask, path, query):
    assert ask("GET", f"{path}?{query}").status == 400


def test_a_cursor_must_lead_somewhere_and_be_alone(ask: Ask, names):
    lost = ask("GET", "/v1/customers?starting_after=cus_none")
    assert (lost.status, lost.error["param"]) == (400, "starting_after")
    both = ask("GET", f"/v1/customers?starting_after={names[0]}&ending_before={names[1]}")
    assert (both.status, both.error["code"]) == (400, "parameters_exclusive")


def test_lists_are_filtered_by_time_and_field(client, names):
    made = client.v1.customers.create({"email": "ada@example.test"})
    assert ids_of(client.v1.customers.list({"email": "ada@example.test"})) == [made.id]
    later = {"created": {"gt": made.created + 5}}
    assert client.v1.customers.list(later).data == []
    assert len(client.v1.customers.list({"created": {"lte": made.created}}).data) == 8


def test_a_deleted_object_leaves_the_list(client, names):
    client.v1.customers.delete(names[3])
    assert ids_of(client.v1.customers.list()) == names[:3] + names[4:]


@settings(max_examples=40, deadline=None)
@given(count=st.integers(0, 12), limit=st.integers(1, 5), forward=st.booleans())
def test_pages_leave_nothing_out_and_repeat_nothing(one_emulator, count, limit, forward):
    one_emulator.emulator.forget()

    def page(query: str) -> dict[str, Any]:
        path = f"/v1/products?limit={limit}{query}"
        found: dict[str, Any] = over_the_wire(one_emulator.url, "GET", path).json
        return found

    for n in range(count):
        over_the_wire(one_emulator.url, "POST", "/v1/products", f"name=p&id=prod_{n}", key=KEY)
    wanted = [f"prod_{n}" for n in reversed(range(count))]
    seen: list[str] = []
    if not forward and count:
        seen = ["prod_0"]
    query = "" if forward or not count else "&ending_before=prod_0"
    while True:
        found = page(query)
        ids = [each["id"] for each in found["data"]]
        seen = seen + ids if forward or not count else ids + seen
        if not found["has_more"]:
            break
        assert len(ids) == limit
        query = f"&starting_after={ids[-1]}" if forward else f"&ending_before={ids[0]}"
    assert seen == wanted


# Expanding


@pytest.fixture
def paid(client, ask: Ask):
    """A paid session's id."""
    line = {
        "price_data": {"currency": "usd", "unit_amount": 1000, "product_data": {"name": "x"}},
        "quantity": 1,
    }
    session = client.v1.checkout.sessions.create(
        {"mode": "payment", "success_url": "http://shop.test", "line_items": [line]}
    )
    kind = {"Content-Type": "application/json"}
    assert ask("POST", f"/_emulator/checkout/{session.id}/pay", "{}", headers=kind).status == 200
    return session.id


def test_an_id_becomes_its_object_four_levels_deep(client, ask, paid):
    intent = client.v1.checkout.sessions.retrieve(paid).payment_intent
    client.v1.refunds.create({"payment_intent": intent})
    refund = client.v1.refunds.list({"expand": ["data.charge.payment_intent"]}).data[0]
    assert refund.charge.payment_intent.id == intent
    deep = "payment_intent.latest_charge.payment_intent.payment_method"
    session = client.v1.checkout.sessions.retrieve(paid, {"expand": [deep, "line_items"]})
    assert session.payment_intent.latest_charge.payment_intent.payment_method.card.last4 == "4242"
    assert session.line_items.data[0].amount_total == 1000
    must_be_whole(session)


def test_what_is_not_asked_for_stays_an_id_or_away(client, paid):
    session = client.v1.checkout.sessions.retrieve(paid)
    assert session.payment_intent.startswith("pi_")
    assert "line_items" not in session
    charge = client.v1.charges.list().data[0]
    assert "refunds" not in charge


def test_creating_expands_as_well(client):
    product = client.v1.products.create({"name": "x"})
    price = client.v1.prices.create(
        {"product": product.id, "unit_amount": 5, "currency": "eur", "expand": ["product"]}
    )
    assert price.product.name == "x"
    changed = client.v1.prices.update(price.id, {"nickname": "n", "expand": ["product"]})
    assert changed.product.id == product.id


@pytest.mark.parametrize(
    "path",
    [
        "nonsense",
        "id",
        "status",
        "metadata",
        "line_items.nonsense",
        "payment_intent..customer",
        "",
        ".",
        "payment_intent.latest_charge.payment_intent.latest_charge.payment_intent",
    ],
)
def test_what_cannot_be_expanded_is_refused(ask: Ask, paid, path):
    answer = ask("GET", f"/v1/checkout/sessions/{paid}?expand[]={path}")
    assert (answer.status, answer.error.get("param")) == (400, "expand")


@pytest.mark.parametrize("path", ["payment_intent", "data", "data.nonsense", "has_more", "data.id"])
def test_a_list_expands_below_data_only(ask: Ask, paid, path):
    assert ask("GET", f"/v1/charges?expand[]={path}").status == 400


def test_null_expands_to_null(client):
    intent = client.v1.payment_intents.create(
        {"amount": 500, "currency": "usd", "expand": ["customer", "latest_charge"]}
    )
    assert (intent.customer, intent.latest_charge) == (None, None)
    assert isinstance(intent, stripe.PaymentIntent)
