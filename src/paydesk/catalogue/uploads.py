"""Pictures somebody sends: looked at, made anew by our own hand, and kept by what is in them.

What is kept was written by us pixel by pixel, so nothing that hid in the file that was sent is
served: no scripts, no places and times a camera notes, no second file behind the first.
"""

import hashlib
import io
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy.orm import Session

from paydesk.catalogue.picture import MEDIA, Picture
from paydesk.catalogue.product import Product
from paydesk.foundation.clock import Clock
from paydesk.foundation.errors import Invalid, NotFound
from paydesk.foundation.ids import new_id
from paydesk.staff import audit

LARGEST_BYTES = 8_000_000
_KINDS = ("JPEG", "PNG", "WEBP")
# A small file can unfold into a picture that fills the memory ("decompression bomb").
_MOST_PIXELS = 40_000_000
# The longer side, in pixels: enough for a screen of twice the usual density.
_LONGEST_SIDE = 1600
_MOST_PICTURES = 12
_LONGEST_ALT = 300
# What Pillow raises for a file that is none of these, is cut off, or unfolds without end.
_UNREADABLE = (
    *(UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError),
    *(Image.DecompressionBombError, Image.DecompressionBombWarning),
)


def keep(folder: Path, data: bytes) -> str:
    """Write a picture anew below `folder`; its name, as catalogue/picture.py has it.

    Raises Invalid, saying what to send instead.
    """
    if len(data) > LARGEST_BYTES:
        raise Invalid(f"The picture is larger than {LARGEST_BYTES // 1_000_000} MB.")
    written = _written_anew(data)
    name = f"{hashlib.sha256(written).hexdigest()[:32]}.webp"
    media = folder / MEDIA
    media.mkdir(parents=True, exist_ok=True)
    # Whole or not at all: a reader never finds half of it.
    unfinished = media / f"{name}.{new_id('tmp')}"
    unfinished.write_bytes(written)
    unfinished.replace(media / name)
    return f"{MEDIA}/{name}"


def _written_anew(data: bytes) -> bytes:
    try:
        with Image.open(io.BytesIO(data), formats=_KINDS) as sent:
            pixels = sent.width * sent.height
            plain = _unfolded(sent) if pixels <= _MOST_PIXELS else None
    except _UNREADABLE:
        raise Invalid(
            "This is no JPEG, PNG or WebP picture that can be read. Nothing was kept."
        ) from None
    if plain is None:
        millions = f"{pixels // 1_000_000} million pixels"
        raise Invalid(f"The picture has {millions}: {_MOST_PIXELS // 1_000_000} million at most.")
    plain.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    # A new picture, so that no note of the old one comes along.
    bare = Image.new(plain.mode, plain.size)
    bare.paste(plain)
    out = io.BytesIO()
    bare.save(out, "WEBP", quality=82, method=4)
    return out.getvalue()


def _unfolded(sent: Image.Image) -> Image.Image:
    """All its pixels, the way up a camera noted."""
    upright = ImageOps.exif_transpose(sent)
    return upright.convert("RGBA" if upright.has_transparency_data else "RGB")


def add(tx: Session, clock: Clock, who: str, product: Product, file: str, alt: str) -> Picture:
    """The picture as the last of the product's. Raises Invalid: too many, or it has no words."""
    if len(product.pictures) >= _MOST_PICTURES:
        raise Invalid(f"A product has {_MOST_PICTURES} pictures at most. Remove one first.")
    picture = Picture(
        id=new_id("pic"), position=len(product.pictures), file=file, alt=_checked(alt)
    )
    product.pictures.append(picture)
    tx.flush()
    _note(tx, clock, who, product, "added", picture.file)
    return picture


def describe(
    tx: Session, clock: Clock, who: str, product: Product, picture_id: str, alt: str
) -> None:
    """Say in words what it shows."""
    picture = _of(product, picture_id)
    picture.alt = _checked(alt)
    _note(tx, clock, who, product, "described", picture.file)


def move(tx: Session, clock: Clock, who: str, product: Product, picture_id: str) -> None:
    """One place further to the front; the first stands for the product in lists."""
    picture = _of(product, picture_id)
    ordered = list(product.pictures)
    place = ordered.index(picture)
    if place:
        ordered[place - 1], ordered[place] = ordered[place], ordered[place - 1]
    for position, each in enumerate(ordered):
        each.position = position
    _note(tx, clock, who, product, "moved", picture.file)


def remove(tx: Session, clock: Clock, who: str, product: Product, picture_id: str) -> None:
    """Show it no more. The file stays: other products, and pages kept somewhere, may have it."""
    picture = _of(product, picture_id)
    product.pictures.remove(picture)
    for position, each in enumerate(product.pictures):
        each.position = position
    _note(tx, clock, who, product, "removed", picture.file)


def _of(product: Product, picture_id: str) -> Picture:
    found = next((each for each in product.pictures if each.id == picture_id), None)
    if found is None:
        raise NotFound("This product has no such picture any more.")
    return found


def _checked(alt: str) -> str:
    words = " ".join(alt.split())
    if not words:
        raise Invalid("Say in a few words what the picture shows: it is read aloud in its place.")
    if len(words) > _LONGEST_ALT:
        raise Invalid(f"That is too long: {_LONGEST_ALT} characters at most.")
    return words


def _note(tx: Session, clock: Clock, who: str, product: Product, deed: str, file: str) -> None:
    about = f"product {product.slug}"
    audit.note(tx, clock, who, f"picture.{deed}", about, None, {"file": file})
