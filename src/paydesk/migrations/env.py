"""Tells Alembic which tables are ours and where they are."""

from typing import Any

from alembic import context

from paydesk.migrations.schema import METADATA

# DBOS keeps its own tables in the same database and migrates them itself.
_OURS = frozenset(METADATA.tables)


def _include(_object: Any, name: str | None, kind: str, reflected: bool, _other: Any) -> bool:
    return not (kind == "table" and reflected and name not in _OURS)


def _run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_as_batch=True,
        compare_type=True,
        version_table=context.config.attributes["version_table"],
        include_object=_include,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


_run()
