"""Runs jobs in this process, on DBOS's threads, and goes the rounds."""

import sqlite3
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import structlog
from dbos import DBOS, DBOSConfig
from dbos import error as dbos_errors
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database, lend_subsec
from paydesk.foundation.metrics import HANDLERS
from paydesk.fulfilment import steps
from paydesk.fulfilment.engine import APPLICATION_VERSION, JsonSerializer
from paydesk.fulfilment.executors import BEAT_SECONDS, Presence
from paydesk.fulfilment.hooks import Effect, Hooks, Sale
from paydesk.fulfilment.jobs import (
    EffectState,
    OwedEffect,
    Task,
    job_name,
    note_failures,
    queue_of,
)
from paydesk.fulfilment.post import Post
from paydesk.fulfilment.rounds import Round, Rounds
from paydesk.fulfilment.steps import Steps
from paydesk.orders import order as orders
from paydesk.orders.order import Order

log = structlog.get_logger("paydesk.jobs")

# So long a handler or a call to Stripe may take to end once the process is to end.
_GRACE_SECONDS = 3.0
_POLL_SECONDS = 0.25
# How often work is begun again after its process died under it.
_MAX_RECOVERIES = 50
# So often Stripe is asked for a buyer's address before the handlers run without it.
_HEARING_ATTEMPTS = 5
_MAX_ERROR = 1000

# Does the one thing a job of its kind is about; raises while it cannot.
Deed = Callable[[str], None]


