"""A copy of a shop while it is in use, its SQLite database and its files, and the way back.

See docs/backup.md.
"""

import dataclasses
import hashlib
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from paydesk.foundation import bundle
from paydesk.foundation.errors import Refused
from paydesk.foundation.naming import version_table

# 1 had the database alone.
_FORMAT = 2
# So many pages at a time; between them writers get their turn.
_PAGES = 512
_COUNTED = ("orders", "events", "facts", "refunds", "effects")

_PAGE_BYTES = 4096

# Told how many pages (of 4 kB) were copied, of how many.
Progress = Callable[[int, int], None]


class BackupRefused(Refused):
    """A backup or restore that would lose or overwrite something; nothing was changed."""

    code = "backup_refused"


@dataclass(frozen=True)
class Belongings:
    """Where what a shop has lies: its database, and files in folders of its data folder."""

    database: Path
    data_dir: Path
    folders: tuple[str, ...]
    # Of our tables.
    prefix: str

    def files(self) -> dict[str, Path]:
        return bundle.found(self.data_dir, self.folders)


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
    # The sum of each file in the bundle beside it; None if files were left out.
    files: dict[str, str] | None = None
    files_bytes: int = 0


@dataclass(frozen=True)
class Restored:
    """What came of it: where the database that was there went, and how many files were put back."""

    kept: Path | None
    files: int


def manifest_file(file: Path) -> Path:
    return file.with_name(file.name + ".json")


def files_file(file: Path) -> Path:
    return file.with_name(file.name + ".files.tar")


def back_up(
    of: Belongings, file: Path, *, made_at: str, version: str, progress: Progress
) -> Manifest:
    """Copy the database as it is at one moment, then the files; nobody needs to stop.

    The file appears complete or not at all. Raises BackupRefused.
    """
    if not of.database.exists():
        raise BackupRefused(f"There is no database at {of.database}.")
    for each in (file, manifest_file(file), files_file(file)):
        if each.exists():
            raise BackupRefused(f"{each} is there already; choose another name.")
    if not file.parent.is_dir():
        raise BackupRefused(f"There is no folder {file.parent}.")
    partial, packed = (file.with_name(file.name + end) for end in (".partial", ".files.partial"))
    _create_private(partial)
    _create_private(packed)
    try:
        more = _pages(bundle.size(of.files()))
        _copy(of.database, partial, lambda done, all_: progress(done, all_ + more))
        # After the database: files are never changed and never go, so all it speaks of is there.
        sums = bundle.pack(of.files(), packed, _telling(partial, more, progress))
        manifest = _describe(partial, made_at, version, of, sums)
        if sums:
            _sync(packed)
            packed.rename(files_file(file))
        _write(manifest_file(file), manifest)
        _sync(partial)
        partial.rename(file)
        _sync(file.parent)
    finally:
        partial.unlink(missing_ok=True)
        packed.unlink(missing_ok=True)
    return manifest


def verified(file: Path) -> Manifest:
    """The manifest of a backup whose files are whole. Raises BackupRefused."""
    manifest = _manifest(file)
    if not file.exists():
        raise BackupRefused(f"There is no file {file}.")
    if _sha256(file) != manifest.sha256:
        raise BackupRefused(f"{file} is not what its manifest says: it was damaged or changed.")
    if manifest.files:
        _verify_files(files_file(file), manifest.files)
    return manifest


def _manifest(file: Path) -> Manifest:
    try:
        told = json.loads(manifest_file(file).read_text())
        if int(told["format"]) > _FORMAT:
            raise BackupRefused("This backup was made by a newer version of Paydesk.")
        return Manifest(**told)
    except FileNotFoundError:
        raise BackupRefused(
            f"{manifest_file(file)} is missing: it proves that the copy is whole."
        ) from None
    except (ValueError, TypeError, LookupError):
        raise BackupRefused(f"{manifest_file(file)} is not a backup's manifest.") from None


def _verify_files(packed: Path, sums: dict[str, str]) -> None:
    if not packed.exists():
        raise BackupRefused(f"{packed} is missing: the shop's pictures and files are in it.")
    try:
        is_whole = bundle.sums_of(packed) == sums
    except (ValueError, OSError):
        is_whole = False
    if not is_whole:
        raise BackupRefused(f"{packed} is not what its manifest says: it was damaged or changed.")


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


def restore(
    file: Path, manifest: Manifest, to: Belongings, *, replace: bool, suffix: str
) -> Restored:
    """Put a verified backup in the place of what is there.

    Raises BackupRefused if a shop still uses the database, or it holds orders, or a file differs,
    and not `replace`; then nothing was changed.
    """
    ready = bundle.PutBack()
    if manifest.files:
        if strange := [name for name in manifest.files if not bundle.is_ours(name, to.folders)]:
            raise BackupRefused(f"{strange[0]!r} is no place for a file of a shop's.")
        ready = bundle.lay_ready(files_file(file), manifest.files, to.data_dir)
    try:
        if ready.differing and not replace:
            raise BackupRefused(
                f"{ready.differing[0]} differs from the backup's. "
                "To put such files aside and restore: --replace"
            )
        kept = _restore_database(file, to, replace=replace, suffix=suffix)
        ready.finish(suffix)
    finally:
        ready.drop()
    return Restored(kept, len(ready.new) + len(ready.differing))


def _restore_database(file: Path, to: Belongings, *, replace: bool, suffix: str) -> Path | None:
    target = to.database
    target.parent.mkdir(parents=True, exist_ok=True)
    kept = None
    incoming = target.with_name(target.name + ".incoming")
    incoming.unlink(missing_ok=True)
    _create_private(incoming)
    try:
        _copy(file, incoming, lambda *_: None)
        if target.exists():
            kept = _set_aside(target, to.prefix + "orders", replace=replace, suffix=suffix)
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


def _describe(
    copy: Path, made_at: str, version: str, of: Belongings, sums: dict[str, str]
) -> Manifest:
    with closing(sqlite3.connect(copy)) as connection:
        counts = {name: _count(connection, of.prefix + name) for name in _COUNTED}
        query = f"SELECT version_num FROM {version_table(of.prefix)}"  # noqa: S608 - our name
        row = connection.execute(query).fetchone()
    revision, size = str(row[0]) if row else "", copy.stat().st_size
    manifest = Manifest(_FORMAT, made_at, version, revision, _sha256(copy), size, counts)
    if not of.folders:
        return manifest
    files_bytes = sum((of.data_dir / name).stat().st_size for name in sums)
    return dataclasses.replace(manifest, files=sums, files_bytes=files_bytes)


def _telling(copy: Path, more: int, progress: Progress) -> bundle.Told:
    """What is told of bytes that follow the pages of the copy."""
    pages, read = _pages(copy.stat().st_size), 0

    def told(length: int) -> None:
        nonlocal read
        read += length
        progress(pages + _pages(read), pages + more)

    return told


def _pages(length: int) -> int:
    return length // _PAGE_BYTES


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
