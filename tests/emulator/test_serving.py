"""The server: connections stay open, bad ones hurt nobody, and only programs here are answered."""

import http.client
import json
import re
import socket
import time
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from stripe_emulator.server import Running, running
from tests.emulator.conftest import KEY

HEADERS = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/x-www-form-urlencoded"}
POST = (
    "POST /v1/customers HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    f"Authorization: Bearer {KEY}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
)


FAILURES = (b"500", b"502", b"503", b"504")


def connect(emulator: Running) -> socket.socket:
    address = urlsplit(emulator.url)
    return socket.create_connection((address.hostname, address.port), 5)


def said(emulator: Running, sent: str | bytes, *, more_follows: bool = False) -> bytes:
    """Everything that is answered to what is sent, until the server hangs up."""
    with connect(emulator) as wire:
        wire.sendall(sent if isinstance(sent, bytes) else sent.encode("latin-1"))
        if not more_follows:
            wire.shutdown(socket.SHUT_WR)
        answer = b""
        while data := wire.recv(65536):
            answer += data
    return answer


def test_one_connection_takes_any_number_of_calls(emulator):
    wire = http.client.HTTPConnection(urlsplit(emulator.url).netloc, timeout=5)
    wire.connect()
    first = wire.sock
    for number in range(20):
        wire.request("POST", "/v1/customers", f"name={number}", HEADERS)
        answer = wire.getresponse()
        assert answer.status == 200
        answer.read()
    for path in ("/v1/nothing", "/nothing", "/dashboard"):
        wire.request("GET", path, headers=HEADERS)
        wire.getresponse().read()
    assert wire.sock is first
    wire.close()


def test_a_refused_call_leaves_the_connection_usable(emulator):
    """Its body has not been read by whoever refused it."""
    wire = http.client.HTTPConnection(urlsplit(emulator.url).netloc, timeout=5)
    wire.request("POST", "/v1/customers", "name=x" * 500, {**HEADERS, "Authorization": "none"})
    refusal = wire.getresponse()
    assert refusal.status == 401
    refusal.read()
    wire.request("POST", "/v1/customers", "name=x", HEADERS)
    assert wire.getresponse().status == 200
    wire.close()


def test_clients_that_dribble_hold_up_nobody(emulator):
    with ExitStack() as stack:
        slow = [stack.enter_context(connect(emulator)) for _ in range(40)]
        for number, each in enumerate(slow):
            each.sendall(POST[: 20 + number].encode())
        halves = [stack.enter_context(connect(emulator)) for _ in range(40)]
        for each in halves:
            each.sendall(f"{POST}Content-Length: 1000\r\n\r\nname=".encode())
        began = time.monotonic()
        answer = said(emulator, f"{POST}Content-Length: 6\r\n\r\nname=x")
        assert answer.startswith(b"HTTP/1.1 200")
        assert time.monotonic() - began < 1
        # Whoever comes to the point after all is answered too.
        halves[0].sendall(b"x" * 995)
        assert halves[0].recv(100).startswith(b"HTTP/1.1 200")


def test_a_body_in_pieces_is_read(emulator):
    sent = f"{POST}Transfer-Encoding: chunked\r\n\r\n5\r\nname=\r\n3\r\nAda\r\n0\r\n\r\n"
    answer = said(emulator, sent)
    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"name": "Ada"' in answer


@pytest.mark.parametrize(
    "sent",
    [
        f"{POST}Transfer-Encoding: chunked\r\n\r\nnot a number\r\nname=\r\n0\r\n\r\n",
        f"{POST}Transfer-Encoding: chunked\r\n\r\nffffffffffff\r\nname=",
        f"{POST}Transfer-Encoding: chunked\r\n\r\n-5\r\nname=\r\n0\r\n\r\n",
        f"{POST}Transfer-Encoding: chunked\r\n\r\n5\r\nna",
        f"{POST}Transfer-Encoding: gzip\r\n\r\nx",
        f"{POST}Content-Length: 99999999999999\r\n\r\nname=",
        f"{POST}Content-Length: 20000000\r\n\r\n" + "x" * 2_000_000,
        f"{POST}Content-Length: five\r\n\r\nname=",
        f"{POST}Content-Length: -5\r\n\r\nname=",
        f"{POST}Content-Length: 100\r\n\r\nname=",
        f"{POST}No colon\r\n\r\n",
        f"{POST}Long: {'x' * 100_000}\r\n\r\n",
        f"GET /{'x' * 100_000} HTTP/1.1\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        "GET http://[ HTTP/1.1\r\n\r\n",
        "GET /%ff%00/../v1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "CONNECT example.com:443 HTTP/1.1\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "",
    ],
    ids=lambda sent: re.sub(r"\W+", "-", sent.removeprefix(POST))[:40],
)
def test_what_is_no_request_is_refused_and_hurts_nobody(emulator, caplog, sent):
    answer = said(emulator, sent)
    assert not [each for each in re.findall(rb"HTTP/1.1 (\d+)", answer) if each in FAILURES]
    assert not [each for each in caplog.records if each.exc_info]
    assert said(emulator, f"{POST}Content-Length: 6\r\n\r\nname=x").startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("length", "status"), [("99999999", b"413"), ("many", b"400")], ids=["too long", "no number"]
)
def test_what_never_reaches_the_api_is_refused_in_its_form(emulator, length, status):
    """Else the SDK says that Stripe's answer is broken, and not what was wrong."""
    answer = said(emulator, f"{POST}Content-Length: {length}\r\n\r\nname=x")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split()[1] == status
    assert b"Content-Type: application/json" in head
    error = json.loads(body)["error"]
    assert error["type"] == "invalid_request_error"
    assert error["message"]


def test_a_base_address_that_ends_in_a_slash_is_forgiven(emulator):
    answer = said(emulator, POST.replace("/v1", "//v1") + "Content-Length: 6\r\n\r\nname=x")
    assert answer.startswith(b"HTTP/1.1 200")


def test_http_1_0_is_answered(emulator):
    answer = said(emulator, "GET /health HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n", more_follows=True)
    assert b" 200 " in answer.split(b"\r\n", 1)[0]


def test_it_stops_at_once_whatever_its_clients_do():
    with ExitStack() as stack:
        with running(None) as emulator:
            wires = [stack.enter_context(connect(emulator)) for _ in range(8)]
            for each in wires[:4]:
                each.sendall(POST[:30].encode())
            began = time.monotonic()
        assert time.monotonic() - began < 1
