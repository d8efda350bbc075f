"""Refunds at the desk: three pages, one refund, and whoever was slower is told."""

import re

import pytest
from sqlalchemy import select

from paydesk.foundation.money import Money
from paydesk.orders.order import Order
from paydesk.payments.fees import kept_fee
from paydesk.payments.refund import Refund, Wish
from tests.fake_gateway import unreachable
from tests.paydesk.test_inbox import parsed
from tests.paydesk.test_placing import wish
from tests.web.conftest import Operator

_PAGE = "/admin/orders/1001/refund"


@pytest.fixture
def paid(shop, gateway) -> str:
    """Three boards, 117 dollars."""
    placed = shop.placing.place(wish(shop, quantity=3))
    opened = shop.checkouts.start(placed.id)
    thing = gateway.pay(opened.stripe_id)
    shop.inbox.receive(parsed(thing, "checkout.session.completed", "evt_paid"))
    return str(placed.id)


def fields(page: str, action: str) -> dict[str, str]:
    """What the form would send, ticks and choices as they stand."""
    found = re.search(rf'<form[^>]*action="{action}".*?</form>', page, re.DOTALL)
    assert found is not None, page
    given = {}
    for tag in re.findall(r"<input[^>]*>", found[0]):
        name, value = (re.search(rf'{key}="([^"]*)"', tag) for key in ("name", "value"))
        is_off = re.search('type="(radio|checkbox)"', tag) and " checked" not in tag
        if name is not None and not is_off:
            given[name[1]] = value[1] if value is not None else ""
    return given


def confirm(who: Operator, **chosen: str) -> dict[str, str]:
    """Fills in the first page, and answers what the second one carries."""
    form = fields(who.page(_PAGE), f"{_PAGE}")
    answer = who.http.post(_PAGE, data=form | chosen)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return fields(answer.get_data(as_text=True), f"{_PAGE}/make")


def refunds(shop) -> list[tuple[int, str]]:
    with shop.database.transaction() as tx:
        rows = tx.scalars(select(Refund).order_by(Refund.created_at, Refund.id))
        return [(row.amount_minor, row.state) for row in rows]


def test_by_line_from_the_first_page_to_the_last(clerk: Operator, shop, paid):
    form = fields(clerk.page(_PAGE), _PAGE)
    assert form["how"] == "lines"
    answer = clerk.http.post(_PAGE, data=form | {"quantity-0": "2"})
    page = answer.get_data(as_text=True)
    assert "The buyer gets $78.00. Stripe keeps its fee of about $2.46." in page
    assert "2 × Arduino Board, back on the shelf" in page
    assert refunds(shop) == []
    answer = clerk.http.post(f"{_PAGE}/make", data=fields(page, f"{_PAGE}/make"))
    assert answer.status_code == 303
    assert "Succeeded" in clerk.page(answer.location)
    assert refunds(shop) == [(7800, "succeeded")]
    assert "1 of 3 left to refund" in clerk.page(_PAGE)


def test_sent_twice_it_is_one_refund(clerk, shop, paid):
    form = confirm(clerk, **{"quantity-0": "1"})
    answers = [clerk.http.post(f"{_PAGE}/make", data=form) for _ in range(2)]
    assert answers[0].location == answers[1].location
    assert refunds(shop) == [(3900, "succeeded")]


def test_the_second_of_two_tabs_is_told(clerk, owner, shop, paid):
    first, second = confirm(clerk, **{"quantity-0": "1"}), confirm(owner, **{"quantity-0": "1"})
    third = fields(owner.page(_PAGE), _PAGE)
    clerk.http.post(f"{_PAGE}/make", data=first)
    answer = owner.http.post(f"{_PAGE}/make", data=second)
    assert answer.status_code == 409
    assert "Something has happened to order 1001" in answer.get_data(as_text=True)
    # The page that asks tells it already, before anything is asked of Stripe.
    answer = owner.http.post(_PAGE, data=third | {"quantity-0": "1"})
    assert answer.status_code == 409
    assert refunds(shop) == [(3900, "succeeded")]


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"how": "amount", "amount": "117.01"}, "$117.01 is more than the $117.00 left"),
        ({"how": "amount", "amount": "nine"}, "not an amount"),
        ({"how": "amount", "amount": ""}, "Say how much"),
        ({"how": "amount", "amount": "-1"}, "must be"),
        ({"quantity-0": "4"}, "Left to refund: 3 × Arduino Board"),
        ({"quantity-0": "0"}, "Say how many"),
        ({"quantity-0": "1e9"}, "How many of Arduino Board?"),
        ({"how": "twice"}, "Choose one"),
        ({"quantity-0": "1", "reason": "nonsense"}, "Choose one of the list"),
    ],
)
def test_what_cannot_be_refunded_is_said_beside_the_form(clerk, shop, paid, chosen, words):
    form = fields(clerk.page(_PAGE), _PAGE)
    answer = clerk.http.post(_PAGE, data=form | chosen)
    assert answer.status_code in (409, 422)
    page = answer.get_data(as_text=True)
    assert 'class="error-summary"' in page
    assert words in page
    assert refunds(shop) == []


