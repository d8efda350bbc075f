"""Refunds: in full, in part, never more than was paid; and the balance that shows it."""

import threading
import time

import pytest
import stripe

from tests.emulator.buying import event, history, new_session, pay, pay_now
from tests.emulator.conftest import Ask, over_the_wire
from tests.emulator.shape_checker import list_problems, must_be_whole


def wait_for(is_true) -> None:
    until = time.monotonic() + 6
    while not is_true():
        assert time.monotonic() < until, "it did not come to pass in time"
        time.sleep(0.02)


def test_a_full_refund(client):
    intent = pay_now(client)
    refund = client.v1.refunds.create(
        {"payment_intent": intent.id, "reason": "duplicate", "metadata": {"a": "b"}}
    )
    must_be_whole(refund)
    assert (refund.amount, refund.currency, refund.status) == (1000, "usd", "succeeded")
    assert (refund.charge, refund.payment_intent) == (intent.latest_charge, intent.id)
    assert (refund.reason, refund.metadata.to_dict()) == ("duplicate", {"a": "b"})
    charge = client.v1.charges.retrieve(intent.latest_charge, {"expand": ["refunds"]})
    must_be_whole(charge)
    assert (charge.amount_refunded, charge.refunded) == (1000, True)
    assert [each.id for each in charge.refunds.data] == [refund.id]
    # A refunded payment has succeeded all the same.
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert client.v1.refunds.retrieve(refund.id).to_dict() == refund.to_dict()


def test_refunds_in_part_add_up_to_what_was_paid(client):
    charge = pay_now(client).latest_charge
    for amount, refunded, full in ((300, 300, False), (1, 301, False), (699, 1000, True)):
        assert client.v1.refunds.create({"charge": charge, "amount": amount}).amount == amount
        found = client.v1.charges.retrieve(charge)
        assert (found.amount_refunded, found.refunded) == (refunded, full)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"charge": charge, "amount": 1})
    assert caught.value.code == "charge_already_refunded"
    assert len(client.v1.refunds.list({"charge": charge}).data) == 3


def test_without_an_amount_the_rest_is_refunded(client):
    intent = pay_now(client).id
    client.v1.refunds.create({"payment_intent": intent, "amount": 400})
    assert client.v1.refunds.create({"payment_intent": intent}).amount == 600


@pytest.mark.parametrize("amount", [1001, 0, -1, 10**12])
def test_no_more_than_was_paid_and_no_less_than_one_is_refunded(client, amount):
    intent = pay_now(client)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"payment_intent": intent.id, "amount": amount})
    assert caught.value.param == "amount"
    assert client.v1.refunds.list().data == []
    assert client.v1.charges.retrieve(str(intent.latest_charge)).amount_refunded == 0


def test_of_a_partly_captured_payment_the_captured_part_is_refunded(client):
    held = pay_now(client, capture_method="manual")
    client.v1.payment_intents.capture(held.id, {"amount_to_capture": 600})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": held.id, "amount": 601})
    assert client.v1.refunds.create({"payment_intent": held.id}).amount == 600


def test_what_was_not_captured_cannot_be_refunded(client):
    held = pay_now(client, capture_method="manual")
    for wish in ({"payment_intent": held.id}, {"charge": held.latest_charge}):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.refunds.create(wish)


def test_what_failed_cannot_be_refunded(client):
    with pytest.raises(stripe.CardError):
        pay_now(client, method="pm_card_visa_chargeDeclined")
    charge = client.v1.charges.list().data[0].id
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"charge": charge})


def test_many_refunds_at_once_give_no_cent_too_much(client, emulator):
    intent = pay_now(client).id
    answers: list[int] = []

    def refund() -> None:
        body = f"payment_intent={intent}&amount=300"
        answers.append(over_the_wire(emulator.url, "POST", "/v1/refunds", body).status)

    threads = [threading.Thread(target=refund) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] * 3 + [400] * 9
    assert sum(each.amount for each in client.v1.refunds.list().data) == 900
    assert client.v1.charges.list().data[0].amount_refunded == 900


def test_a_refund_may_take_its_time(client):
    intent = pay_now(client, method="pm_card_pendingRefund")
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    must_be_whole(refund)
    assert refund.status == "pending"
    assert history(client)[-2:] == ["refund.created", "charge.refunded"]
    wait_for(lambda: client.v1.refunds.retrieve(refund.id).status == "succeeded")
    assert event(client, "refund.updated").data.object["status"] == "succeeded"
    assert client.v1.charges.retrieve(str(intent.latest_charge)).refunded is True


