"""Test clocks: customers whose time runs only when it is told to."""

from datetime import UTC, datetime

import pytest
import stripe

from stripe_emulator import schedule
from tests.emulator.buying import history
from tests.emulator.shape_checker import must_be_whole
from tests.emulator.subscribing import payer, plan, subscribe


def at(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp())  # type: ignore[arg-type, misc]


@pytest.fixture
def clock(client):
    return client.v1.test_helpers.test_clocks.create({"frozen_time": at(2026, 1, 31, 12)})


def advance(client, emulator, clock, to):
    moving = client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": to})
    schedule.run_due(emulator.emulator)
    return moving


def test_a_month_that_begins_on_the_31st_keeps_its_day(client, emulator, clock):
    must_be_whole(clock)
    customer = payer(client, test_clock=clock.id)
    subscription = subscribe(client, customer=customer.id)
    assert (customer.test_clock, subscription.created) == (clock.id, at(2026, 1, 31, 12))
    ends = []
    for to in (at(2026, 3, 1), at(2026, 4, 1), at(2026, 5, 1)):
        advance(client, emulator, clock, to)
        found = client.v1.subscriptions.retrieve(subscription.id)
        ends.append(found["items"].data[0].current_period_end)
    assert ends == [at(2026, 3, 31, 12), at(2026, 4, 30, 12), at(2026, 5, 31, 12)]
    paid = client.v1.invoices.list({"customer": customer.id}).data
    assert [each.status for each in paid] == ["paid"] * 4
    assert paid[0].created == at(2026, 4, 30, 12)
    assert paid[0].status_transitions.paid_at == at(2026, 4, 30, 13)


@pytest.mark.parametrize(
    ("interval", "count", "end"),
    [
        ("day", 10, (2026, 2, 10, 12)),
        ("week", 2, (2026, 2, 14, 12)),
        ("month", 3, (2026, 4, 30, 12)),
        ("year", 1, (2027, 1, 31, 12)),
    ],
)
def test_periods_are_as_long_as_the_price_says(client, clock, interval, count, end):
    customer = payer(client, test_clock=clock.id)
    price = plan(client, 1500, interval, interval_count=count)
    subscription = subscribe(client, customer=customer.id, items=[{"price": price.id}])
    assert subscription["items"].data[0].current_period_end == at(*end)


def test_until_a_later_anchor_a_part_is_paid(client, emulator, clock):
    customer = payer(client, test_clock=clock.id)
    subscription = subscribe(client, customer=customer.id, billing_cycle_anchor=at(2026, 2, 14, 12))
    item = subscription["items"].data[0]
    assert item.current_period_end == at(2026, 2, 14, 12)
    first = client.v1.invoices.retrieve(str(subscription.latest_invoice))
    # 14 of the 31 days from 14 January on.
    assert first.amount_paid == round(1500 * 14 / 31)
    config = subscribe(
        client,
        customer=payer(client, test_clock=clock.id).id,
        billing_cycle_anchor_config={"day_of_month": 15},
        proration_behavior="none",
    )
    assert config["items"].data[0].current_period_end == at(2026, 2, 15, 12)
    assert client.v1.invoices.retrieve(str(config.latest_invoice)).total == 0


def test_advancing_says_when_it_is_ready(client, emulator, clock):
    moving = client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": at(2026, 2, 1)})
    must_be_whole(moving)
    assert moving.status == "advancing"
    assert moving.status_details.advancing.target_frozen_time == at(2026, 2, 1)
    schedule.run_due(emulator.emulator)
    ready = client.v1.test_helpers.test_clocks.retrieve(clock.id)
    assert (ready.status, ready.frozen_time) == ("ready", at(2026, 2, 1))
    assert history(client) == [
        "test_helpers.test_clock.created",
        "test_helpers.test_clock.advancing",
        "test_helpers.test_clock.ready",
    ]


def test_a_clock_goes_forwards_and_two_periods_at_most(client, emulator, clock):
    with pytest.raises(stripe.InvalidRequestError, match="back in time"):
        advance(client, emulator, clock, clock.frozen_time)
    customer = payer(client, test_clock=clock.id)
    subscribe(client, customer=customer.id)
    with pytest.raises(stripe.InvalidRequestError, match="two intervals"):
        advance(client, emulator, clock, at(2026, 4, 2))
    advance(client, emulator, clock, at(2026, 3, 31, 12))


def test_other_customers_time_is_not_touched(client, emulator, clock):
    mine, other = payer(client, test_clock=clock.id), payer(client)
    subscribe(client, customer=mine.id)
    untouched = subscribe(client, customer=other.id)
    advance(client, emulator, clock, at(2026, 3, 20))
    assert len(client.v1.invoices.list({"customer": mine.id}).data) == 2
    assert len(client.v1.invoices.list({"subscription": untouched.id}).data) == 1
    assert client.v1.subscriptions.list({"test_clock": clock.id}).data[0].customer == mine.id


def test_a_deleted_clock_takes_its_customers_along(client, clock):
    customer = payer(client, test_clock=clock.id)
    subscription = subscribe(client, customer=customer.id)
    assert client.v1.test_helpers.test_clocks.delete(clock.id).deleted
    assert client.v1.customers.retrieve(customer.id).deleted
    assert client.v1.subscriptions.retrieve(subscription.id).status == "canceled"
    assert client.v1.test_helpers.test_clocks.list().data == []


def test_a_year_goes_by_in_a_moment(client, emulator):
    import time

    from tests.emulator.subscribing import invoices, pass_time

    for _ in range(3):
        subscribe(client)
    begun = time.perf_counter()
    pass_time(emulator, 366)
    assert time.perf_counter() - begun < 20
    assert len(invoices(client)) == 3 * 13
    assert all(each.status == "paid" for each in invoices(client))
