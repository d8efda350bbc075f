"""Faults for the next or for every delivery and call, with filters."""

import json
import time
from collections.abc import Callable, Iterator

import pytest
import stripe

from stripe_emulator.server import Running, running
from tests.emulator.conftest import Ask, Shop, client_for, over_the_wire
from tests.emulator.test_delivery import JSON, RETRIES, deliveries, wait_until

Fault = Callable[..., str]


@pytest.fixture(scope="module")
def quick_emulator() -> Iterator[Running]:
    with running(None, retry_seconds=RETRIES) as started:
        yield started


@pytest.fixture
def emulator(quick_emulator: Running, shop: Shop) -> Running:
    quick_emulator.emulator.forget()
    with client_for(quick_emulator.url) as client:
        client.v1.webhook_endpoints.create({"url": shop.url, "enabled_events": ["*"]})
    return quick_emulator


@pytest.fixture
def fault(ask: Ask) -> Fault:
    """Switches a fault on; its id."""

    def switch_on(name: str, **given: object) -> str:
        answer = ask(
            "POST", "/_emulator/faults", json.dumps({"fault": name, **given}), headers=JSON
        )
        assert answer.status == 200, answer.body
        return str(answer.json["id"])

    return switch_on


def standing(ask: Ask) -> list[dict[str, object]]:
    found: list[dict[str, object]] = ask("GET", "/_emulator/faults").json["rules"]
    return found


def customers(client: stripe.StripeClient, *names: str) -> None:
    for name in names:
        client.v1.customers.create({"name": name})


def names(shop: Shop) -> list[str]:
    return [each.event["data"]["object"]["name"] for each in shop.heard]


# Webhooks


def test_the_next_webhook_is_lost_and_the_one_after_comes(client, shop, fault, ask):
    fault("delivery.drop", times=1)
    customers(client, "lost", "heard")
    wait_until(lambda: shop.heard)
    time.sleep(0.1)
    assert names(shop) == ["heard"]
    assert standing(ask) == []


def test_a_fault_waits_for_the_events_it_names(client, shop, fault):
    fault("delivery.drop", times=1, types=["product.*"])
    customers(client, "heard")
    client.v1.products.create({"name": "lost"})
    client.v1.products.create({"name": "next"})
    wait_until(lambda: len(shop.heard) == 2)
    assert sorted(names(shop)) == ["heard", "next"]


def test_the_next_two_are_doubled(client, shop, fault):
    fault("delivery.duplicate", copies=3, times=2)
    customers(client, "a", "b", "c")
    wait_until(lambda: len(shop.heard) == 7)
    assert {name: names(shop).count(name) for name in "abc"} == {"a": 3, "b": 3, "c": 1}


def test_reversed_deliveries_come_the_other_way_round(client, shop, fault):
    fault("delivery.shuffle", order="reversed", seconds=0.15)
    customers(client, "a", "b", "c", "d")
    wait_until(lambda: len(shop.heard) == 4)
    assert names(shop) == ["d", "c", "b", "a"]


def test_a_shuffled_batch_comes_whole_and_not_before_its_time(client, shop, fault, emulator):
    fault("delivery.shuffle", seconds=0.2)
    began = time.monotonic()
    customers(client, *"abcdef")
    wait_until(lambda: len(shop.heard) == 6)
    assert sorted(names(shop)) == list("abcdef")
    assert shop.heard[0].at - began >= 0.19


def test_a_refusal_is_pretended_and_the_event_comes_with_the_next_try(
    client, shop, fault, emulator
):
    fault("delivery.fail", status=503, times=2)
    customers(client, "late")
    wait_until(lambda: deliveries(emulator)[0]["state"] == "succeeded")
    assert deliveries(emulator)[0]["attempts"] == 3
    assert len(shop.heard) == 1
    with emulator.emulator.store.reading() as tx:
        statuses = tx.sql.execute("SELECT status FROM attempts ORDER BY id").fetchall()
    assert statuses == [(503,), (503,), (200,)]


@pytest.mark.parametrize(("whole", "heard"), [(True, 2), (False, 1)])
def test_a_line_that_breaks_is_tried_again(client, shop, fault, emulator, whole, heard):
    fault("delivery.disconnect", whole=whole, times=1)
    customers(client, "x")
    wait_until(lambda: deliveries(emulator)[0]["state"] == "succeeded")
    # An endpoint that had it all hears the same event twice, as it may at Stripe.
    assert len(shop.heard) == heard
    assert len({each.event["id"] for each in shop.heard}) == 1
    with emulator.emulator.store.reading() as tx:
        first = tx.sql.execute("SELECT status, error FROM attempts ORDER BY id").fetchone()
    assert first[0] is None
    assert "broke" in first[1]


def test_what_is_undone_uses_no_fault_up(client, ask, fault):
    fault("delivery.drop", times=1, types=["product.created", "price.created"])
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.products.create(
            {"name": "x", "default_price_data": {"currency": "xxx", "unit_amount": 1}}
        )
    assert [each["times"] for each in standing(ask)] == [1]


