"""Snapshots: everything the emulator knows at one moment, to come back to it any time."""

import os
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stripe_emulator.emulator import Emulator

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_FOLDER, _ENDING, _UNFINISHED = "snapshots", ".sqlite3", ".unfinished"


class NoSuch(Exception):
    """There is no snapshot of the name."""


@dataclass(frozen=True)
class Snapshot:
    """One that can be restored; `size_bytes` is what it takes."""

    name: str
    size_bytes: int


@dataclass
class Snapshots:
    """Beside the emulator's file; of an emulator without one in memory, as long as it runs."""

    folder: Path | None
    _in_memory: dict[str, bytes] = field(default_factory=dict)

    def save(self, emulator: "Emulator", name: str) -> Snapshot:
        """Keep everything under the name, in the place of an earlier one.

        Raises ValueError for a name that cannot be, and if there is no room for it.
        """
        checked(name)
        if self.folder is None:
            with closing(sqlite3.connect(":memory:")) as copy:
                emulator.store.copy_to(copy)
                self._in_memory[name] = copy.serialize()
            return Snapshot(name, len(self._in_memory[name]))
        file = self._file(self.folder, name)
        try:
            self.folder.mkdir(exist_ok=True)
            _write(emulator, file)
            return Snapshot(name, file.stat().st_size)
        except (OSError, sqlite3.DatabaseError) as error:
            raise ValueError(f"the snapshot cannot be written: {error}") from None

    def restore(self, emulator: "Emulator", name: str) -> None:
        """Everything is as it was then, the clock too.

        The endpoint of the command's own option stays what it is now. Raises NoSuch, or ValueError
        for a name that cannot be and for a file that is no snapshot.
        """
        checked(name)
        try:
            with closing(self._opened(name)) as kept:
                # Another program's file is refused before it takes the place of ours.
                kept.execute("SELECT kind, id, body FROM objects LIMIT 1")
                _put_back(emulator, kept)
        except sqlite3.DatabaseError as error:
            raise ValueError(f"the snapshot {name} cannot be read: {error}") from None

    def _opened(self, name: str) -> sqlite3.Connection:
        if self.folder is not None:
            file = self._file(self.folder, name)
            if not file.is_file():
                raise NoSuch(name)
            return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
        if name not in self._in_memory:
            raise NoSuch(name)
        kept = sqlite3.connect(":memory:")
        kept.deserialize(self._in_memory[name])
        return kept

    def delete(self, name: str) -> None:
        """Raises NoSuch, or ValueError for a name."""
        checked(name)
        try:
            if self.folder is None:
                del self._in_memory[name]
            else:
                self._file(self.folder, name).unlink()
        except (KeyError, FileNotFoundError):
            raise NoSuch(name) from None

    def all(self) -> list[Snapshot]:
        """By name."""
        if self.folder is None:
            return [Snapshot(name, len(kept)) for name, kept in sorted(self._in_memory.items())]
        return [
            Snapshot(file.name.removesuffix(_ENDING), file.stat().st_size)
            for file in sorted(self.folder.glob(f"*{_ENDING}"))
            if _NAME.fullmatch(file.name.removesuffix(_ENDING))
        ]

    @staticmethod
    def _file(folder: Path, name: str) -> Path:
        return folder / f"{name}{_ENDING}"


def beside(file: Path | None) -> Snapshots:
    """The snapshots of the emulator that keeps its objects in `file`."""
    return Snapshots(None if file is None else file.parent / _FOLDER)


def checked(name: str) -> None:
    """Raises ValueError for a name that cannot be a file's on any system."""
    if not _NAME.fullmatch(name):
        raise ValueError(
            "a snapshot's name has up to 64 letters, digits, dots, hyphens and underscores, "
            "and begins with a letter or digit"
        )


def _write(emulator: "Emulator", file: Path) -> None:
    unfinished = file.with_suffix(_UNFINISHED)
    unfinished.unlink(missing_ok=True)
    with closing(sqlite3.connect(unfinished)) as kept:
        emulator.store.copy_to(kept)
        # One file, whatever happens to what lies beside it.
        kept.execute("PRAGMA journal_mode=DELETE")
    with unfinished.open("rb") as written:
        os.fsync(written.fileno())
    # A kill in between leaves the one of before.
    unfinished.replace(file)


def _put_back(emulator: "Emulator", kept: sqlite3.Connection) -> None:
    with emulator.keeping_time:
        with emulator.store.reading() as tx:
            own = [each for each in tx.find("webhook_endpoint") if each.get("_from_option")]
        emulator.store.replace_by(kept)
        with emulator.store.transaction() as tx:
            for each in tx.find("webhook_endpoint"):
                if each.get("_from_option"):
                    tx.delete("webhook_endpoint", each["id"])
            for each in own:
                tx.put(each)
            emulator.clock.be_ahead(float(tx.recall("clock_ahead_seconds") or 0.0))
    emulator.woken.set()
