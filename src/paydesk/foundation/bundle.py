"""Folders of files as one tar with the sum of each, and the way back.

Each file is read and written in pieces, so that it may be larger than the memory.
"""

import hashlib
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

_CHUNK = 1024 * 1024
_INCOMING = ".incoming"
# What a file is called while it is being written: rubbish, if it is still there.
_UNFINISHED = (".part", ".tmp_", _INCOMING)

# Told how many bytes were read.
Told = Callable[[int], None]


def found(data_dir: Path, folders: tuple[str, ...]) -> dict[str, Path]:
    """The files of some folders by the name they have in a bundle: `folder/name`."""
    return {
        f"{folder}/{file.name}": file
        for folder in folders
        if (data_dir / folder).is_dir()
        for file in sorted((data_dir / folder).iterdir())
        if file.is_file() and not any(mark in file.name for mark in _UNFINISHED)
    }


def size(files: Mapping[str, Path]) -> int:
    return sum(file.stat().st_size for file in files.values())


def pack(files: Mapping[str, Path], target: Path, told: Told) -> dict[str, str]:
    """Write the files into `target`; the SHA-256 of each."""
    sums = {}
    with tarfile.open(target, "w") as tar:
        for name, file in files.items():
            with file.open("rb") as opened:
                reader = _Summing(opened, told)
                about = tar.gettarinfo(arcname=name, fileobj=opened)
                # Who we are on this machine means nothing on another one.
                about.uid = about.gid = 0
                about.uname = about.gname = ""
                tar.addfile(about, reader)
            sums[name] = reader.sum
    return sums


def sums_of(bundle: Path) -> dict[str, str]:
    """The SHA-256 of each file in it. Raises ValueError where it is no whole bundle."""
    sums = {}
    with _opened(bundle) as members:
        for name, reader, _ in members:
            summing = _Summing(reader, lambda _: None)
            while summing.read(_CHUNK):
                pass
            sums[name] = summing.sum
    return sums


@dataclass
class PutBack:
    """Files of a bundle that lie ready beside their places, to be moved there in one go."""

    new: list[Path] = field(default_factory=list)
    # In whose place there is another file.
    differing: list[Path] = field(default_factory=list)

    def finish(self, suffix: str) -> None:
        """Move them to their places; what was there is kept beside it."""
        for place in self.differing:
            place.rename(place.with_name(f"{place.name}.{suffix}"))
        for place in (*self.new, *self.differing):
            _incoming(place).rename(place)

    def drop(self) -> None:
        for place in (*self.new, *self.differing):
            _incoming(place).unlink(missing_ok=True)


def lay_ready(bundle: Path, sums: Mapping[str, str], data_dir: Path) -> PutBack:
    """Unpack what `data_dir` has not, or has otherwise, beside its place."""
    ready = PutBack()
    try:
        with _opened(bundle) as members:
            for name, reader, mode in members:
                place = data_dir / name
                if place.exists() and _sum(place) == sums[name]:
                    continue
                place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                (ready.differing if place.exists() else ready.new).append(place)
                _write(reader, _incoming(place), mode)
    except BaseException:
        ready.drop()
        raise
    return ready


def is_ours(name: str, folders: tuple[str, ...]) -> bool:
    """Whether a name of a bundle is one file right in one of the folders, and nowhere else."""
    folder, _, file = name.partition("/")
    return folder in folders and file not in {"", ".", ".."} and not set(file) & {"/", "\\", "\0"}


class _Summing:
    """Reads on, and knows the sum of what was read."""

    def __init__(self, source: IO[bytes], told: Told) -> None:
        self._source, self._told = source, told
        self._digest = hashlib.sha256()

    def read(self, length: int = -1, /) -> bytes:
        chunk = self._source.read(length)
        self._digest.update(chunk)
        self._told(len(chunk))
        return chunk

    @property
    def sum(self) -> str:
        return self._digest.hexdigest()


@contextmanager
def _opened(bundle: Path) -> Iterator[Iterator[tuple[str, IO[bytes], int]]]:
    """The name, content and mode of each file in turn. Raises ValueError."""
    try:
        with tarfile.open(bundle, "r:") as tar:
            yield _members(tar)
    except tarfile.TarError as error:
        raise ValueError(str(error)) from None


def _members(tar: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes], int]]:
    for member in tar:
        opened = tar.extractfile(member) if member.isreg() else None
        if opened is None:
            raise ValueError(f"{member.name} is no file")
        with closing(opened):
            yield member.name, opened, member.mode & 0o777


def _incoming(place: Path) -> Path:
    return place.with_name(place.name + _INCOMING)


def _write(reader: IO[bytes], target: Path, mode: int) -> None:
    with target.open("wb") as writer:
        target.chmod(mode)
        while chunk := reader.read(_CHUNK):
            writer.write(chunk)


def _sum(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
