"""Subscriptions: what Stripe tells of them becomes rows, and handlers run when access changes."""

import itertools
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from paydesk.fulfilment.jobs import OwedEffect
from paydesk.orders.order import Order
from paydesk.orders.selling import Line, Offer
from paydesk.payments import subscription
from paydesk.payments.event import parse
from paydesk.payments.facts import merge_all
from paydesk.payments.reading import facts_of_event
from paydesk.payments.refund import Wish
from paydesk.payments.subscription import Subscription, standings
from tests.fake_gateway import event_of
from tests.paydesk.test_placing import wish

_numbers = itertools.count(1)
PERIOD = 30 * 86400
BEGAN = 1_795_400_000


def subscription_of(mark: str, status: str, period: int = 1, **more: Any) -> dict[str, Any]:
    item = {
        "price": {"unit_amount": 9000},
        "quantity": 1,
        "current_period_end": BEGAN + period * PERIOD,
    }
    return {
        "id": "sub_1",
        "object": "subscription",
        "status": status,
        "currency": "usd",
        "customer": "cus_1",
        "livemode": False,
        "items": {"data": [item]},
        "metadata": {"paydesk_checkout": mark},
        **more,
    }


def invoice_of(mark: str, number: int, status: str, attempts: int = 0) -> dict[str, Any]:
    first = number == 1
    details = {"metadata": {"paydesk_checkout": mark}, "subscription": "sub_1"}
    return {
        "id": f"in_{number}",
        "object": "invoice",
        "status": status,
        "billing_reason": "subscription_create" if first else "subscription_cycle",
        "amount_due": 9000,
        "amount_paid": 9000 if status == "paid" else 0,
        "attempt_count": attempts,
        "currency": "usd",
        "customer": "cus_1",
        "livemode": False,
        "parent": {"type": "subscription_details", "subscription_details": details},
        "metadata": {},
    }


def payment_of(number: int) -> dict[str, Any]:
    return {
        "id": f"inpay_{number}",
        "object": "invoice_payment",
        "invoice": f"in_{number}",
        "status": "paid",
        "currency": "usd",
        "livemode": False,
        "payment": {"type": "payment_intent", "payment_intent": f"pi_{number}"},
    }


class Story:
    """One subscription's events, in the order they happened."""

    def __init__(self, mark: str) -> None:
        self.mark = mark
        self.events: list[dict[str, Any]] = []

    def tells(self, kind: str, thing: dict[str, Any]) -> None:
        number = next(_numbers)
        self.events.append(event_of(thing, kind, f"evt_{number}", BEGAN + len(self.events)))

    def stands(self, status: str, period: int = 1, **more: Any) -> "Story":
        ended = status == "canceled"
        self.tells(
            f"customer.subscription.{'deleted' if ended else 'updated'}",
            subscription_of(self.mark, status, period, **more),
        )
        return self

    def invoice(self, number: int, status: str, attempts: int = 0) -> "Story":
        kinds = {"paid": "paid", "open": "payment_failed"}
        self.tells(f"invoice.{kinds[status]}", invoice_of(self.mark, number, status, attempts))
        if status == "paid":
            self.tells("invoice_payment.paid", payment_of(number))
        return self


@pytest.fixture
def club(shop, gateway):
    """An order of a yearly subscription, its session open; and its trip's mark."""
    order = shop.placing.place(wish(shop, "parts-club", "yearly"))
    started = shop.checkouts.start(order.id)
    session = gateway.sessions[started.stripe_id]
    session.update(mode="subscription", subscription="sub_1", invoice="in_1", customer="cus_1")
    return order.id, started.checkout_id, session


def paid(session) -> dict[str, Any]:
    return {**session, "status": "complete", "payment_status": "paid", "url": None}


def hear(shop, *events) -> None:
    for each in events:
        shop.inbox.receive(parse(json.dumps(each).encode()))


def rows_of(shop, order_id: str) -> list[Subscription]:
    with shop.database.transaction() as tx:
        return subscription.of_order(tx, order_id)


