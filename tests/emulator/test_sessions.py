"""Checkout sessions: from `open` to `complete` or `expired`, and never back."""

import re
import time

import pytest
import stripe

from stripe_emulator.money import MAXIMUM
from tests.emulator.buying import authenticate, event, line, new_session, pay
from tests.emulator.conftest import Ask
from tests.emulator.shape_checker import must_be_whole


def test_a_new_session_waits_for_its_buyer(client, emulator):
    made = new_session(client, line_items=[line(1000, quantity=2), line(500)])
    must_be_whole(made)
    assert re.fullmatch(r"cs_test_\w{58}", made.id)
    assert (made.status, made.payment_status, made.mode) == ("open", "unpaid", "payment")
    assert (made.amount_total, made.amount_subtotal, made.currency) == (2500, 2500, "usd")
    assert (made.payment_intent, made.customer, made.customer_details) == (None, None, None)
    assert made.url is not None
    assert made.url.startswith(f"{emulator.url}/c/pay/{made.id}")
    assert made.expires_at - made.created == 24 * 3600
    assert client.v1.checkout.sessions.retrieve(made.id).to_dict() == made.to_dict()


def test_a_session_keeps_what_the_shop_says(client):
    made = new_session(
        client,
        client_reference_id="order-7",
        customer_email="ada@example.test",
        metadata={"order": "7"},
        cancel_url="http://shop.test/back",
        submit_type="book",
    )
    assert made.client_reference_id == "order-7"
    assert made.customer_email == "ada@example.test"
    assert made.metadata is not None
    assert made.metadata.to_dict() == {"order": "7"}
    assert made.cancel_url == "http://shop.test/back"
    # The template is echoed as it was sent.
    assert made.success_url == "http://shop.test/thanks?s={CHECKOUT_SESSION_ID}"


def test_a_paid_session_is_complete(client, emulator):
    made = new_session(client, metadata={"order": "7"})
    outcome = pay(emulator, made, email="buyer@example.test", name="Bo Buyer", country="FR")
    assert outcome["outcome"] == "paid"
    assert outcome["return_url"] == f"http://shop.test/thanks?s={made.id}"
    paid = client.v1.checkout.sessions.retrieve(made.id)
    must_be_whole(paid)
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    # A guest, as is usual.
    assert paid.customer is None
    assert paid.customer_details.email == "buyer@example.test"
    assert paid.customer_details.name == "Bo Buyer"
    assert paid.customer_details.address.country == "FR"
    intent = client.v1.payment_intents.retrieve(paid.payment_intent)
    must_be_whole(intent)
    assert (intent.status, intent.amount, intent.amount_received) == ("succeeded", 1000, 1000)
    # "Metadata": a session's own is not copied to its payment.
    assert intent.metadata.to_dict() == {}


def test_the_payment_gets_what_is_meant_for_it(client, emulator):
    data = {"metadata": {"order": "7"}, "description": "Order 7", "receipt_email": "a@b.test"}
    made = new_session(client, payment_intent_data=data)
    pay(emulator, made)
    intent = client.v1.payment_intents.list({"expand": ["data.latest_charge"]}).data[0]
    assert intent.metadata.to_dict() == {"order": "7"}
    assert (intent.description, intent.receipt_email) == ("Order 7", "a@b.test")
    assert intent.latest_charge.metadata.to_dict() == {"order": "7"}


def test_a_session_is_paid_once(client, emulator):
    made = new_session(client)
    assert pay(emulator, made)["outcome"] == "paid"
    assert pay(emulator, made) == {"outcome": "closed", "status": "complete"}
    assert len(client.v1.charges.list().data) == 1


def test_a_declined_buyer_may_try_again_under_the_same_payment(client, emulator):
    made = new_session(client)
    declined = pay(emulator, made, "4000000000009995")
    assert (declined["outcome"], declined["decline_code"]) == ("declined", "insufficient_funds")
    waiting = client.v1.checkout.sessions.retrieve(made.id)
    must_be_whole(waiting)
    assert (waiting.status, waiting.payment_status) == ("open", "unpaid")
    intent = client.v1.payment_intents.retrieve(waiting.payment_intent)
    must_be_whole(intent)
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error.decline_code == "insufficient_funds"
    assert pay(emulator, made)["outcome"] == "paid"
    assert client.v1.checkout.sessions.retrieve(made.id).payment_intent == intent.id
    assert client.v1.payment_intents.retrieve(intent.id).last_payment_error is None
    statuses = [each.status for each in client.v1.charges.list().data]
    assert statuses == ["succeeded", "failed"]


