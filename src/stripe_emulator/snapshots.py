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
    _in_memory: dict[str, sqlite3.Connection] = field(default_factory=dict)

    def save(self, emulator: "Emulator", name: str) -> Snapshot:
        """Keep everything under the name, in the place of an earlier one. Raises ValueError."""
        checked(name)
        if self.folder is None:
            kept = sqlite3.connect(":memory:", check_same_thread=False)
            emulator.store.copy_to(kept)
            self._in_memory[name] = kept
        else:
            self.folder.mkdir(exist_ok=True)
            _write(emulator, self._file(self.folder, name))
        return next(each for each in self.all() if each.name == name)

    def restore(self, emulator: "Emulator", name: str) -> None:
        """Everything is as it was then, the clock too. Raises NoSuch, or ValueError for a name.

        The endpoint of the command's own option stays what it is now.
        """
        checked(name)
        if self.folder is None:
            if name not in self._in_memory:
                raise NoSuch(name)
            _put_back(emulator, self._in_memory[name])
            return
        file = self._file(self.folder, name)
        if not file.is_file():
            raise NoSuch(name)
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as kept:
            _put_back(emulator, kept)

    def delete(self, name: str) -> None:
        """Raises NoSuch, or ValueError for a name."""
        checked(name)
        try:
            if self.folder is None:
                self._in_memory.pop(name).close()
            else:
                self._file(self.folder, name).unlink()
        except (KeyError, FileNotFoundError):
            raise NoSuch(name) from None

    def all(self) -> list[Snapshot]:
        """By name."""
        if self.folder is None:
            return [Snapshot(name, _pages(kept)) for name, kept in sorted(self._in_memory.items())]
        return [
            Snapshot(file.name.removesuffix(_ENDING), file.stat().st_size)
            for file in sorted(self.folder.glob(f"*{_ENDING}"))
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


def _pages(kept: sqlite3.Connection) -> int:
    count = kept.execute("PRAGMA page_count").fetchone()[0]
    return int(count) * int(kept.execute("PRAGMA page_size").fetchone()[0])
