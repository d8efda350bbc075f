"""The real Stripe CLI: calls, `listen`, `logs tail`, `events resend`, fixtures."""

import json
import socket
import time
from contextlib import ExitStack
from functools import partial

import pytest
import stripe as sdk

from stripe_emulator.dashboard import event_detail
from stripe_emulator.server import running
from tests.emulator.conftest import over_the_wire
from tests.emulator.test_delivery import deliveries, wait_until
from tests.stripe_cli import going_on, stripe

READY = (
    r"Ready! You are using Stripe API Version \[2026-10-28.endive\]. "
    r"Your webhook signing secret is (whsec_[0-9a-f]{64})"
)


@pytest.fixture
def call(tmp_path, emulator):
    """`call("get", "/v1/customers")` is what the CLI prints; it must succeed."""

    def calling(*arguments: str) -> str:
        ran = stripe(tmp_path, emulator.url, *arguments)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    return calling


@pytest.fixture
def listen(tmp_path, emulator):
    return partial(going_on, tmp_path, emulator.url, "listen", "--skip-update")


def test_get_post_and_delete_and_a_resource_by_name(call):
    made = json.loads(call("customers", "create", "--name=Ada"))
    assert made["name"] == "Ada"
    changed = json.loads(call("post", f"/v1/customers/{made['id']}", "-d", "name=Grace"))
    assert changed["name"] == "Grace"
    assert json.loads(call("get", f"/v1/customers/{made['id']}"))["name"] == "Grace"
    listed = json.loads(call("customers", "list", "--limit=1"))
    assert [each["id"] for each in listed["data"]] == [made["id"]]
    assert json.loads(call("delete", f"/v1/customers/{made['id']}", "--confirm"))["deleted"]


def test_an_error_is_shown_as_stripe_s(call):
    assert "No such customer: 'cus_none'" in call("get", "/v1/customers/cus_none")


def test_a_file_of_fixtures_is_run(call, client, tmp_path):
    steps = [
        {"name": "who", "path": "/v1/customers", "method": "post", "params": {"name": "Ada"}},
        {
            "name": "what",
            "path": "/v1/customers/${who:id}",
            "method": "post",
            "params": {"metadata": {"of": "${who:name}"}},
        },
    ]
    file = tmp_path / "fixture.json"
    file.write_text(json.dumps({"_meta": {"template_version": 0}, "fixtures": steps}))
    call("fixtures", str(file))
    made = client.v1.customers.list().data[0]
    assert made.metadata is not None
    assert made.metadata["of"] == "Ada"


def test_listen_carries_every_event_to_the_shop_with_its_own_secret(
    call, client, emulator, listen, shop
):
    secret = call("listen", "--print-secret").strip()
    with listen("--all-snapshot", "--forward-to", shop.url) as terminal:
        assert terminal.wait_for(READY)[1] == secret
        client.v1.customers.create({"name": "Ada"})
        event = client.v1.events.list().data[0]
        terminal.wait_for(rf"--> customer.created \[{event.id}\]")
        terminal.wait_for(rf"<--  \[200\] POST {shop.url} \[{event.id}\]")
    [heard] = shop.heard
    signed = sdk.Webhook.construct_event(
        heard.body.decode(), heard.headers["Stripe-Signature"], secret
    )
    assert signed.id == event.id
    [delivery] = deliveries(emulator)
    assert (delivery["url"], delivery["state"], delivery["status"]) == (shop.url, "succeeded", 200)
    of_event = event_detail(emulator.emulator, event.id)
    assert of_event is not None
    [attempt] = of_event["deliveries"][0]["attempts"]
    assert attempt["request"].startswith(f"POST {shop.url}\nContent-Type: application/json")
    assert attempt["answer"].startswith("heard: ")
    assert client.v1.events.retrieve(event.id).pending_webhooks == 0


def test_what_the_shop_refuses_is_forwarded_again(client, emulator, listen, shop):
    shop.statuses.append(503)
    with listen("--all-snapshot", "--forward-to", shop.url) as terminal:
        terminal.wait_for(READY)
        client.v1.customers.create({"name": "Ada"})
        terminal.wait_for(r"<--  \[503\] POST")
        terminal.wait_for(r"<--  \[200\] POST")
        wait_until(lambda: deliveries(emulator)[0]["state"] == "succeeded")
    assert [each.event["id"] for each in shop.heard] == [client.v1.events.list().data[0].id] * 2
    [delivery] = deliveries(emulator)
    assert (delivery["attempts"], delivery["status"]) == (2, 200)