@dataclass
class Worker:
    """Runs the jobs of one database in this process. One per process: DBOS is one per process."""

    database: Database
    clock: Clock
    hooks: Hooks
    deeds: Mapping[Task, Deed]
    rounds: tuple[Round, ...]
    # For the sign of life on this machine; see fulfilment/executors.py.
    folder: Path
    # Asks Stripe for what a handler should be told of a paid order; raises while it cannot.
    hear_out: Deed
    # What a handler is told of an order.
    tell: Callable[[Session, Order, Effect, str], Sale]
    post: Post
    _presence: Presence = field(init=False)
    _rounds: Rounds = field(init=False)
    _steps: Steps = field(init=False)
    _running: ClassVar["Worker | None"] = None
    _stopping: threading.Event = field(init=False, default_factory=threading.Event)

    def start(self) -> None:
        """Take up jobs, first of all those whose process died."""
        if Worker._running is not None:
            raise RuntimeError(
                "another shop's worker runs in this process already, and the job engine is one "
                "for each process. Run this one by itself: flask paydesk --desk NAME worker"
            )
        self._presence = Presence(self.database, self.folder)
        self._presence.enter()
        config = _config(self.database.url, self._presence.id)
        if self.database.is_sqlite:
            config["system_database_engine"] = _sqlite_engine(self.database.url)
        DBOS(config=config)
        self._steps = Steps()
        self._register()
        queue = queue_of(self.database)
        DBOS.listen_queues([queue])
        DBOS.launch()
        DBOS.register_queue(queue, polling_interval_sec=_POLL_SECONDS, on_conflict="always_update")
        self._stopping.clear()
        threading.Thread(target=self._live, name="paydesk-presence", daemon=True).start()
        self._rounds = Rounds(self.database, self.clock, self.rounds)
        self._rounds.start()
        self.post.start()
        Worker._running = self

    def stop(self) -> None:
        """Finish what is running, within seconds; what waits is left to the next start."""
        self._stopping.set()
        self._rounds.stop()
        self.post.stop()
        self._steps.let_go(_GRACE_SECONDS)
        DBOS.destroy(destroy_registry=True)
        self._presence.leave()
        Worker._running = None

    def _live(self) -> None:
        while True:
            try:
                self._take_over()
                if not self.database.is_sqlite:
                    # Processes on one SQLite file are on one machine: their locks tell.
                    self._presence.beat()
            except Exception:
                log.exception("presence_interrupted")
            if self._stopping.wait(BEAT_SECONDS):
                return

    def _take_over(self) -> None:
        for executor_id in self._presence.dead():
            # Not public in this version of DBOS. What is public, `resume_workflow`, would forget
            # how often a job has brought its process down. Safe to repeat: it moves only jobs
            # that still carry the dead one's id.
            found = DBOS._recover_pending_workflows([executor_id])  # noqa: SLF001
            self._presence.forget(executor_id)
            if found:
                log.info("jobs_taken_over", executor=executor_id, jobs=len(found))

    def _register(self) -> None:
        step, job = self._steps.step, self._steps.job
        run_handler = step("paydesk.run_handler", self._run_handler)
        list_handlers = step("paydesk.list_handlers", self._list_handlers)
        end_effect = step("paydesk.end_effect", self._end_effect)
        effect_job = job_name(self.database, Task.EFFECT)

        @DBOS.workflow(name=effect_job, max_recovery_attempts=_MAX_RECOVERIES)
        def run_effect(effect: str, order_id: str, about: str = "") -> None:
            errors = []
            with job():
                # The list is a step of its own: after a restart the same handlers go on, even if
                # the code has gained or lost one.
                for name in list_handlers(effect, order_id):
                    try:
                        run_handler(effect, name, order_id, about)
                    except Exception as error:  # noqa: BLE001 - one must not stop the next
                        errors.append(_said(name, error))
                end_effect(effect, order_id, "; ".join(errors)[:_MAX_ERROR] or None, about)

        for task, deed in self.deeds.items():
            _register_deed(self._steps, job_name(self.database, task), deed)

    def _list_handlers(self, effect: str, order_id: str) -> list[str]:
        names = self.hooks.names(Effect(effect))
        if effect == Effect.PAID and names:
            try:
                self.hear_out(order_id)
            except Exception as error:
                if steps.attempt() < _HEARING_ATTEMPTS:
                    raise
                # That the money is there is known all the same.
                log.warning("not_heard_out", order_id=order_id, error=type(error).__name__)
        return names

    def _run_handler(self, effect: str, name: str, order_id: str, about: str = "") -> None:
        with self.database.transaction() as tx:
            sale = self.tell(tx, tx.get_one(Order, order_id), Effect(effect), about)
        try:
            self.hooks.run(Effect(effect), name, sale)
            HANDLERS.labels(effect, "ok").inc()
        except Exception as error:
            HANDLERS.labels(effect, "raised").inc()
            log.exception("handler_raised", handler=name, order=sale.number)
            self._note_error(effect, order_id, _said(name, error), about)
            raise

    def _note_error(self, effect: str, order_id: str, error: str, about: str) -> None:
        """Half an hour of trying again is long: what is wrong is to be seen from the first."""
        with self.database.transaction() as tx:
            tx.get_one(OwedEffect, (order_id, effect, about)).error = error[:_MAX_ERROR]

    def _end_effect(self, effect: str, order_id: str, error: str | None, about: str = "") -> None:
        with self.database.transaction() as tx:
            if error:
                orders.locked(tx, order_id)
            row = tx.get_one(OwedEffect, (order_id, effect, about))
            row.state = EffectState.FAILED if error else EffectState.DONE
            row.error = error
            row.ended_at = self.clock.now()
            if error:
                tx.flush()
                note_failures(tx, order_id)


def _said(handler: str, error: Exception) -> str:
    if isinstance(error, dbos_errors.DBOSMaxStepRetriesExceeded) and error.errors:
        # It says how often it was tried; what was raised at last says more.
        error = error.errors[-1]
    return f"{handler}: {type(error).__name__}: {error}"


def _register_deed(steps: Steps, name: str, deed: Deed) -> None:
    attempt = steps.step(f"{name}.attempt", deed)

    @DBOS.workflow(name=name, max_recovery_attempts=_MAX_RECOVERIES)
    def run_deed(key: str) -> None:
        with steps.job():
            attempt(key)


def _sqlite_engine(url: str) -> Engine:
    """As DBOS makes its own for SQLite, with what an older SQLite lacks."""
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = "IMMEDIATE"
        connection.execute("PRAGMA busy_timeout=30000")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        lend_subsec(connection)

    return engine


def _config(url: str, executor_id: str) -> DBOSConfig:
    return {
        "name": "paydesk",
        "system_database_url": url,
        "serializer": JsonSerializer(),
        "application_version": APPLICATION_VERSION,
        "executor_id": executor_id,
        # Nothing is sent anywhere: no telemetry, no hosted console.
        "enable_otlp": False,
        "log_level": "ERROR",
        "notification_listener_polling_interval_sec": 1.0,
    }
