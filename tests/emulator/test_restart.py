"""A power cut at any moment loses nothing that was answered and doubles nothing."""

import itertools
import json
import sqlite3
import threading
import time
from contextlib import suppress
from http.client import HTTPException

import pytest

from stripe_emulator.remote import Remote, Unreachable
from tests.emulator.conftest import Shop, client_for, over_the_wire
from tests.emulator.process import command
from tests.emulator.test_delivery import JSON, new_session, wait_until

DAY = 24 * 3600


def create(url: str, key: str) -> str | None:
    """The new customer's id, or None if no answer came."""
    try:
        answer = over_the_wire(
            url, "POST", "/v1/customers", f"name={key}", headers={"Idempotency-Key": key}
        )
    except (OSError, HTTPException):
        return None
    assert answer.status == 200
    found: str = answer.json["id"]
    return found


@pytest.mark.parametrize("moment", [0.15, 0.4])
def test_a_kill_under_load_loses_and_doubles_nothing(tmp_path, shop: Shop, moment):
    keys, tried, answered = itertools.count(), [], {}
    stopped = threading.Event()

    def work(url: str) -> None:
        while not stopped.is_set():
            key = f"key-{next(keys)}"
            tried.append(key)
            made = create(url, key)
            if made is None:
                return
            answered[key] = made

    with command(tmp_path, "--webhook", shop.url) as before:
        assert create(before.url, "warm") is not None
        threads = [threading.Thread(target=work, args=(before.url,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(moment)
        wait_until(lambda: len(answered) > 5)
        before.kill()
        stopped.set()
        for thread in threads:
            thread.join()
    assert len(tried) > len(answered)
    with sqlite3.connect(tmp_path / "stripe.sqlite3") as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    file.close()

    with command(tmp_path, "--webhook", shop.url) as after, client_for(after.url) as client:
        # Every unanswered call is sent again under its key.
        for key in tried:
            made = create(after.url, key)
            assert made == answered.setdefault(key, made or "")
        names = [
            str(each.name) for each in client.v1.customers.list({"limit": 100}).auto_paging_iter()
        ]
        assert sorted(names) == sorted([*tried, "warm"])
        events = list(client.v1.events.list({"limit": 100}).auto_paging_iter())
        assert sorted(str(each.data.object.name) for each in events) == sorted(names)
        wait_until(
            lambda: {each.event["data"]["object"]["name"] for each in shop.heard} == set(names)
        )
        assert len(client.v1.webhook_endpoints.list().data) == 1


def test_what_was_to_happen_later_happens_after_a_restart(tmp_path, shop: Shop):
    with command(tmp_path) as before, client_for(before.url) as client:
        session = new_session(client)
        path = f"/_emulator/checkout/{session.id}/pay"
        assert over_the_wire(before.url, "POST", path, "{}", headers=JSON).status == 200
        intent = client.v1.checkout.sessions.retrieve(session.id).payment_intent
        before.kill()
    with command(tmp_path) as after, client_for(after.url) as client:
        wait_until(lambda: client.v1.events.list({"type": "charge.updated"}).data)
        charge = client.v1.charges.list({"payment_intent": str(intent)}).data[0]
        assert str(charge.balance_transaction).startswith("txn_")
        assert client.v1.checkout.sessions.retrieve(session.id).status == "complete"


def test_clock_faults_and_snapshots_survive_a_kill(tmp_path):
    with command(tmp_path) as before, client_for(before.url) as client:
        remote = Remote(before.url)
        remote.travel(seconds=31 * DAY)
        client.v1.customers.create({"name": "kept"})
        remote.snapshot("one")
        client.v1.customers.create({"name": "lost"})
        remote.travel(seconds=DAY)
        remote.ask("POST", "/_emulator/faults", {"fault": "delivery.drop", "times": 2})
        before.kill()
    with command(tmp_path) as after:
        remote = Remote(after.url)
        assert remote.clock()["ahead_seconds"] > 32 * DAY - 1
        assert [each["name"] for each in remote.snapshots()] == ["one"]
        (fault,) = remote.ask("GET", "/_emulator/faults")["rules"]
        assert (fault["fault"], fault["times"]) == ("delivery.drop", 2)
        remote.restore("one")
        after.kill()
    with command(tmp_path) as last, client_for(last.url) as client:
        remote = Remote(last.url)
        assert 0 <= remote.clock()["ahead_seconds"] - 31 * DAY + 1 < 60
        assert [each.name for each in client.v1.customers.list().data] == ["kept"]
        assert remote.ask("GET", "/_emulator/faults")["rules"] == []


def test_a_kill_in_the_middle_leaves_whole_snapshots_and_one_of_two_states(tmp_path):
    with command(tmp_path) as before, client_for(before.url) as client:
        remote = Remote(before.url)
        for number in range(20):
            client.v1.customers.create({"name": str(number), "description": "x" * 4000})
        remote.snapshot("full")
        remote.reset()
        remote.snapshot("empty")

        def back_and_forth() -> None:
            # Killed before it answers, or in the middle of an answer.
            with suppress(Unreachable, HTTPException):
                for each in itertools.count():
                    remote.restore(("full", "empty")[each % 2])
                    remote.snapshot("again")

        thread = threading.Thread(target=back_and_forth)
        thread.start()
        time.sleep(0.25)
        before.kill()
        thread.join()
    with command(tmp_path) as after, client_for(after.url) as client:
        remote = Remote(after.url)
        assert len(client.v1.customers.list({"limit": 100}).data) in (0, 20)
        for each in remote.snapshots():
            remote.restore(each["name"])
            count = len(client.v1.customers.list({"limit": 100}).data)
            assert count in {"full": (20,), "empty": (0,)}.get(each["name"], (0, 20))


def test_an_undelivered_event_is_delivered_after_a_restart(tmp_path, shop: Shop):
    shop.may_answer.clear()
    with command(tmp_path, "--webhook", shop.url) as before:
        create(before.url, "k")
        wait_until(lambda: shop.heard)
        before.kill()
    shop.may_answer.set()
    with command(tmp_path, "--webhook", shop.url):
        wait_until(lambda: len(shop.heard) == 2)
    first, second = (json.loads(each.body)["id"] for each in shop.heard)
    assert first == second
