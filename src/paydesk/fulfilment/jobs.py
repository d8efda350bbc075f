"""Durable work on DBOS: a job is written in the transaction it follows from.

DBOS is a library; its tables stand beside ours in the same database, so a job and the state it
follows from are committed together. `fulfilment/worker.py` runs what is written here.
See docs/decisions/0002-durable-work-on-dbos.md.
"""

from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, String, Text, bindparam, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Base, Database, Moment, insert_once
from paydesk.foundation.naming import DECLARED
from paydesk.fulfilment import hooks
from paydesk.fulfilment.hooks import Effect
from paydesk.orders import order as orders
from paydesk.orders.order import Order

if TYPE_CHECKING:
    from dbos import DBOSClient, EnqueueOptions


class Task(StrEnum):
    """The kinds of jobs there are; the values are kept in the database."""

    EFFECT = "run_effect"
    EVENT = "retry_event"
    REFUND = "make_refund"


def queue_of(database: Database) -> str:
    """The engine's queue for one shop: several may share a database, each with its prefix."""
    return database.prefix.rstrip("_")


def job_name(database: Database, task: Task) -> str:
    """What the engine calls the jobs of a kind."""
    return f"{queue_of(database)}.{task.value}"


class EffectState(StrEnum):
    """pending -> done, or pending -> failed once every attempt of some handler has raised.

    failed -> pending when an operator has it run again.
    """

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


class OwedEffect(Base):
    """One row is one effect we owe one order about one thing; it can exist only once."""

    __tablename__ = "paydesk_effects"

    order_id: Mapped[str] = mapped_column(ForeignKey("paydesk_orders.id"), primary_key=True)
    effect: Mapped[str] = mapped_column(String(20), primary_key=True)
    # Which of several, such as one refund, by Stripe's id or ours; empty: there is only one.
    about: Mapped[str] = mapped_column(String(255), primary_key=True, default="")
    state: Mapped[str] = mapped_column(String(10), default=EffectState.PENDING, index=True)
    # How often an operator had it run again after it was given up.
    repeats: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


def note_failures(tx: Session, order_id: str) -> None:
    """Write on the order whether any of its effects is given up. The caller holds its lock."""
    failed = OwedEffect.state == EffectState.FAILED
    query = select(OwedEffect.effect).where(OwedEffect.order_id == order_id, failed).limit(1)
    tx.get_one(Order, order_id).effect_failed = tx.scalar(query) is not None


# The engine's own words for jobs that will still be run.
_LIVE = ("ENQUEUED", "PENDING", "DELAYED")


def key_of(owed: OwedEffect) -> str:
    """The id of the job that runs an effect now."""
    again = f":{owed.repeats}" if owed.repeats else ""
    return f"{hooks.key_of(owed.effect, owed.order_id, owed.about)}{again}"


def live_keys(tx: Session, keys: list[str]) -> set[str]:
    """Those of `keys` the engine has a job for that is to be run or is running."""
    table = "workflow_status" if tx.get_bind().dialect.name == "sqlite" else "dbos.workflow_status"
    found: set[str] = set()
    query = text(
        f"SELECT workflow_uuid FROM {table} WHERE workflow_uuid IN :keys AND status IN :live"  # noqa: S608 - names of ours alone
    ).bindparams(bindparam("keys", expanding=True), bindparam("live", expanding=True))
    for first in range(0, len(keys), 500):
        some = keys[first : first + 500]
        found |= set(tx.scalars(query, {"keys": some, "live": list(_LIVE)}))
    return found


class Jobs:
    """Writes jobs down, each once by its key."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def enqueue(self, tx: Session, effect: Effect, order_id: str, about: str = "") -> None:
        """Owe `effect` to an order, from the moment `tx` commits. Once: a repeat does nothing.

        `about` names the one of several things it is about.
        """
        owed = insert_once(
            tx,
            OwedEffect,
            order_id=order_id,
            effect=effect,
            about=about,
            state=EffectState.PENDING,
            repeats=0,
            created_at=self._clock.now(),
        )
        if owed:
            key = hooks.key_of(effect.value, order_id, about)
            self._write(tx, Task.EFFECT, key, effect.value, order_id, about)

    def repeat(self, tx: Session, effect: Effect, order_id: str) -> bool:
        """Have a given-up effect run again; False if it was not given up."""
        query = select(OwedEffect).where(
            OwedEffect.order_id == order_id,
            OwedEffect.effect == effect,
            OwedEffect.state == EffectState.FAILED,
        )
        # The order first, as everywhere: else two could wait for each other.
        orders.locked(tx, order_id)
        rows = tx.scalars(query.with_for_update()).all()
        for row in rows:
            row.state = EffectState.PENDING
            row.repeats += 1
            row.ended_at = None
            self._write(tx, Task.EFFECT, key_of(row), effect.value, order_id, row.about)
        note_failures(tx, order_id)
        return bool(rows)

    def enqueue_retry(self, tx: Session, event_id: str) -> None:
        """Try a failed event again until it succeeds or the attempts are used up."""
        key = f"event:{event_id}"
        if self._database.prefix != DECLARED:
            # Two shops in one database may both be told of the same event.
            key = f"{queue_of(self._database)}:{key}"
        self._write(tx, Task.EVENT, key, event_id)

    def enqueue_refund(self, tx: Session, refund_id: str, *, delay_seconds: float = 0) -> None:
        """Make a refund that was written down. `delay_seconds` lets somebody else be first."""
        self._write(tx, Task.REFUND, f"refund:{refund_id}", refund_id, delay_seconds=delay_seconds)

    def _write(
        self, tx: Session, task: Task, key: str, *arguments: str, delay_seconds: float = 0
    ) -> None:
        from paydesk.fulfilment.engine import APPLICATION_VERSION

        tx.flush()
        options: EnqueueOptions = {
            "queue_name": queue_of(self._database),
            "workflow_name": job_name(self._database, task),
            "workflow_id": key,
            "app_version": APPLICATION_VERSION,
        }
        if delay_seconds:
            options["delay_seconds"] = delay_seconds
        self._client.enqueue_in_transaction(tx, options, *arguments)

    @cached_property
    def _client(self) -> "DBOSClient":
        from paydesk.fulfilment.engine import client_on

        return client_on(self._database.engine)

    def close(self) -> None:
        if "_client" in self.__dict__:
            self._client.destroy()