def test_no_card_but_a_test_card_pays(client, emulator):
    declined = pay(emulator, new_session(client), "4929000000006")
    assert (declined["outcome"], declined["decline_code"]) == ("declined", "testmode_decline")


def test_a_buyer_authenticates_and_has_paid(client, emulator):
    made = new_session(client)
    asked = pay(emulator, made, "4000002760003184")
    assert asked["outcome"] == "challenge"
    intent = client.v1.payment_intents.retrieve(asked["url"].rpartition("/")[2])
    must_be_whole(intent)
    assert intent.status == "requires_action"
    assert client.v1.charges.list().data == []
    assert authenticate(emulator, made, complete=True)["outcome"] == "paid"
    (charge,) = client.v1.charges.list().data
    must_be_whole(charge)
    assert charge.payment_method_details.card.three_d_secure.result == "authenticated"
    again = authenticate(emulator, made, complete=True)
    assert again["outcome"] == "closed"
    assert len(client.v1.charges.list().data) == 1


def test_a_buyer_who_does_not_authenticate_may_try_another_card(client, emulator):
    made = new_session(client)
    pay(emulator, made, "4000002760003184")
    failed = authenticate(emulator, made, complete=False)
    assert failed["code"] == "payment_intent_authentication_failure"
    assert client.v1.charges.list().data == []
    assert pay(emulator, made)["outcome"] == "paid"
    (charge,) = client.v1.charges.list().data
    assert charge.payment_method_details.card.three_d_secure is None


def test_a_bank_may_refuse_after_all(client, emulator):
    made = new_session(client)
    pay(emulator, made, "4000008260003178")
    refused = authenticate(emulator, made, complete=True)
    assert (refused["outcome"], refused["decline_code"]) == ("declined", "insufficient_funds")
    assert client.v1.checkout.sessions.retrieve(made.id).status == "open"


def test_an_authorised_payment_is_unpaid_until_it_is_captured(client, emulator):
    made = new_session(client, payment_intent_data={"capture_method": "manual"})
    assert pay(emulator, made)["outcome"] == "paid"
    held = client.v1.checkout.sessions.retrieve(made.id, {"expand": ["payment_intent"]})
    must_be_whole(held)
    assert (held.status, held.payment_status) == ("complete", "unpaid")
    assert held.payment_intent.status == "requires_capture"
    client.v1.payment_intents.capture(held.payment_intent.id)
    assert client.v1.checkout.sessions.retrieve(made.id).payment_status == "paid"


def test_a_customer_is_made_when_it_is_asked_for(client, emulator):
    made = new_session(client, customer_creation="always")
    pay(emulator, made, email="ada@example.test", name="Ada")
    paid = client.v1.checkout.sessions.retrieve(made.id, {"expand": ["customer", "payment_intent"]})
    assert (paid.customer.email, paid.customer.name) == ("ada@example.test", "Ada")
    assert paid.payment_intent.customer == paid.customer.id
    assert client.v1.charges.list({"customer": paid.customer.id}).data[0].amount == 1000


def test_a_known_customer_stays_the_customer(client, emulator):
    customer = client.v1.customers.create({"email": "ada@example.test"})
    made = new_session(client, customer=customer.id)
    pay(emulator, made)
    paid = client.v1.checkout.sessions.retrieve(made.id)
    assert paid.customer == customer.id
    listed = client.v1.checkout.sessions.list({"customer": customer.id}).data
    assert [each.id for each in listed] == [made.id]


def test_an_expired_session_takes_no_money(client, emulator):
    made = new_session(client)
    pay(emulator, made, "4000000000000002")
    gone = client.v1.checkout.sessions.expire(made.id)
    must_be_whole(gone)
    assert (gone.status, gone.payment_status, gone.url) == ("expired", "unpaid", None)
    assert pay(emulator, made) == {"outcome": "closed", "status": "expired"}
    assert client.v1.payment_intents.retrieve(gone.payment_intent).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.expire(made.id)


