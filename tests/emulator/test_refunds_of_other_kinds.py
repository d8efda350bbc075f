"""Refunds of what was not paid by card: slower, and sometimes the buyer is asked where to."""

import pytest
import stripe

from tests.emulator.buying import history
from tests.emulator.shape_checker import must_be_whole
from tests.emulator.test_answering import answered
from tests.emulator.test_kinds_of_methods import DEBITS, paid_with
from tests.emulator.waiting import control, later


def settled(client, emulator, kind, **more):
    intent = paid_with(client, kind, **more)
    answer = control(emulator, f"payment_intents/{intent.id}/settle", succeed=True)
    assert answer.status == 200, answer.body
    return client.v1.payment_intents.retrieve(intent.id)


@pytest.mark.parametrize(("kind", "fee"), [("sepa_debit", 70), ("us_bank_account", 40)])
def test_the_fee_is_the_kinds_own(client, emulator, kind, fee):
    intent = settled(client, emulator, kind)
    later(emulator, 3)
    booked = client.v1.balance_transactions.list({"source": intent.latest_charge}).data
    assert [(each.type, each.amount, each.fee) for each in booked] == [("payment", 5000, fee)]


@pytest.mark.parametrize("kind", DEBITS)
def test_a_bank_sends_the_money_back_later(client, emulator, kind):
    intent = settled(client, emulator, kind)
    refund = client.v1.refunds.create({"payment_intent": intent.id, "amount": 2000})
    must_be_whole(refund)
    assert (refund.status, refund.id[:4], refund.pending_reason) == (
        "pending",
        "pyr_",
        "processing",
    )
    later(emulator, 4)
    done = client.v1.refunds.retrieve(refund.id)
    must_be_whole(done)
    assert done.status == "succeeded"
    booked = client.v1.balance_transactions.list({"source": refund.id}).data
    assert [(each.type, each.amount) for each in booked] == [("payment_refund", -2000)]


def test_a_wallet_has_it_at_once(client, emulator):
    intent = paid_with(client, "paypal")
    answered(emulator, intent.id, "complete")
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    must_be_whole(refund)
    assert (refund.status, refund.destination_details.type) == ("succeeded", "paypal")


@pytest.mark.parametrize("kind", ["konbini", "multibanco"])
def test_who_paid_in_cash_is_asked_where_to(client, emulator, kind):
    intent = settled(client, emulator, kind)
    refund = client.v1.refunds.create({"payment_intent": intent.id, "amount": 1000})
    must_be_whole(refund)
    assert refund.status == "requires_action"
    sent = refund.next_action.display_details.email_sent
    assert sent.email_sent_to == "buyer@example.com"
    gone = client.v1.refunds.cancel(refund.id)
    must_be_whole(gone)
    assert gone.status == "canceled"
    assert client.v1.charges.retrieve(intent.latest_charge).amount_refunded == 0
    again = client.v1.refunds.create({"payment_intent": intent.id})
    later(emulator, 200)
    assert client.v1.refunds.retrieve(again.id).status == "succeeded"
    assert client.v1.refunds.retrieve(refund.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.cancel(again.id)


@pytest.mark.parametrize("kind", ["boleto", "oxxo"])
def test_some_payments_cannot_be_given_back(client, emulator, kind):
    intent = settled(client, emulator, kind)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert caught.value.code == "charge_not_refundable"
    assert client.v1.refunds.list().data == []


def test_a_payment_on_its_way_cannot_be_given_back(client):
    intent = paid_with(client, "sepa_debit", iban="AT931904300235473206")
    for wish in ({"payment_intent": intent.id}, {"charge": intent.latest_charge}):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.refunds.create(wish)
    assert "refund.created" not in history(client)
