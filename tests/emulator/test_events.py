"""Events: in the order Stripe sends them, a picture of their moment, thirty days long."""

import time

import pytest
import stripe

from tests.emulator.buying import authenticate, event, history, new_session, pay, pay_now
from tests.emulator.conftest import Ask
from tests.emulator.shape_checker import list_problems, must_be_whole

SUCCESS = ["charge.succeeded", "payment_intent.succeeded"]
DECLINE = ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]


def test_a_card_that_pays(client, emulator):
    pay(emulator, new_session(client))
    # Observed: the payment is announced after it has succeeded.
    before = [*SUCCESS, "payment_intent.created", "checkout.session.completed"]
    assert history(client) == before
    until = time.monotonic() + 6
    while len(history(client)) < 5:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert history(client) == [*before, "charge.updated"]


def test_a_session_brings_its_products_and_prices(client):
    new_session(client)
    kinds = [each.type for each in reversed(client.v1.events.list().data)]
    assert kinds == ["product.created", "price.created"]


def test_a_declined_card_and_then_one_that_pays(client, emulator):
    session = new_session(client)
    pay(emulator, session, "4000000000000002")
    assert history(client) == DECLINE
    pay(emulator, session)
    assert history(client, "charge.updated") == [*DECLINE, *SUCCESS, "checkout.session.completed"]


@pytest.mark.parametrize("complete", [True, False])
def test_a_card_that_asks_its_holder(client, emulator, complete):
    session = new_session(client)
    pay(emulator, session, "4000002760003184")
    asked = ["payment_intent.created", "payment_intent.requires_action"]
    assert history(client) == asked
    authenticate(emulator, session, complete=complete)
    then = [*SUCCESS, "checkout.session.completed"] if complete else DECLINE[2:]
    assert history(client, "charge.updated") == [*asked, *then]


def test_a_session_that_expires(client, emulator):
    untouched, tried = new_session(client), new_session(client)
    client.v1.checkout.sessions.expire(untouched.id)
    assert history(client) == ["checkout.session.expired"]
    pay(emulator, tried, "4000000000000002")
    client.v1.checkout.sessions.expire(tried.id)
    assert history(client)[-2:] == ["checkout.session.expired", "payment_intent.canceled"]


@pytest.mark.parametrize("amount", [1000, 400])
def test_a_refund_in_full_or_in_part(client, amount):
    intent = pay_now(client, capture_method="automatic")
    before = history(client)
    client.v1.refunds.create({"payment_intent": intent.id, "amount": amount})
    assert history(client)[len(before) :] == [
        "refund.created",
        "charge.refunded",
        "refund.updated",
        "charge.refund.updated",
    ]
    charge = event(client, "charge.refunded").data.object
    assert (charge["amount_refunded"], charge["refunded"]) == (amount, amount == 1000)


def test_a_payment_authorised_and_captured(client, emulator):
    pay(emulator, new_session(client, payment_intent_data={"capture_method": "manual"}))
    assert history(client) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
        "checkout.session.completed",
    ]
    client.v1.payment_intents.capture(client.v1.payment_intents.list().data[0].id)
    assert history(client)[4:6] == ["charge.captured", "payment_intent.succeeded"]


def test_a_payment_authorised_and_cancelled(client):
    held = pay_now(client, capture_method="manual")
    client.v1.payment_intents.cancel(held.id)
    assert history(client)[-2:] == ["charge.refunded", "payment_intent.canceled"]


def test_a_buyer_who_becomes_a_customer(client, emulator):
    pay(emulator, new_session(client, customer_creation="always"))
    assert "customer.created" in history(client)
    assert history(client, "charge.updated")[-1] == "checkout.session.completed"


# What they hold


def test_an_event_is_a_picture_of_its_moment(client, emulator):
    session = new_session(client)
    pay(emulator, session)
    happened = event(client, "checkout.session.completed")
    must_be_whole(happened)
    shown = client.v1.checkout.sessions.retrieve(session.id)
    assert happened.data.object.to_dict() == shown.to_dict()
    client.v1.checkout.sessions.update(session.id, {"metadata": {"later": "yes"}})
    again = client.v1.events.retrieve(happened.id)
    assert again.data.object["metadata"].to_dict() == {}
    assert "line_items" not in again.data.object
    assert event(client, "payment_intent.created").data.object["status"] == (
        "requires_payment_method"
    )


