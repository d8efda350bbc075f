"""What a publishable key, which anybody can read in a page's source, may do and see."""

import pytest

from tests.emulator.buying import pay_now

KEY = "pk_test_of_the_page"
INTENTS = "/v1/payment_intents"


@pytest.fixture
def ask_as_page(ask):
    def asking(method, path, body="", **more):
        return ask(method, path, body, key=KEY, **more)

    return asking


@pytest.fixture
def intent(client):
    return client.v1.payment_intents.create(
        {"amount": 1200, "currency": "usd", "metadata": {"order": "ord_1"}}
    )


def secret(intent):
    return f"client_secret={intent.client_secret}"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/customers"),
        ("POST", "/v1/customers"),
        ("POST", "/v1/payment_intents"),
        ("GET", "/v1/payment_intents"),
        ("POST", "/v1/refunds"),
        ("GET", "/v1/payment_methods/pm_1"),
        ("POST", "/v1/payment_intents/pi_1/capture"),
        ("GET", "/v1/nothing_of_ours"),
    ],
)
def test_what_needs_a_secret_key_is_refused(ask_as_page, method, path):
    answer = ask_as_page(method, path)
    assert (answer.status, answer.error["code"]) == (401, "secret_key_required")


def test_a_page_makes_payment_methods(ask_as_page):
    made = ask_as_page(
        "POST",
        "/v1/payment_methods",
        "type=card&card[number]=4242424242424242&card[exp_month]=1&card[exp_year]=2034"
        "&card[cvc]=123",
    )
    assert (made.status, made.json["card"]["last4"]) == (200, "4242")


def test_an_intent_is_shown_with_its_secret_alone(ask_as_page, intent):
    path = f"{INTENTS}/{intent.id}"
    assert ask_as_page("GET", path).error["param"] == "client_secret"
    foreign = ask_as_page("GET", f"{path}?client_secret=pi_x_secret_y")
    assert (foreign.status, foreign.error["param"]) == (400, "client_secret")
    assert ask_as_page("GET", f"{path}?client_secret[a]=1").status == 400
    assert ask_as_page("GET", f"{path}?{secret(intent)}").json["amount"] == 1200
    assert ask_as_page("GET", f"{INTENTS}/pi_none?{secret(intent)}").status == 404


def test_a_page_does_not_see_what_is_the_shops_business(ask_as_page, intent):
    shown = ask_as_page("GET", f"{INTENTS}/{intent.id}?{secret(intent)}").json
    assert shown["client_secret"] == intent.client_secret
    assert not {"metadata", "customer", "latest_charge", "application_fee_amount"} & set(shown)


def test_a_page_may_expand_the_payment_method_alone(ask_as_page, client):
    paid = pay_now(client)
    path = f"{INTENTS}/{paid.id}?{secret(paid)}"
    shown = ask_as_page("GET", f"{path}&expand[]=payment_method").json
    assert shown["payment_method"]["object"] == "payment_method"
    refused = ask_as_page("GET", f"{path}&expand[]=latest_charge")
    assert (refused.status, refused.error["param"]) == (400, "expand")


def test_a_page_confirms_an_intent(ask_as_page, client, intent):
    path = f"{INTENTS}/{intent.id}/confirm"
    assert ask_as_page("POST", path, "payment_method=pm_card_visa").status == 400
    assert client.v1.payment_intents.retrieve(intent.id).status == "requires_payment_method"
    paid = ask_as_page("POST", path, f"payment_method=pm_card_visa&{secret(intent)}")
    assert (paid.status, paid.json["status"]) == (200, "succeeded")
    assert "metadata" not in paid.json


@pytest.mark.parametrize("name", ["off_session", "error_on_requires_action"])
def test_a_page_does_not_decide_what_is_the_shops_to_decide(ask_as_page, intent, name):
    body = f"payment_method=pm_card_visa&{name}=true&{secret(intent)}"
    refused = ask_as_page("POST", f"{INTENTS}/{intent.id}/confirm", body)
    assert (refused.status, refused.error["param"]) == (400, name)


def test_the_intent_inside_a_refusal_is_trimmed_too(ask_as_page, intent):
    body = f"payment_method=pm_card_chargeDeclined&{secret(intent)}"
    declined = ask_as_page("POST", f"{INTENTS}/{intent.id}/confirm", body)
    assert declined.status == 402
    inside = declined.error["payment_intent"]
    assert (inside["status"], "metadata" in inside) == ("requires_payment_method", False)


def test_a_page_is_not_given_the_answer_a_secret_key_was_given(ask, ask_as_page, intent):
    """An idempotency key is no secret; what is kept under it may be one."""
    path, body = f"{INTENTS}/{intent.id}/confirm", "payment_method=pm_card_visa"
    headers = {"Idempotency-Key": "one-click"}
    assert "metadata" in ask("POST", path, body, headers=headers).json
    again = ask_as_page("POST", path, f"{body}&{secret(intent)}", headers=headers)
    assert "metadata" not in again.json
    assert again.error["code"] == "payment_intent_unexpected_state"


def test_other_sites_still_cannot_call_the_api(ask_as_page, intent):
    path = f"{INTENTS}/{intent.id}?{secret(intent)}"
    for site in ("cross-site", "same-site"):
        assert ask_as_page("GET", path, headers={"Sec-Fetch-Site": site}).status == 403
