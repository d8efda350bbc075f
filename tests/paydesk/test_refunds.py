"""Refunds: as much as was paid and no more, once, whatever breaks between us and Stripe."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from paydesk.foundation.errors import Invalid, Refused
from paydesk.foundation.money import Money
from paydesk.orders.order import Order
from paydesk.payments.gateway import StripeRefused
from paydesk.payments.refund import Refund, TooMuch, Wish
from paydesk.payments.refunds import NothingOwed, RefundRefused, Refunds
from tests.fake_gateway import event_of, unreachable
from tests.paydesk.test_inbox import now_of, parsed
from tests.paydesk.test_placing import wish

TOTAL = 3900
EDGES = [1, TOTAL // 2, TOTAL - 1, TOTAL]


@pytest.fixture
def paid(shop, gateway) -> Order:
    """An order of 39.00 that is paid."""
    placed = shop.placing.place(wish(shop))
    opened = shop.checkouts.start(placed.id)
    gateway.pay(opened.stripe_id)
    shop.checkouts.ask(placed.id)
    return now_of(shop, placed)


@pytest.fixture
def told(shop, gateway):
    """Stripe's word on a refund arrives by webhook."""
    count = iter(range(1000))

    def run(refund: dict[str, object]) -> str:
        kind = "refund.failed" if refund["status"] == "failed" else "refund.updated"
        return str(shop.inbox.receive(parsed(refund, kind, f"evt_refund_{next(count)}")))

    return run


def usd(minor: int) -> Money:
    return Money(minor, "usd")


def refunded(shop, order: Order) -> int:
    return now_of(shop, order).refunded_minor


def rows(shop) -> list[tuple[int, str]]:
    with shop.database.transaction() as tx:
        found = tx.scalars(select(Refund).order_by(Refund.created_at, Refund.id))
        return [(row.amount_minor, row.state) for row in found]


@pytest.mark.parametrize("status", ["pending", "succeeded"])
@pytest.mark.parametrize("amount", EDGES)
def test_a_refund_of_part_and_then_of_the_rest(shop, gateway, paid, amount, status):
    gateway.refund_status = status
    (row,) = shop.refunds.request(paid.id, Wish(usd(amount)))
    assert (row.amount_minor, row.state) == (amount, status)
    assert refunded(shop, paid) == amount
    assert now_of(shop, paid).payment == "paid"
    # What is in flight counts: one more than is left is too much.
    with pytest.raises(TooMuch if amount < TOTAL else Refused):
        shop.refunds.request(paid.id, Wish(usd(TOTAL - amount + 1)))
    if amount < TOTAL:
        shop.refunds.request(paid.id, Wish())
    assert refunded(shop, paid) == TOTAL
    assert gateway.left_of("pi_cs_test_0001") == 0


@pytest.mark.parametrize(
    ("amount", "error"),
    [
        (usd(TOTAL + 1), TooMuch),
        (usd(10**15), TooMuch),
        (usd(0), Invalid),
        (usd(-1), Invalid),
        (Money(100, "eur"), Invalid),
    ],
)
def test_what_cannot_be_refunded_is_refused_and_nothing_written(shop, gateway, paid, amount, error):
    with pytest.raises(error):
        shop.refunds.request(paid.id, Wish(amount))
    assert rows(shop) == []
    assert "refund" not in gateway.calls


def test_an_order_that_is_not_paid_has_nothing_to_refund(shop):
    placed = shop.placing.place(wish(shop))
    with pytest.raises(Refused, match="Nothing is left to refund"):
        shop.refunds.request(placed.id, Wish())


def test_while_stripe_is_away_the_refund_waits_and_its_amount_is_taken(shop, gateway, paid):
    gateway.trouble = unreachable()
    (row,) = shop.refunds.request(paid.id, Wish(usd(TOTAL - 1)))
    assert row.state == "requested"
    with pytest.raises(TooMuch):
        shop.refunds.request(paid.id, Wish(usd(2)))
    gateway.trouble = None
    shop.refunds.make(row.id)
    shop.refunds.make(row.id)
    assert rows(shop) == [(TOTAL - 1, "succeeded")]
    assert gateway.left_of("pi_cs_test_0001") == 1