def test_listen_without_an_address_shows_events_and_ends_them(client, emulator, listen):
    with listen("--all-snapshot") as terminal:
        terminal.wait_for(READY)
        client.v1.customers.create({"name": "Ada"})
        terminal.wait_for(r"--> customer.created \[evt_")
        wait_until(lambda: deliveries(emulator)[0]["state"] == "succeeded")


def test_what_a_cli_leaves_out_holds_up_nobody(client, emulator, listen, shop):
    """It takes an event, and says nothing of it if its `--events` do not name it."""
    client.v1.webhook_endpoints.create({"url": shop.url, "enabled_events": ["*"]})
    with listen("--events", "product.created", "--forward-to", shop.url + "/cli") as terminal:
        terminal.wait_for(READY)
        for number in range(30):
            client.v1.customers.create({"name": str(number)})
        client.v1.products.create({"name": "Tea"})
        terminal.wait_for(r"<--  \[200\] POST")
        wait_until(lambda: len(shop.heard) == 32)
    assert [each.event["type"] for each in shop.heard if each.path.endswith("/cli")] == [
        "product.created"
    ]


def test_an_event_is_sent_once_more(call, client, listen, shop):
    with listen("--all-snapshot", "--forward-to", shop.url) as terminal:
        terminal.wait_for(READY)
        client.v1.customers.create({"name": "Ada"})
        event = client.v1.events.list().data[0]
        wait_until(lambda: len(shop.heard) == 1)
        assert json.loads(call("events", "resend", event.id))["id"] == event.id
        wait_until(lambda: len(shop.heard) == 2)
    assert {each.event["id"] for each in shop.heard} == {event.id}


def test_an_event_is_sent_once_more_to_an_endpoint(call, client, shop):
    client.v1.customers.create({"name": "Ada"})
    event = client.v1.events.list().data[0]
    endpoint = client.v1.webhook_endpoints.create({"url": shop.url, "enabled_events": ["*"]})
    call("events", "resend", event.id, f"--webhook-endpoint={endpoint.id}")
    wait_until(lambda: shop.types() == ["customer.created"])
    assert "No such webhook_endpoint" in call(
        "events", "resend", event.id, "--webhook-endpoint=we_no"
    )


def test_logs_are_shown_as_they_are_made(call, client, tmp_path, emulator):
    with going_on(tmp_path, emulator.url, "logs", "tail", "--filter-http-method=POST") as terminal:
        terminal.wait_for("Ready! You're now waiting to receive API request logs")
        client.v1.balance.retrieve()
        client.v1.customers.create({"name": "Ada"})
        with pytest.raises(sdk.InvalidRequestError):
            client.v1.customers.create({"email": "none"})
        terminal.wait_for(r"\[200\] POST /v1/customers \[req_")
        terminal.wait_for(r"\[400\] POST /v1/customers \[req_[\s\S]*Param: email")
    assert "/v1/balance" not in terminal.text


# It waits for ten seconds before it dials again.
@pytest.mark.slow
def test_a_cli_finds_its_way_back_after_a_restart(tmp_path, shop):
    with ExitStack() as stack:
        with running(tmp_path / "data") as first:
            port = int(first.url.rsplit(":", 1)[1])
            arguments = ("listen", "-s", "--all-snapshot", "--forward-to", shop.url)
            terminal = stack.enter_context(going_on(tmp_path, first.url, *arguments))
            terminal.wait_for(READY)
            began = time.monotonic()
        assert time.monotonic() - began < 1
        second = stack.enter_context(running(tmp_path / "data", port))
        wait_until(second.emulator.cli.endpoints, 15)
        over_the_wire(second.url, "POST", "/v1/customers", "name=Ada")
        terminal.wait_for(r"<--  \[200\] POST")


def test_nobody_without_a_session_gets_a_websocket(emulator):
    asked = (
        "GET /stripecli/subscribe HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nWebsocket-Id: cliws_none\r\n\r\n"
    )
    port = int(emulator.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), 5) as wire:
        wire.sendall(asked.encode())
        wire.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: wire.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 400")
    # The CLI looks for these words, and then makes a new session.
    assert b'"Unknown WebSocket ID."' in answer
