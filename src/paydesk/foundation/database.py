"""The database: one engine, one way to open a transaction, SQLite and PostgreSQL alike."""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import Event, RLock
from typing import Any, ClassVar, cast

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    Engine,
    Table,
    TypeDecorator,
    create_engine,
    event,
    inspect,
    make_url,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from paydesk.foundation import naming
from paydesk.foundation.clock import Clock

# Long enough for any transaction of ours (none waits for a network), short enough for a buyer.
_LOCK_TIMEOUT_MS = 10_000
_PAUSE_MS = 20

# The option of connections that only read.
_READS = "paydesk_reads"

_open_transactions: ContextVar[int] = ContextVar("open_transactions", default=0)


class Base(DeclarativeBase):
    """What every table of the shop is declared on."""

    # Stripe's amounts have up to twelve digits; PostgreSQL's integer ends at ten.
    type_annotation_map: ClassVar[dict[Any, Any]] = {int: BigInteger()}


class Moment(TypeDecorator[datetime]):
    """A time as aware UTC; SQLite forgets the zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("times are aware UTC")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """Hands out transactions. Every one begins, commits or rolls back here and nowhere else."""

    def __init__(
        self, url: str, *, prefix: str = naming.DECLARED, shared: Engine | None = None
    ) -> None:
        """`prefix`: what the names of our tables begin with.

        `shared`: the engine whose connections we use, for PostgreSQL. SQLite is always opened
        anew, as our transactions say from the first that they will write.
        """
        self.url = normal_url(url)
        self.prefix = prefix
        self._is_shared = shared is not None and shared.dialect.name == "postgresql"
        self.engine = (
            shared.execution_options(isolation_level="READ COMMITTED")
            if shared is not None and self._is_shared
            else _engine(self.url)
        )
        naming.use_prefix(self.engine, prefix)
        # SQLite lets one write at a time, and whoever waits for it sleeps and tries again, some of
        # them for seconds. Threads of one process take turns before they ask.
        self._turn: AbstractContextManager[Any] = RLock() if self.is_sqlite else nullcontext()
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        reads = self.engine.execution_options(**{_READS: True})
        self._reading = sessionmaker(reads, expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A transaction that commits at the end of the block, or rolls back if it raises."""
        token = _open_transactions.set(_open_transactions.get() + 1)
        try:
            with self._turn, self._sessions.begin() as tx:
                yield tx
        finally:
            _open_transactions.reset(token)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that looks and writes nothing: on SQLite no buyer waits for its end."""
        token = _open_transactions.set(_open_transactions.get() + 1)
        try:
            with self._reading.begin() as tx:
                yield tx
        finally:
            _open_transactions.reset(token)

    def glance(self, words: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of one SELECT, asked of the driver itself; `?` stands for each value.

        For what nearly every page asks: through SQLAlchemy it costs ten times as much.
        """
        words = words.replace(naming.DECLARED, self.prefix)
        connection = self.engine.raw_connection()
        driver: Any = connection.driver_connection
        try:
            if not self.is_sqlite:
                # To the server and back once: a transaction is begun and ended by twice more.
                driver.autocommit = True
            cursor = connection.cursor()
            cursor.execute(words if self.is_sqlite else words.replace("?", "%s"), values)
            return list(cursor.fetchall())
        except self.engine.dialect.loaded_dbapi.Error as error:
            raise DBAPIError(words, None, error) from error
        finally:
            if not (self.is_sqlite or driver.closed):
                driver.autocommit = False
            # What it has begun by reading is ended with it.
            connection.close()

    @contextmanager
    def joined(self, outer: Session) -> Iterator[Session]:
        """A transaction within another's: what is written in it is kept if `outer` commits.

        If the block raises, only what was written in it is undone.
        """
        # What the host has added so far comes first, and its rows can be found.
        outer.flush()
        connection = outer.connection()
        if connection.dialect.name == "sqlite":
            _begin_within(connection)
        token = _open_transactions.set(_open_transactions.get() + 1)
        try:
            with (
                naming.within(connection, self.prefix),
                Session(
                    connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
                ) as tx,
                tx.begin(),
            ):
                yield tx
        finally:
            _open_transactions.reset(token)

    def close(self) -> None:
        if not self._is_shared:
            self.engine.dispose()


