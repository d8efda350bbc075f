"""Where the objects are: one SQLite file, one writer at a time, safe against kill -9."""

import fcntl
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from stripe_emulator.json_text import read, stored

Thing = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL,
  created INTEGER NOT NULL, body TEXT NOT NULL, UNIQUE (kind, id));
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, seq);
CREATE INDEX IF NOT EXISTS objects_by_id ON objects (id);
CREATE INDEX IF NOT EXISTS events_by_type
  ON objects (json_extract(body, '$.type'), seq) WHERE kind = 'event';
CREATE INDEX IF NOT EXISTS events_about
  ON objects (json_extract(body, '$._about'), seq) WHERE kind = 'event';
CREATE TABLE IF NOT EXISTS idempotency (
  key TEXT PRIMARY KEY, path TEXT NOT NULL, digest TEXT NOT NULL, created INTEGER NOT NULL,
  status INTEGER NOT NULL, body TEXT NOT NULL, request_id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tasks (
  id INTEGER PRIMARY KEY AUTOINCREMENT, due REAL NOT NULL, name TEXT NOT NULL,
  arguments TEXT NOT NULL, clock TEXT);
CREATE INDEX IF NOT EXISTS tasks_by_due ON tasks (clock, due);
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS contents (id TEXT PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, endpoint TEXT NOT NULL,
  url TEXT NOT NULL, state TEXT NOT NULL, due REAL, tries INTEGER NOT NULL DEFAULT 0,
  copies INTEGER NOT NULL DEFAULT 1, held_until REAL);
CREATE INDEX IF NOT EXISTS deliveries_by_due ON deliveries (state, due);
CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event);
CREATE INDEX IF NOT EXISTS deliveries_by_hold ON deliveries (state, held_until);
CREATE TABLE IF NOT EXISTS attempts (
  id INTEGER PRIMARY KEY AUTOINCREMENT, delivery INTEGER NOT NULL, at REAL NOT NULL,
  status INTEGER, duration_ms INTEGER NOT NULL, request TEXT NOT NULL, answer TEXT NOT NULL,
  error TEXT);
CREATE INDEX IF NOT EXISTS attempts_by_delivery ON attempts (delivery);
"""
# The keys by which objects are looked for. Only objects that have one are in its index: each
# further entry is paid for by every call that writes.
INDEXED = (
    *("payment_intent", "customer", "charge", "product", "subscription", "invoice"),
    *("test_clock", "lookup_key", "payment_link", "setup_intent", "source"),
    *("_coupon", "_email", "_typed", "_subscription", "_price"),
    *("_code", "_payout", "_unpaid", "_legacy_owner"),
)
_INDEX = """
CREATE INDEX IF NOT EXISTS objects_by_{key} ON objects (kind, json_extract(body, '$.{key}'))
  WHERE json_extract(body, '$.{key}') IS NOT NULL;
"""
_TABLES = ("objects", "idempotency", "tasks", "deliveries", "attempts", "state", "contents")


class Tx:
    """One transaction. Keys that begin with an underscore are kept but never shown."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.sql = connection

    def get(self, kind: str, thing_id: str) -> Thing | None:
        row = self.sql.execute(
            "SELECT body FROM objects WHERE kind = ? AND id = ?", (kind, thing_id)
        ).fetchone()
        return read(row[0]) if row is not None else None

    def put(self, thing: Thing) -> None:
        """Insert or replace; the place in the order of creation stays."""
        self.sql.execute(
            "INSERT INTO objects (kind, id, created, body) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
            (thing["object"], thing["id"], _created(thing), stored(thing)),
        )

    def delete(self, kind: str, thing_id: str) -> None:
        self.sql.execute("DELETE FROM objects WHERE kind = ? AND id = ?", (kind, thing_id))

    def clear(self) -> None:
        for table in _TABLES:
            self.sql.execute(f"DELETE FROM {table}")  # noqa: S608 - names of ours

    def remember(self, name: str, value: Any) -> None:
        """Keep a value of the emulator's own over restarts."""
        self.sql.execute(
            "INSERT OR REPLACE INTO state (name, value) VALUES (?, ?)", (name, stored(value))
        )

    def recall(self, name: str) -> Any:
        """What was remembered under the name; None if nothing was."""
        row = self.sql.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
        return read(row[0]) if row is not None else None

    def sequence(self, kind: str, thing_id: str) -> int | None:
        """The place in the order of creation."""
        row = self.sql.execute(
            "SELECT seq FROM objects WHERE kind = ? AND id = ?", (kind, thing_id)
        ).fetchone()
        return row[0] if row is not None else None

    def find(
        self,
        kind: str,
        *,
        where: str = "",
        values: tuple[Any, ...] = (),
        limit: int = -1,
        newest_first: bool = True,
        **equal: Any,
    ) -> list[Thing]:
        """Objects of a kind whose top-level keys equal the values given.

        `where` is more SQL over seq and created, written here in the package alone.
        """
        conditions, bound = ["kind = ?"], [kind]
        for name, value in equal.items():
            assert name.isidentifier()
            conditions.append(f"json_extract(body, '$.{name}') = ?")
            bound.append(value)
        if where:
            conditions.append(where)
        order = "DESC" if newest_first else "ASC"
        rows = self.sql.execute(
            f"SELECT body FROM objects WHERE {' AND '.join(conditions)} "  # noqa: S608 - see above
            f"ORDER BY seq {order} LIMIT ?",
            (*bound, *values, limit),
        )
        return [read(row[0]) for row in rows]

    def numbered(self, where: str, values: tuple[Any, ...], limit: int) -> list[tuple[int, Thing]]:
        """Objects with their places, newest first; `where` is SQL written in the package alone."""
        rows = self.sql.execute(
            f"SELECT seq, body FROM objects WHERE {where} ORDER BY seq DESC LIMIT ?",  # noqa: S608 - names of ours alone
            (*values, limit),
        )
        return [(row[0], read(row[1])) for row in rows]


