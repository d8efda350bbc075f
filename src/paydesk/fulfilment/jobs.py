"""Durable work on DBOS: written in the transaction it follows from, run until it is done.

DBOS is a library; its tables stand beside ours in the same database, so a job and the state it
follows from are committed together. See docs/decisions/0002-durable-work-on-dbos.md.
"""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Protocol

import structlog
from dbos import DBOS, DBOSClient, DBOSConfig, Serializer
from sqlalchemy import Engine, ForeignKey, String, Text, create_engine, event
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Base, Database, Moment, insert_once, lend_subsec
from paydesk.fulfilment.hooks import Effect, Hooks, sale_of
from paydesk.orders.order import Order

log = structlog.get_logger("paydesk.jobs")

_QUEUE = "paydesk"
_EFFECT_WORKFLOW = "paydesk.run_effect"
_EVENT_WORKFLOW = "paydesk.retry_event"
# DBOS hands work only to code of the version that wrote it. Ours reads the work of all its
# versions (two names and two ids), so that an upgrade never strands a job.
_APPLICATION_VERSION = "1"
# 1 s, 2 s, 4 s …: eleven waits are 34 minutes, after which a job is given up and stays visible.
_ATTEMPTS = 12
_POLL_SECONDS = 0.25
# How often work is begun again after its process died under it.
_MAX_RECOVERIES = 50
_MAX_ERROR = 1000


class EffectState(StrEnum):
    """pending -> done, or pending -> failed once every attempt of some handler has raised."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


class OwedEffect(Base):
    """One row is one effect we owe one order; it can exist only once."""

    __tablename__ = "effects"

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    effect: Mapped[str] = mapped_column(String(20), primary_key=True)
    state: Mapped[str] = mapped_column(String(10), default=EffectState.PENDING, index=True)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class JsonSerializer(Serializer):
    """What a job carries is text anybody can read; DBOS's own choice is pickle, which runs code."""

    def serialize(self, data: Any) -> str:
        return json.dumps(data, default=str)

    def deserialize(self, serialized_data: str) -> Any:
        return json.loads(serialized_data)

    def name(self) -> str:
        return "paydesk_json"


class EventRetry(Protocol):
    """Tries a failed event again; raises while it still fails."""

    def __call__(self, event_id: str) -> None: ...


class Jobs:
    """Writes jobs down; `Worker` runs them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def enqueue(self, tx: Session, effect: Effect, order_id: str) -> None:
        """Owe `effect` to an order, from the moment `tx` commits. Once: a repeat does nothing."""
        owed = insert_once(
            tx,
            OwedEffect,
            order_id=order_id,
            effect=effect,
            state=EffectState.PENDING,
            created_at=self._clock.now(),
        )
        if owed:
            self._write(tx, _EFFECT_WORKFLOW, f"{effect.value}:{order_id}", effect.value, order_id)

    def enqueue_retry(self, tx: Session, event_id: str) -> None:
        """Try a failed event again until it succeeds or the attempts are used up."""
        self._write(tx, _EVENT_WORKFLOW, f"event:{event_id}", event_id)

    def _write(self, tx: Session, workflow: str, key: str, *arguments: str) -> None:
        tx.flush()
        self._client.enqueue_in_transaction(
            tx,
            {
                "queue_name": _QUEUE,
                "workflow_name": workflow,
                "workflow_id": key,
                "app_version": _APPLICATION_VERSION,
            },
            *arguments,
        )

    @cached_property
    def _client(self) -> DBOSClient:
        return DBOSClient(
            system_database_engine=self._database.engine, serializer=JsonSerializer(), lazy=True
        )

    def close(self) -> None:
        if "_client" in self.__dict__:
            self._client.destroy()


@dataclass(frozen=True)
class Worker:
    """Runs jobs in this process, on DBOS's threads. One per process: DBOS is one per process."""

    database: Database
    clock: Clock
    hooks: Hooks
    retry_event: EventRetry
    # Names this process among others; work that died with it is taken up at its next start.
    executor_id: str = "embedded"

    def start(self) -> None:
        config = _config(self.database.url, self.executor_id)
        if self.database.is_sqlite:
            config["system_database_engine"] = _sqlite_engine(self.database.url)
        DBOS(config=config)
        self._register()
        DBOS.launch()
        DBOS.register_queue(_QUEUE, polling_interval_sec=_POLL_SECONDS, on_conflict="always_update")

    def stop(self) -> None:
        DBOS.destroy(destroy_registry=True)

    def _register(self) -> None:
        run_handler = _step("paydesk.run_handler", self._run_handler)
        list_handlers = _step("paydesk.list_handlers", self._list_handlers)
        end_effect = _step("paydesk.end_effect", self._end_effect)
        retry_event = _step("paydesk.apply_event", self.retry_event)

        @DBOS.workflow(name=_EFFECT_WORKFLOW, max_recovery_attempts=_MAX_RECOVERIES)
        def run_effect(effect: str, order_id: str) -> None:
            errors = []
            # The list is a step of its own: after a restart the same handlers go on, even if
            # the code has gained or lost one.
            for name in list_handlers(effect):
                try:
                    run_handler(effect, name, order_id)
                except Exception as error:  # noqa: BLE001 - one handler must not stop the next
                    errors.append(f"{name}: {type(error).__name__}: {error}")
            end_effect(effect, order_id, "; ".join(errors)[:_MAX_ERROR] or None)

        @DBOS.workflow(name=_EVENT_WORKFLOW, max_recovery_attempts=_MAX_RECOVERIES)
        def apply_event(event_id: str) -> None:
            retry_event(event_id)

    def _list_handlers(self, effect: str) -> list[str]:
        return self.hooks.names(Effect(effect))

    def _run_handler(self, effect: str, name: str, order_id: str) -> None:
        with self.database.transaction() as tx:
            sale = sale_of(tx.get_one(Order, order_id), Effect(effect))
        try:
            self.hooks.run(Effect(effect), name, sale)
        except Exception:
            log.exception("handler_raised", handler=name, order=sale.number)
            raise

    def _end_effect(self, effect: str, order_id: str, error: str | None) -> None:
        with self.database.transaction() as tx:
            row = tx.get_one(OwedEffect, (order_id, effect))
            row.state = EffectState.FAILED if error else EffectState.DONE
            row.error = error
            row.ended_at = self.clock.now()


def migrate(database_url: str) -> None:
    """Make or upgrade DBOS's own tables."""
    DBOS.migrate(database_url)


def _step(name: str, run: Callable[..., Any]) -> Callable[..., Any]:
    # DBOS wraps plain functions; a bound method has no name of its own to change.
    def step(*arguments: Any) -> Any:
        return run(*arguments)

    retried: Callable[..., Any] = DBOS.step(
        name=name, retries_allowed=True, max_attempts=_ATTEMPTS, interval_seconds=1.0
    )(step)
    return retried


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
        "application_version": _APPLICATION_VERSION,
        "executor_id": executor_id,
        # Nothing is sent anywhere: no telemetry, no hosted console.
        "enable_otlp": False,
        "log_level": "ERROR",
        "notification_listener_polling_interval_sec": 1.0,
    }
