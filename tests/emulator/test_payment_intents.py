"""Payment intents and their charges: confirmed, captured, cancelled, declined."""

import re

import pytest
import stripe

from tests.emulator.buying import event, history, new_session, pay, pay_now
from tests.emulator.conftest import Ask
from tests.emulator.shape_checker import list_problems, must_be_whole

TEN = {"amount": 1000, "currency": "usd"}


def test_a_new_payment_waits_for_a_method(client):
    made = client.v1.payment_intents.create({**TEN, "metadata": {"order": "7"}})
    must_be_whole(made)
    assert re.fullmatch(r"pi_\w{24}", made.id)
    assert made.client_secret is not None
    assert made.client_secret.startswith(f"{made.id}_secret_")
    assert (made.status, made.capture_method) == ("requires_payment_method", "automatic_async")
    assert (made.latest_charge, made.payment_method) == (None, None)
    assert client.v1.payment_intents.retrieve(made.id).to_dict() == made.to_dict()


def test_a_confirmed_payment_has_a_charge(client):
    shipping = {"name": "Ada", "address": {"line1": "Road 1"}}
    intent = pay_now(client, description="Order 7", metadata={"order": "7"}, shipping=shipping)
    must_be_whole(intent)
    assert (intent.status, intent.amount_received) == ("succeeded", 1000)
    charge = client.v1.charges.retrieve(str(intent.latest_charge))
    must_be_whole(charge)
    assert (charge.status, charge.paid, charge.captured) == ("succeeded", True, True)
    assert (charge.amount, charge.amount_captured, charge.amount_refunded) == (1000, 1000, 0)
    assert (charge.payment_intent, charge.payment_method) == (intent.id, intent.payment_method)
    assert (charge.description, charge.metadata["order"]) == ("Order 7", "7")
    assert charge.shipping.name == "Ada"
    assert charge.outcome.network_status == "approved_by_network"


def test_a_payment_may_be_made_in_steps(client):
    made = client.v1.payment_intents.create(TEN)
    client.v1.payment_intents.update(made.id, {"amount": 2000, "metadata": {"a": "b"}})
    given = client.v1.payment_intents.update(made.id, {"payment_method": "pm_card_mastercard"})
    must_be_whole(given)
    assert given.status == "requires_confirmation"
    done = client.v1.payment_intents.confirm(made.id)
    assert (done.status, done.amount_received, done.metadata["a"]) == ("succeeded", 2000, "b")


@pytest.mark.parametrize(
    ("method", "code", "decline_code"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
        ("pm_card_radarBlock", "card_declined", "fraudulent"),
    ],
)
def test_a_decline_is_a_card_error_and_leaves_its_trace(client, method, code, decline_code):
    with pytest.raises(stripe.CardError) as caught:
        pay_now(client, method=method)
    refusal = caught.value
    error = refusal.error
    assert error is not None
    assert (refusal.http_status, refusal.code) == (402, code)
    assert getattr(error, "decline_code", None) == decline_code
    assert error.doc_url == f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
    (intent,) = client.v1.payment_intents.list().data
    must_be_whole(intent)
    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)
    assert intent.last_payment_error.code == code
    (charge,) = client.v1.charges.list().data
    must_be_whole(charge)
    assert (charge.status, charge.paid, charge.failure_code) == ("failed", False, code)
    assert error.charge == charge.id
    paid = client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert paid.status == "succeeded"


def test_a_method_that_asks_its_holder_waits(client):
    intent = pay_now(client, method="pm_card_authenticationRequired", return_url="http://a.test")
    must_be_whole(intent)
    assert (intent.status, intent.amount_received) == ("requires_action", 0)
    assert intent.next_action is not None
    assert intent.next_action.type == "redirect_to_url"
    assert client.v1.charges.list().data == []


def test_without_its_holder_such_a_method_is_refused(client):
    with pytest.raises(stripe.CardError) as caught:
        pay_now(client, method="pm_card_authenticationRequired", off_session=True)
    assert caught.value.code == "authentication_required"
    (intent,) = client.v1.payment_intents.list().data
    assert intent.status == "requires_payment_method"
    assert [each.status for each in client.v1.charges.list().data] == ["failed"]


def test_an_authorised_amount_is_captured_once_in_full_or_in_part(client):
    held = pay_now(client, capture_method="manual")
    must_be_whole(held)
    assert (held.status, held.amount_capturable, held.amount_received) == (
        "requires_capture",
        1000,
        0,
    )
    assert client.v1.charges.list().data[0].captured is False
    for wrong in (0, 1001, -1):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.payment_intents.capture(held.id, {"amount_to_capture": wrong})
    done = client.v1.payment_intents.capture(held.id, {"amount_to_capture": 600})
    must_be_whole(done)
    assert (done.status, done.amount_received, done.amount_capturable) == ("succeeded", 600, 0)
    (charge,) = client.v1.charges.list().data
    must_be_whole(charge)
    assert (charge.captured, charge.amount_captured, charge.amount_refunded) == (True, 600, 400)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.capture(held.id)
    assert caught.value.code == "payment_intent_unexpected_state"


