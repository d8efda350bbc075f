"""Time travel: what would have happened in between happens, each thing at its own time."""

import time

import pytest

from stripe_emulator.server import running
from stripe_emulator.travelling import travel
from tests.emulator.buying import history, new_session, pay_now
from tests.emulator.conftest import client_for

DAY = 24 * 3600


def test_a_journey_expires_what_would_have_expired(client, emulator):
    session = new_session(client)
    trip = travel(emulator.emulator, time.time() + 31 * DAY)
    assert trip.now >= time.time() + 31 * DAY - 1
    assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"
    (event,) = client.v1.events.list({"type": "checkout.session.expired"}).data
    # At its own time, not at the journey's end.
    assert abs(event.created - session.expires_at) <= 1


def test_what_happens_on_the_way_happens_in_order(client, emulator):
    pay_now(client, capture_method="manual")
    new_session(client)
    travel(emulator.emulator, time.time() + 8 * DAY)
    assert history(client)[-3:] == [
        "checkout.session.expired",
        "charge.expired",
        "payment_intent.canceled",
    ]


def test_a_webhook_is_tried_again_on_the_way_until_it_is_taken(client, emulator, shop):
    client.v1.webhook_endpoints.create({"url": shop.url, "enabled_events": ["customer.created"]})
    shop.statuses = [500] * 5
    client.v1.customers.create()
    travel(emulator.emulator, time.time() + 2 * DAY)
    assert len(shop.heard) == 6
    # The shop's clock has not travelled, so the signature's age is that of today.
    signed = [each.headers["Stripe-Signature"].split(",")[0] for each in shop.heard]
    assert all(abs(int(each.removeprefix("t=")) - time.time()) < 60 for each in signed)


def test_time_does_not_run_backwards(emulator):
    with pytest.raises(ValueError, match="forwards"):
        travel(emulator.emulator, time.time() - 60)
    with pytest.raises(ValueError, match="hundred years"):
        travel(emulator.emulator, time.time() + 101 * 366 * DAY)


def test_a_restart_stays_where_it_has_travelled(tmp_path):
    with running(tmp_path) as first:
        travel(first.emulator, time.time() + 400 * DAY)
    with running(tmp_path) as second, client_for(second.url) as client:
        assert client.v1.customers.create().created >= time.time() + 400 * DAY - 1
        second.emulator.forget()
        assert client.v1.customers.create().created <= time.time() + 1