def test_a_refund_may_fail_and_the_money_is_back(client):
    intent = pay_now(client, method="pm_card_refundFail")
    refund = client.v1.refunds.create({"payment_intent": intent.id, "amount": 400})
    assert refund.status == "succeeded"
    wait_for(lambda: client.v1.refunds.retrieve(refund.id).status == "failed")
    failed = client.v1.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]})
    must_be_whole(failed)
    assert failed.failure_reason == "expired_or_canceled_card"
    assert failed.failure_balance_transaction.amount == 400
    charge = client.v1.charges.retrieve(str(intent.latest_charge))
    assert (charge.amount_refunded, charge.refunded) == (0, False)
    ends = ["refund.failed", "refund.updated", "charge.refund.updated"]
    assert history(client, "charge.updated")[-3:] == ends
    # The whole amount can be asked for once more.
    assert client.v1.refunds.create({"payment_intent": intent.id}).amount == 1000


def test_metadata_of_a_refund_can_be_changed(client):
    refund = client.v1.refunds.create({"payment_intent": pay_now(client).id})
    changed = client.v1.refunds.update(refund.id, {"metadata": {"a": "b"}})
    must_be_whole(changed)
    assert changed.metadata.to_dict() == {"a": "b"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "parameter_missing"),
        ("charge=ch_x&payment_intent=pi_x", "parameters_exclusive"),
        ("charge=ch_none", "resource_missing"),
        ("payment_intent=pi_none", "resource_missing"),
        ("payment_intent=pi_none&amount=all", "parameter_invalid_integer"),
        ("payment_intent=pi_none&reason=boredom", None),
    ],
)
def test_a_refund_that_makes_no_sense_is_refused(ask: Ask, body, code):
    answer = ask("POST", "/v1/refunds", body)
    assert (answer.status, answer.error.get("code")) == (400, code)


def test_a_card_refund_is_not_taken_back(client):
    refund = client.v1.refunds.create({"payment_intent": pay_now(client).id})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.cancel(refund.id)


# The balance


def net(client) -> int:
    balance = client.v1.balance.retrieve()
    must_be_whole(balance)
    return sum(each.amount for each in [*balance.available, *balance.pending])


def test_a_payment_is_booked_with_its_fee_two_seconds_later(client, emulator):
    pay(emulator, new_session(client))
    assert client.v1.charges.list().data[0].balance_transaction is None
    wait_for(lambda: client.v1.charges.list().data[0].balance_transaction)
    charge = client.v1.charges.list({"expand": ["data.balance_transaction"]}).data[0]
    booked = charge.balance_transaction
    must_be_whole(booked)
    # 2.9 % and 30.
    assert (booked.amount, booked.fee, booked.net) == (1000, 59, 941)
    assert (booked.type, booked.source, booked.status) == ("charge", charge.id, "pending")
    assert net(client) == 941
    told = event(client, "charge.updated").data
    assert told.object["balance_transaction"] == booked.id
    assert told.previous_attributes is not None
    assert told.previous_attributes.to_dict() == {"balance_transaction": None}


def test_a_refund_takes_its_amount_and_leaves_the_fee(client):
    intent = pay_now(client, capture_method="automatic")
    refund = client.v1.refunds.create({"payment_intent": intent.id, "amount": 400})
    taken = client.v1.balance_transactions.retrieve(refund.balance_transaction)
    must_be_whole(taken)
    assert (taken.amount, taken.fee, taken.net, taken.type) == (-400, 0, -400, "refund")
    assert net(client) == 941 - 400
    page = client.v1.balance_transactions.list({"type": "refund"})
    assert list_problems(page) == []
    assert [each.id for each in page.data] == [taken.id]
    assert client.v1.balance_transactions.list({"source": refund.id}).data[0].id == taken.id


def test_one_card_pays_into_what_is_available_at_once(client):
    pay_now(client, method="pm_card_bypassPending", capture_method="automatic")
    balance = client.v1.balance.retrieve()
    assert [(each.amount, each.currency) for each in balance.available] == [(941, "usd")]


def test_an_empty_balance_is_zero(client):
    must_be_whole(client.v1.balance.retrieve())
    assert net(client) == 0
