"""All tables of the shop in one place, and the way to bring a database up to date."""

import threading
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from paydesk.business import legal, shipping, shop, tax
from paydesk.catalogue import addresses, files, product, revision, stock
from paydesk.foundation.database import Base, Database
from paydesk.foundation.naming import DECLARED, version_table
from paydesk.fulfilment import (
    downloads,
    executors,
    jobs,
    letters,
    notices,
    receipts,
    rounds,
    shipments,
    withdrawals,
)
from paydesk.migrations.adopting import adopt_tables
from paydesk.orders import cart, ledger, notes, order, tallies, terms
from paydesk.payments import bookings, event, known, pull, refund, refund_lines, subscription, trip
from paydesk.reports.sums import Sums
from paydesk.staff import audit, links, member, second_factor, sessions, throttling

# Importing a room declares its tables.
ROOMS = (
    revision,
    *(shop, legal, shipping, tax),
    *(
        product,
        addresses,
        stock,
        order,
        ledger,
        tallies,
        trip,
        event,
        refund,
        known,
        subscription,
        pull,
    ),
    bookings,
    *(cart, terms, notes, refund_lines, files, downloads),
    *(jobs, letters, notices, executors, rounds, receipts, shipments, withdrawals),
    *(member, sessions, links, second_factor, throttling, audit),
)
METADATA = Base.metadata
_HERE = Path(__file__).parent
# Any number, as long as nobody else in the database uses it for another purpose.
_LOCK_KEY = 7_293_541
# Alembic keeps what it is doing in module variables: no two threads at once.
_one_at_a_time = threading.Lock()


def migrate(database: Database) -> None:
    """Bring our tables and the job engine's to this version; two processes may try at once."""
    with _one_at_a_time:
        if not is_current(database):
            _migrate(database)
        if is_current(database):
            Sums(database).follow_definition()


def _migrate(database: Database) -> None:
    with database.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
            # A table cannot be altered while a trigger of it still waits for the end.
            connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        config = _config()
        config.attributes["connection"] = connection
        config.attributes["version_table"] = version_table(database.prefix)
        if database.prefix == DECLARED:
            adopt_tables(connection)
        command.upgrade(config, "head")
        connection.commit()
    from paydesk.fulfilment import engine

    engine.migrate(database.url)


def is_current(database: Database) -> bool:
    """Whether the schema is this version's, without changing anything."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    with database.engine.connect() as connection:
        revision = _revision(connection, database.prefix)
        return revision == head and _has_engine_tables(connection)


def differences(database: Database) -> list[object]:
    """What the migrations left different from the declared tables; for a test."""
    with database.engine.connect() as connection:
        options = {"compare_type": True, "version_table": version_table(database.prefix)}
        context = MigrationContext.configure(connection, opts=options)
        found = compare_metadata(context, METADATA)
    ours = {*METADATA.tables, version_table(database.prefix)}
    return [each for each in found if not _is_foreign_table(each, ours)]


def _is_foreign_table(difference: object, ours: set[str]) -> bool:
    if isinstance(difference, tuple) and difference[0] == "remove_table":
        return difference[1].name not in ours
    if isinstance(difference, tuple) and difference[0] == "remove_index":
        return difference[1].table.name not in ours
    return False


def _revision(connection: Connection, prefix: str) -> str | None:
    options = {"version_table": version_table(prefix)}
    return MigrationContext.configure(connection, opts=options).get_current_revision()


def _has_engine_tables(connection: Connection) -> bool:
    schema = None if connection.dialect.name == "sqlite" else "dbos"
    return inspect(connection).has_table("workflow_status", schema=schema)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
