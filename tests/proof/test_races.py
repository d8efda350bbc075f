"""Races, by real processes; and the same race against a shop without our guards, which loses it."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.fake_gateway import event_of
from tests.journeys.world import until
from tests.marks import slow_on_postgres
from tests.paydesk.test_cart import take_away
from tests.paydesk.test_jobs import worker  # noqa: F401 - a fixture
from tests.paydesk.test_placing import wish

EVENTS = 100


def race(module: str, database_url: str, folder: Path, how: str) -> dict[str, Any]:
    answer = subprocess.run(
        [sys.executable, "-m", f"tests.proof.{module}", database_url, str(folder), how],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr[-4000:]
    told: dict[str, Any] = json.loads(answer.stdout)
    return told


# Forty processes leave nothing of the machine for anybody else's waiting times.
@pytest.mark.alone
def test_forty_processes_buy_the_last_five(shop, database_url, tmp_path):
    told = race("rush", database_url, tmp_path, "guarded")
    assert told == {"sold": 5, "refused": 35, "held": 5}


@pytest.mark.alone
@pytest.mark.slow
@slow_on_postgres
def test_without_the_guard_forty_processes_oversell(shop, database_url, tmp_path, capsys):
    told = race("rush", database_url, tmp_path, "naive")
    with capsys.disabled():
        print(f"\n  without the guard: {told['sold']} sold of 5")
    assert told["sold"] > 5


@pytest.mark.alone
@slow_on_postgres
def test_forty_carts_of_three_want_the_last_five(shop, database_url, tmp_path):
    for slug in ("sensor-kit", "arduino-board"):
        take_away(shop, slug, 5)
    told = race("cart_rush", database_url, tmp_path, "")
    assert told["deadlock"] == 0
    assert told["sold"] == told["held"] <= 5
    assert told["whole"]


@pytest.fixture
def paid_events(shop, gateway, tmp_path) -> list[str]:
    """Orders paid at Stripe, and an event for each that nobody has delivered yet."""
    order_ids, bodies = [], []
    for number in range(EVENTS):
        placed = shop.placing.place(wish(shop, "workshop-mug", attempt=f"copies-{number:09}"))
        opened = shop.checkouts.start(placed.id)
        paid = gateway.pay(opened.stripe_id)
        body = event_of(paid, "checkout.session.completed", f"evt_copies_{number}")
        bodies.append(json.dumps(body))
        order_ids.append(placed.id)
    (tmp_path / "events.json").write_text(json.dumps(bodies))
    return order_ids


def first_runs(folder: Path) -> Counter[str]:
    lines = (folder / "runs").read_text().splitlines()
    return Counter(line.split()[1] for line in lines if line.startswith("first"))


@slow_on_postgres
@pytest.mark.timeout(300)
def test_six_copies_of_each_event_at_once_run_each_handler_once(
    shop, paid_events, database_url, tmp_path, request
):
    assert race("copies", database_url, tmp_path, "guarded") == {"answers": ["handled"]}
    request.getfixturevalue("worker")()
    query = "SELECT count(*) FROM paydesk_effects WHERE state = 'done'"

    def done() -> int:
        with shop.database.transaction() as tx:
            return int(tx.scalar(text(query)) or 0)

    until(lambda: done() == EVENTS, "all effects", seconds=120)
    assert first_runs(tmp_path) == Counter({f"paid:{each}": 1 for each in paid_events})


@slow_on_postgres
@pytest.mark.timeout(300)
@pytest.mark.slow
def test_without_the_guard_copies_run_handlers_again(
    shop, paid_events, database_url, tmp_path, capsys
):
    race("copies", database_url, tmp_path, "naive")
    doubled = sum(count > 1 for count in first_runs(tmp_path).values())
    with capsys.disabled():
        print(f"\n  without the guard: {doubled} of {EVENTS} handlers ran more than once")
    assert doubled > 0
