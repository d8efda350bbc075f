"""Payment methods: cards by number, by token, by name, with and without a customer."""

import pytest
import stripe

from tests.emulator.buying import pay_now
from tests.emulator.conftest import Ask
from tests.emulator.shape_checker import must_be_whole


def card(number: str = "4242424242424242", **more: object):
    typed = {"number": number, "exp_month": 12, "exp_year": 2040, "cvc": "123", **more}
    return {"type": "card", "card": typed}


def test_a_typed_card_is_whole_and_shows_no_number(client, ask: Ask):
    made = client.v1.payment_methods.create(
        {**card("5555 5555 5555 4444"), "billing_details": {"name": "Ada"}}
    )
    must_be_whole(made)
    assert made.card is not None
    assert (made.card.brand, made.card.last4, made.card.funding) == ("mastercard", "4444", "credit")
    assert (made.billing_details.name, made.customer) == ("Ada", None)
    assert b"555555" not in ask("GET", f"/v1/payment_methods/{made.id}").body


def test_a_token_is_a_card_too(client):
    made = client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_amex"}})
    must_be_whole(made)
    assert made.card is not None
    assert made.card.brand == "amex"
    assert pay_now(client, method=made.id).status == "succeeded"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"number": "4242424242424241"}, "incorrect_number"),
        ({"number": "42"}, "incorrect_number"),
        ({"number": "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢"}, "incorrect_number"),
        ({"exp_month": 13}, "invalid_expiry_month"),
        ({"exp_month": 0}, "invalid_expiry_month"),
        ({"exp_year": 95}, "invalid_expiry_year"),
        ({"exp_year": 2020}, "invalid_expiry_year"),
        ({"cvc": "99"}, "invalid_cvc"),
        ({"cvc": "abc"}, "invalid_cvc"),
    ],
)
def test_a_mistyped_card_is_refused(client, wrong, code):
    with pytest.raises(stripe.CardError) as caught:
        client.v1.payment_methods.create(card(**wrong))
    assert caught.value.code == code


def test_a_card_of_this_year_is_out_of_date_by_its_month(client, emulator, monkeypatch):
    # 2030-06-15
    monkeypatch.setattr(emulator.emulator.clock, "precise", lambda: 1_907_712_000.0)
    with pytest.raises(stripe.CardError) as caught:
        client.v1.payment_methods.create(card(exp_month=5, exp_year=2030))
    assert caught.value.code == "invalid_expiry_month"
    client.v1.payment_methods.create(card(exp_month=6, exp_year=2030))


def test_a_card_comes_to_a_customer_and_goes(client):
    customer = client.v1.customers.create()
    method = client.v1.payment_methods.create(card())
    attached = client.v1.payment_methods.attach(method.id, {"customer": customer.id})
    must_be_whole(attached)
    assert attached.customer == customer.id
    found = client.v1.customers.payment_methods.list(customer.id).data
    assert [each.id for each in found] == [method.id]
    listed = client.v1.payment_methods.list({"customer": customer.id, "type": "card"}).data
    assert [each.id for each in listed] == [method.id]
    assert client.v1.payment_methods.detach(method.id).customer is None
    assert client.v1.customers.payment_methods.list(customer.id).data == []
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_methods.detach(method.id)


def test_a_card_has_one_customer(client):
    first, second = client.v1.customers.create(), client.v1.customers.create()
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": first.id})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_methods.attach(method.id, {"customer": second.id})


def test_a_card_the_bank_declines_comes_to_nobody(client):
    customer = client.v1.customers.create()
    with pytest.raises(stripe.CardError):
        client.v1.payment_methods.attach("pm_card_visa_chargeDeclined", {"customer": customer.id})
    assert client.v1.customers.payment_methods.list(customer.id).data == []


def test_one_card_comes_to_a_customer_and_then_fails(client):
    customer = client.v1.customers.create()
    method = client.v1.payment_methods.attach(
        "pm_card_chargeCustomerFail", {"customer": customer.id}
    )
    with pytest.raises(stripe.CardError):
        pay_now(client, method=method.id, customer=customer.id)


@pytest.mark.parametrize(
    ("name", "check", "found"),
    [
        ("4000000000000101", "cvc_check", "fail"),
        ("4000000000000036", "address_postal_code_check", "fail"),
        ("4000000000000044", "address_postal_code_check", "unavailable"),
        ("4242424242424242", "address_postal_code_check", "pass"),
        ("4000000000000028", "address_line1_check", "fail"),
    ],
)
def test_the_checks_of_a_card_are_shown(client, name, check, found):
    address = {"postal_code": "10001", "line1": "Road 1"}
    made = client.v1.payment_methods.create({**card(name), "billing_details": {"address": address}})
    assert made.card.checks[check] == found
    charge = client.v1.charges.retrieve(pay_now(client, method=made.id).latest_charge)
    assert charge.payment_method_details.card.checks[check] == found


def test_metadata_of_a_method_can_be_changed(client):
    made = client.v1.payment_methods.create(card())
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_methods.update(made.id, {"metadata": {"a": "b"}})
    customer = client.v1.customers.create()
    client.v1.payment_methods.attach(made.id, {"customer": customer.id})
    changed = client.v1.payment_methods.update(made.id, {"metadata": {"a": "b"}})
    must_be_whole(changed)
    assert changed.metadata.to_dict() == {"a": "b"}


@pytest.mark.parametrize("body", ["type=sepa_debit", "type=card", "type=card&card[token]=tok_none"])
def test_other_methods_are_refused(ask: Ask, body):
    assert 400 <= ask("POST", "/v1/payment_methods", body).status < 500


def test_a_detached_method_is_nobodys_default(client):
    customer = client.v1.customers.create()
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    found = client.v1.customers.payment_methods.retrieve(customer.id, method.id)
    assert found.id == method.id
    settings = {"default_payment_method": method.id}
    client.v1.customers.update(customer.id, {"invoice_settings": settings})
    client.v1.payment_methods.detach(method.id)
    now = client.v1.customers.retrieve(customer.id)
    assert now.invoice_settings.default_payment_method is None
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.payment_methods.retrieve(customer.id, method.id)
    assert caught.value.http_status == 404


def test_a_customers_card_is_renewed(client):
    customer = client.v1.customers.create()
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    wish = {"card": {"exp_month": 5, "exp_year": 2040}, "billing_details": {"name": "Ada"}}
    changed = client.v1.payment_methods.update(method.id, wish)
    must_be_whole(changed)
    assert (changed.card.exp_year, changed.billing_details.name) == (2040, "Ada")
    with pytest.raises(stripe.CardError):
        client.v1.payment_methods.update(method.id, {"card": {"exp_year": 2020}})
    assert client.v1.payment_methods.retrieve(method.id).card.exp_year == 2040
