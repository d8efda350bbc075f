"""Paying within our own page: who sees it, what it may load, and that looking changes nothing."""

import re
from dataclasses import replace

import pytest

from paydesk.payments import ways
from paydesk.settings import Mode
from paydesk.web import guard
from tests.fake_gateway import unreachable


@pytest.fixture
def settings(settings):
    return replace(settings, ways=tuple(ways.ALL))


@pytest.fixture
def page(visitor) -> str:
    """The address of an order's pay page, by the Payment Element."""
    answer = visitor.purchase({**visitor.form(), "way": "element"})
    assert answer.status_code == 303
    return str(answer.location)


def order_url(page: str) -> str:
    return page.rpartition("/pay/")[0]


def begin(visitor, page: str, way: str = "element", **headers: str):
    return visitor.http.post(f"{order_url(page)}/trips", json={"way": way}, headers=headers)


def test_a_way_that_stays_here_leads_to_our_own_page_and_asks_nothing_of_stripe(
    visitor, page, gateway
):
    assert re.fullmatch(r"/o/1001/\w+/pay/element", page)
    answer = visitor.http.get(page)
    assert answer.status_code == 200
    assert gateway.calls == []
    html = answer.get_data(as_text=True)
    assert "https://js.stripe.com/endive/stripe.js" in html
    assert "Pay $39.00" in html
    assert "Pay by card (legacy)" in html


def test_a_program_is_told_the_address_too(visitor):
    answer = visitor.ask({"way": "embedded", "product_id": None, **priced(visitor)})
    assert answer.json["way"] == "embedded"
    assert answer.json["url"].endswith("/pay/embedded")


def priced(visitor) -> dict[str, object]:
    form = visitor.form()
    return {"price_id": form["price_id"], "quantity": 1}


def test_the_page_may_load_stripe_and_nothing_else_of_others(visitor, page, settings):
    headers = visitor.http.get(page).headers
    policy = headers["Content-Security-Policy"]
    assert "script-src 'self' https://js.stripe.com https://*.js.stripe.com" in policy
    assert "unsafe" not in policy
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Robots-Tag"] == "noindex"
    # All other pages stay as they were.
    assert "js.stripe.com" not in visitor.http.get("/").headers["Content-Security-Policy"]
    here = replace(settings, mode=Mode.EMULATOR, stripe_api_base="http://127.0.0.1:12111")
    response = visitor.http.get("/")
    guard.allow_stripe(response, here)
    policy = response.headers["Content-Security-Policy"]
    assert "frame-src http://127.0.0.1:12111" in policy
    assert "stripe.com" not in policy


def test_a_trip_gives_the_browser_the_secret_of_one_payment(visitor, page, gateway):
    answer = begin(visitor, page)
    assert answer.json["form"] == "payment"
    assert answer.json["clientSecret"] == "pi_0001_secret_x"
    assert answer.headers["Cache-Control"] == "no-store"
    assert begin(visitor, page).json == answer.json
    assert len(gateway.intents) == 1


def test_another_site_begins_no_trip(visitor, page, gateway):
    answer = begin(visitor, page, **{"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert gateway.calls == []


def test_looking_begins_nothing_and_strangers_find_nothing(visitor, stranger, page):
    assert visitor.http.get(f"{order_url(page)}/trips").status_code == 405
    # Whoever has the link may pay; whoever guesses finds nothing.
    assert stranger.http.get(page).status_code == 200
    assert stranger.http.get("/o/1001/guess/pay/element").status_code == 404
    assert visitor.http.get(page.replace("element", "cheque")).status_code == 404
    assert visitor.http.get(page.replace("element", "hosted")).status_code == 404


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'{"way": 1}', b'{"way": "cheque"}'])
def test_nonsense_is_refused(visitor, page, body):
    for path in ("trips", "charges"):
        answer = visitor.http.post(
            f"{order_url(page)}/{path}", data=body, content_type="application/json"
        )
        assert answer.status_code == 422, (path, answer.json)


def test_stripe_away_is_said_and_nothing_was_charged(visitor, page, gateway):
    gateway.trouble = unreachable()
    answer = begin(visitor, page)
    assert answer.status_code == 503
    assert "Nothing was charged" in answer.json["error"]["message"]


def test_the_return_page_leads_to_the_paid_order(visitor, stranger, page, gateway):
    begin(visitor, page)
    gateway.confirm("pi_0001")
    back = "/success?payment_intent=pi_0001&payment_intent_client_secret=x&redirect_status=failed"
    assert stranger.http.get(back).status_code == 404
    answer = visitor.http.get(back)
    assert answer.location == order_url(page)
    # The address says "failed"; Stripe, asked, says otherwise.
    assert "Paid on" in visitor.http.get(answer.location).get_data(as_text=True)
    # There is nothing left to pay, here as anywhere.
    assert visitor.http.get(page).location == order_url(page)
    assert begin(visitor, page).json["error"]["code"] == "nothing_to_pay"


def hand_over(visitor, page: str, **body: str):
    trip = begin(visitor, page, "charge").json["checkout"]
    return visitor.http.post(
        f"{order_url(page)}/charges", json={"checkout": trip, "token": "tok_1", **body}
    )


def test_a_token_is_charged_and_the_buyer_sees_the_order(visitor, page, gateway):
    answer = hand_over(visitor, page, email="ada@example.com")
    assert answer.json == {"url": order_url(page)}
    html = visitor.http.get(order_url(page)).get_data(as_text=True)
    assert "Paid on" in html
    assert "ada@example.com" in html


@pytest.mark.parametrize("email", ["ada", "@example.com", "ada@", "a b@example.com", "x" * 400])
def test_an_address_that_is_none_is_said_before_anything_is_charged(visitor, page, gateway, email):
    assert hand_over(visitor, page, email=email).status_code == 422
    assert gateway.charges == {}


def test_a_card_that_needs_its_bank_is_told_so(visitor, page, gateway):
    gateway.declines_with = "authentication_required"
    answer = hand_over(visitor, page)
    assert answer.status_code == 402
    assert answer.json["error"]["code"] == "authentication_required"
    assert "choose another way to pay" in answer.json["error"]["message"]


def test_the_portal_is_for_subscriptions_alone(visitor, page):
    token = re.search(
        r'name="csrf_token" value="([^"]+)"', visitor.http.get(page).get_data(as_text=True)
    )
    assert token is not None
    portal = f"{order_url(page)}/portal"
    assert visitor.http.get(portal).status_code == 405
    assert visitor.http.post(portal, data={"csrf_token": "guess"}).status_code == 403
    assert visitor.http.post(portal, data={"csrf_token": token[1]}).status_code == 409
