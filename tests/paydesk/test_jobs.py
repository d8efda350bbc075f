"""Durable work: it survives kill -9 of the process that runs it, and failing handlers."""

import json
import os
import signal
import time

import pytest
from sqlalchemy import text

from paydesk.foundation.money import Money
from paydesk.fulfilment import executors
from paydesk.fulfilment.executors import Presence
from paydesk.fulfilment.hooks import Effect
from paydesk.fulfilment.jobs import OwedEffect
from paydesk.payments.event import parse
from paydesk.payments.refund import Wish as RefundWish
from tests import warm
from tests.fake_gateway import event_of
from tests.journeys.world import until
from tests.marks import slow_on_postgres
from tests.paydesk.test_placing import wish


@pytest.fixture
def worker(shop, database_url, tmp_path):
    """Starts worker processes on the shop's database; kills what is left of them."""
    running = []

    def start() -> warm.Process:
        (tmp_path / "ready").unlink(missing_ok=True)
        process = warm.Process(
            ["tests.paydesk.worker_process", database_url, str(tmp_path)],
            cwd=tmp_path,
            env=os.environ,
            stdout=tmp_path / "worker.log",
        )
        running.append(process)
        until((tmp_path / "ready").exists, "the worker's start")
        return process

    yield start
    for process in running:
        process.kill()


def sell(shop, gateway) -> str:
    """A paid order; the id."""
    order = shop.placing.place(wish(shop))
    opened = shop.checkouts.start(order.id)
    paid = gateway.pay(opened.stripe_id)
    body = event_of(paid, "checkout.session.completed", f"evt_{order.number}")

    shop.inbox.receive(parse(json.dumps(body).encode()))
    return str(order.id)


def state(shop, order_id: str) -> str:
    with shop.database.transaction() as tx:
        return str(tx.get_one(OwedEffect, (order_id, "paid", "")).state)


def error(shop, order_id: str) -> str | None:
    with shop.database.transaction() as tx:
        return tx.get_one(OwedEffect, (order_id, "paid", "")).error


def job_status(shop, key: str) -> str:
    """As DBOS calls it: ENQUEUED, PENDING (it runs or waits for its next attempt), …"""
    table = "workflow_status" if shop.database.is_sqlite else "dbos.workflow_status"
    with shop.database.transaction() as tx:
        query = f"SELECT status FROM {table} WHERE workflow_uuid = :key"
        return str(tx.scalar(text(query), {"key": key}))


def runs(folder) -> list[str]:
    file = folder / "runs"
    return file.read_text().splitlines() if file.exists() else []


def test_a_job_is_written_with_the_payment_and_run_by_whoever_starts_later(
    shop, gateway, worker, tmp_path
):
    order_id = sell(shop, gateway)
    assert state(shop, order_id) == "pending"
    worker()
    until(lambda: state(shop, order_id) == "done", "the effect")
    key = f"paid:{order_id}"
    assert runs(tmp_path) == [f"first {key}", f"second begins {key}", f"second ends {key}"]


def test_each_refund_is_a_job_of_its_own(shop, gateway, worker, tmp_path):
    order_id = sell(shop, gateway)
    for minor in (500, 700):
        shop.refunds.request(order_id, RefundWish(Money(minor, "usd")))
    worker()
    until(lambda: len(runs(tmp_path)) == 5, "all handlers")
    assert sorted(runs(tmp_path))[1:3] == ["refunded $5.00 re_0001", "refunded $7.00 re_0002"]


def test_a_handler_killed_in_the_middle_runs_again_and_the_one_before_it_does_not(
    shop, gateway, worker, tmp_path
):
    (tmp_path / "hang").touch()
    order_id = sell(shop, gateway)
    process = worker()
    until(lambda: len(runs(tmp_path)) == 2, "the second handler's begin")
    process.kill()
    (tmp_path / "hang").unlink()
    assert state(shop, order_id) == "pending"
    worker()
    until(lambda: state(shop, order_id) == "done", "the effect")
    key = f"paid:{order_id}"
    assert runs(tmp_path) == [
        f"first {key}",
        f"second begins {key}",
        f"second begins {key}",
        f"second ends {key}",
    ]


@slow_on_postgres
def test_a_handler_that_raises_is_tried_again(shop, gateway, worker, tmp_path):
    (tmp_path / "fail").touch()
    order_id = sell(shop, gateway)
    worker()
    until(lambda: state(shop, order_id) == "done", "the effect")
    assert [line.split()[0] for line in runs(tmp_path)] == ["first", "second", "second", "second"]


@slow_on_postgres
def test_what_a_handler_raises_is_seen_while_it_is_tried_again_and_when_it_is_given_up(
    shop, gateway, worker, tmp_path
):
    for name, content in (("broken", ""), ("attempts", "2")):
        (tmp_path / name).write_text(content)
    order_id = sell(shop, gateway)
    worker()
    until(lambda: "second: RuntimeError: never" in str(error(shop, order_id)), "the error")
    assert state(shop, order_id) == "pending"
    until(lambda: state(shop, order_id) == "failed", "the end")
    assert str(error(shop, order_id)).endswith("second: RuntimeError: never")
    (tmp_path / "broken").unlink()
    with shop.database.transaction() as tx:
        assert shop.jobs.repeat(tx, Effect.PAID, order_id)
    until(lambda: state(shop, order_id) == "done", "the effect")
    assert error(shop, order_id) is None