def insert_once(tx: Session, table: type[Base], **values: Any) -> bool:
    """Insert a row unless one with its key is there already; whether this call inserted it."""
    return tx.execute(_insert_once(tx.get_bind().dialect.name, table), values).first() is not None


@cache
def _insert_once(dialect: str, table: type[Base]) -> Any:
    # Built once: SQLAlchemy takes longer to build a statement than to run it.
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    key = inspect(table).primary_key[0]
    # RETURNING, not rowcount: psycopg does not count what ON CONFLICT leaves out.
    return insert(cast(Table, table.__table__)).on_conflict_do_nothing().returning(key)


def lock_word(tx: Session, word: str) -> None:
    """Let one transaction at a time go on with `word`, until it ends; a row need not exist yet."""
    if tx.get_bind().dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:word, 0))"), {"word": word})
    # SQLite has one writer at a time anyway, and ours say at once that they will write.


def transaction_is_open() -> bool:
    """Whether this thread is inside `Database.transaction`: nobody may wait for Stripe there."""
    return _open_transactions.get() > 0


def normal_url(url: str) -> str:
    """`postgresql://` and `postgres://` mean psycopg 3, the driver that is installed."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def sqlite_file(url: str) -> Path | None:
    """The file behind a SQLite address, or None for another database or one in memory."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return None
    return Path(str(parsed.database))


def _engine(url: str) -> Engine:
    file = sqlite_file(url)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    # An error that quotes its statement goes into the log: without buyers' addresses and links.
    shared: dict[str, Any] = {"pool_size": 20, "max_overflow": 20, "hide_parameters": True}
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, isolation_level="READ COMMITTED", **shared)
    engine = create_engine(url, **shared)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver must not open transactions by itself: it would do so too late (see below).
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={_LOCK_TIMEOUT_MS}")
    _write_ahead(connection)
    for pragma in (
        # FULL: an order that was committed is there after a power cut.
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")
    lend_subsec(connection)


def _write_ahead(connection: sqlite3.Connection) -> None:
    # Two processes that open a new file at once: for the change of its journal SQLite does not
    # wait, whatever busy_timeout says ("Write-Ahead Logging", section "Sometimes queries return
    # SQLITE_BUSY in WAL mode"), so one of them would fail.
    for _ in range(_LOCK_TIMEOUT_MS // _PAUSE_MS):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            Event().wait(_PAUSE_MS / 1000)
        else:
            return
    connection.execute("PRAGMA journal_mode=WAL")


def lend_subsec(connection: sqlite3.Connection) -> None:
    """Give an older SQLite `unixepoch('subsec')`: seconds UTC with their fraction.

    SQLite has it since 3.42 and Debian 12 ships 3.40; the job engine takes it for granted on
    Python 3.12 and newer, in defaults of its tables, too.
    """
    if sqlite3.sqlite_version_info < (3, 42):
        connection.create_function("unixepoch", 1, _unixepoch)


def _unixepoch(modifier: str) -> float:
    if modifier != "subsec":
        raise ValueError("only unixepoch('subsec') is lent")
    return round(Clock().now().timestamp(), 3)


def _begin_within(connection: Connection) -> None:
    """Make sure that a transaction which is to be written to has begun.

    Python's driver begins none before the first change, and a savepoint without a transaction
    would be one, and be committed by itself.
    """
    raw: sqlite3.Connection = cast(sqlite3.Connection, connection.connection.driver_connection)
    lend_subsec(raw)
    if not raw.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_immediate(connection: Connection) -> None:
    if connection.get_execution_options().get(_READS):
        # It sees the database as it was at its first look, and takes nobody's turn.
        connection.exec_driver_sql("BEGIN")
        return
    # A plain BEGIN lets two buyers both read "1 left" before either writes.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
