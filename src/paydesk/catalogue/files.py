"""Files that are what is sold: kept under an id of ours in the data folder, never under a name.

What people call a file is shown and sent as its name, and no path is ever made of it.
"""

import hashlib
import mimetypes
import os
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement, ForeignKey, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.catalogue.picture import MEDIA
from paydesk.catalogue.product import Variant
from paydesk.foundation.database import Base, Moment
from paydesk.foundation.errors import Invalid, NotFound
from paydesk.foundation.ids import new_id

FOLDER = "files"
# What of the data folder belongs to the shop as its database does: nothing in them is ever changed.
KEPT_FOLDERS = (FOLDER, MEDIA)
# More belongs to a service that is made for it.
MOST_BYTES = 2 * 1024**3
MOST_FILES = 20
_LONGEST_NAME = 150
_CHUNK = 1024 * 1024


class File(Base):
    """One row is one file that whoever buys a variant may fetch."""

    __tablename__ = "paydesk_files"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    variant_id: Mapped[str] = mapped_column(ForeignKey("paydesk_variants.id"), index=True)
    # As it is shown, and called once it was fetched.
    name: Mapped[str] = mapped_column(String(_LONGEST_NAME))
    media_type: Mapped[str] = mapped_column(String(100))
    size_bytes: Mapped[int] = mapped_column()
    sha256: Mapped[str] = mapped_column(String(64))
    added_at: Mapped[datetime] = mapped_column(Moment)
    # Whoever had bought it by then may fetch it still.
    removed_at: Mapped[datetime | None] = mapped_column(Moment)


@dataclass(frozen=True)
class Stored:
    """A file that lies in the folder and that no row speaks of yet."""

    id: str
    name: str
    size_bytes: int
    sha256: str


def path_of(data_dir: Path, file_id: str) -> Path:
    """Where a file lies."""
    assert file_id.isidentifier(), "an id of ours"
    return data_dir / FOLDER / file_id


def store(data_dir: Path, source: Path, name: str | None = None) -> Stored:
    """Copy a file into the folder. Raises Invalid: too large, empty, or no file."""
    shown = clean_name(name or source.name)
    file_id = new_id("fil")
    target = path_of(data_dir, file_id)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        size, digest = _copy(source, target)
    except OSError as error:
        target.unlink(missing_ok=True)
        raise Invalid(f"{source} cannot be read: {error.strerror}.", code="no_file") from None
    except Invalid:
        target.unlink(missing_ok=True)
        raise
    return Stored(file_id, shown, size, digest)


def attach(tx: Session, variant_id: str, stored: Stored, at: datetime) -> File:
    """Let whoever buys a variant fetch a file; it is digital from now on.

    Raises NotFound, or Invalid where the variant has too many files.
    """
    variant = tx.get(Variant, variant_id)
    if variant is None:
        raise NotFound("There is no such variant.")
    if len(of_variants(tx, [variant_id])) >= MOST_FILES:
        raise Invalid(f"A variant has at most {MOST_FILES} files.", code="too_many_files")
    row = File(
        id=stored.id,
        variant_id=variant_id,
        name=stored.name,
        media_type=mimetypes.guess_type(stored.name)[0] or "application/octet-stream",
        size_bytes=stored.size_bytes,
        sha256=stored.sha256,
        added_at=at,
    )
    tx.add(row)
    variant.is_digital = True
    tx.flush()
    return row


def detach(tx: Session, file_id: str, at: datetime) -> File:
    """Nobody who buys from now on gets the file; a second time does nothing. Raises NotFound."""
    row = tx.get(File, file_id)
    if row is None:
        raise NotFound("There is no such file.")
    if row.removed_at is None:
        row.removed_at = at
    return row


def of_variants(
    tx: Session, variant_ids: Collection[str], bought_at: datetime | None = None
) -> list[File]:
    """The files of some variants, oldest first: today's, or those a buyer of then has a right to.

    What was added later goes to earlier buyers, too: a new edition, say.
    """
    if not variant_ids:
        return []
    query = select(File).where(File.variant_id.in_(variant_ids))
    kept: list[ColumnElement[bool]] = [File.removed_at.is_(None)]
    if bought_at is not None:
        kept.append(File.removed_at > bought_at)
    return list(tx.scalars(query.where(or_(*kept)).order_by(File.added_at, File.id)))


def clean_name(name: str) -> str:
    """A name without folders and without what no file system likes. Raises Invalid."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = " ".join("".join(each for each in last if each.isprintable()).split()).strip(". ")
    if not shown:
        raise Invalid("A file needs a name.", code="file_name")
    stem, dot, ending = shown.rpartition(".")
    if len(shown) > _LONGEST_NAME and dot and len(ending) < 12:
        return f"{stem[: _LONGEST_NAME - len(ending) - 1]}.{ending}"
    return shown[:_LONGEST_NAME]


def _copy(source: Path, target: Path) -> tuple[int, str]:
    """Copy whole or not at all, readable by us alone; its size and digest."""
    digest, size = hashlib.sha256(), 0
    half = target.with_suffix(".part")
    try:
        with source.open("rb") as reader, half.open("xb") as writer:
            half.chmod(0o600)
            while chunk := reader.read(_CHUNK):
                size += len(chunk)
                if size > MOST_BYTES:
                    raise Invalid("A file has at most 2 GB.", code="file_too_large")
                digest.update(chunk)
                writer.write(chunk)
            writer.flush()
            os.fsync(writer.fileno())
        if not size:
            raise Invalid(f"{source.name} is empty.", code="file_empty")
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)
    return size, digest.hexdigest()
