"""The processes that run jobs: each shows that it lives; who dies leaves its jobs to the others.

Two signs of life. On one machine: a lock on a file, which the system gives back the moment its
process ends, however it ends. Across machines: a number in the database that keeps growing;
nobody compares clocks.
"""

import fcntl
import socket
import time
from pathlib import Path
from typing import IO

from sqlalchemy import String, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from paydesk.foundation.database import Base, Database, insert_once, sqlite_file
from paydesk.foundation.ids import new_id

BEAT_SECONDS = 2.0
# Longer than any pause of a healthy process. One that was only asleep runs its handlers beside
# its successor's, which is why handlers are told a key that stays the same.
DEAD_AFTER_SECONDS = 20.0


class Executor(Base):
    """One row is one process that runs jobs, or ran them and is not known to be dead."""

    __tablename__ = "paydesk_executors"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    host: Mapped[str] = mapped_column(String(255))
    beat: Mapped[int] = mapped_column(default=0)
    has_left: Mapped[bool] = mapped_column(default=False)


class Presence:
    """One process among those that run jobs on one database."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.id = new_id("exe")
        self._database = database
        self._host = socket.gethostname()[:255]
        file = sqlite_file(database.url)
        # Beside the database, so that two processes on one SQLite file share the folder.
        self._folder = (file.parent if file else folder) / "executors"
        self._lock: IO[str] | None = None
        # When each of the others was last seen to move, by this process's own steady clock.
        self._seen: dict[str, tuple[int, float]] = {}

    def enter(self) -> None:
        """Show up, before the first job is taken."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = self._file(self.id).open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.beat()

    def beat(self) -> None:
        """Show that this process lives; come back if the others had given it up."""
        with self._database.transaction() as tx:
            insert_once(tx, Executor, id=self.id, host=self._host, beat=0, has_left=False)
            grow = update(Executor).where(Executor.id == self.id)
            tx.execute(grow.values(beat=Executor.beat + 1))

    def leave(self) -> None:
        """Go in order: what is unfinished is the others', at once."""
        with self._database.transaction() as tx:
            tx.execute(update(Executor).where(Executor.id == self.id).values(has_left=True))
        if self._lock is not None:
            self._file(self.id).unlink(missing_ok=True)
            self._lock.close()

    def dead(self) -> list[str]:
        """The others that will never finish their jobs."""
        with self._database.transaction() as tx:
            others = tx.scalars(select(Executor).where(Executor.id != self.id)).all()
        return [each.id for each in others if self._is_dead(each)]

    def forget(self, executor_id: str) -> None:
        """After its jobs were taken over."""
        with self._database.transaction() as tx:
            tx.execute(delete(Executor).where(Executor.id == executor_id))
        self._file(executor_id).unlink(missing_ok=True)
        self._seen.pop(executor_id, None)

    def _is_dead(self, other: Executor) -> bool:
        if other.has_left:
            return True
        if other.host == self._host and self._file(other.id).exists():
            return self._is_unlocked(other.id)
        now = time.monotonic()
        beat, since = self._seen.get(other.id, (None, now))
        if beat != other.beat:
            self._seen[other.id] = (other.beat, now)
            return False
        return now - since > DEAD_AFTER_SECONDS

    def _is_unlocked(self, executor_id: str) -> bool:
        try:
            with self._file(executor_id).open("r+") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except FileNotFoundError:
            # Another of us has just taken its jobs over.
            return False
        return True

    def _file(self, executor_id: str) -> Path:
        return self._folder / f"{executor_id}.lock"