def test_an_answer_lost_on_the_way_makes_no_second_refund(shop, gateway, paid):
    gateway.answers_are_lost = True
    (row,) = shop.refunds.request(paid.id, Wish(usd(100)))
    assert row.state == "requested"
    gateway.answers_are_lost = False
    shop.refunds.make(row.id)
    assert rows(shop) == [(100, "succeeded")]
    assert gateway.left_of("pi_cs_test_0001") == TOTAL - 100


def test_an_answer_lost_for_longer_than_stripe_keeps_keys_is_looked_up(shop, gateway, clock, paid):
    gateway.answers_are_lost = True
    shop.refunds.request(paid.id, Wish(usd(100)))
    gateway.answers_are_lost = False
    clock.travel(timedelta(days=2))
    gateway.refund_keys.clear()
    shop.sweeping.run()
    assert rows(shop) == [(100, "succeeded")]
    assert len(gateway.refunds) == 1


def test_the_webhook_may_tell_of_it_before_the_answer_does(shop, gateway, told, paid):
    gateway.answers_are_lost = True
    (row,) = shop.refunds.request(paid.id, Wish(usd(100)))
    told(gateway.refunds["re_0001"])
    assert rows(shop) == [(100, "succeeded")]
    gateway.calls.clear()
    shop.refunds.make(row.id)
    assert gateway.calls == []


def test_a_double_submit_is_one_refund(shop, gateway, paid):
    one = shop.refunds.request(paid.id, Wish(usd(100), attempt="form 1"))
    two = shop.refunds.request(paid.id, Wish(usd(100), attempt="form 1"))
    assert [row.id for row in one] == [row.id for row in two]
    assert len(gateway.refunds) == 1
    shop.refunds.request(paid.id, Wish(usd(100), attempt="form 2"))
    assert refunded(shop, paid) == 200


def test_what_stripe_refuses_is_said_and_may_be_tried_again(shop, gateway, paid):
    gateway.trouble = StripeRefused("charge_disputed", "The charge has been charged back.")
    with pytest.raises(RefundRefused, match="has been charged back"):
        shop.refunds.request(paid.id, Wish(usd(100), attempt="form 1"))
    assert rows(shop) == [(100, "refused")]
    gateway.trouble = None
    shop.refunds.request(paid.id, Wish(usd(100), attempt="form 1"))
    assert refunded(shop, paid) == 100


def test_a_key_that_does_not_fit_leaves_the_refund_to_be_made(shop, gateway, paid):
    gateway.trouble = StripeRefused("secret_key_required")
    (row,) = shop.refunds.request(paid.id, Wish(usd(100)))
    assert row.state == "requested"


@pytest.mark.parametrize("first", ["pending", "succeeded"])
def test_a_refund_that_fails_later_is_owed_again_until_made_good(shop, gateway, told, paid, first):
    gateway.refund_status = first
    shop.refunds.request(paid.id, Wish(usd(1950)))
    gateway.refunds["re_0001"]["status"] = "failed"
    told(gateway.refunds["re_0001"])
    order = now_of(shop, paid)
    assert (order.refunded_minor, order.owed_minor) == (0, 1950)
    assert order.flags == ["refund_failed"]
    gateway.refund_status = "succeeded"
    shop.refunds.repeat(paid.id)
    order = now_of(shop, paid)
    assert (order.refunded_minor, order.owed_minor, order.flags) == (1950, 0, [])
    with pytest.raises(NothingOwed):
        shop.refunds.repeat(paid.id)
    # An old word on it changes nothing any more.
    told({**gateway.refunds["re_0001"], "status": "succeeded"})
    assert now_of(shop, paid).refunded_minor == 1950
    assert len(gateway.refunds) == 2


def test_a_refund_from_the_dashboard_arrives_by_itself(shop, gateway, told, paid):
    assert told(gateway.dashboard_refund("pi_cs_test_0001", 900)) == "handled"
    assert refunded(shop, paid) == 900
    assert rows(shop) == []
    with pytest.raises(TooMuch, match=r"\$30\.00"):
        shop.refunds.request(paid.id, Wish(usd(3001)))


