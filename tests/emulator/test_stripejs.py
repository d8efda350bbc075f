"""Where stripe.js is served, what its frames let in, and what the Payment Element asks first."""

import json

import pytest

from tests.emulator.buying import line, new_session

PAGE_KEY = "pk_test_of_the_page"
SESSIONS = "/v1/elements/sessions"


@pytest.mark.parametrize(
    ("path", "train"),
    [
        ("/v3/", "v3"),
        ("/v3", "v3"),
        ("/stripe.js", "endive"),
        ("/endive/stripe.js", "endive"),
        ("/clover/stripe.js", "clover"),
    ],
)
def test_the_script_is_served_under_each_of_its_names(ask, path, train):
    answer = ask("GET", path, key=None)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert f'const TRAIN = "{train}";'.encode() in answer.body


def test_there_is_no_script_of_another_release(ask):
    assert ask("GET", "/zinnia/stripe.js", key=None).status == 404


@pytest.mark.parametrize("page", ["controller", "elements-inner-card", "elements-inner-payment"])
def test_only_pages_of_this_machine_may_show_a_frame(ask, page):
    answer = ask("GET", f"/v3/{page}.html", key=None)
    policy = answer.headers["content-security-policy"]
    ancestors = policy.partition("frame-ancestors ")[2].split(";")[0].split()
    assert ancestors == ["http://localhost:*", "http://*.localhost:*", "http://127.0.0.1:*"]
    assert "default-src 'none'" in policy


def test_there_are_no_other_frames(ask):
    assert ask("GET", "/v3/elements-inner-none.html", key=None).status == 404
    assert ask("GET", "/v3/..%2Fcheckout.html", key=None).status == 404


def ask_elements(ask, query):
    return ask("GET", f"{SESSIONS}?{query}", key=PAGE_KEY)


def test_the_payment_element_learns_what_is_to_be_paid(ask, client):
    intent = client.v1.payment_intents.create(
        {"amount": 1200, "currency": "usd", "metadata": {"order": "ord_1"}}
    )
    answer = ask_elements(ask, f"type=payment_intent&client_secret={intent.client_secret}")
    preference = answer.json["payment_method_preference"]
    assert "card" in preference["ordered_payment_method_types"]
    assert preference["payment_intent"]["amount"] == 1200
    assert "metadata" not in preference["payment_intent"]


def test_it_learns_nothing_without_the_intents_secret(ask, client):
    intent = client.v1.payment_intents.create({"amount": 1200, "currency": "usd"})
    for secret in (f"{intent.id}_secret_guess", "", "cs_test_1_secret_2", intent.id):
        answer = ask_elements(ask, f"type=payment_intent&client_secret={secret}")
        assert (answer.status, answer.error["param"]) == (400, "client_secret"), secret


def test_an_intent_may_be_made_later(ask):
    deferred = "type=deferred_intent&deferred_intent[mode]=payment&deferred_intent[currency]=usd"
    answer = ask_elements(ask, f"{deferred}&deferred_intent[amount]=500")
    assert "card" in answer.json["payment_method_preference"]["ordered_payment_method_types"]
    assert ask_elements(ask, f"{deferred}&deferred_intent[amount]=1").status == 400
    assert ask_elements(ask, "type=deferred_intent").error["param"] == "deferred_intent"
    assert ask_elements(ask, "type=nothing").status == 400


def elements_session(client):
    return new_session(client, ui_mode="elements", success_url=None, return_url="http://a.test/")


@pytest.mark.parametrize("what", ["", "/revise", "/pay", "/returned"])
def test_a_session_is_touched_with_its_secret_alone(ask, client, what):
    session = elements_session(client)
    path = f"/v3/checkout/{session.id}{what}"
    right = f"client_secret={session.client_secret}"
    assert ask("POST", path, "client_secret=x", key=None).error["param"] == "client_secret"
    assert ask("POST", path, key=None).error["code"] == "parameter_missing"
    assert ask("POST", "/v3/checkout/cs_test_none" + what, right, key=None).status == 404
    site = {"Sec-Fetch-Site": "cross-site"}
    assert ask("POST", path, right, key=None, headers=site).status == 403
    assert ask("POST", path, right + "&nothing=1", key=None).error["code"] == "parameter_unknown"
    assert ask("POST", path, right + "&x=" + "y" * 200000, key=None).status == 413
    assert ask("POST", path, right, key=None).json["session"]["id"] == session.id


@pytest.mark.parametrize(
    "body",
    [
        "details[number]=4242424242424242",
        "kind=card&details[exp_month]=13&details[exp_year]=x",
        "kind=nothing",
        "kind=card&details[number]=4242424242424242&details[exp_month]=1&details[exp_year]=2034",
        "expected_amount=5",
        "payment_method=pm_none",
        "kind=sepa_debit&details[iban]=x",
        "email=x&billing[country]=ZZ&kind=paypal",
    ],
)
def test_half_a_form_is_refused_and_never_breaks(ask, client, body):
    session = elements_session(client)
    path = f"/v3/checkout/{session.id}/pay"
    answer = ask("POST", path, f"client_secret={session.client_secret}&{body}", key=None)
    assert answer.status in (200, 400, 402), json.dumps(answer.json)
    assert answer.json.get("outcome") != "paid"


def seen(ask, session):
    body = f"client_secret={session.client_secret}"
    return ask("POST", f"/v3/checkout/{session.id}", body, key=None).json["session"]


def minor(shown, *names):
    return [shown[name]["minorUnitsAmount"] for name in names]


def test_a_line_tells_taxes_inside_its_price_from_those_on_top(ask, client):
    lines = [
        {**line(1000), "tax_rates": [rate_of(client, inclusive=inclusive)]}
        for inclusive in (True, False)
    ]
    session = new_session(
        client, ui_mode="elements", success_url=None, return_url="http://a.test/", line_items=lines
    )
    shown = seen(ask, session)
    inside, on_top = shown["lineItems"]
    assert minor(inside, "taxInclusive", "taxExclusive", "total") == [167, 0, 1000]
    assert minor(on_top, "taxInclusive", "taxExclusive", "total") == [0, 200, 1200]
    assert minor(shown["total"], "taxInclusive", "taxExclusive", "total") == [167, 200, 2200]


def rate_of(client, *, inclusive):
    wish = {"display_name": "VAT", "percentage": 20, "inclusive": inclusive}
    return client.v1.tax_rates.create(wish).id


def test_a_trial_is_told_with_its_end(ask, client):
    monthly = {
        "currency": "usd",
        "unit_amount": 900,
        "recurring": {"interval": "month"},
        "product_data": {"name": "Club"},
    }
    session = new_session(
        client,
        ui_mode="elements",
        success_url=None,
        return_url="http://a.test/",
        mode="subscription",
        line_items=[{"price_data": monthly, "quantity": 1}],
        subscription_data={"trial_period_days": 7},
    )
    shown = seen(ask, session)
    assert minor(shown["total"], "total") == [0]
    assert minor(shown["recurring"]["dueNext"], "total") == [900]
    assert shown["recurring"]["trial"]["trialPeriodDays"] == 7
    assert 0 <= shown["recurring"]["trial"]["trialEnd"] - session.created - 7 * 86400 < 60