def test_every_event_and_what_it_holds_is_whole(client, emulator):
    kinds = {"checkout.session": stripe.checkout.Session}
    session = new_session(client, customer_creation="always")
    pay(emulator, session, "4000000000000002")
    pay(emulator, session)
    client.v1.refunds.create({"payment_intent": client.v1.payment_intents.list().data[0].id})
    client.v1.checkout.sessions.expire(new_session(client).id)
    page = client.v1.events.list({"limit": 100})
    assert list_problems(page) == []
    for each in page.data:
        held = each.data.object
        assert isinstance(held, kinds.get(str(held["object"]), stripe.StripeObject))
        must_be_whole(held)


def test_an_event_says_who_asked_for_it(client, emulator):
    options = {"idempotency_key": "key-7"}
    client.v1.customers.create({"name": "x"}, options)
    asked = event(client, "customer.created").request
    assert asked is not None
    assert (asked.idempotency_key, str(asked.id)[:4]) == ("key-7", "req_")
    pay(emulator, new_session(client))
    # What the buyer did on the page was no call of the shop's.
    alone = event(client, "checkout.session.completed").request
    assert alone is not None
    assert (alone.id, alone.idempotency_key) == (None, None)


def test_every_event_is_of_the_version_that_is_spoken(client):
    client.v1.customers.create()
    happened = event(client, "customer.created")
    assert (happened.api_version, happened.livemode) == ("2026-10-28.endive", False)
    assert happened.pending_webhooks == 0


def test_a_refused_call_is_no_event(ask: Ask, client):
    ask("POST", "/v1/customers", "name=x&colour=red")
    ask("POST", "/v1/refunds", "payment_intent=pi_none")
    assert client.v1.events.list().data == []


# Asking for them


def test_events_are_listed_by_type_with_wildcards(client, emulator):
    pay(emulator, new_session(client))
    found = client.v1.events.list({"type": "payment_intent.*"}).data
    assert {each.type for each in found} == {"payment_intent.created", "payment_intent.succeeded"}
    some = client.v1.events.list({"types": ["charge.succeeded", "checkout.session.completed"]}).data
    assert [each.type for each in some] == ["checkout.session.completed", "charge.succeeded"]
    assert client.v1.events.list({"type": "invoice.paid"}).data == []


def test_a_filtered_list_has_pages_too(client):
    for n in range(5):
        client.v1.customers.create({"name": str(n)})
        client.v1.products.create({"name": str(n)})
    first = client.v1.events.list({"type": "customer.created", "limit": 2})
    assert first.has_more is True
    names = [each.data.object["name"] for each in first.auto_paging_iter()]
    assert names == ["4", "3", "2", "1", "0"]
    oldest = client.v1.events.list({"type": "customer.created"}).data[-1].id
    page = {"type": "customer.created", "limit": 2, "ending_before": oldest}
    assert [each.data.object["name"] for each in client.v1.events.list(page).data] == ["2", "1"]


def test_type_and_types_together_make_no_sense(ask: Ask):
    answer = ask("GET", "/v1/events?type=a.b&types[]=c.d")
    assert (answer.status, answer.error["code"]) == (400, "parameters_exclusive")


def test_after_thirty_days_an_event_is_gone_and_its_object_is_not(client, emulator, monkeypatch):
    made = client.v1.customers.create()
    old = event(client, "customer.created").id
    late = emulator.emulator.clock.precise() + 31 * 24 * 3600
    monkeypatch.setattr(emulator.emulator.clock, "precise", lambda: late)
    assert client.v1.events.list().data == []
    assert client.v1.events.list({"type": "customer.created"}).data == []
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.events.retrieve(old)
    assert client.v1.customers.retrieve(made.id).id == made.id