@slow_on_postgres
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_job_that_waits_for_its_next_attempt_holds_no_end_up(
    shop, gateway, worker, tmp_path, how
):
    (tmp_path / "broken").touch()
    order_id = sell(shop, gateway)
    first = worker()
    # The next attempt is two seconds off, and the one after it four.
    until(lambda: len(runs(tmp_path)) == 3, "the second attempt")
    first.send_signal(how)
    assert first.wait(3) == 0
    assert state(shop, order_id) == "pending"

    (tmp_path / "broken").unlink()
    worker()
    until(lambda: state(shop, order_id) == "done", "the effect")
    key = f"paid:{order_id}"
    assert runs(tmp_path) == [
        f"first {key}",
        *[f"second begins {key}"] * 3,
        f"second ends {key}",
    ]


@slow_on_postgres
def test_a_handler_that_runs_when_the_worker_is_stopped_is_let_finish(
    shop, gateway, worker, tmp_path
):
    (tmp_path / "hang").touch()
    order_id = sell(shop, gateway)
    first = worker()
    until(lambda: len(runs(tmp_path)) == 2, "the second handler")
    first.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    assert first.poll() is None
    (tmp_path / "hang").unlink()
    assert first.wait(3) == 0
    worker()
    until(lambda: state(shop, order_id) == "done", "the effect")
    key = f"paid:{order_id}"
    assert runs(tmp_path) == [f"first {key}", f"second begins {key}", f"second ends {key}"]


@slow_on_postgres
def test_the_worker_command_ends_though_an_event_waits_to_be_tried_again(
    shop, database_url, tmp_path
):
    with shop.database.transaction() as tx:
        shop.jobs.enqueue_retry(tx, "evt_that_never_came")
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    here = {"PAYDESK_DATABASE_URL": database_url, "PAYDESK_DATA_DIR": str(tmp_path)}
    log = tmp_path / "worker.log"
    command = warm.Process(["paydesk", "worker"], cwd=tmp_path, env={**kept, **here}, stdout=log)
    try:
        until(lambda: job_status(shop, "event:evt_that_never_came") == "PENDING", "the job")
        # By now it is between two attempts: the first fails at once.
        time.sleep(2)
        command.send_signal(signal.SIGTERM)
        assert command.wait(3) == 0, log.read_text()
    finally:
        command.kill()


@slow_on_postgres
def test_killed_five_times_every_sale_is_handled(shop, gateway, worker, tmp_path):
    sold = []
    for _ in range(5):
        sold += [sell(shop, gateway) for _ in range(3)]
        worker().kill()
    worker()
    until(lambda: all(state(shop, each) == "done" for each in sold), "all effects", seconds=60)
    ended = [line for line in runs(tmp_path) if line.startswith("second ends")]
    assert set(ended) == {f"second ends paid:{each}" for each in sold}


def test_a_dead_worker_leaves_its_jobs_to_the_one_that_lives(
    shop, gateway, worker, tmp_path, database_url
):
    (tmp_path / "hang").touch()
    order_id = sell(shop, gateway)
    doomed = worker()
    until(lambda: len(runs(tmp_path)) == 2, "the second handler's begin")
    living = worker()
    doomed.kill()
    (tmp_path / "hang").unlink()
    # Nobody starts anything: the other one notices.
    until(lambda: state(shop, order_id) == "done", "the effect", seconds=30)
    assert living.poll() is None
    key = f"paid:{order_id}"
    assert runs(tmp_path) == [
        f"first {key}",
        f"second begins {key}",
        f"second begins {key}",
        f"second ends {key}",
    ]


def test_a_worker_on_another_machine_is_known_dead_by_its_silence(shop, tmp_path, monkeypatch):
    monkeypatch.setattr(executors, "DEAD_AFTER_SECONDS", 0.2)
    here = Presence(shop.database, tmp_path)
    there = Presence(shop.database, tmp_path / "their disk")
    there._host = "another-machine"
    here.enter()
    there.enter()
    for _ in range(4):
        there.beat()
        assert there.id not in here.dead()
        time.sleep(0.1)
    time.sleep(0.2)
    assert there.id in here.dead()
    # It was only asleep: it comes back.
    there.beat()
    assert there.id not in here.dead()
    there.leave()
    assert there.id in here.dead()
    here.leave()


def test_a_payment_rolled_back_leaves_no_job(shop):
    order = shop.placing.place(wish(shop))
    with pytest.raises(RuntimeError):
        owe_and_roll_back(shop, order.id)
    with shop.database.transaction() as tx:
        assert tx.get(OwedEffect, (order.id, "paid", "")) is None
        assert not workflows(shop, tx)
        shop.jobs.enqueue(tx, Effect.PAID, order.id)
        shop.jobs.enqueue(tx, Effect.PAID, order.id)
        assert workflows(shop, tx) == [f"paid:{order.id}"]


def owe_and_roll_back(shop, order_id: str) -> None:
    with shop.database.transaction() as tx:
        shop.jobs.enqueue(tx, Effect.PAID, order_id)
        raise RuntimeError


def workflows(shop, tx) -> list[str]:
    """What the engine has been given to do."""
    table = "workflow_status" if shop.database.is_sqlite else "dbos.workflow_status"
    return list(tx.scalars(text(f"SELECT workflow_uuid FROM {table}")))
