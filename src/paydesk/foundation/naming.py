"""The names of our tables and indexes in a database we share: each begins with a prefix.

The code declares them under one prefix. Under another, statements are rewritten on their way to
the driver, which is also true of migrations and of SQL written by hand.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection

from paydesk.foundation.errors import MisconfiguredError

DECLARED = "paydesk_"
# PostgreSQL cuts names at 63 characters, and our longest, with "ix_" before it, has 34.
_LONGEST = 24
_CATALOGUES = ("sqlite_master", "pg_catalog")


def checked_prefix(prefix: str) -> str:
    """The prefix, if names can begin with it. Raises MisconfiguredError."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*_", prefix) or len(prefix) > _LONGEST:
        raise MisconfiguredError(
            f"PAYDESK_TABLE_PREFIX is {prefix!r}; it must be at most {_LONGEST} small letters, "
            "digits and underscores, begin with a letter and end with an underscore."
        )
    return prefix


def version_table(prefix: str) -> str:
    """Where Alembic notes how far our migrations have come; the host's has a table of its own."""
    return f"{prefix}schema_version"


@contextmanager
def within(connection: Connection, prefix: str) -> Iterator[None]:
    """Let what is said over somebody else's connection, for a while, mean tables under `prefix`."""
    if prefix == DECLARED:
        yield
        return
    before = _listener(prefix)
    event.listen(connection, "before_cursor_execute", before, retval=True)
    try:
        yield
    finally:
        event.remove(connection, "before_cursor_execute", before)


def use_prefix(engine: Engine, prefix: str) -> None:
    """Let all that is said over `engine` mean the tables under `prefix`."""
    if prefix != DECLARED:
        event.listen(engine, "before_cursor_execute", _listener(prefix), retval=True)


def _listener(prefix: str) -> Callable[..., tuple[str, Any]]:
    rewrite = _rewriting(prefix)

    def before(
        _connection: Connection, _cursor: Any, statement: str, parameters: Any, *_more: Any
    ) -> tuple[str, Any]:
        if any(catalogue in statement for catalogue in _CATALOGUES):
            parameters = _rewritten(parameters, rewrite)
        return rewrite(statement), parameters

    return before


def _rewritten(parameters: Any, rewrite: Callable[[str], str]) -> Any:
    """What is asked of the database's own catalogue has our names for values."""
    if isinstance(parameters, dict):
        return {name: _rewritten(value, rewrite) for name, value in parameters.items()}
    if isinstance(parameters, list | tuple):
        return type(parameters)(_rewritten(value, rewrite) for value in parameters)
    return rewrite(parameters) if isinstance(parameters, str) else parameters


@lru_cache(maxsize=32)
def _rewriting(prefix: str) -> Callable[[str], str]:
    # Not within a longer word, and not psycopg's placeholders, which have names of columns.
    words = r"(?<![A-Za-z0-9_])(?<!%\()(ix_)?" + DECLARED
    if prefix.startswith(DECLARED):
        # What bears the real name already, such as the table of the schema's version.
        words += f"(?!{prefix.removeprefix(DECLARED)})"
    pattern = re.compile(words)

    @lru_cache(maxsize=2000)
    def rewrite(statement: str) -> str:
        return pattern.sub(lambda found: (found[1] or "") + prefix, statement)

    return rewrite
