"""Takes over a database of the days when our tables had no prefix: renamed, nothing else."""

import re

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from paydesk.foundation.naming import DECLARED, version_table

_TABLES = (
    *("counters", "events", "orders", "products", "checkouts", "effects", "facts", "variants"),
    *("holds", "prices", "order_lines", "refunds", "rounds", "pulls", "executors"),
    "subscriptions",
)
_OLD_VERSION_TABLE = "alembic_version"
_OURS = {"ours": f"{DECLARED}%"}
_REVISIONS = ("0001", "0002", "0003")


def adopt_tables(connection: Connection) -> None:
    """Rename what is certainly ours; in any other database nothing happens."""
    if not _is_ours(connection):
        return
    inspector = inspect(connection)
    for name in _TABLES:
        if inspector.has_table(name):
            connection.execute(text(f"ALTER TABLE {name} RENAME TO {DECLARED}{name}"))
    new = version_table(DECLARED)
    connection.execute(text(f"ALTER TABLE {_OLD_VERSION_TABLE} RENAME TO {new}"))
    if connection.dialect.name == "sqlite":
        _rename_in_sqlite(connection)
    else:
        _rename_in_postgresql(connection)


def _is_ours(connection: Connection) -> bool:
    inspector = inspect(connection)
    if inspector.has_table(version_table(DECLARED)) or not inspector.has_table(_OLD_VERSION_TABLE):
        return False
    revision = connection.scalar(text(f"SELECT version_num FROM {_OLD_VERSION_TABLE}"))  # noqa: S608 - ours
    # A host's own Alembic uses a table of that name, too: its tables are left alone.
    return (
        revision in _REVISIONS and inspector.has_table("effects") and inspector.has_table("facts")
    )


def _new_name(name: str) -> str:
    rest = name.removeprefix("ix_")
    return ("ix_" if rest != name else "") + DECLARED + rest


def _rename_in_sqlite(connection: Connection) -> None:
    # SQLite renames neither indexes nor triggers, so each is made anew from its own words. The
    # name of a constraint stays: it is known within its table alone.
    query = text(
        "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') "
        "AND sql IS NOT NULL AND tbl_name LIKE :ours"
    )
    for kind, name, words in connection.execute(query, _OURS).all():
        connection.execute(text(f"DROP {kind} {name}"))
        renamed = re.sub(rf"\b{name}\b", _new_name(name), words, count=1)
        connection.exec_driver_sql(renamed)


def _rename_in_postgresql(connection: Connection) -> None:
    query = text(
        "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() "
        "AND tablename LIKE :ours AND indexname NOT LIKE :ours"
    )
    for (name,) in connection.execute(query, _OURS).all():
        connection.execute(text(f'ALTER INDEX "{name}" RENAME TO "{_new_name(name)}"'))
    triggers = text(
        "SELECT tgname, relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
        "WHERE NOT tgisinternal AND relname LIKE :ours AND relnamespace = "
        "current_schema()::regnamespace"
    )
    for name, table in connection.execute(triggers, _OURS).all():
        connection.execute(text(f"ALTER TRIGGER {name} ON {table} RENAME TO {_new_name(name)}"))