def test_a_refund_told_of_before_its_payment_is_counted_once_the_payment_is(shop, gateway, told):
    placed = shop.placing.place(wish(shop))
    opened = shop.checkouts.start(placed.id)
    gateway.pay(opened.stripe_id)
    assert told(gateway.dashboard_refund("pi_cs_test_0001", 900)) == "ignored"
    shop.checkouts.ask(placed.id)
    order = now_of(shop, placed)
    assert (order.payment, order.refunded_minor) == ("paid", 900)


def test_a_dispute_told_of_before_its_payment_is_counted_too(shop, gateway):
    placed = shop.placing.place(wish(shop))
    opened = shop.checkouts.start(placed.id)
    gateway.pay(opened.stripe_id)
    dispute = {
        "id": "dp_1",
        "object": "dispute",
        "status": "needs_response",
        "amount": TOTAL,
        "currency": "usd",
        "payment_intent": "pi_cs_test_0001",
    }
    event = event_of(dispute, "charge.dispute.created", "evt_1")
    shop.inbox.receive(parsed(event["data"]["object"], event["type"], "evt_1"))
    shop.checkouts.ask(placed.id)
    order = now_of(shop, placed)
    assert (order.disputed_minor, order.flags) == (TOTAL, ["disputed"])
    won = {**dispute, "status": "won"}
    shop.inbox.receive(parsed(won, "charge.dispute.closed", "evt_2"))
    assert now_of(shop, placed).disputed_minor == 0


def test_a_refund_after_a_crash_between_intent_and_call_is_made_by_the_sweeper(
    shop, gateway, clock, paid, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setattr(Refunds, "_make_now", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            shop.refunds.request(paid.id, Wish(usd(100)))
    assert rows(shop) == [(100, "requested")]
    clock.travel(timedelta(hours=1))
    shop.sweeping.run()
    assert rows(shop) == [(100, "succeeded")]


def test_two_payments_are_refunded_each_up_to_what_it_brought(shop, gateway, paid):
    # The buyer paid in a second window, too.
    session = {**gateway.sessions["cs_test_0001"], "id": "cs_2", "payment_intent": "pi_2"}
    gateway.sessions["cs_2"] = session
    shop.inbox.receive(parsed(session, "checkout.session.completed", "evt_1"))
    assert now_of(shop, paid).flags == ["paid_twice"]
    shop.refunds.request(paid.id, Wish(usd(TOTAL + 1)))
    assert sorted(amount for amount, _ in rows(shop)) == [1, TOTAL]
    assert refunded(shop, paid) == TOTAL + 1


def test_who_pays_after_the_last_one_was_sold_gets_the_money_back(shop, gateway):
    late = shop.placing.place(wish(shop, "soldering-iron", quantity=5))
    opened = shop.checkouts.start(late.id)
    gateway.expire_session(opened.stripe_id)
    expired = dict(gateway.sessions[opened.stripe_id])
    shop.inbox.receive(parsed(expired, "checkout.session.expired", "evt_1"))
    shop.placing.place(wish(shop, "soldering-iron", quantity=1))
    # Stripe's recovery link leads to a payment after all.
    gateway.sessions[opened.stripe_id]["status"] = "open"
    paid = gateway.pay(opened.stripe_id)
    shop.inbox.receive(parsed(paid, "checkout.session.completed", "evt_2"))
    assert "sold_out_meanwhile" in now_of(shop, late).flags
    with shop.database.transaction() as tx:
        row = tx.scalars(select(Refund)).one()
        jobs = tx.scalar(
            select(func.count()).select_from(Refund).where(Refund.state == "requested")
        )
    assert (row.amount_minor, jobs) == (late.total_minor, 1)
    shop.refunds.make(row.id)
    order = now_of(shop, late)
    assert order.refunded_minor == late.total_minor
    # Again, from another door: no second refund.
    shop.inbox.receive(parsed(paid, "checkout.session.completed", "evt_3"))
    assert len(rows(shop)) == 1
