"""Clients that press a shop: buyers who wait, connections that dribble, and a stop-watch beside."""

import hashlib
import hmac
import http.client
import itertools
import json
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from paydesk.foundation.database import Database
from paydesk.orders.order import Order
from tests.fake_gateway import event_of
from tests.journeys.world import SECRET, World

_numbers = itertools.count(1)
_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Answer:
    status: int
    seconds: float
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def ask(world: World, method: str, path: str, *, address: str = "127.0.0.1", **more: Any) -> Answer:
    """One request on a connection of its own, from any address of the loopback network."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", world.shop_port, timeout=_PATIENCE_SECONDS, source_address=(address, 0)
    )
    started = time.monotonic()
    try:
        connection.request(method, path, **more)
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    return Answer(answer.status, time.monotonic() - started, dict(answer.headers), body)


@dataclass(frozen=True)
class Mug:
    """What everybody buys: there is no end of it."""

    product_id: str
    price_id: str

    def bought(self, world: World, address: str = "127.0.0.1") -> Answer:
        wish = {**vars(self), "attempt": f"attempt-of-stress-{next(_numbers)}"}
        return ask(
            world,
            "POST",
            "/create-checkout-session",
            address=address,
            body=json.dumps(wish),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
        )


def mug(world: World) -> Mug:
    page = ask(world, "GET", "/p/workshop-mug").body.decode()
    ids = (
        re.search(rf'name="{name}"\s+value="([^"]+)"', page) for name in ("product_id", "price_id")
    )
    found = [each[1] for each in ids if each is not None]
    return Mug(*found)


def payments(world: World, count: int) -> list[dict[str, Any]]:
    """Events that say of `count` real orders that they are paid."""
    bought = mug(world)
    answers = [bought.bought(world, f"127.0.1.{n + 1}") for n in range(count)]
    events = []
    for answer in answers:
        session = world.get(f"{world.stripe_url}/v1/checkout/sessions/{answer.json()['sessionId']}")
        session.update(status="complete", payment_status="paid", url=None)
        session["payment_intent"] = f"pi_stress_{next(_numbers)}"
        session["customer_details"] = {"email": "ada@example.com"}
        kind = "checkout.session.completed"
        events.append(event_of(session, kind, f"evt_stress_{next(_numbers)}", int(time.time())))
    return events


def deliver(world: World, event: dict[str, Any]) -> Answer:
    """A webhook, signed as Stripe signs it."""
    body, now = json.dumps(event).encode(), int(time.time())
    signed = hmac.new(SECRET.encode(), str(now).encode() + b"." + body, hashlib.sha256).hexdigest()
    headers = {"Stripe-Signature": f"t={now},v1={signed}", "Content-Type": "application/json"}
    return ask(world, "POST", "/webhook", body=body, headers=headers)


@contextmanager
def crowd(count: int, deed: Callable[[int, threading.Event], None]) -> Iterator[None]:
    """`count` threads do `deed(number, leaving)` until the block is left."""
    leaving = threading.Event()
    threads = [threading.Thread(target=deed, args=(n, leaving)) for n in range(count)]
    for each in threads:
        each.start()
    try:
        yield
    finally:
        leaving.set()
        for each in threads:
            each.join(_PATIENCE_SECONDS)


@contextmanager
def buyers(world: World, count: int) -> Iterator[list[Answer]]:
    """`count` people, each at an address of his own, who order one mug after the other."""
    wanted, answers = mug(world), list[Answer]()

    def buy(number: int, leaving: threading.Event) -> None:
        while not leaving.is_set():
            answers.append(wanted.bought(world, f"127.0.2.{number + 1}"))
            # Whoever is told to wait does, and a person needs a moment to press again.
            leaving.wait(0.2 if answers[-1].status == 200 else 1.0)

    with crowd(count, buy):
        yield answers


@contextmanager
def lookers(world: World, count: int) -> Iterator[Counter[str]]:
    """`count` browsers with an unpaid order's page open, told by the server or asking it.

    What is handed out counts how often they were told, were refused a place, and asked.
    """
    wanted, seen = mug(world), Counter[str]()
    for number in range(count):
        assert wanted.bought(world, f"127.0.4.{number + 1}").status == 200
    database = Database(world.database_url)
    with database.reading() as tx:
        rows = tx.execute(select(Order.number, Order.secret).order_by(Order.number.desc()))
        links = [f"/o/{number}/{secret}" for number, secret in rows][:count]
    database.close()

    def look(number: int, leaving: threading.Event) -> None:
        link, pause = links[number], 1.5
        version = ask(world, "GET", f"{link}/state").json()["version"]
        while ask(world, "GET", f"{link}/live?seen={version}").status == 200:
            seen["told"] += 1
            if leaving.wait(1.0):
                return
        seen["refused"] += 1
        while not leaving.wait(pause):
            assert ask(world, "GET", f"{link}/state").status == 200
            seen["asked"] += 1
            pause = min(pause * 1.25, 10.0)

    with crowd(count, look):
        yield seen


HEAD = b"GET /config HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
BODY = b"POST /webhook HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n"


@contextmanager
def dribblers(world: World, count: int, beginning: bytes) -> Iterator[None]:
    """`count` connections that send `beginning`, and from then on a byte now and then."""
    sockets = [socket.create_connection(("127.0.0.1", world.shop_port)) for _ in range(count)]
    for each in sockets:
        each.sendall(beginning)

    def drip(_number: int, leaving: threading.Event) -> None:
        while not leaving.wait(0.1):
            for each in sockets:
                # The shop may have been stopped.
                with suppress(OSError):
                    each.sendall(b"x")

    try:
        with crowd(1, drip):
            yield
    finally:
        for each in sockets:
            each.close()


@dataclass
class StopWatch:
    """How long /config and the webhooks took while something else went on."""

    config: list[Answer] = field(default_factory=list)
    webhooks: list[Answer] = field(default_factory=list)

    @property
    def slowest_config(self) -> float:
        return max(each.seconds for each in self.config)

    @property
    def webhook_p95(self) -> float:
        ordered = sorted(each.seconds for each in self.webhooks)
        return ordered[int(len(ordered) * 0.95) - 1] if len(ordered) > 1 else ordered[0]

    def all_were_answered(self) -> bool:
        return {each.status for each in self.config + self.webhooks} == {200}

    def __str__(self) -> str:
        return (
            f"/config at most {self.slowest_config:.3f} s of {len(self.config)}, "
            f"webhooks p95 {self.webhook_p95:.3f} s of {len(self.webhooks)}"
        )


def watched(world: World, events: list[dict[str, Any]], seconds: float) -> StopWatch:
    """Ask for /config again and again, and deliver the events evenly, for so many seconds."""
    watch = StopWatch()

    def look(_number: int, leaving: threading.Event) -> None:
        while not leaving.is_set():
            watch.config.append(ask(world, "GET", "/config"))
            leaving.wait(0.1)

    with crowd(1, look):
        for event in events:
            watch.webhooks.append(deliver(world, event))
            time.sleep(max(0.0, seconds / len(events) - watch.webhooks[-1].seconds))
    return watch
