"""A copy of an SQLite database while it is in use, and the way back. See docs/backup.md."""

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from paydesk.foundation.errors import Refused
from paydesk.foundation.naming import version_table

_FORMAT = 1
# So many pages at a time; between them writers get their turn.
_PAGES = 512
_COUNTED = ("orders", "events", "facts", "refunds", "effects")

# Told how many pages were copied, of how many.
Progress = Callable[[int, int], None]


class BackupRefused(Refused):
    """A backup or restore that would lose or overwrite something; nothing was changed."""

    code = "backup_refused"


@dataclass(frozen=True)
class Manifest:
    """What a backup is: written beside it, and believed only if the file agrees."""

    format: int
    made_at: str
    version: str
    revision: str
    sha256: str
    bytes: int
    counts: dict[str, int]


def manifest_file(file: Path) -> Path:
    return file.with_name(file.name + ".json")


def back_up(
    source: Path, file: Path, *, made_at: str, version: str, progress: Progress, prefix: str
) -> Manifest:
    """Copy the database at `source` as it is at one moment; nobody needs to stop.

    The file appears complete or not at all. `prefix`: of our tables. Raises BackupRefused.
    """
    if not source.exists():
        raise BackupRefused(f"There is no database at {source}.")
    if file.exists() or manifest_file(file).exists():
        raise BackupRefused(f"{file} is there already; choose another name.")
    if not file.parent.is_dir():
        raise BackupRefused(f"There is no folder {file.parent}.")
    partial = file.with_name(file.name + ".partial")
    _create_private(partial)
    try:
        _copy(source, partial, progress)
        manifest = _describe(partial, made_at, version, prefix)
        _write(manifest_file(file), manifest)
        _sync(partial)
        partial.rename(file)
        _sync(file.parent)
    finally:
        partial.unlink(missing_ok=True)
    return manifest


def verified(file: Path) -> Manifest:
    """The manifest of a backup whose file is whole. Raises BackupRefused."""
    try:
        told = json.loads(manifest_file(file).read_text())
        manifest = Manifest(**told)
    except FileNotFoundError:
        raise BackupRefused(
            f"{manifest_file(file)} is missing: it proves that the copy is whole."
        ) from None
    except (ValueError, TypeError):
        raise BackupRefused(f"{manifest_file(file)} is not a backup's manifest.") from None
    if not file.exists():
        raise BackupRefused(f"There is no file {file}.")
    if manifest.format != _FORMAT:
        raise BackupRefused("This backup was made by a newer version of Paydesk.")
    if _sha256(file) != manifest.sha256:
        raise BackupRefused(f"{file} is not what its manifest says: it was damaged or changed.")
    return manifest


def listed(folder: Path) -> list[tuple[Path, Manifest]]:
    """The backups in a folder, the newest first; whether each is whole, `verified` tells."""
    found = []
    for file in folder.glob("*.sqlite3"):
        try:
            found.append((file, Manifest(**json.loads(manifest_file(file).read_text()))))
        except (OSError, ValueError, TypeError):
            # Not one of ours, or half of one.
            continue
    return sorted(found, key=lambda each: each[1].made_at, reverse=True)


def restore(file: Path, target: Path, *, replace: bool, suffix: str, prefix: str) -> Path | None:
    """Put a verified backup in the place of `target`; where the database that was there went.

    Raises BackupRefused if a shop still uses the target, or it holds orders and not `replace`.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    kept = None
    incoming = target.with_name(target.name + ".incoming")
    incoming.unlink(missing_ok=True)
    _create_private(incoming)
    try:
        _copy(file, incoming, lambda *_: None)
        if target.exists():
            kept = _set_aside(target, prefix + "orders", replace=replace, suffix=suffix)
        _sync(incoming)
        incoming.rename(target)
        _sync(target.parent)
    finally:
        incoming.unlink(missing_ok=True)
    return kept


def _set_aside(target: Path, table: str, *, replace: bool, suffix: str) -> Path:
    try:
        with closing(sqlite3.connect(target, isolation_level=None, timeout=2)) as connection:
            # In this mode nobody else may even have the file open.
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            orders = _count(connection, table)
            connection.execute("COMMIT")
            if orders and not replace:
                raise BackupRefused(
                    f"{target} holds {orders} orders. To put them aside and restore: --replace"
                )
            # Everything into the one file that is put aside.
            connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError:
        raise BackupRefused(f"{target} is in use. Stop the shop and its workers first.") from None
    except sqlite3.DatabaseError:
        if not replace:
            raise BackupRefused(
                f"{target} is damaged. To put it aside and restore: --replace"
            ) from None
    kept = target.with_name(f"{target.name}.{suffix}")
    target.rename(kept)
    for leftover in ("-wal", "-shm", "-journal"):
        target.with_name(target.name + leftover).unlink(missing_ok=True)
    return kept


def _copy(source: Path, copy: Path, progress: Progress) -> None:
    with (
        closing(sqlite3.connect(source, timeout=30, isolation_level=None)) as reading,
        closing(sqlite3.connect(copy, timeout=30)) as writing,
    ):
        # One snapshot: what is written meanwhile is not half in it.
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_master").fetchone()
        reading.backup(
            writing, pages=_PAGES, progress=lambda _, left, all_: progress(all_ - left, all_)
        )
        reading.execute("COMMIT")
        writing.execute("PRAGMA journal_mode=DELETE")
        found = writing.execute("PRAGMA integrity_check").fetchone()[0]
        if found != "ok":
            raise BackupRefused(f"The copy of {source} is not sound: {found}")


def _describe(file: Path, made_at: str, version: str, prefix: str) -> Manifest:
    with closing(sqlite3.connect(file)) as connection:
        counts = {name: _count(connection, prefix + name) for name in _COUNTED}
        query = f"SELECT version_num FROM {version_table(prefix)}"  # noqa: S608 - our name
        row = connection.execute(query).fetchone()
    revision = str(row[0]) if row else ""
    size = file.stat().st_size
    return Manifest(_FORMAT, made_at, version, revision, _sha256(file), size, counts)


def _count(connection: sqlite3.Connection, table: str) -> int:
    known = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    if connection.execute(known, (table,)).fetchone() is None:
        return 0
    found = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - our names
    return int(found[0])


def _create_private(file: Path) -> None:
    # Buyers' addresses are in it.
    os.close(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))


def _write(file: Path, manifest: Manifest) -> None:
    _create_private(file)
    file.write_text(json.dumps(asdict(manifest), indent=2) + "\n")
    _sync(file)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
