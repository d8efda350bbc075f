"""What is done again and again, such as pulling events: by one process at a time."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import String, Text, or_, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Mapped, mapped_column

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Base, Database, Moment, insert_once

log = structlog.get_logger("paydesk.rounds")

# A process that dies on its round keeps the others out for no longer.
_HELD_FOR = timedelta(minutes=2)
_LOOK_SECONDS = 0.5
# After a failure a round waits longer each time, but never longer than this.
_LONGEST_WAIT_SECONDS = 300.0
_MAX_ERROR = 500


class LastRound(Base):
    """One row is one kind of round: when it is due, who is on it, how the last one ended."""

    __tablename__ = "paydesk_rounds"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(Moment)
    held_until: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    failures: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)


@dataclass(frozen=True)
class Round:
    """Something to do every so many seconds; it can be repeated, and cut off, at any point."""

    name: str
    every_seconds: float
    run: Callable[[], object]


class Rounds:
    """Goes the rounds on a thread of its own, in turn with the other processes."""

    def __init__(self, database: Database, clock: Clock, rounds: tuple[Round, ...]) -> None:
        self._database = database
        self._clock = clock
        self._rounds = rounds
        self._stopping = threading.Event()
        self._next = {each.name: clock.now() for each in rounds}
        self._thread = threading.Thread(target=self._go, name="paydesk-rounds", daemon=True)

    def start(self) -> None:
        if self._rounds:
            self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def run_due(self) -> None:
        """Go each round that is due and that no other process is on."""
        for each in self._rounds:
            now = self._clock.now()
            # Looking costs a write; between two rounds nobody needs to look.
            if self._next[each.name] <= now and not self._stopping.is_set():
                self._next[each.name] = now + timedelta(seconds=min(each.every_seconds, 5.0))
                if self._claim(each, now):
                    self._run(each)

    def _go(self) -> None:
        while not self._stopping.wait(_LOOK_SECONDS):
            try:
                self.run_due()
            except Exception:
                log.exception("rounds_interrupted")

    def _claim(self, each: Round, now: datetime) -> bool:
        with self._database.transaction() as tx:
            insert_once(tx, LastRound, name=each.name, due_at=now, failures=0)
            result = tx.execute(
                update(LastRound)
                .where(
                    LastRound.name == each.name,
                    LastRound.due_at <= now,
                    or_(LastRound.held_until.is_(None), LastRound.held_until <= now),
                )
                .values(held_until=now + _HELD_FOR)
                .execution_options(synchronize_session=False)
            )
            assert isinstance(result, CursorResult)
            return result.rowcount == 1

    def _run(self, each: Round) -> None:
        error = None
        try:
            each.run()
        except Exception as raised:  # noqa: BLE001 - the next round may find things mended
            error = f"{type(raised).__name__}: {raised}"
            log.warning("round_failed", round=each.name, error=error)
        with self._database.transaction() as tx:
            row = tx.get_one(LastRound, each.name, with_for_update=True)
            row.failures = row.failures + 1 if error else 0
            row.error = error[:_MAX_ERROR] if error else None
            row.ended_at = self._clock.now()
            row.held_until = None
            wait = each.every_seconds * 2 ** min(row.failures, 10)
            longest = max(_LONGEST_WAIT_SECONDS, each.every_seconds)
            row.due_at = row.ended_at + timedelta(seconds=min(wait, longest))
            self._next[each.name] = row.due_at