def test_a_complete_session_does_not_expire(client, emulator):
    made = new_session(client)
    pay(emulator, made)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.expire(made.id)
    assert client.v1.checkout.sessions.retrieve(made.id).status == "complete"


def test_a_session_expires_by_itself_in_time(client, emulator, monkeypatch):
    made = new_session(client, expires_at=int(time.time()) + 1800)
    open_still = new_session(client)
    late = emulator.emulator.clock.precise() + 1801
    monkeypatch.setattr(emulator.emulator.clock, "precise", lambda: late)
    until = time.monotonic() + 5
    while client.v1.checkout.sessions.retrieve(made.id).status == "open":
        assert time.monotonic() < until
    assert event(client, "checkout.session.expired").data.object["id"] == made.id
    assert client.v1.checkout.sessions.retrieve(open_still.id).status == "open"


@pytest.mark.parametrize("seconds", [1800, 86400])
def test_a_session_lives_half_an_hour_to_a_day(client, seconds):
    ends = int(time.time()) + seconds
    assert new_session(client, expires_at=ends).expires_at == ends


@pytest.mark.parametrize("seconds", [-1, 1700, 86500])
def test_and_no_shorter_or_longer(client, seconds):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        new_session(client, expires_at=int(time.time()) + seconds)
    assert caught.value.param == "expires_at"


def test_its_lines_are_what_was_ordered(client):
    price = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 700, "product_data": {"name": "Kit"}}
    )
    wanted = [{"price": price.id, "quantity": 3}, line(100)]
    made = new_session(client, line_items=wanted)
    page = client.v1.checkout.sessions.line_items.list(made.id)
    for each in page.data:
        must_be_whole(each)
    first, second = page.data
    assert (first.description, first.quantity, first.amount_total) == ("Kit", 3, 2100)
    assert first.price is not None
    assert first.price.id == price.id
    assert second.amount_total == 100
    one = client.v1.checkout.sessions.line_items.list(made.id, {"limit": 1})
    assert (len(one.data), one.has_more) == (1, True)
    two = client.v1.checkout.sessions.line_items.list(made.id, {"starting_after": one.data[0].id})
    assert [each.id for each in two.data] == [second.id]


def test_an_old_price_stays_in_an_old_session(client, emulator):
    price = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 700, "product_data": {"name": "Kit"}}
    )
    made = new_session(client, line_items=[{"price": price.id, "quantity": 1}])
    client.v1.prices.update(price.id, {"active": False})
    assert pay(emulator, made)["outcome"] == "paid"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        new_session(client, line_items=[{"price": price.id, "quantity": 1}])
    assert caught.value.param == "line_items[0][price]"


def test_metadata_of_a_session_can_be_changed(client):
    made = new_session(client, metadata={"a": "1", "b": "2"})
    changed = client.v1.checkout.sessions.update(made.id, {"metadata": {"a": "", "c": "3"}})
    must_be_whole(changed)
    assert changed.metadata.to_dict() == {"b": "2", "c": "3"}


def test_sessions_are_listed_by_status_and_payment(client, emulator):
    first, second = new_session(client), new_session(client)
    pay(emulator, second)
    intent = client.v1.payment_intents.list().data[0].id
    for query, found in (
        ({"status": "open"}, [first.id]),
        ({"status": "complete"}, [second.id]),
        ({"payment_intent": intent}, [second.id]),
        ({}, [second.id, first.id]),
    ):
        listed = client.v1.checkout.sessions.list(query).data
        assert [each.id for each in listed] == found


GOOD = (
    "mode=payment&success_url=http://shop.test&line_items[0][quantity]=1"
    "&line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=1000"
    "&line_items[0][price_data][product_data][name]=x"
)


NO_LONGER = "payment_method_types_no_longer_supported"
AMOUNT = "line_items[0][price_data][unit_amount]"
QUANTITY = "line_items[0][quantity]"
PRICE = "line_items[0][price]"


