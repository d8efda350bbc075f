"""The websocket of the Stripe CLI, spoken by hand: whatever comes, the emulator goes on."""

import json
import socket
from contextlib import contextmanager, suppress
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.emulator.conftest import KEY, over_the_wire
from tests.emulator.test_delivery import wait_until

PROTOCOL = "stripecli-devproxy-v1"


def open_session(emulator, feature: str) -> Any:
    """The CLI's own call, which is in no SDK."""
    request = Request(
        f"{emulator.url}/v1/stripecli/sessions",
        f"websocket_features[]={feature}".encode(),
        {"Authorization": f"Bearer {KEY}"},
    )
    with urlopen(request, timeout=5) as answer:
        return json.load(answer)


@pytest.fixture
def dial(emulator):
    """`with dial() as websocket`: a session of its own, connected."""

    @contextmanager
    def dialling(session: str | None = None):
        made = open_session(emulator, "webhooks")
        with connect(
            made["websocket_url"] + "?websocket_feature=webhooks",
            additional_headers={"Websocket-Id": session or made["websocket_id"]},
            subprotocols=[Subprotocol(PROTOCOL)],
            compression=None,
            max_size=None,
        ) as websocket:
            yield websocket

    return dialling


def customer(emulator) -> None:
    assert over_the_wire(emulator.url, "POST", "/v1/customers", "name=x").status == 200


def test_an_event_is_a_message_that_is_answered(dial, emulator):
    with dial() as websocket:
        assert websocket.subprotocol == PROTOCOL
        customer(emulator)
        message = json.loads(websocket.recv(5))
        assert message["type"] == "webhook_event"
        assert json.loads(message["event_payload"])["type"] == "customer.created"
        assert message["http_headers"]["Stripe-Signature"].startswith("t=")
        assert message["endpoint"] == {"api_version": None}


def test_a_ping_is_answered(dial):
    with dial() as websocket:
        assert websocket.ping().wait(5)


@pytest.mark.parametrize(
    "sent",
    [
        "no json",
        "[]",
        "null",
        '{"type": 5}',
        '{"type": "webhook_response", "webhook_conversation_id": "wc_none", "status": 200}',
        '{"type": "webhook_response", "webhook_conversation_id": {"a": []}}',
        '{"type": "event_ack"}',
        b"\xff\xfe\x00",
        "",
        "x" * 100_000,
        "[" * 50_000,
    ],
    ids=lambda sent: repr(sent[:20]),
)
def test_nonsense_is_passed_over(dial, emulator, caplog, sent):
    with dial() as websocket:
        websocket.send(sent)
        customer(emulator)
        assert json.loads(websocket.recv(5))["type"] == "webhook_event"
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


def test_a_message_in_pieces_is_put_together(dial, emulator):
    with dial() as websocket:
        customer(emulator)
        event = json.loads(websocket.recv(5))
        answer = json.dumps(
            {
                "type": "webhook_response",
                "webhook_conversation_id": event["webhook_conversation_id"],
                "status": "200",
                "body": None,
            }
        )
        websocket.send([answer[:20], answer[20:50], answer[50:]])
        assert websocket.ping().wait(5)


def test_a_message_that_is_too_large_ends_the_connection_and_no_more(dial, emulator):
    with dial() as websocket:
        with suppress(ConnectionClosed):
            websocket.send("x" * 6_000_000)
        with pytest.raises(ConnectionClosed):
            websocket.recv(5)
        assert websocket.protocol.close_code == 1009
    customer(emulator)


def test_a_client_that_vanishes_is_forgotten(dial, emulator):
    with dial() as websocket:
        wait_until(emulator.emulator.cli.endpoints)
        websocket.socket.shutdown(socket.SHUT_RDWR)
        wait_until(lambda: not emulator.emulator.cli.endpoints())
    customer(emulator)


def test_frames_that_are_none_end_the_connection_and_no_more(dial, emulator):
    with dial() as websocket:
        websocket.socket.sendall(b"\xff\xff\xff\xff" * 100)
        wait_until(lambda: not emulator.emulator.cli.endpoints())
    customer(emulator)


def test_another_kind_of_websocket_is_refused(dial, emulator):
    with pytest.raises(HTTPError, match="400"):
        open_session(emulator, "v2_events")
    with pytest.raises(Exception, match="HTTP 400"), dial("cliws_no_such_session"):
        pass
