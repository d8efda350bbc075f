"""Webhooks: signed, in time, retried, and failing on purpose."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stripe

from stripe_emulator.server import Running, running
from tests.emulator.conftest import SECRET, Shop, client_for, over_the_wire

JSON = {"Content-Type": "application/json"}
# A test does not wait a second for the second try.
RETRIES = (0.1, 0.1, 0.1)


@pytest.fixture
def emulator(shop: Shop) -> Iterator[Running]:
    with running(None, webhook=shop.url, webhook_secret=SECRET, retry_seconds=RETRIES) as started:
        yield started


@pytest.fixture
def make(emulator: Running) -> Callable[[], None]:
    """Something happens: one event."""

    def happen() -> None:
        assert over_the_wire(emulator.url, "POST", "/v1/customers", "name=x").status == 200

    return happen


def wait_until(is_true: Callable[[], object], seconds: float = 5.0) -> None:
    until = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < until, "it did not come to pass in time"
        time.sleep(0.005)


def switch(emulator: Running, **changes: object) -> None:
    answer = over_the_wire(
        emulator.url, "POST", "/_emulator/faults", json.dumps(changes), headers=JSON
    )
    assert answer.status == 200


def deliveries(emulator: Running) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = over_the_wire(emulator.url, "GET", "/_emulator/deliveries").json[
        "data"
    ]
    return found


def new_session(client: stripe.StripeClient) -> stripe.checkout.Session:
    return client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": "http://shop.test",
            "line_items": [
                {
                    "price_data": {
                        "currency": "usd",
                        "unit_amount": 1000,
                        "product_data": {"name": "x"},
                    },
                    "quantity": 1,
                }
            ],
        }
    )


def pay(emulator: Running, session: stripe.checkout.Session) -> float:
    """Seconds until the buyer is sent back."""
    began = time.monotonic()
    path = f"/_emulator/checkout/{session.id}/pay"
    assert over_the_wire(emulator.url, "POST", path, "{}", headers=JSON).status == 200
    return time.monotonic() - began


def test_an_event_comes_signed_as_stripe_signs(make, shop):
    make()
    wait_until(lambda: shop.heard)
    heard = shop.heard[0]
    event = stripe.Webhook.construct_event(heard.body, heard.headers["Stripe-Signature"], SECRET)
    assert event.type == "customer.created"
    assert event.data.object.name == "x"
    assert heard.body.startswith(b'{\n  "id": "evt_')
    assert heard.headers["Content-Type"] == "application/json; charset=utf-8"
    assert heard.headers["User-Agent"] == "Stripe/1.0 (+https://stripe.com/docs/webhooks)"
    assert "_" not in {name[0] for name in heard.event}


def test_the_signature_fits_no_other_body_and_no_other_secret(make, shop):
    make()
    wait_until(lambda: shop.heard)
    body, header = shop.heard[0].body, shop.heard[0].headers["Stripe-Signature"]
    for other, secret in ((body + b" ", SECRET), (body, SECRET + "x")):
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(other, header, secret)


def test_the_signature_is_stripes_byte_for_byte():
    from stripe_emulator.attempts import signature

    assert signature("whsec_a", b"{}", 1) == (
        "t=1,v1=7aaed73a0f45f657eacd5c9b580562745d6023b1e3e6d17dce076b81940aa046"
    )


@pytest.mark.parametrize("status", [500, 404, 301, 302])
def test_what_is_not_2xx_is_tried_again_with_a_new_signature(make, shop, emulator, status):
    shop.statuses += [status, status]
    make()
    wait_until(lambda: len(shop.heard) == 3)
    assert len({each.body for each in shop.heard}) == 1
    assert [each.path for each in shop.heard] == ["/webhook"] * 3
    wait_until(lambda: deliveries(emulator)[0]["state"] == "succeeded")
    assert deliveries(emulator)[0]["attempts"] == 3
    gaps = [b.at - a.at for a, b in zip(shop.heard, shop.heard[1:], strict=False)]
    assert min(gaps) >= 0.09


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_is_success(make, shop, emulator, status):
    shop.statuses += [status]
    make()
    wait_until(lambda: shop.heard and deliveries(emulator)[0]["state"] == "succeeded")
    time.sleep(0.2)
    assert len(shop.heard) == 1


def test_after_the_last_try_it_is_given_up_and_the_events_api_knows(make, shop, emulator):
    shop.statuses += [500] * 10
    make()
    wait_until(lambda: deliveries(emulator)[0]["next_attempt_at"] is None)
    assert len(shop.heard) == len(RETRIES) + 1
    with client_for(emulator.url) as client:
        assert len(client.v1.events.list({"delivery_success": False}).data) == 1
        assert client.v1.events.list({"delivery_success": True}).data == []


def test_an_attempt_keeps_two_kilobytes_of_the_answer(make, shop, emulator):
    make()
    wait_until(lambda: shop.heard and deliveries(emulator)[0]["state"] == "succeeded")
    with emulator.emulator.store.reading() as tx:
        answer, status = tx.sql.execute("SELECT answer, status FROM attempts").fetchone()
    assert (answer[:7], len(answer), status) == ("heard: ", 2048, 200)


def test_an_endpoint_hears_what_it_asked_for(shop, emulator):
    with client_for(emulator.url) as client:
        for endpoint in client.v1.webhook_endpoints.list().data:
            client.v1.webhook_endpoints.delete(endpoint.id)
        client.v1.webhook_endpoints.create({"url": shop.url, "enabled_events": ["product.created"]})
        client.v1.customers.create({"name": "x"})
        client.v1.products.create({"name": "x"})
        wait_until(lambda: shop.heard)
    time.sleep(0.1)
    assert shop.types() == ["product.created"]


@pytest.mark.parametrize("way", ["disable", "delete"])
def test_a_disabled_or_deleted_endpoint_hears_nothing_more(make, shop, emulator, way):
    shop.statuses += [500] * 10
    shop.may_answer.clear()
    make()
    wait_until(lambda: shop.heard)
    with client_for(emulator.url) as client:
        endpoint = client.v1.webhook_endpoints.list().data[0]
        if way == "disable":
            client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
        else:
            client.v1.webhook_endpoints.delete(endpoint.id)
    shop.may_answer.set()
    make()
    time.sleep(0.4)
    assert len(shop.heard) == 1


def test_every_endpoint_has_its_own_secret(shop, emulator):
    with client_for(emulator.url) as client:
        second = client.v1.webhook_endpoints.create({"url": shop.url, "enabled_events": ["*"]})
        assert second.secret is not None
        assert second.secret.startswith("whsec_")
        assert "secret" not in client.v1.webhook_endpoints.retrieve(second.id)
        client.v1.customers.create({"name": "x"})
    wait_until(lambda: len(shop.heard) == 2)
    right = 0
    for heard in shop.heard:
        for secret in (SECRET, second.secret):
            try:
                stripe.Webhook.construct_event(
                    heard.body, heard.headers["Stripe-Signature"], secret
                )
            except stripe.SignatureVerificationError:
                continue
            right += 1
    assert right == 2


def test_a_slow_shop_holds_nobody_else_up(make, shop, emulator):
    shop.may_answer.clear()
    for _ in range(4):
        make()
    wait_until(lambda: len(shop.heard) == 4)
    shop.may_answer.set()


def test_nobody_there_is_an_attempt_too(emulator, shop):
    with client_for(emulator.url) as client:
        for endpoint in client.v1.webhook_endpoints.list().data:
            client.v1.webhook_endpoints.update(endpoint.id, {"url": "http://127.0.0.1:1/"})
        client.v1.customers.create({"name": "x"})
    wait_until(lambda: deliveries(emulator)[0]["attempts"] == len(RETRIES) + 1)
    assert "refused" in deliveries(emulator)[0]["error"]


# The switches


def test_copies_arrive_at_the_same_time(make, shop, emulator):
    switch(emulator, delivery_copies=5)
    shop.may_answer.clear()
    make()
    # None has been answered yet, and all are here.
    wait_until(lambda: len(shop.heard) == 5)
    shop.may_answer.set()
    assert len({each.body for each in shop.heard}) == 1


def test_a_dropped_event_is_in_the_list_and_can_be_sent_again(make, shop, emulator):
    switch(emulator, delivery_drop=True)
    make()
    time.sleep(0.2)
    assert shop.heard == []
    switch(emulator, delivery_drop=False)
    with client_for(emulator.url) as client:
        event = client.v1.events.list({"delivery_success": False}).data[0]
    path = f"/_emulator/events/{event.id}/resend"
    assert over_the_wire(emulator.url, "POST", path, "{}", headers=JSON).json == {"sent": True}
    wait_until(lambda: shop.heard)
    assert shop.heard[0].event["id"] == event.id
    lost = over_the_wire(emulator.url, "POST", "/_emulator/events/evt_x/resend", "{}", headers=JSON)
    assert lost.status == 404


def test_a_delayed_event_comes_later(make, shop, emulator):
    switch(emulator, delivery_delay_seconds=0.4)
    began = time.monotonic()
    make()
    wait_until(lambda: shop.heard)
    assert 0.35 <= shop.heard[0].at - began < 2


# What the hosted page does


def test_the_buyer_is_sent_back_after_the_shop_has_answered(shop, emulator):
    with client_for(emulator.url) as client:
        session = new_session(client)
        pay(emulator, session)
    assert "checkout.session.completed" in shop.types()


@pytest.mark.parametrize(
    "changes", [{"delivery_drop": True}, {"delivery_delay_seconds": 30}], ids=str
)
def test_the_buyer_does_not_wait_for_what_a_switch_holds_back(shop, emulator, changes):
    with client_for(emulator.url) as client:
        session = new_session(client)
        switch(emulator, **changes)
        assert pay(emulator, session) < 2


def test_the_buyer_waits_no_longer_when_the_shop_refuses(shop, emulator):
    with client_for(emulator.url) as client:
        session = new_session(client)
        shop.statuses += [500] * 50
        assert pay(emulator, session) < 2


def test_the_buyer_does_not_wait_where_nobody_listens(shop, emulator):
    with client_for(emulator.url) as client:
        for endpoint in client.v1.webhook_endpoints.list().data:
            client.v1.webhook_endpoints.delete(endpoint.id)
        assert pay(emulator, new_session(client)) < 2


def test_a_stop_does_not_wait_for_a_shop_that_hangs(shop):
    with running(None, webhook=shop.url, webhook_secret=SECRET) as emulator:
        shop.may_answer.clear()
        over_the_wire(emulator.url, "POST", "/v1/customers", "name=x")
        wait_until(lambda: shop.heard)
        began = time.monotonic()
    assert time.monotonic() - began < 4
    shop.may_answer.set()
