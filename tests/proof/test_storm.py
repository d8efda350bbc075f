"""A storm of webhooks on two web processes: every order right, no 5xx, no handler twice."""

import hashlib
import hmac
import http.client
import json
import random
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from paydesk.catalogue.product import Variant
from paydesk.fulfilment.jobs import EffectState, OwedEffect
from paydesk.orders.order import Order
from paydesk.payments.folding import fold
from paydesk.payments.reading import facts_of_event
from paydesk.payments.settle import agreed
from paydesk.wiring import Shop
from tests.fake_gateway import event_of
from tests.journeys.world import SECRET, World, free_port, until
from tests.paydesk.test_placing import wish
from tests.properties.histories import TOTAL, Story

SENDERS = 4
_HOWS = ("card", "card", "card", "declined, card", "3ds", "delayed", "bounced", "expired")
_REFUNDS = ((), (), ((900, ("pending", "succeeded")),), ((TOTAL, ("succeeded", "failed")),))


@dataclass
class Storm:
    """The events of many payments, and what must be true after them."""

    events: list[dict[str, Any]] = field(default_factory=list)
    expected: dict[str, tuple[object, ...]] = field(default_factory=dict)


def storm_of(shop: Shop, gateway: Any, deliveries: int) -> Storm:
    """`deliveries` events about real orders, a third of them duplicates, in no order."""
    chance, storm = random.Random(7), Storm()
    with shop.database.transaction() as tx:
        for variant in tx.scalars(select(Variant)):
            variant.on_hand = 10**6
    while len(storm.events) < deliveries * 2 // 3:
        _add_payment(shop, gateway, storm, chance)
    storm.events += chance.choices(storm.events, k=deliveries - len(storm.events))
    chance.shuffle(storm.events)
    return storm


def _add_payment(shop: Shop, gateway: Any, storm: Storm, chance: random.Random) -> None:
    number = len(storm.expected)
    order = shop.placing.place(wish(shop, attempt=f"storm-{number:09}"))
    opened = shop.checkouts.start(order.id)
    how = chance.choice(_HOWS)
    refunds = () if how in ("bounced", "expired") else chance.choice(_REFUNDS)
    story = Story(how=how, amount=TOTAL, refunds=list(refunds), dispute=())
    history = story.happens_to(gateway.sessions[opened.stripe_id])
    told = [each for moment in history.moments for each in moment.told]
    events = [
        event_of(thing, kind, f"evt_storm_{number}_{n}", 1_700_000_000 + n // 3)
        for n, (kind, thing) in enumerate(told)
    ]
    storm.events += events
    payment = fold(agreed(order), [fact for event in events for fact in facts_of_event(event)])
    storm.expected[order.id] = (
        payment.status.value,
        payment.paid_minor,
        payment.refunded_minor,
        payment.owed_minor,
        tuple(sorted(payment.flags)),
    )


def send(events: list[dict[str, Any]], port: int, statuses: Counter[int]) -> None:
    """One sender, on a connection it keeps."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for event in events:
        body, now = json.dumps(event).encode(), int(time.time())
        text = str(now).encode() + b"." + body
        signature = hmac.new(SECRET.encode(), text, hashlib.sha256).hexdigest()
        headers = {"Stripe-Signature": f"t={now},v1={signature}"}
        connection.request("POST", "/webhook", body, headers)
        answer = connection.getresponse()
        answer.read()
        statuses[answer.status] += 1
    connection.close()


@dataclass
class TwoShops(World):
    """Two web processes on one database."""

    second_port: int = field(default_factory=free_port)


@pytest.fixture
def two_shops(stocked_postgres, tmp_path):
    world = TwoShops(tmp_path, stocked_postgres)
    try:
        world.start()
        world._start("second", "paydesk", "web", "--port", str(world.second_port))
        world.until_answering(f"http://127.0.0.1:{world.second_port}/healthz")
        yield world
    finally:
        world.stop()


@pytest.fixture
def database_url(stocked_postgres) -> str:
    """The shop that places the orders works on the same database as the two that sell."""
    return stocked_postgres


def weather(world: TwoShops, shop: Shop, gateway: Any, deliveries: int) -> None:
    storm = storm_of(shop, gateway, deliveries)
    statuses: Counter[int] = Counter()
    ports = [world.shop_port, world.second_port]
    senders = [
        threading.Thread(target=send, args=(storm.events[n::SENDERS], ports[n % 2], statuses))
        for n in range(SENDERS)
    ]
    for each in senders:
        each.start()
    for each in senders:
        each.join()
    assert statuses == {200: deliveries}

    def pending() -> int:
        with shop.database.transaction() as tx:
            states = tx.scalars(select(OwedEffect.state)).all()
        return sum(state == EffectState.PENDING for state in states)

    until(lambda: pending() == 0, "all effects", seconds=300)
    with shop.database.transaction() as tx:
        found = {
            each.id: (
                each.payment,
                each.paid_minor,
                each.refunded_minor,
                each.owed_minor,
                tuple(sorted(each.flags)),
            )
            for each in tx.scalars(select(Order))
        }
    assert found == storm.expected
    logs = world.log() + (world.folder / "second.log").read_text()
    runs = Counter(re.findall(r"Payment was successful.*key=(\S+)", logs))
    paid = {f"paid:{each}" for each, (status, *_) in storm.expected.items() if status == "paid"}
    assert runs == dict.fromkeys(paid, 1)


@pytest.mark.postgres
def test_a_storm_of_200_webhooks(two_shops, shop, gateway):
    weather(two_shops, shop, gateway, 200)


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(1800)
def test_a_storm_of_10_000_webhooks(two_shops, shop, gateway):
    weather(two_shops, shop, gateway, 10_000)