def effects(shop, order_id: str) -> list[tuple[str, str]]:
    with shop.database.transaction() as tx:
        found = tx.scalars(select(OwedEffect).where(OwedEffect.order_id == order_id))
        return sorted((each.effect, each.about) for each in found)


def begins(shop, club) -> Story:
    _, mark, session = club
    story = Story(mark).stands("active").invoice(1, "paid")
    story.tells("checkout.session.completed", paid(session))
    return story


def test_stripe_is_asked_for_a_subscription_and_each_of_its_objects_carries_our_mark(club, gateway):
    ((key, (request, _)),) = gateway.by_key.items()
    assert request.params["mode"] == "subscription"
    assert request.params["line_items"][0]["price_data"]["recurring"] == {
        "interval": "year",
        "interval_count": 1,
    }
    assert request.params["subscription_data"]["metadata"]["paydesk_checkout"] == key
    assert "payment_intent_data" not in request.params


def test_the_first_payment_makes_the_order_paid_and_access_begin(shop, club):
    hear(shop, *begins(shop, club).events)
    order_id = club[0]
    (row,) = rows_of(shop, order_id)
    assert (row.status, row.entitles, row.customer_id) == ("active", True, "cus_1")
    assert effects(shop, order_id) == [("paid", ""), ("subscription_active", "sub_1")]
    with shop.database.transaction() as tx:
        order = tx.get_one(Order, order_id)
        assert (order.payment, order.paid_minor, order.customer_id) == ("paid", 9000, "cus_1")


def test_renewals_failures_and_the_end_arrive_as_facts(shop, club):
    order_id = club[0]
    story = begins(shop, club)
    hear(shop, *story.events)
    later = Story(story.mark)
    later.events = story.events[:]
    later.invoice(2, "paid").stands("active", 2)
    later.invoice(3, "open", attempts=1).stands("past_due", 3)
    hear(shop, *later.events)
    (row,) = rows_of(shop, order_id)
    assert (row.status, row.entitles) == ("past_due", True)
    assert (row.renewals, row.failing_minor) == (1, 9000)
    later.stands("unpaid", 3)
    hear(shop, later.events[-1])
    (row,) = rows_of(shop, order_id)
    assert row.entitles is False
    later.invoice(3, "paid").stands("active", 3)
    hear(shop, *later.events[-3:])
    (row,) = rows_of(shop, order_id)
    assert (row.entitles, row.spells, row.renewals, row.failing_minor) == (True, 2, 2, 0)
    later.stands("canceled", 3, ended_at=BEGAN + PERIOD)
    hear(shop, later.events[-1])
    assert effects(shop, order_id) == [
        ("paid", ""),
        ("subscription_active", "sub_1"),
        ("subscription_active", "sub_1:2"),
        ("subscription_ended", "sub_1"),
        ("subscription_ended", "sub_1:2"),
    ]


def test_a_change_of_plan_is_the_newest_word(shop, club):
    story = begins(shop, club)
    dearer = subscription_of(story.mark, "active")
    dearer["items"]["data"][0]["price"]["unit_amount"] = 12000
    story.tells("customer.subscription.updated", dearer)
    story.tells("customer.subscription.updated", subscription_of(story.mark, "active"))
    hear(shop, *reversed(story.events))
    (row,) = rows_of(shop, club[0])
    assert row.unit_minor == 9000


def test_renewals_and_their_refunds_are_not_the_orders(shop, club):
    story = begins(shop, club).invoice(2, "paid")
    refund = {
        "id": "re_renewal",
        "object": "refund",
        "status": "succeeded",
        "amount": 9000,
        "currency": "usd",
        "payment_intent": "pi_2",
        "metadata": {},
    }
    story.tells("refund.created", refund)
    events = story.events
    for _ in range(2):
        hear(shop, *events)
        random.Random(7).shuffle(events)
    with shop.database.transaction() as tx:
        order = tx.get_one(Order, club[0])
        assert (order.payment, order.paid_minor, order.refunded_minor) == ("paid", 9000, 0)
    assert ("refunded", "re_renewal") in effects(shop, club[0])


