"""What is to happen later: kept in the store, done by one thread when its time has come."""

import json
import logging
import threading
from collections.abc import Callable
from typing import Any

from stripe_emulator import idempotency
from stripe_emulator.call import Call
from stripe_emulator.emulator import Emulator
from stripe_emulator.events import forget_old_events

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
        done = 0
        while self._run_one():
            done += 1
        return done

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

    def _run_one(self) -> bool:
        with self._emulator.call() as call:
            now = self._emulator.clock.precise()
            row = call.tx.sql.execute(
                "SELECT id, name, arguments FROM tasks WHERE due <= ? ORDER BY due, id LIMIT 1",
                (now,),
            ).fetchone()
            if row is None:
                return False
            call.tx.sql.execute("DELETE FROM tasks WHERE id = ?", (row[0],))
            _perform(call, row[1], json.loads(row[2]))
        return True


def _perform(call: Call, name: str, arguments: dict[str, Any]) -> None:
    call.tx.sql.execute("SAVEPOINT task")
    try:
        _TASKS[name](call, **arguments)
    except Exception:
        # One broken task must not stop those behind it.
        log.exception("the task %s failed", name)
        call.tx.sql.execute("ROLLBACK TO task")
    call.tx.sql.execute("RELEASE task")