def test_one_cent_too_much_is_refused_by_the_last_page_too(clerk, shop, paid):
    form = confirm(clerk, how="amount", amount="117.00") | {"amount": "117.01"}
    assert clerk.http.post(f"{_PAGE}/make", data=form).status_code == 409
    assert refunds(shop) == []


def test_the_sentence_below_the_form_is_that_of_the_next_page(clerk, paid):
    form = fields(clerk.page(_PAGE), _PAGE) | {"how": "all"}
    said = clerk.http.post(f"{_PAGE}/sentence", data=form).get_json()
    assert said == {
        "sentence": "The buyer gets $117.00. Stripe keeps its fee of about $3.69.",
        "problem": "",
    }
    said = clerk.http.post(f"{_PAGE}/sentence", data=form | {"how": "lines"}).get_json()
    assert said["problem"]


def test_one_that_fails_later_is_shown_and_made_again(clerk, shop, gateway, paid):
    answer = clerk.http.post(f"{_PAGE}/make", data=confirm(clerk, **{"quantity-0": "1"}))
    thing = next(iter(gateway.refunds.values()))
    thing["status"] = "failed"
    shop.inbox.receive(parsed(thing, "refund.failed", "evt_failed"))
    page = clerk.page(answer.location)
    assert "The bank sent it back" in page
    assert "A refund came back" in clerk.page(_PAGE)
    form = fields(page, f"{_PAGE}/again")
    again = clerk.http.post(f"{_PAGE}/again", data=form)
    assert "Succeeded" in clerk.page(again.location)
    assert sorted(refunds(shop)) == [(3900, "failed"), (3900, "succeeded")]
    # Both hands at once: the second finds nothing to make good.
    clerk.http.post(f"{_PAGE}/again", data=form)
    assert len(refunds(shop)) == 2
    assert "It was made good since" in clerk.page(answer.location)


def test_while_stripe_is_away_the_page_waits_and_says_so(clerk, shop, gateway, paid):
    form = confirm(clerk, **{"quantity-0": "1"})
    gateway.trouble = unreachable()
    answer = clerk.http.post(f"{_PAGE}/make", data=form)
    page = clerk.page(answer.location)
    assert "Stripe has not answered yet" in page
    assert 'http-equiv="refresh"' in page
    gateway.trouble = None
    shop.refunds.make(answer.location.rpartition("/")[2])
    page = clerk.page(answer.location)
    assert "Succeeded" in page
    assert 'http-equiv="refresh"' not in page


def test_made_in_stripes_dashboard_it_appears_by_itself(clerk, shop, gateway, paid):
    thing = gateway.dashboard_refund("pi_cs_test_0001", 1700)
    shop.inbox.receive(parsed(thing, "charge.refunded", "evt_dashboard"))
    assert "$100.00 of $117.00 paid can still be refunded" in clerk.page(_PAGE)


def test_it_needs_the_password_of_lately_and_the_role(clerk, reader, shop, clock, paid):
    assert reader.http.get(_PAGE).status_code == 403
    assert reader.http.post(f"{_PAGE}/make", data={"csrf_token": reader.token()}).status_code == 403
    form = confirm(clerk, **{"quantity-0": "1"})
    clock.travel(clock_minutes(16))
    answer = clerk.http.post(f"{_PAGE}/make", data=form)
    assert (answer.status_code, "/confirm" in answer.location) == (303, True)
    assert refunds(shop) == []


def clock_minutes(minutes: int):
    from datetime import timedelta

    return timedelta(minutes=minutes)


@pytest.mark.parametrize("path", ["/admin/orders/9/refund", f"/admin/orders/{10**30}/refund"])
def test_an_order_there_is_not(clerk, path):
    assert clerk.http.get(path).status_code == 404


def test_a_refund_of_another_order_is_not_shown(clerk, shop, gateway, paid):
    row = shop.refunds.request(paid, Wish(Money(1, "usd")))[0]
    other = shop.placing.place(wish(shop, quantity=2))
    assert clerk.http.get(f"/admin/orders/{other.number}/refunds/{row.id}").status_code == 404
    assert clerk.http.get(f"/admin/orders/1001/refunds/{row.id}").status_code == 200


def test_the_fee_of_the_example():
    assert kept_fee(Money(2380, "eur"), 2380) == Money(61, "eur")
    assert kept_fee(Money(1190, "eur"), 2380) == Money(30, "eur")
    assert kept_fee(Money(1190, "xof"), 2380) is None


def test_what_the_page_shows_and_what_is_locked_agree(clerk, shop, paid):
    form = fields(clerk.page(_PAGE), _PAGE)
    with shop.database.transaction() as tx:
        version = tx.scalar(select(Order.version).where(Order.id == paid))
    assert form["shown"].startswith(f"{version}-0-0")
