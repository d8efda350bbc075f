"""The API fails on purpose, and only programs on this machine turn the switches."""

import json
import threading

import pytest
import stripe

from tests.emulator.conftest import Ask, Raw


def switch(ask: Ask, **changes: object) -> Raw:
    return ask(
        "POST",
        "/_emulator/faults",
        json.dumps(changes),
        headers={"Content-Type": "application/json"},
    )


def test_a_switch_makes_the_api_fail(ask: Ask):
    assert switch(ask, api_status=503, api_only_paths=["/v1/refunds"]).status == 200
    assert ask("GET", "/v1/refunds").status == 503
    assert ask("GET", "/v1/balance").status == 200
    ask("DELETE", "/_emulator/faults", "{}", headers={"Content-Type": "application/json"})
    assert ask("GET", "/v1/refunds").status == 200


def test_the_sdk_tries_again_by_itself_and_makes_one_object(emulator, ask: Ask):
    http = stripe.RequestsClient()
    client = stripe.StripeClient(
        "sk_test_x", base_addresses={"api": emulator.url}, http_client=http, max_network_retries=3
    )
    switch(ask, api_status=500)
    timer = threading.Timer(0.3, lambda: switch(ask, api_status=None))
    timer.start()
    client.v1.customers.create({"name": "patient"})
    timer.join()
    http.close()
    assert len(ask("GET", "/v1/customers").json["data"]) == 1


@pytest.mark.parametrize(
    "changes",
    [{"api_status": 200}, {"delivery_copies": 0}, {"no_such": 1}, {"delivery_delay_seconds": "x"}],
)
def test_a_switch_that_makes_no_sense_is_refused(ask: Ask, changes):
    answer = switch(ask, **changes)
    assert answer.status == 400
    assert next(iter(changes)) in answer.error["message"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("path", ["/_emulator/reset", "/_emulator/faults"])
def test_a_foreign_form_turns_no_switch(ask: Ask, path, kind):
    assert ask("POST", path, "{}", headers={"Content-Type": kind}).status == 400