# The API


def test_the_next_call_meets_a_rate_limit_as_stripe_words_it(client, fault):
    fault("api.fail", status=429, reason="endpoint-rate", times=1)
    with pytest.raises(stripe.RateLimitError) as refused:
        client.v1.customers.create()
    assert refused.value.http_status == 429
    assert refused.value.headers is not None
    assert refused.value.headers["stripe-rate-limited-reason"] == "endpoint-rate"
    assert refused.value.error is not None
    assert refused.value.error.code == "rate_limit"
    assert client.v1.customers.list().data == []
    client.v1.customers.create()


def test_a_fault_concerns_its_paths_and_methods_alone(ask, fault):
    fault("api.fail", status=500, paths=["/v1/customers/*/sources", "/v1/refunds"], methods=["GET"])
    assert ask("GET", "/v1/refunds").status == 500
    assert ask("GET", "/v1/customers/cus_1/sources").status == 500
    assert ask("POST", "/v1/customers", "name=x").status == 200
    assert ask("GET", "/v1/customers").status == 200
    assert ask("POST", "/v1/refunds", "charge=ch_x").status == 400


def test_an_error_after_the_work_is_told_by_the_key(ask, fault):
    fault("api.fail", status=500, work=True, times=1)
    key = {"Idempotency-Key": "k"}
    assert ask("POST", "/v1/customers", "name=x", headers=key).status == 500
    again = ask("POST", "/v1/customers", "name=x", headers=key)
    assert again.headers["idempotent-replayed"] == "true"
    assert len(ask("GET", "/v1/customers").json["data"]) == 1


@pytest.mark.parametrize(("work", "made"), [(True, 1), (False, 0)])
def test_a_call_without_an_answer_ends_with_a_closed_line(emulator, client, fault, work, made):
    fault("api.timeout", seconds=0.1, work=work, times=1, methods=["POST"])
    began = time.monotonic()
    with pytest.raises(stripe.APIConnectionError):
        client.v1.customers.create()
    assert 0.1 <= time.monotonic() - began < 2
    assert len(client.v1.customers.list().data) == made


def test_a_slow_answer_comes_late(client, fault):
    fault("api.delay", seconds=0.2, times=1)
    began = time.monotonic()
    client.v1.customers.list()
    assert time.monotonic() - began >= 0.2
    client.v1.customers.list()
    assert time.monotonic() - began < 1


# Turning them


def test_one_fault_is_taken_away_and_the_others_stay(ask, fault):
    first, second = fault("delivery.drop"), fault("api.delay", seconds=0, times=3)
    assert ask("DELETE", f"/_emulator/faults/{first}", "{}", headers=JSON).status == 200
    assert [each["id"] for each in standing(ask)] == [second]
    assert ask("DELETE", f"/_emulator/faults/{first}", "{}", headers=JSON).status == 404


def test_a_switch_is_the_rule_of_its_name(ask):
    on = {"api_status": 500, "api_only_paths": ["/v1/refunds"], "delivery_copies": 3}
    shown = ask("POST", "/_emulator/faults", json.dumps(on), headers=JSON).json
    assert {each["id"]: each["fault"] for each in shown["rules"]} == {
        "api_status": "api.fail",
        "delivery_copies": "delivery.duplicate",
    }
    assert {name: shown[name] for name in on} == on
    off = {"api_status": None, "delivery_copies": 1}
    shown = ask("POST", "/_emulator/faults", json.dumps(off), headers=JSON).json
    assert shown["rules"] == []


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"fault": "nothing"}, "fault must be one of"),
        ({"fault": ["api.fail"]}, "fault must be one of"),
        ({"fault": "api.fail", "status": 200}, "status"),
        ({"fault": "api.fail", "status": 399}, "status"),
        ({"fault": "api.fail", "times": 0}, "times"),
        ({"fault": "api.fail", "methods": ["PATCH"]}, "methods"),
        ({"fault": "api.fail", "copies": 2}, "api.fail has no copies"),
        ({"fault": "api.timeout", "seconds": -1}, "seconds"),
        ({"fault": "delivery.drop", "types": "charge.*"}, "types"),
        ({"fault": "delivery.shuffle", "order": "none"}, "order"),
        ({"fault": "delivery.fail", "status": 204}, "status"),
        ({"api_only_paths": ["/v1/refunds"]}, "api_only_paths"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_and_named(ask, given, named):
    answer = ask("POST", "/_emulator/faults", json.dumps(given), headers=JSON)
    assert answer.status == 400
    assert named in answer.error["message"]
    assert standing(ask) == []


def test_a_reset_ends_every_fault(ask, fault, emulator):
    fault("api.fail")
    assert over_the_wire(emulator.url, "POST", "/_emulator/reset", "{}", headers=JSON).status == 200
    assert standing(ask) == []
