"""Banks decide on demand: delayed payments settle or fail, charges are disputed, won and lost."""

import pytest

from stripe_emulator.remote import Refused
from stripe_emulator.testing import StripeEmulator


@pytest.fixture
def operator(emulator) -> StripeEmulator:
    return StripeEmulator(emulator.url)


def debit(client) -> str:
    """A SEPA debit that is on its way; the payment intent's id."""
    method = client.v1.payment_methods.create(
        {
            "type": "sepa_debit",
            "sepa_debit": {"iban": "AT611904300234573201"},
            "billing_details": {"name": "Ada", "email": "ada@example.com"},
        }
    )
    intent = client.v1.payment_intents.create(
        {
            "amount": 3900,
            "currency": "eur",
            "payment_method": method.id,
            "allowed_payment_method_types": ["sepa_debit"],
            "confirm": True,
            "mandate_data": {"customer_acceptance": {"type": "offline"}},
        }
    )
    assert intent.status == "processing"
    return str(intent.id)


def charge(client) -> str:
    intent = client.v1.payment_intents.create(
        {
            "amount": 3900,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            "confirm": True,
        }
    )
    return str(intent.latest_charge)


@pytest.mark.parametrize(
    ("succeed", "status"), [(True, "succeeded"), (False, "requires_payment_method")]
)
def test_a_debit_on_its_way_arrives_or_fails_at_once(client, operator, succeed, status):
    intent = debit(client)
    assert operator.settle(intent, succeed=succeed)["status"] == status
    kind = "payment_intent.succeeded" if succeed else "payment_intent.payment_failed"
    assert operator.events(kind)[-1]["data"]["object"]["id"] == intent
    with pytest.raises(Refused, match=f"not on its way: it is {status}"):
        operator.settle(intent)


@pytest.mark.parametrize(("won", "status"), [(True, "won"), (False, "lost")])
def test_a_charge_is_disputed_and_decided(client, operator, won, status):
    disputed = operator.dispute(charge(client), "product_not_received", amount=1000)
    assert (disputed["amount"], disputed["reason"]) == (1000, "product_not_received")
    assert operator.events("charge.dispute.created")[-1]["data"]["object"]["id"] == disputed["id"]
    assert operator.decide(disputed["id"], won=won)["status"] == status
    assert client.v1.disputes.retrieve(disputed["id"]).status == status
    with pytest.raises(Refused, match=f"it is {status}"):
        operator.decide(disputed["id"], won=won)


def test_what_was_given_back_is_not_disputed_again(client, operator):
    paid = charge(client)
    client.v1.refunds.create({"charge": paid, "amount": 900})
    assert operator.dispute(paid)["amount"] == 3000


def test_of_a_capture_in_part_the_captured_part_is_disputed(client, operator):
    held = client.v1.payment_intents.create(
        {
            "amount": 3900,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            "capture_method": "manual",
            "confirm": True,
        }
    )
    client.v1.payment_intents.capture(held.id, {"amount_to_capture": 2000})
    client.v1.refunds.create({"payment_intent": held.id, "amount": 500})
    assert operator.dispute(str(held.latest_charge))["amount"] == 1500


@pytest.mark.parametrize(("won", "status"), [(True, "warning_closed"), (False, "needs_response")])
def test_an_inquiry_is_closed_or_becomes_a_dispute(client, operator, won, status):
    asked = operator.dispute(charge(client), inquiry=True)
    assert asked["status"] == "warning_needs_response"
    assert operator.decide(asked["id"], won=won)["status"] == status


@pytest.mark.parametrize(
    "given",
    [
        {"amount": 0},
        {"amount": 3901},
        {"amount": True},
        {"amount": "1"},
        {"reason": "none"},
        {"reason": 1},
        {"inquiry": 1},
        {"other": 1},
    ],
)
def test_a_dispute_that_makes_no_sense_is_refused(client, operator, given):
    made = charge(client)
    with pytest.raises(Refused):
        operator.remote.ask("POST", f"/_emulator/charges/{made}/dispute", given)
    assert client.v1.disputes.list().data == []


def test_what_is_not_there_cannot_be_decided(operator):
    for ask in (
        lambda: operator.settle("pi_none"),
        lambda: operator.dispute("ch_none"),
        lambda: operator.decide("dp_none", won=True),
    ):
        with pytest.raises(Refused, match="there is no such"):
            ask()
