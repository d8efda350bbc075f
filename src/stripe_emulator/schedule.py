"""What is to happen later: kept in the store, done by one thread when its time has come."""

import json
import logging
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from stripe_emulator import idempotency
from stripe_emulator.call import Call
from stripe_emulator.emulator import Emulator
from stripe_emulator.events import forget_old_events
from stripe_emulator.store import Thing, Tx

log = logging.getLogger("stripe_emulator")

Task = Callable[..., None]
_TASKS: dict[str, Task] = {}
_LOOK_SECONDS = 0.25
_TIDY_SECONDS = 3600.0
_AFTER_FAILURE_SECONDS = 2.0


def task(name: str) -> Callable[[Task], Task]:
    """Registers `def run(call, **arguments)`; a due task runs in a transaction of its own."""

    def register(run: Task) -> Task:
        _TASKS[name] = run
        return run

    return register


class Scheduler:
    """Runs due tasks, oldest first."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedule", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def run_due(self) -> int:
        """Do what is due now; how many tasks that was."""
        return run_due(self._emulator)

    def _run(self) -> None:
        next_tidying = 0.0
        while not self._stop.wait(_LOOK_SECONDS):
            try:
                if self._emulator.clock.precise() >= next_tidying:
                    self._tidy()
                    next_tidying = self._emulator.clock.precise() + _TIDY_SECONDS
                self.run_due()
            except Exception:
                # A full disk, say: what is due stays due.
                log.exception("the schedule could not be kept")
                self._stop.wait(_AFTER_FAILURE_SECONDS)

    def _tidy(self) -> None:
        with self._emulator.call() as call:
            forget_old_events(call.tx, call.now)
            idempotency.forget_old(call.tx, call.now)


def run_due(emulator: Emulator) -> int:
    """Do what is due by the emulator's own clock, in order; how many tasks that was."""
    done = 0
    with emulator.keeping_time:
        while _run_one(emulator):
            done += 1
    return done


def next_due(tx: Tx) -> float | None:
    """When the next task is due by the emulator's own clock; seconds UTC."""
    row = tx.sql.execute("SELECT MIN(due) FROM tasks WHERE clock IS NULL").fetchone()
    return None if row[0] is None else float(row[0])


def run_test_clock(call: Call, clock: Thing, until: float) -> None:
    """Do what is due by a test clock up to `until`, each task at its own time, in this call.

    `clock` is the stored test clock; its `frozen_time` goes along.
    """
    while (row := _first(call.tx, "clock = ? AND due <= ?", (clock["id"], until))) is not None:
        clock["frozen_time"] = max(int(row.due), clock["frozen_time"])
        call.tx.put(clock)
        at = Call(call.tx, row.due, base_url=call.base_url, clock=clock["id"])
        at.wall = call.wall
        _perform(at, row)
    clock["frozen_time"] = int(until)
    call.tx.put(clock)


class _Row(NamedTuple):
    """One task that waits."""

    id: int
    due: float
    name: str
    arguments: str


def _run_one(emulator: Emulator) -> bool:
    with emulator.call() as call:
        row = _first(call.tx, "clock IS NULL AND due <= ?", (emulator.clock.precise(),))
        if row is not None:
            _perform(call, row)
    return row is not None


def _first(tx: Tx, where: str, values: tuple[Any, ...]) -> _Row | None:
    row = tx.sql.execute(
        f"SELECT id, due, name, arguments FROM tasks WHERE {where} "  # noqa: S608 - text of ours
        "ORDER BY due, id LIMIT 1",
        values,
    ).fetchone()
    return _Row(*row) if row is not None else None


def _perform(call: Call, row: _Row) -> None:
    call.tx.sql.execute("DELETE FROM tasks WHERE id = ?", (row.id,))
    call.tx.sql.execute("SAVEPOINT task")
    try:
        _TASKS[row.name](call, **json.loads(row.arguments))
    except Exception:
        # One broken task must not stop those behind it.
        log.exception("the task %s failed", row.name)
        call.tx.sql.execute("ROLLBACK TO task")
    call.tx.sql.execute("RELEASE task")