def test_a_cancelled_authorisation_is_released(client):
    held = pay_now(client, capture_method="manual")
    gone = client.v1.payment_intents.cancel(held.id, {"cancellation_reason": "abandoned"})
    must_be_whole(gone)
    assert (gone.status, gone.cancellation_reason) == ("canceled", "abandoned")
    assert gone.canceled_at is not None
    charge = client.v1.charges.retrieve(held.latest_charge)
    assert (charge.refunded, charge.captured) == (True, False)


def test_an_authorisation_lapses_after_a_week(client, emulator, monkeypatch):
    held = pay_now(client, capture_method="manual")
    late = emulator.emulator.clock.precise() + 7 * 24 * 3600 + 1
    monkeypatch.setattr(emulator.emulator.clock, "precise", lambda: late)
    while client.v1.payment_intents.retrieve(held.id).status == "requires_capture":
        pass
    assert client.v1.payment_intents.retrieve(held.id).cancellation_reason == "automatic"
    assert history(client)[-2:] == ["charge.expired", "payment_intent.canceled"]


@pytest.mark.parametrize("act", ["confirm", "cancel", "capture"])
def test_what_is_done_stays_done(client, act):
    intent = pay_now(client)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        getattr(client.v1.payment_intents, act)(intent.id)
    assert caught.value.code == "payment_intent_unexpected_state"
    error = caught.value.error
    assert error is not None
    assert error.payment_intent is not None
    assert error.payment_intent.id == intent.id
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.update(intent.id, {"amount": 5000})


def test_the_payment_of_a_session_belongs_to_its_page(client, emulator):
    session = new_session(client)
    pay(emulator, session, "4000000000000002")
    intent = client.v1.payment_intents.list().data[0].id
    for act in (
        lambda: client.v1.payment_intents.confirm(intent, {"payment_method": "pm_card_visa"}),
        lambda: client.v1.payment_intents.cancel(intent),
    ):
        with pytest.raises(stripe.InvalidRequestError):
            act()
    assert pay(emulator, session)["outcome"] == "paid"


def test_an_authorised_session_may_be_cancelled(client, emulator):
    session = new_session(client, payment_intent_data={"capture_method": "manual"})
    pay(emulator, session)
    intent = client.v1.payment_intents.list().data[0].id
    assert client.v1.payment_intents.cancel(intent).status == "canceled"


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ("currency=usd", "parameter_missing", "amount"),
        ("amount=1000", "parameter_missing", "currency"),
        ("amount=49&currency=usd", "amount_too_small", "amount"),
        ("amount=29&currency=gbp", "amount_too_small", "amount"),
        ("amount=49&currency=jpy", "amount_too_small", "amount"),
        ("amount=-5&currency=usd", "amount_too_small", "amount"),
        ("amount=1000000000000&currency=usd", "amount_too_large", "amount"),
        ("amount=1000&currency=zzz", None, "currency"),
        ("amount=1001&currency=kwd", None, "amount"),
        ("amount=1e3&currency=usd", "parameter_invalid_integer", "amount"),
        ("amount=1000&currency=usd&capture_method=later", None, "capture_method"),
        ("amount=1000&currency=usd&customer=cus_none", "resource_missing", "customer"),
        ("amount=1000&currency=usd&confirm=true", "payment_intent_unexpected_state", None),
        ("amount=1000&currency=usd&payment_method=pm_none", "resource_missing", "payment_method"),
        ("amount=1000&currency=usd&receipt_email=x", "email_invalid", "receipt_email"),
        ("amount=1000&currency=usd&application_fee_amount=5", None, "application_fee_amount"),
    ],
)
def test_a_payment_that_makes_no_sense_is_refused(client, ask: Ask, body, code, param):
    answer = ask("POST", "/v1/payment_intents", body)
    assert (answer.status, answer.error.get("code")) == (400, code)
    assert param is None or answer.error["param"] == param
    assert client.v1.payment_intents.list().data == []
    assert client.v1.events.list().data == []


@pytest.mark.parametrize("amount", [50, 999_999_999_999])
def test_the_least_and_the_most_are_taken(client, amount):
    assert pay_now(client, amount).amount_received == amount


def test_payments_and_charges_are_listed_by_customer(client):
    customer = client.v1.customers.create()
    mine = pay_now(client, customer=customer.id)
    pay_now(client)
    intents = client.v1.payment_intents.list({"customer": customer.id})
    charges = client.v1.charges.list({"customer": customer.id})
    assert list_problems(intents) + list_problems(charges) == []
    assert [each.id for each in intents.data] == [mine.id]
    assert [each.id for each in charges.data] == [mine.latest_charge]
    assert len(client.v1.charges.list().data) == 2


def test_a_charge_can_be_described(client):
    intent = pay_now(client)
    changed = client.v1.charges.update(str(intent.latest_charge), {"description": "Kit"})
    must_be_whole(changed)
    before = event(client, "charge.updated").data.previous_attributes
    assert before is not None
    assert before.to_dict() == {"description": None}
