"""A fresh emulator for each test, Stripe's own client for it, and a shop that takes webhooks."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
import stripe

from stripe_emulator.server import Running, running
from tests.emulator.async_client import AsyncClient
from tests.emulator.at_checkout import checkout, page, plain_page, shop_url
from tests.emulator.shape_checker import answer_must_be_whole, answer_problems

# Fixtures of the tests that sit at the hosted page.
__all__ = ["checkout", "page", "plain_page", "shop_url"]

KEY = "sk_test_of_the_emulators_own_tests"
SECRET = "whsec_of_the_emulators_own_tests"


@pytest.fixture(scope="session")
def one_emulator() -> Iterator[Running]:
    with running(None) as started:
        yield started


@pytest.fixture
def emulator(one_emulator: Running) -> Running:
    """Knows nothing of the tests before. Tests of restarts start their own."""
    one_emulator.emulator.forget()
    return one_emulator


@pytest.fixture
def client(
    emulator: Running, request: pytest.FixtureRequest
) -> Iterator[stripe.StripeClient | AsyncClient]:
    """Never tries again by itself, so that a test sees the first answer."""
    if request.config.getoption("--async-client"):
        awaiting = AsyncClient(KEY, emulator.url)
        yield awaiting
        awaiting.close()
        return
    with client_for(emulator.url) as made:
        yield made


class Checked(stripe.RequestsClient):
    """Holds every answer against the SDK's own annotations before a test sees it."""

    def request(self, *arguments: Any, **more: Any) -> Any:
        answer = super().request(*arguments, **more)
        answer_must_be_whole(answer[0])
        return answer


class client_for:  # noqa: N801 - reads as a verb where it is used
    """Stripe's client for an address; closes its connections at the end."""

    def __init__(self, url: str) -> None:
        self._http = Checked()
        self._client = stripe.StripeClient(
            KEY, base_addresses={"api": url}, http_client=self._http, max_network_retries=0
        )

    def __enter__(self) -> stripe.StripeClient:
        return self._client

    def __exit__(self, *_: object) -> None:
        self._http.close()


@dataclass
class Raw:
    """One answer as it came over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        found: dict[str, Any] = self.json["error"]
        return found


Ask = Callable[..., Raw]


@pytest.fixture
def ask(emulator: Running) -> Ask:
    """`ask("POST", "/v1/customers", "email=a", key=…, basic=…, headers={…})`, without the SDK."""

    def asking(method: str, path: str, body: str | bytes = "", **more: Any) -> Raw:
        return over_the_wire(emulator.url, method, path, body, **more)

    return asking


def over_the_wire(
    url: str,
    method: str,
    path: str,
    body: str | bytes = "",
    *,
    key: str | None = KEY,
    basic: bool = False,
    headers: dict[str, str] | None = None,
) -> Raw:
    """One request with nothing between us and the socket but http.client."""
    sent = {"Connection": "close"}
    if body:
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    if key is not None:
        word = base64.b64encode(f"{key}:".encode()).decode() if basic else key
        sent["Authorization"] = f"{'Basic' if basic else 'Bearer'} {word}"
    sent.update(headers or {})
    connection = HTTPConnection(urlsplit(url).netloc, timeout=20)
    try:
        data = body.encode() if isinstance(body, str) else body
        connection.request(method, path, data, sent)
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        raw = Raw(answer.status, found, answer.read())
        # Publishable keys are shown less; the control calls are our own; a file is itself.
        is_file = answer.status == 200 and path.endswith("/contents")
        if path.startswith("/v1/") and not (key or "").startswith("pk_") and not is_file:
            answer_must_be_whole(raw.body)
        return raw
    finally:
        connection.close()


@dataclass
class Heard:
    """One webhook as the shop got it."""

    at: float
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass
class Shop:
    """Takes webhooks, answers as told: the statuses in turn, then 200."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    # What was wrong with the events, found at the end of the test.
    malformed: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    # Cleared: every answer waits until it is set again.
    may_answer: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def types(self) -> list[str]:
        return [each.event["type"] for each in self.heard]


class _Door(ThreadingHTTPServer):
    def __init__(self, shop: Shop) -> None:
        super().__init__(("127.0.0.1", 0), _Ear)
        self.shop = shop


class _Ear(BaseHTTPRequestHandler):
    server: _Door
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        shop = self.server.shop
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:
            # Whoever sent it was killed in the middle.
            return
        with shop.lock:
            shop.malformed += answer_problems(json.loads(body))
            shop.heard.append(Heard(time.monotonic(), self.path, dict(self.headers.items()), body))
            status = shop.statuses.pop(0) if shop.statuses else 200
        shop.may_answer.wait(20)
        with suppress(ConnectionError):
            self._answer(status, b"heard: " + b"x" * 5000)

    def do_GET(self):
        """Where a redirect would lead whoever follows it."""
        self._answer(200, b"here it is")

    def _answer(self, status, answer):
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    server = _Door(shop)
    shop.url = f"http://127.0.0.1:{server.server_port}/webhook"
    shop.may_answer.set()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield shop
    shop.may_answer.set()
    server.shutdown()
    thread.join()
    server.server_close()
    assert shop.malformed == []
