"""Payment methods saved for later without being charged."""

import pytest
import stripe

from tests.emulator.buying import history, pay_now
from tests.emulator.conftest import Ask
from tests.emulator.shape_checker import list_problems, must_be_whole
from tests.emulator.test_kinds_of_methods import method


def test_a_card_is_saved_in_steps(client):
    customer = client.v1.customers.create()
    made = client.v1.setup_intents.create({"customer": customer.id, "metadata": {"a": "b"}})
    must_be_whole(made)
    assert (made.status, made.usage) == ("requires_payment_method", "off_session")
    assert made.client_secret.startswith(f"{made.id}_secret_")
    given = client.v1.setup_intents.update(made.id, {"payment_method": "pm_card_visa"})
    assert given.status == "requires_confirmation"
    done = client.v1.setup_intents.confirm(made.id)
    must_be_whole(done)
    assert done.status == "succeeded"
    kept = client.v1.payment_methods.retrieve(done.payment_method)
    assert kept.customer == customer.id
    assert history(client) == [
        *("customer.created", "setup_intent.created"),
        *("payment_method.attached", "setup_intent.succeeded"),
    ]
    attempts = client.v1.setup_attempts.list({"setup_intent": done.id})
    assert list_problems(attempts) == []
    assert [each.id for each in attempts.data] == [done.latest_attempt]
    mine = client.v1.setup_intents.list({"customer": customer.id})
    assert [each.id for each in mine.data] == [done.id]


def test_a_declined_card_is_not_saved(client):
    customer = client.v1.customers.create()
    with pytest.raises(stripe.CardError) as caught:
        client.v1.setup_intents.create(
            {
                "customer": customer.id,
                "payment_method": "pm_card_visa_chargeDeclined",
                "confirm": True,
            }
        )
    error = caught.value.error
    assert error is not None
    assert error.setup_intent is not None
    assert error.setup_intent.status == "requires_payment_method"
    (setup,) = client.v1.setup_intents.list().data
    must_be_whole(setup)
    assert setup.last_setup_error.decline_code == "generic_decline"
    assert client.v1.payment_methods.list({"customer": customer.id}).data == []
    assert history(client)[-1] == "setup_intent.setup_failed"


def test_the_card_that_fails_later_is_saved(client):
    customer = client.v1.customers.create()
    kept = client.v1.setup_intents.create(
        {"customer": customer.id, "payment_method": "pm_card_chargeCustomerFail", "confirm": True}
    )
    assert kept.status == "succeeded"
    with pytest.raises(stripe.CardError):
        pay_now(client, method=kept.payment_method, customer=customer.id)


def test_a_holder_is_asked_and_answers(client, emulator):
    customer = client.v1.customers.create()
    wish = {
        "customer": customer.id,
        "payment_method": "pm_card_authenticationRequiredOnSetup",
        "confirm": True,
        "return_url": "http://127.0.0.1:9/back",
    }
    asked = client.v1.setup_intents.create(wish)
    must_be_whole(asked)
    assert asked.status == "requires_action"
    assert asked.next_action.redirect_to_url.url == f"{emulator.url}/c/authenticate/{asked.id}"


def test_a_bank_account_is_saved_with_a_mandate(client):
    customer = client.v1.customers.create()
    done = client.v1.setup_intents.create(
        {
            "customer": customer.id,
            "payment_method": method(client, "sepa_debit").id,
            "confirm": True,
            "mandate_data": {
                "customer_acceptance": {
                    "type": "online",
                    "online": {"ip_address": "127.0.0.1", "user_agent": "test"},
                }
            },
        }
    )
    must_be_whole(done)
    mandate = client.v1.mandates.retrieve(done.mandate)
    must_be_whole(mandate)
    assert (mandate.type, mandate.status, mandate.payment_method) == (
        *("multi_use", "active"),
        done.payment_method,
    )
    paid = client.v1.payment_intents.create(
        {
            "amount": 1000,
            "currency": "eur",
            "customer": customer.id,
            "payment_method": done.payment_method,
            "confirm": True,
            "off_session": True,
        }
    )
    charge = client.v1.charges.retrieve(paid.latest_charge)
    assert charge.payment_method_details.sepa_debit.mandate == mandate.id


def test_it_may_be_given_up(client):
    made = client.v1.setup_intents.create({})
    gone = client.v1.setup_intents.cancel(made.id, {"cancellation_reason": "abandoned"})
    must_be_whole(gone)
    assert (gone.status, gone.cancellation_reason) == ("canceled", "abandoned")
    for act in (client.v1.setup_intents.cancel, client.v1.setup_intents.confirm):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            act(made.id)
        assert caught.value.code == "setup_intent_unexpected_state"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ("customer=cus_none", "customer"),
        ("payment_method=pm_none", "payment_method"),
        ("confirm=true", "payment_method"),
        ("usage=sometimes", "usage"),
        ("return_url=http://a.test/", "return_url"),
        ("confirm=true&payment_method=pm_card_visa&return_url=x", "return_url"),
    ],
)
def test_a_setup_that_makes_no_sense_is_refused(client, ask: Ask, body, param):
    answer = ask("POST", "/v1/setup_intents", body)
    assert (answer.status, answer.error["param"]) == (400, param)
    assert client.v1.setup_intents.list().data == []
