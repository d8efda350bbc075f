"""Older code: tokens, sources of customers, charges without a payment intent."""

import pytest
import stripe

from tests.emulator.buying import history, pay_now
from tests.emulator.conftest import Ask
from tests.emulator.shape_checker import must_be_whole
from tests.emulator.waiting import DAY, later

CARD = {"number": "4242424242424242", "exp_month": "12", "exp_year": "2034", "cvc": "123"}
TEN = {"amount": 1000, "currency": "usd"}


def token(client: stripe.StripeClient, **more: str) -> str:
    return client.v1.tokens.create({"card": {**CARD, **more}}).id  # type: ignore[arg-type]


def test_a_token_stands_for_a_card_once(client):
    made = client.v1.tokens.create({"card": {**CARD, "name": "Ada", "address_zip": "10001"}})
    must_be_whole(made)
    assert (made.used, made.type, made.card.last4, made.card.brand) == (
        *(False, "card"),
        *("4242", "Visa"),
    )
    charge = client.v1.charges.create({**TEN, "source": made.id})
    must_be_whole(charge)
    assert (charge.source.id, charge.billing_details.name) == (made.card.id, "Ada")
    assert client.v1.tokens.retrieve(made.id).used
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.charges.create({**TEN, "source": made.id})
    assert caught.value.code == "token_already_used"


def test_a_token_makes_a_payment_method_once(client):
    made = token(client)
    wish = {"type": "card", "card": {"token": made}}
    assert client.v1.payment_methods.create(wish).card.last4 == "4242"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_methods.create(wish)
    assert (caught.value.code, caught.value.param) == ("token_already_used", "card[token]")


def test_a_bank_accounts_token(client):
    account = {"country": "US", "currency": "usd", "routing_number": "110000000",
               "account_number": "000123456789"}  # fmt: skip
    made = client.v1.tokens.create({"bank_account": account})
    must_be_whole(made)
    assert (made.type, made.bank_account.last4, made.bank_account.status) == (
        *("bank_account", "6789"),
        "new",
    )


def test_a_charge_in_one_call(client):
    charge = client.v1.charges.create(
        {**TEN, "source": "tok_visa", "description": "Kit", "metadata": {"a": "b"}}
    )
    must_be_whole(charge)
    assert (charge.status, charge.paid, charge.captured, charge.payment_intent) == (
        *("succeeded", True, True),
        None,
    )
    booked = client.v1.balance_transactions.retrieve(charge.balance_transaction)
    assert (booked.amount, booked.fee, booked.net) == (1000, 59, 941)
    assert history(client) == ["charge.succeeded"]
    refund = client.v1.refunds.create({"charge": charge.id})
    assert (refund.amount, refund.payment_intent) == (1000, None)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("tok_visa_chargeDeclined", "card_declined"),
        ("tok_chargeDeclinedExpiredCard", "expired_card"),
        ("tok_threeDSecure2Required", "authentication_required"),
    ],
)
def test_a_refused_charge(client, source, code):
    with pytest.raises(stripe.CardError) as caught:
        client.v1.charges.create({**TEN, "source": source})
    assert caught.value.code == code
    (charge,) = client.v1.charges.list().data
    must_be_whole(charge)
    assert (charge.status, charge.failure_code) == ("failed", code)
    assert caught.value.error is not None
    assert caught.value.error.charge == charge.id
    assert history(client) == ["charge.failed"]


def test_a_charge_is_held_and_captured(client):
    held = client.v1.charges.create({**TEN, "source": "tok_visa", "capture": False})
    assert (held.captured, held.balance_transaction) == (False, None)
    done = client.v1.charges.capture(held.id, {"amount": 700})
    must_be_whole(done)
    assert (done.captured, done.amount_captured, done.amount_refunded) == (True, 700, 300)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.charges.capture(held.id)
    assert caught.value.code == "charge_already_captured"


def test_the_charge_of_an_intent_is_captured_there(client):
    held = pay_now(client, capture_method="manual")
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.charges.capture(held.latest_charge)
    assert caught.value.code == "payment_intent_unexpected_state"
    assert client.v1.payment_intents.retrieve(held.id).status == "requires_capture"