def test_a_renewal_nobody_told_the_payment_of_is_not_the_orders_either(shop, club):
    story = begins(shop, club).invoice(2, "paid")
    hear(shop, *(each for each in story.events if each["type"] != "invoice_payment.paid"))
    with shop.database.transaction() as tx:
        order = tx.get_one(Order, club[0])
        assert (order.payment, order.paid_minor, order.flags) == ("paid", 9000, [])


def test_the_first_payment_can_be_refunded_although_nobody_told_of_its_intent(shop, club, gateway):
    story = begins(shop, club)
    hear(shop, *(each for each in story.events if each["type"] != "invoice_payment.paid"))
    gateway.list_invoice_payments = lambda _invoice: iter([payment_of(1)])
    gateway.left_of = lambda payment_id: 9000 if payment_id == "pi_1" else 0
    (row,) = shop.refunds.request(club[0], Wish())
    assert (row.payment_id, row.state) == ("pi_1", "succeeded")


def test_a_trial_costs_nothing_and_gives_access(shop, gateway):
    order = shop.placing.place(wish(shop, "parts-club", "monthly, first two weeks free"))
    assert (order.total_minor, order.trial_days) == (0, 14)
    started = shop.checkouts.start(order.id)
    ((request, _),) = gateway.by_key.values()
    assert request.params["subscription_data"]["trial_period_days"] == 14
    free = {"mode": "subscription", "amount_total": 0, "amount_subtotal": 0, "invoice": "in_1"}
    session = {**gateway.sessions[started.stripe_id], **free, "payment_intent": None}
    session |= {"status": "complete", "payment_status": "no_payment_required"}
    story = Story(started.checkout_id).stands("trialing")
    story.tells("checkout.session.completed", session)
    hear(shop, *story.events)
    assert effects(shop, order.id) == [("paid", ""), ("subscription_active", "sub_1")]


@given(st.randoms(use_true_random=False), st.booleans())
@settings(deadline=None, max_examples=60)
def test_any_order_and_repetition_gives_the_same_subscription(shuffled, ends):
    story = Story("chk_1").stands("trialing").stands("active").invoice(1, "paid")
    story.stands("past_due", 2).invoice(2, "open", attempts=1).stands("active", 2).invoice(
        2, "paid"
    )
    if ends:
        story.stands("canceled", 2, ended_at=BEGAN + PERIOD)
    told = story.events + shuffled.sample(story.events, 3)
    shuffled.shuffle(told)

    def told_of(events: list[dict[str, Any]]) -> Any:
        facts = merge_all(fact for each in events for fact in facts_of_event(each))
        return standings(facts.values())

    assert told_of(told) == told_of(story.events)
    (standing,) = told_of(told)
    assert standing.entitles is not ends
    assert (standing.renewals, standing.failing_minor) == (1, 0)


def test_what_is_a_member_under_a_reference_joins_anew_only_once_that_is_over(shop, gateway):
    offer = Offer((Line("Club", 9000, interval="year"),), "usd", reference="member-7")
    first = shop.selling.place(offer)
    started = shop.checkouts.start(first.id)
    session = gateway.sessions[started.stripe_id]
    session.update(mode="subscription", subscription="sub_1", invoice="in_1", customer="cus_1")
    story = begins(shop, (first.id, started.checkout_id, session))
    hear(shop, *story.events)
    for status in ("active", "past_due", "paused", "unpaid"):
        hear(shop, story.stands(status).events[-1])
        assert shop.selling.place(offer).id == first.id
    hear(shop, story.stands("canceled", ended_at=BEGAN + PERIOD).events[-1])
    again = shop.selling.place(offer)
    assert (again.generation, again.payment) == (1, "awaiting")
    assert shop.selling.place(offer).id == again.id