@pytest.mark.parametrize(
    ("changes", "more", "code", "param"),
    [
        ({"success_url": "cancel_url"}, "", "parameter_missing", "success_url"),
        ({"http://": "shop://"}, "", "url_invalid", "success_url"),
        ({"=1000": "=49"}, "", "amount_too_small", "line_items"),
        ({"=1000": f"={MAXIMUM + 1}"}, "", "amount_too_large", AMOUNT),
        ({"=1000": f"={MAXIMUM}", "y]=1": "y]=2"}, "", "amount_too_large", "line_items"),
        ({"=usd": "=isk", "=1000": "=1010"}, "", None, "line_items"),
        ({"y]=1": "y]=0"}, "", None, QUANTITY),
        ({"y]=1": "y]=1000000"}, "", None, QUANTITY),
        ({}, "customer=cus_none", "resource_missing", "customer"),
        ({}, "customer_email=nobody", "email_invalid", "customer_email"),
        ({}, f"client_reference_id={'x' * 201}", None, "client_reference_id"),
        ({}, "line_items[0][price]=price_none", "parameters_exclusive", PRICE),
        ({}, "payment_method_types[]=card", NO_LONGER, "payment_method_types"),
    ],
)
def test_a_session_that_makes_no_sense_is_refused_and_leaves_nothing(
    client, ask: Ask, changes, more, code, param
):
    body = f"{GOOD}&{more}"
    for old, new in changes.items():
        assert old in body
        body = body.replace(old, new)
    answer = ask("POST", "/v1/checkout/sessions", body)
    assert (answer.status, answer.error.get("code"), answer.error["param"]) == (400, code, param)
    assert client.v1.checkout.sessions.list().data == []
    assert client.v1.events.list().data == []
    assert client.v1.products.list().data == []


@pytest.mark.parametrize(
    "more",
    [
        "adaptive_pricing[enabled]=true",
        "managed_payments[enabled]=true",
        "customer_account=acct_1",
        "payment_intent_data[on_behalf_of]=acct_1",
        "automatic_tax[enabled]=true&automatic_tax[liability][type]=account",
    ],
)
def test_what_is_not_done_yet_is_said(ask: Ask, more):
    answer = ask("POST", "/v1/checkout/sessions", f"{GOOD}&{more}")
    assert answer.status == 400
    assert "does not do" in answer.error["message"]


@pytest.mark.parametrize("old", ["hosted", "embedded", "custom"])
def test_the_old_names_of_the_pages_are_refused(ask: Ask, old):
    answer = ask("POST", "/v1/checkout/sessions", f"{GOOD}&ui_mode={old}")
    assert (answer.status, answer.error["param"]) == (400, "ui_mode")
    assert "hosted_page" in answer.error["message"]


@pytest.mark.parametrize(("currency", "amount"), [("jpy", 50), ("kwd", 1230), ("isk", 10000)])
def test_currencies_without_cents_are_taken_as_they_are(client, emulator, currency, amount):
    made = new_session(client, line_items=[line(amount, currency)])
    pay(emulator, made)
    assert client.v1.charges.list().data[0].amount == amount


def test_what_a_session_asks_for_is_not_changed_through_its_intent(client, emulator):
    session = new_session(client)
    pay(emulator, session, "4000000000000002")
    intent = str(client.v1.checkout.sessions.retrieve(session.id).payment_intent)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.update(intent, {"amount": 50})
    pay(emulator, session)
    assert client.v1.payment_intents.retrieve(intent).amount_received == 1000


def test_a_session_is_over_at_its_time_even_before_the_schedule_has_run(
    client, emulator, monkeypatch
):
    session = new_session(client)
    running = emulator.emulator
    with running.call() as call:
        call.tx.sql.execute("DELETE FROM tasks")
    monkeypatch.setattr(running.clock, "precise", lambda: session.expires_at + 1.0)
    assert pay(emulator, session)["outcome"] == "closed"


def test_a_session_of_an_earlier_version_has_no_page_but_an_end(client, emulator, ask: Ask):
    made = new_session(client)
    with emulator.emulator.call() as call:
        old = call.require("checkout.session", made.id)
        for name in ("_given", "_discounts", "after_expiration", "setup_intent"):
            del old[name]
        call.tx.put(old)
    assert ask("GET", f"/c/pay/{made.id}").status == 404
    assert client.v1.checkout.sessions.expire(made.id).status == "expired"