def test_a_hold_is_let_go(client, emulator):
    held = client.v1.charges.create({**TEN, "source": "tok_visa", "capture": False})
    client.v1.refunds.create({"charge": held.id})
    assert client.v1.charges.retrieve(held.id).refunded
    lapsing = client.v1.charges.create({**TEN, "source": "tok_visa", "capture": False})
    later(emulator, 7 * DAY + 1)
    assert client.v1.charges.retrieve(lapsing.id).refunded
    assert history(client)[-1] == "charge.expired"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.charges.capture(lapsing.id)
    assert caught.value.code == "charge_expired_for_capture"


def test_a_customer_keeps_a_source_and_is_charged(client):
    customer = client.v1.customers.create()
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.charges.create({**TEN, "customer": customer.id})
    card = client.v1.customers.payment_sources.create(customer.id, {"source": token(client)})
    must_be_whole(card)
    assert (card.customer, card.object) == (customer.id, "card")
    found = client.v1.customers.retrieve(customer.id, {"expand": ["sources"]})
    assert (found.default_source, found.sources.data[0].id) == (card.id, card.id)
    for wish in ({"customer": customer.id}, {"customer": customer.id, "source": card.id}):
        charge = client.v1.charges.create({**TEN, **wish})
        assert (charge.customer, charge.payment_method) == (customer.id, card.id)
        assert charge.source.id == card.id
    assert len(client.v1.charges.list({"customer": customer.id}).data) == 2


def test_a_customer_comes_with_a_source(client):
    customer = client.v1.customers.create({"source": "tok_visa", "email": "a@example.com"})
    first = client.v1.customers.retrieve(customer.id).default_source
    assert first is not None
    client.v1.customers.update(customer.id, {"source": "tok_mastercard"})
    second = client.v1.customers.retrieve(customer.id).default_source
    assert second != first
    client.v1.customers.update(customer.id, {"default_source": first})
    charge = client.v1.charges.create({**TEN, "customer": customer.id})
    assert charge.payment_method_details.card.brand == "visa"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.update(customer.id, {"default_source": "card_none"})
    assert caught.value.param == "default_source"


def test_a_source_is_changed_and_taken_away(client):
    customer = client.v1.customers.create()
    sources = client.v1.customers.payment_sources
    first = sources.create(customer.id, {"source": "tok_visa"})
    second = sources.create(customer.id, {"source": "tok_mastercard"})
    assert [each.id for each in sources.list(customer.id).data] == [second.id, first.id]
    changed = sources.update(customer.id, first.id, {"exp_year": "2040"})
    assert changed.exp_year == 2040
    assert sources.delete(customer.id, first.id).deleted
    assert client.v1.customers.retrieve(customer.id).default_source == second.id
    with pytest.raises(stripe.InvalidRequestError) as caught:
        sources.retrieve(customer.id, first.id)
    assert caught.value.http_status == 404
    with pytest.raises(stripe.CardError):
        sources.create(customer.id, {"source": "tok_visa_chargeDeclined"})


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("tokens", "", 400),
        ("tokens", "card[number]=4242&card[exp_month]=12&card[exp_year]=2034", 402),
        ("tokens", "card[number]=4242424242424242&card[exp_month]=x&card[exp_year]=2034", 400),
        ("tokens", "card[number]=4242424242424242&card[exp_month]=12", 400),
        ("tokens", "card=tok_visa", 400),
        ("tokens", "pii[id_number]=1", 400),
        ("tokens", "bank_account[country]=US&bank_account[account_number]=1", 400),
        ("charges", "amount=1000&currency=usd", 400),
        ("charges", "amount=1000&source=tok_visa", 400),
        ("charges", "amount=10&currency=usd&source=tok_visa", 400),
        ("charges", "amount=1000&currency=usd&source=tok_none", 400),
        ("charges", "amount=1000&currency=usd&source=btok_none", 400),
        ("charges", "amount=1000&currency=usd&source=card_none", 400),
        ("charges", "amount=1000&currency=usd&customer=cus_none", 400),
        ("charges/ch_none/capture", "", 404),
        ("customers/cus_none/sources", "source=tok_visa", 404),
    ],
)
def test_what_makes_no_sense_is_refused(client, ask: Ask, path, body, status):
    assert ask("POST", f"/v1/{path}", body).status == status
    assert client.v1.charges.list().data == []
