"""Confirmation tokens: made of what a buyer typed, confirmed by the server, once."""

import pytest
import stripe

from tests.emulator.shape_checker import must_be_whole

CARD = {"number": "4242424242424242", "exp_month": 1, "exp_year": 2034, "cvc": "123"}


@pytest.fixture
def token(client):
    data = {"type": "card", "card": CARD, "billing_details": {"name": "Ada"}}
    return client.v1.test_helpers.confirmation_tokens.create(
        {"payment_method_data": data, "return_url": "http://a.test/back"}
    )


def new_intent(client):
    return client.v1.payment_intents.create({"amount": 1200, "currency": "usd"})


def test_a_token_shows_what_will_be_used(client, token):
    must_be_whole(token)
    assert client.v1.confirmation_tokens.retrieve(token.id).id == token.id
    preview = token.payment_method_preview
    assert (preview.type, preview.card.last4, preview.billing_details.name) == (
        *("card", "4242"),
        "Ada",
    )
    assert token.expires_at == token.created + 12 * 3600
    assert "number" not in str(token)


def test_a_server_confirms_with_it_once(client, token):
    intent = new_intent(client)
    paid = client.v1.payment_intents.confirm(intent.id, {"confirmation_token": token.id})
    assert paid.status == "succeeded"
    assert client.v1.confirmation_tokens.retrieve(token.id).payment_intent == intent.id
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.confirm(new_intent(client).id, {"confirmation_token": token.id})


def test_a_saved_method_can_be_named(client):
    create = client.v1.test_helpers.confirmation_tokens.create
    token = create({"payment_method": "pm_card_visa"})
    assert token.payment_method_preview.card.brand == "visa"
    confirmed = client.v1.payment_intents.confirm(
        new_intent(client).id, {"confirmation_token": token.id, "return_url": "http://a.test"}
    )
    assert confirmed.status == "succeeded"


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"payment_method_data": {"type": "none"}},
        {"payment_method_data": {"type": "card"}},
        {"payment_method_data": {"type": "card", "card": {**CARD, "number": "4242"}}},
        {"payment_method": "pm_none"},
    ],
)
def test_a_token_of_nothing_is_refused(client, wish):
    with pytest.raises((stripe.InvalidRequestError, stripe.CardError)):
        client.v1.test_helpers.confirmation_tokens.create(wish)
