"""Payment links: made once, opened by everybody who comes."""

from urllib.parse import urlsplit

import pytest
import stripe

from tests.emulator.buying import event, pay, price_data
from tests.emulator.conftest import over_the_wire
from tests.emulator.shape_checker import must_be_whole


def a_link(client, **more):
    wish = {"line_items": [{"price_data": price_data(), "quantity": 2}], **more}
    return client.v1.payment_links.create(wish)


def opened(client, emulator, link, query=""):
    """The session a visitor of the link gets."""
    answer = over_the_wire(emulator.url, "GET", urlsplit(link.url).path + query)
    assert answer.status == 303, answer.body
    session = client.v1.checkout.sessions.list({"limit": 1}).data[0]
    assert answer.headers["location"].startswith(f"{emulator.url}/c/pay/{session.id}")
    return session


def test_a_link_is_made_changed_and_listed(client):
    made = a_link(client, metadata={"a": "b"}, inactive_message="Sold out")
    must_be_whole(made)
    assert "/b/test_" in made.url
    assert (made.active, made.currency, made.submit_type) == (True, "usd", "auto")
    assert made.after_completion.type == "hosted_confirmation"
    lines = client.v1.payment_links.line_items.list(made.id).data
    for each in lines:
        must_be_whole(each)
    assert [(each.description, each.quantity) for each in lines] == [("Board", 2)]
    changed = client.v1.payment_links.update(
        made.id, {"active": False, "line_items": [{"id": lines[0].id, "quantity": 5}]}
    )
    must_be_whole(changed)
    whole = client.v1.payment_links.retrieve(made.id, {"expand": ["line_items"]})
    assert (whole.active, whole.line_items.data[0].quantity) == (False, 5)
    assert changed.metadata.to_dict() == {"a": "b"}
    assert event(client, "payment_link.created").data.object["id"] == made.id
    assert client.v1.payment_links.list({"active": True}).data == []
    assert [each.id for each in client.v1.payment_links.list({"active": False}).data] == [made.id]


def test_every_visitor_gets_a_session(client, emulator):
    link = a_link(client, metadata={"campaign": "x"}, allow_promotion_codes=True)
    assert client.v1.checkout.sessions.list().data == []
    first = opened(client, emulator, link, "?client_reference_id=ref-1&utm_source=mail")
    must_be_whole(first)
    assert (first.payment_link, first.client_reference_id) == (link.id, "ref-1")
    assert (first.amount_total, first.allow_promotion_codes) == (2000, True)
    assert (first.metadata.to_dict(), first.success_url) == ({"campaign": "x"}, None)
    second = opened(client, emulator, link, "?locked_prefilled_email=ada@b.test")
    assert second.customer_email == "ada@b.test"
    assert first.id != second.id
    assert pay(emulator, first)["outcome"] == "paid"
    listed = client.v1.checkout.sessions.list({"payment_link": link.id}).data
    assert [each.status for each in listed] == ["open", "complete"]


def test_a_link_sends_its_buyers_where_the_shop_says(client, emulator):
    redirect = {"url": "http://shop.test/thanks?s={CHECKOUT_SESSION_ID}"}
    link = a_link(client, after_completion={"type": "redirect", "redirect": redirect})
    session = opened(client, emulator, link)
    assert pay(emulator, session)["return_url"] == f"http://shop.test/thanks?s={session.id}"


def test_a_link_may_sell_a_subscription(client, emulator):
    recurring = {**price_data(), "recurring": {"interval": "month"}}
    link = a_link(
        client,
        line_items=[{"price_data": recurring, "quantity": 1}],
        subscription_data={"trial_period_days": 7},
    )
    must_be_whole(link)
    assert link.subscription_data.trial_period_days == 7
    session = opened(client, emulator, link)
    assert (session.mode, session.amount_total) == ("subscription", 0)


def test_a_link_that_rests_says_so(client, emulator):
    link = a_link(client, inactive_message="Sold out until spring")
    client.v1.payment_links.update(link.id, {"active": False})
    answer = over_the_wire(emulator.url, "GET", urlsplit(link.url).path)
    assert (answer.status, b"Sold out until spring" in answer.body) == (410, True)
    assert over_the_wire(emulator.url, "GET", "/b/test_none").status == 404
    assert client.v1.checkout.sessions.list().data == []


def test_a_link_for_so_many_orders_closes_after_them(client, emulator):
    link = a_link(client, restrictions={"completed_sessions": {"limit": 1}})
    pay(emulator, opened(client, emulator, link))
    closed = client.v1.payment_links.retrieve(link.id)
    assert (closed.active, closed.restrictions.completed_sessions.count) == (False, 1)


@pytest.mark.parametrize(
    ("wish", "param"),
    [
        ({"line_items": []}, "line_items"),
        ({"line_items": [{"price": "price_none", "quantity": 1}]}, "line_items[0][price]"),
        ({"line_items": [{"price_data": price_data(10), "quantity": 1}]}, "line_items"),
        ({"after_completion": {"type": "redirect"}}, "after_completion[redirect]"),
        ({"restrictions": {"completed_sessions": {"limit": 0}}}, None),
        (
            {"shipping_options": [{"shipping_rate": "shr_none"}]},
            "shipping_options[0][shipping_rate]",
        ),
        ({"application_fee_amount": 5}, "application_fee_amount"),
    ],
)
def test_a_link_that_makes_no_sense_is_refused(client, wish, param):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        a_link(client, **wish)
    assert param is None or caught.value.param == param
    assert client.v1.payment_links.list().data == []


def test_the_shops_own_words_are_on_the_page_in_the_end(client, emulator):
    after = {
        "type": "hosted_confirmation",
        "hosted_confirmation": {"custom_message": "Danke, Ulm!"},
    }
    session = opened(client, emulator, a_link(client, after_completion=after))
    page = f"/c/pay/{session.id}"
    assert b"Danke" not in over_the_wire(emulator.url, "GET", page).body
    pay(emulator, session)
    assert b"Danke, Ulm!" in over_the_wire(emulator.url, "GET", page).body


def test_an_address_may_be_filled_in_before(client, emulator):
    session = opened(client, emulator, a_link(client), "?prefilled_email=ada@b.test")
    assert session.customer_email is None
    page = over_the_wire(emulator.url, "GET", f"/c/pay/{session.id}").body
    assert b'value="ada@b.test"' in page
