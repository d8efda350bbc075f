"""Shop, worker and Stripe are killed while people buy; then everything is counted."""

import http.client
import json
import random
import re
import threading
import time
from collections import Counter
from contextlib import suppress
from urllib.error import URLError

import pytest

from tests.journeys.world import World, until
from tests.stress.load import crowd, mug

BUYERS = 6
# What goes wrong while a process is dead, or dies in the middle of an answer.
_DEAD = (OSError, URLError, http.client.HTTPException, AssertionError, KeyError, ValueError)


def buy_and_pay(world: World, wanted, number: int, leaving: threading.Event) -> None:
    while not leaving.is_set():
        with suppress(*_DEAD):
            answer = wanted.bought(world, f"127.0.3.{number + 1}")
            if answer.status == 200:
                world.pay(answer.json()["sessionId"])
        leaving.wait(0.3)


def start(world: World, name: str) -> None:
    if name == "shop":
        world.start_shop()
    elif name == "stripe":
        world.start_stripe()
    else:
        world._start("worker", "paydesk", "worker")


def kill_at_random(world: World, kills: int) -> Counter[str]:
    chance, killed = random.Random(11), Counter[str]()
    for _ in range(kills):
        name = chance.choice(("shop", "shop", "worker", "worker", "stripe"))
        time.sleep(chance.uniform(0.05, 0.8))
        world.kill(name)
        start(world, name)
        killed[name] += 1
    return killed


def survive(world: World, kills: int, capsys) -> None:
    start(world, "worker")
    wanted = mug(world)
    with crowd(BUYERS, lambda number, leaving: buy_and_pay(world, wanted, number, leaving)):
        killed = kill_at_random(world, kills)
    done = ("effects", "list", "--limit", "99999")
    # What no webhook brings any more the pull does; its next round may be minutes away.
    world.told("events", "pull")
    until(lambda: all(e["state"] == "done" for e in world.told(*done)), "all effects", 120)
    orders = world.told("orders", "list", "--limit", "99999")
    compared = json.loads(world.command("reconcile", "--json").stdout)
    at_stripe = paid_sessions(world)
    here = {each["id"] for each in orders if each["payment"] == "paid"}
    logs = world.log() + (world.folder / "worker.log").read_text()
    runs = Counter(re.findall(r"Payment was successful.*key=paid:(\S+)", logs))
    with capsys.disabled():
        print(
            f"\n  {sum(killed.values())} kills ({dict(killed)}): {len(at_stripe)} orders paid at "
            f"Stripe, {len(here)} paid here; {sum(runs.values())} handler runs, "
            f"{sum(count > 1 for count in runs.values())} of them repeated with the same key, "
            f"{len(here - set(runs))} lost"
        )
    assert compared["differences"] == []
    assert at_stripe == here
    assert set(runs) == here
    assert max(runs.values()) <= 3
    assert world.told("check")["findings"] == []
    assert len(here) > kills / 4


def paid_sessions(world: World) -> set[str]:
    found, after = set(), ""
    while True:
        page = world.get(f"{world.stripe_url}/v1/checkout/sessions?limit=100{after}")
        for each in page["data"]:
            if each["payment_status"] == "paid":
                found.add(each["client_reference_id"])
        if not page["has_more"]:
            return found
        after = f"&starting_after={page['data'][-1]['id']}"


@pytest.fixture
def world(empty_postgres, tmp_path):
    world = World(tmp_path, empty_postgres)
    try:
        world.start()
        yield world
    finally:
        world.stop()


@pytest.mark.slow
@pytest.mark.postgres
def test_eight_random_kills_under_load(world, capsys):
    survive(world, 8, capsys)


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(3600)
def test_two_hundred_random_kills_under_load(world, capsys):
    survive(world, 200, capsys)