def _created(thing: Thing) -> int:
    # An invoice item calls it its date.
    found: int = thing["created"] if "created" in thing else thing.get("date", 0)
    return found


class Unusable(Exception):
    """The folder cannot be written to, or another emulator has it; the message says which."""


class Store:
    """Hands out transactions, one at a time."""

    def __init__(self, file: Path | None) -> None:
        """`file` None keeps everything in memory. Raises Unusable."""
        self.file = file
        # Another number after everything was replaced: what was read before is no longer so.
        self.generation = 0
        self._mine = _taken(file) if file is not None else None
        try:
            self._open(file)
        except BaseException:
            self._release()
            raise

    def _open(self, file: Path | None) -> None:
        self._connection = sqlite3.connect(
            str(file or ":memory:"), check_same_thread=False, isolation_level=None
        )
        self._lock = threading.RLock()
        # NORMAL, not FULL: in WAL mode a killed process loses nothing it has committed, and the
        # file stays sound even in a power cut, which FULL would pay for with a disk flush per call
        # ("PRAGMA synchronous").
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000"):
            self._connection.execute(f"PRAGMA {pragma}")
        # Moving the log into the file does wait for the disk: four times as seldom as usual.
        self._connection.execute("PRAGMA wal_autocheckpoint=4000")
        self._bring_up_to_date()

    def _bring_up_to_date(self) -> None:
        """Files of earlier versions lack tables and columns that are used now."""
        columns = [row[1] for row in self._connection.execute("PRAGMA table_info(tasks)")]
        if columns and "clock" not in columns:
            self._connection.execute("ALTER TABLE tasks ADD COLUMN clock TEXT")
            self._connection.execute("DROP INDEX IF EXISTS tasks_by_due")
        columns = [row[1] for row in self._connection.execute("PRAGMA table_info(deliveries)")]
        if columns and "held_until" not in columns:
            self._connection.execute("ALTER TABLE deliveries ADD COLUMN held_until REAL")
        self._connection.executescript(
            _SCHEMA + "".join(_INDEX.format(key=each) for each in INDEXED)
        )

    @contextmanager
    def transaction(self) -> Iterator[Tx]:
        """Commits at the end of the block, or rolls back if it raises."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield Tx(self._connection)
                self._connection.execute("COMMIT")
            except BaseException:
                # A full disk has ended the transaction already.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        """For looking only."""
        with self._lock:
            is_inside = self._connection.in_transaction
            if is_inside:
                yield Tx(self._connection)
                return
            # Else each statement would take and give back the file's locks by itself.
            self._connection.execute("BEGIN")
            try:
                yield Tx(self._connection)
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("COMMIT")

    def copy_to(self, other: sqlite3.Connection) -> None:
        """Everything as it is at one moment, into an empty database."""
        with self._lock:
            self._connection.backup(other)

    def replace_by(self, other: sqlite3.Connection) -> None:
        """Everything is as in another database from now on: wholly or, if it fails, not at all."""
        with self._lock:
            other.backup(self._connection)
            self.generation += 1
            self._bring_up_to_date()

    def close(self) -> None:
        with self._lock:
            self._connection.close()
            self._release()

    def _release(self) -> None:
        if self._mine is not None:
            self._mine.close()


def _taken(file: Path) -> IO[str]:
    """Held as long as it is open: two processes would deliver every event twice."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        mine = file.with_suffix(".lock").open("w")
    except OSError as error:
        raise Unusable(f"{file.parent} cannot be used: {error.strerror}") from None
    try:
        fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        mine.close()
        raise Unusable(f"another stripe-emulator is using {file.parent}") from None
    return mine
