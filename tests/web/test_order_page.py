"""The order's own page in each of its states: what it says, what it offers, what it never says."""

import re

import pytest

from tests.fake_gateway import event_of
from tests.paydesk.test_placing import variant
from tests.web.test_buying import bought


@pytest.fixture
def link(visitor, gateway) -> str:
    """The address of an order whose session `cs_test_0001` is open."""
    session_id = bought(visitor, gateway)
    return str(visitor.http.get(f"/success?session_id={session_id}").location)


def told(visitor, stripe, gateway, kind: str, **changes: object) -> None:
    """Stripe says by webhook, and by its API from now on, what became of the session."""
    session = gateway.sessions["cs_test_0001"]
    session.update(changes)
    assert stripe.sends(event_of(session, kind, f"evt_{kind}")).status_code == 200


def page(visitor, link: str) -> str:
    answer = visitor.http.get(link)
    assert answer.status_code == 200
    return str(answer.get_data(as_text=True))


def state(visitor, link: str) -> tuple[str, bool]:
    answer = visitor.http.get(f"{link}/state").json
    return answer["state"], answer["settled"]


ENDS = [
    (
        "checkout.session.completed",
        {"status": "complete", "payment_status": "unpaid"},
        ("pending", False),
        "Your payment is on its way",
        False,
    ),
    (
        "checkout.session.async_payment_failed",
        {"status": "complete", "payment_status": "unpaid"},
        ("failed", True),
        "You were not charged",
        True,
    ),
    (
        "checkout.session.expired",
        {"status": "expired"},
        ("expired", True),
        "we released the items",
        True,
    ),
    (
        "checkout.session.completed",
        {"status": "complete", "payment_status": "paid", "amount_total": 1},
        ("review", True),
        "differs from this order",
        False,
    ),
]


@pytest.mark.parametrize(("kind", "changes", "shown", "sentence", "can_try_again"), ENDS)
def test_each_state_says_what_happened_and_offers_what_helps(
    visitor, stripe, gateway, link, kind, changes, shown, sentence, can_try_again
):
    told(visitor, stripe, gateway, kind, **changes)
    assert state(visitor, link) == shown
    text = page(visitor, link)
    assert sentence in text
    assert "Paid on" not in text
    assert "Thank you" not in text
    assert (f'action="{link}/pay"' in text) is can_try_again
    assert (f'action="{link}/cart"' in text) is can_try_again


def test_a_paid_order_thanks_once_and_offers_no_further_payment(visitor, stranger, gateway, link):
    gateway.pay("cs_test_0001")
    # The browser was sent back a moment ago, before the payment: the webhook is still to come.
    assert state(visitor, link)[0] == "confirming"
    visitor.http.get(f"{link}/state")
    paid = page_once_asked(visitor, gateway, link)
    assert "<h1>Thank you</h1>" in paid
    assert "<h1>Thank you</h1>" not in page(visitor, link)
    assert f'action="{link}/pay"' not in paid
    assert "ada@example.com" in page(stranger, link)


def page_once_asked(visitor, gateway, link: str) -> str:
    # The return page's own question, whose eight seconds are over.
    shop = visitor.http.application.extensions["paydesk"].shop
    from datetime import timedelta

    shop.clock.travel(timedelta(seconds=9))
    return page(visitor, link)


def test_a_paid_order_cannot_be_paid_again(visitor, stripe, gateway, link):
    before = page(visitor, link)
    token = re.search(
        r'name="csrf_token"[^>]*value="([^"]+)"', visitor.http.get("/p/breadboard").text
    )
    assert token is not None
    assert "Paid on" not in before
    told(
        visitor,
        stripe,
        gateway,
        "checkout.session.completed",
        status="complete",
        payment_status="paid",
    )
    answer = visitor.http.post(f"{link}/pay", data={"csrf_token": token[1]})
    assert answer.status_code == 409
    assert "needs no payment any more" in answer.text
    assert len(gateway.sessions) == 1


def test_trying_again_needs_our_own_form(visitor, stripe, gateway, link):
    told(visitor, stripe, gateway, "checkout.session.expired", status="expired")
    assert visitor.http.post(f"{link}/pay", data={"csrf_token": "x"}).status_code == 403
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    assert visitor.http.post(f"{link}/pay", json={}, headers=elsewhere).status_code == 403
    assert visitor.http.get(f"{link}/pay").status_code == 405
    assert len(gateway.sessions) == 1


def test_a_refund_is_shown_beside_the_payment(visitor, stripe, gateway, link):
    told(
        visitor,
        stripe,
        gateway,
        "checkout.session.completed",
        status="complete",
        payment_status="paid",
        payment_intent="pi_1",
    )
    refund = {
        "object": "refund",
        "id": "re_1",
        "amount": 900,
        "currency": "usd",
        "status": "succeeded",
        "payment_intent": "pi_1",
    }
    stripe.sends(event_of(refund, "refund.created", "evt_refund_1"))
    assert state(visitor, link)[0] == "partly_refunded"
    assert "We returned $9.00 on 23 November 2026" in page(visitor, link)
    rest = {**refund, "id": "re_2", "amount": 3000}
    stripe.sends(event_of(rest, "refund.created", "evt_refund_2"))
    assert state(visitor, link)[0] == "refunded"
    assert "We returned $39.00" in page(visitor, link)


def test_what_the_buyer_or_stripe_wrote_is_shown_as_text(visitor, stripe, gateway, link):
    told(
        visitor,
        stripe,
        gateway,
        "checkout.session.completed",
        status="complete",
        payment_status="paid",
        customer_details={"email": "<script>alert(1)</script>@example.com"},
    )
    text = page(visitor, link)
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


@pytest.mark.parametrize("number", ["0", "-1", "9" * 30, "x", "1001.0", "%00"])
def test_an_impossible_number_is_just_unknown(visitor, number):
    assert visitor.http.get(f"/o/{number}/{'x' * 26}").status_code == 404


@pytest.mark.parametrize("session_id", ["", "x" * 5000, "%00", "%F0%9F%98%80", "{CHECKOUT}"])
def test_an_impossible_session_is_just_unknown(visitor, session_id):
    visitor.http.get("/")
    assert visitor.http.get(f"/success?session_id={session_id}").status_code == 404


@pytest.mark.parametrize("path", ["/p/%00", "/p/a%00b", "/o/1001/%00", "/cancelled?order=%00"])
def test_a_nul_in_an_address_is_just_unknown(visitor, path):
    assert visitor.http.get(path).status_code == 404


def test_without_an_order_going_back_leads_to_the_shop(visitor, shop):
    for path in ("/cancel", "/cancelled", "/cancelled?order=x", f"/cancelled?order={10**30}"):
        answer = visitor.http.get(path)
        assert (answer.status_code, answer.location) == (303, "/")
    assert variant(shop, "arduino-board").held == 0
