"""The file and the threads: one process has it, and what goes wrong once goes right later."""

import logging
import sqlite3

import pytest

from stripe_emulator import ids
from stripe_emulator.server import running
from stripe_emulator.store import Store, Unusable
from tests.emulator.buying import new_session
from tests.emulator.conftest import SECRET, Ask, Shop, client_for, over_the_wire
from tests.emulator.test_delivery import JSON, wait_until


def thing(name: str) -> dict[str, object]:
    return {"id": name, "object": "customer", "created": 1, "_private": name}


def test_one_file_has_one_emulator(tmp_path):
    file = tmp_path / "stripe.sqlite3"
    first = Store(file)
    with pytest.raises(Unusable, match="another stripe-emulator"):
        Store(file)
    first.close()
    Store(file).close()


def test_a_transaction_that_fails_leaves_nothing_behind(tmp_path):
    store = Store(tmp_path / "stripe.sqlite3")

    def fail() -> None:
        with store.transaction() as tx:
            tx.put(thing("cus_1"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.reading() as tx:
        assert tx.get("customer", "cus_1") is None
    store.close()


def test_after_a_full_disk_the_next_transaction_works(tmp_path):
    store = Store(tmp_path / "stripe.sqlite3")
    with store.transaction() as tx:
        tx.put(thing("cus_1"))
        pages = tx.sql.execute("PRAGMA page_count").fetchone()[0]
        tx.sql.execute(f"PRAGMA max_page_count = {pages}")

    def fill() -> None:
        with store.transaction() as tx:
            for n in range(1000):
                tx.put({**thing(f"cus_full_{n}"), "ballast": "x" * 1000})

    with pytest.raises(sqlite3.OperationalError, match="full"):
        fill()
    with store.transaction() as tx:
        tx.sql.execute("PRAGMA max_page_count = 100000")
        tx.put(thing("cus_2"))
        assert tx.get("customer", "cus_1") is not None
        assert tx.get("customer", "cus_full_0") is None
    store.close()


def test_a_changed_object_keeps_its_place(tmp_path):
    store = Store(tmp_path / "stripe.sqlite3")
    with store.transaction() as tx:
        for name in ("cus_1", "cus_2"):
            tx.put(thing(name))
        tx.put({**thing("cus_1"), "name": "changed"})
        assert [each["id"] for each in tx.find("customer")] == ["cus_2", "cus_1"]
    store.close()


def test_deliveries_go_on_after_a_failure_of_the_store(shop: Shop, monkeypatch, caplog):
    monkeypatch.setattr("stripe_emulator.delivery._AFTER_FAILURE_SECONDS", 0.05)
    with running(None, webhook=shop.url, webhook_secret=SECRET) as emulator:
        real, failures = emulator.emulator.store.reading, [sqlite3.OperationalError("disk I/O")]

        def failing():
            if failures:
                raise failures.pop()
            return real()

        monkeypatch.setattr(emulator.emulator.store, "reading", failing)
        with caplog.at_level(logging.CRITICAL, logger="stripe_emulator"):
            wait_until(lambda: not failures)
        over_the_wire(emulator.url, "POST", "/v1/customers", "name=x")
        wait_until(lambda: shop.heard)


def test_the_schedule_goes_on_after_a_failure_of_the_store(tmp_path, monkeypatch):
    monkeypatch.setattr("stripe_emulator.schedule._AFTER_FAILURE_SECONDS", 0.05)
    with running(tmp_path) as emulator, client_for(emulator.url) as client:
        session = new_session(client)
        real, failures = emulator.emulator.call, [sqlite3.OperationalError("disk I/O")]

        def failing():
            if failures:
                raise failures.pop()
            return real()

        monkeypatch.setattr(emulator.emulator, "call", failing)
        wait_until(lambda: not failures)
        late = emulator.emulator.clock.precise() + 2 * 24 * 3600
        monkeypatch.setattr(emulator.emulator.clock, "precise", lambda: late)
        wait_until(lambda: client.v1.checkout.sessions.retrieve(session.id).status == "expired")


def test_half_a_character_is_refused_before_it_is_kept(client, ask: Ask):
    session = new_session(client)
    path = f"/_emulator/checkout/{session.id}/pay"
    answer = ask("POST", path, r'{"email": "\ud800@shop.test"}', headers=JSON)
    assert answer.status == 400
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"


def keys(value: object) -> set[str]:
    """The names of all fields, however deep."""
    if isinstance(value, list):
        return {name for each in value for name in keys(each)}
    if isinstance(value, dict):
        return set(value) | {name for each in value.values() for name in keys(each)}
    return set()


def test_nothing_private_is_ever_shown(client, ask: Ask):
    session = new_session(client)
    for card in ("4000000000000002", "4000002760003184", "4242424242424242"):
        ask("POST", f"/_emulator/checkout/{session.id}/pay", f'{{"card": "{card}"}}', headers=JSON)
    client.v1.webhook_endpoints.create({"url": "http://127.0.0.1:1/", "enabled_events": ["*"]})
    deep = "expand[]=data.payment_intent.latest_charge&expand[]=data.line_items"
    for path in (
        f"/v1/checkout/sessions?{deep}",
        "/v1/events?limit=100",
        "/v1/charges?expand[]=data.payment_intent.payment_method",
        "/v1/payment_methods",
        "/v1/webhook_endpoints",
        f"/v1/checkout/sessions/{session.id}/line_items",
    ):
        answer = ask("GET", path)
        assert answer.status == 200
        assert answer.json["data"]
        assert [name for name in keys(answer.json) if name.startswith("_")] == []
        assert b"4242424242424242" not in answer.body


def test_ids_have_stripe_s_lengths_and_begin_alike_so_that_the_store_stays_quick():
    made = [ids.new("evt") for _ in range(500)]
    assert len(set(made)) == 500
    assert {len(each) for each in made} == {len("evt_") + 24}
    # At most one second goes by.
    assert len({each[:9] for each in made}) <= 2
    assert len(ids.new("cus")) == len("cus_") + 14
