"""What Stripe's page asked for reaches the order, its handlers and whoever runs the shop."""

import json
from typing import Any

import pytest

from paydesk.fulfilment.hooks import Answers, Effect
from paydesk.orders.order import Order
from paydesk.payments.answers import answers_in, said
from paydesk.payments.checkout import _silent
from paydesk.payments.event import parse
from paydesk.payments.facts import Fact, Kind
from paydesk.payments.gateway import StripeUnreachable
from paydesk.payments.telling import sale_about
from tests.fake_gateway import event_of, unreachable
from tests.paydesk.test_placing import wish

BERLIN = {
    "line1": "Allee 1",
    "line2": None,
    "postal_code": "10115",
    "city": "Berlin",
    "state": "",
    "country": "DE",
}
ANSWERED: dict[str, Any] = {
    "customer_details": {"email": "ada@example.com", "phone": "+4930123", "name": "Ada L."},
    "collected_information": {"shipping_details": {"name": "Ada Lovelace", "address": BERLIN}},
    "custom_fields": [
        {"key": "engraving", "type": "text", "text": {"value": "For\0 Byron"}},
        {"key": "size", "type": "dropdown", "dropdown": {"value": "l", "options": []}},
        {"key": "unsaid", "type": "text", "text": {"value": None}},
    ],
    "consent": {"terms_of_service": "accepted", "promotions": None},
}
SHIP_TO = {
    "name": "Ada Lovelace",
    "line1": "Allee 1",
    "postcode": "10115",
    "city": "Berlin",
    "country": "DE",
}


def test_what_the_buyer_answers_is_told_to_handlers_and_kept_with_the_order(shop, gateway):
    placed = shop.placing.place(wish(shop))
    started = shop.checkouts.start(placed.id)
    gateway.pay(str(started.stripe_id)).update(ANSWERED)
    shop.checkouts.ask(placed.id)
    with shop.database.transaction() as tx:
        order = tx.get_one(Order, placed.id)
        told = sale_about(tx, order, Effect.PAID, "").answers
        assert (order.ship_to, order.phone) == (SHIP_TO, "+4930123")
    assert told == Answers(
        ship_to=SHIP_TO,
        phone="+4930123",
        fields={"engraving": "For Byron", "size": "l"},
        consent={"terms_of_service": "accepted"},
    )


def test_what_was_not_asked_or_not_answered_yet_is_empty():
    assert said({"status": "open", **ANSWERED}) == ""
    assert said({"status": "complete", "customer_details": {"name": "Ada"}}) == ""
    assert answers_in("") == Answers()


_NONSENSE: list[Any] = [None, 5, "text", [], {}, [5], {"address": 5}, "\ud800\0" * 300]


@pytest.mark.parametrize("name", ANSWERED)
def test_whatever_stands_there_is_read_without_a_fault(name):
    for nonsense in _NONSENSE:
        inner = dict.fromkeys(("address", "name", "phone", "type", "key", "text"), nonsense)
        for value in (nonsense, inner, [inner], {"shipping_details": inner}):
            found = answers_in(said({"status": "complete", name: value}))
            assert (found.phone in ("", "text"), found.fields) == (True, {})


def test_where_the_shop_itself_asked_stripes_answer_changes_nothing(shop, gateway):
    asked = {"line1": "Elsewhere"}
    placed = shop.placing.place(wish(shop))
    with shop.database.transaction() as tx:
        tx.get_one(Order, placed.id).ship_to = asked
    gateway.pay(str(shop.checkouts.start(placed.id).stripe_id)).update(ANSWERED)
    shop.checkouts.ask(placed.id)
    with shop.database.transaction() as tx:
        assert tx.get_one(Order, placed.id).ship_to == asked


def test_a_handler_knows_the_buyer_though_only_the_payment_has_spoken(shop, gateway):
    placed = shop.placing.place(wish(shop))
    started = shop.checkouts.start(placed.id)
    session = gateway.pay(str(started.stripe_id))
    session.update(ANSWERED)
    intent = {
        "id": session["payment_intent"],
        "object": "payment_intent",
        "status": "succeeded",
        "amount": 3900,
        "amount_received": 3900,
        "currency": "usd",
        "livemode": False,
        "metadata": {"paydesk_checkout": started.checkout_id},
    }
    event = event_of(intent, "payment_intent.succeeded", "evt_1")
    shop.inbox.receive(parse(json.dumps(event).encode()))
    gateway.trouble = unreachable()
    with pytest.raises(StripeUnreachable):
        shop.worker._list_handlers("paid", placed.id)
    gateway.trouble = None
    assert shop.worker._list_handlers("paid", placed.id)
    with shop.database.transaction() as tx:
        told = sale_about(tx, tx.get_one(Order, placed.id), Effect.PAID, "")
    assert (told.email, told.answers.fields["size"]) == ("ada@example.com", "l")
    # Who has said it is not asked again.
    calls = list(gateway.calls)
    shop.checkouts.hear_out(placed.id)
    assert gateway.calls == calls


def test_the_address_given_with_the_card_is_the_buyers(shop, gateway):
    placed = shop.placing.place(wish(shop))
    started = shop.checkouts.start(placed.id)
    charge = {
        "id": "ch_1",
        "object": "charge",
        "status": "succeeded",
        "captured": True,
        "amount": 3900,
        "amount_captured": 3900,
        "currency": "usd",
        "livemode": False,
        "payment_intent": "pi_1",
        "billing_details": {"email": "ada@example.com"},
        "metadata": {"paydesk_checkout": started.checkout_id},
    }
    event = event_of(charge, "charge.succeeded", "evt_1")
    shop.inbox.receive(parse(json.dumps(event).encode()))
    with shop.database.transaction() as tx:
        assert tx.get_one(Order, placed.id).email == "ada@example.com"


def test_a_payment_intent_without_its_charge_is_asked_about():
    intent = Fact(Kind.INTENT, "pi_1", "succeeded", intent_id="pi_1")
    charge = Fact(Kind.CHARGE, "ch_1", "succeeded", intent_id="pi_1")
    opened = Fact(Kind.SESSION, "cs_1", "open")
    over = Fact(Kind.SESSION, "cs_2", "expired")
    assert _silent([intent, opened, over]) == {"pi_1", "cs_1"}
    assert _silent([intent, charge, over]) == set()
