"""The legal texts in all their versions: what a buyer agreed to can always be shown again."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.business.shop import LANGUAGES
from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Base, Moment
from paydesk.foundation.errors import Invalid

_LONGEST = 60_000


class LegalKind(StrEnum):
    """Which text; its page has the same name."""

    TERMS = "terms"
    PRIVACY = "privacy"
    IMPRINT = "imprint"
    SHIPPING = "shipping"
    WITHDRAWAL = "withdrawal"
    # Short: what a buyer of digital goods actively agrees to before they are delivered.
    WAIVER = "waiver"


# Each has a page of its own; the waiver stands beside its tick.
PAGES = tuple(kind for kind in LegalKind if kind is not LegalKind.WAIVER)


class LegalText(Base):
    """One row is one version of one text in one language. It never changes; a newer one follows.

    A blank line begins a new paragraph, `## ` a heading, `- ` an entry of a list.
    """

    __tablename__ = "paydesk_legal_texts"

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    language: Mapped[str] = mapped_column(String(10), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    # Empty: it was taken back.
    body: Mapped[str] = mapped_column(Text)
    # Came with the program, to be replaced before anything is sold.
    is_demonstration: Mapped[bool] = mapped_column(default=False)
    written_at: Mapped[datetime] = mapped_column(Moment)


def text_of(tx: Session, kind: str, language: str = "en") -> LegalText | None:
    """The text that holds today: in `language` if there is one, else in any other."""
    found = {
        each: text
        for each in (language, *LANGUAGES)
        if (text := _latest(tx, kind, each)) is not None and text.body
    }
    return next(iter(found.values()), None)


def version_of(tx: Session, kind: str, language: str, version: int) -> LegalText | None:
    """An earlier version."""
    if not 0 < version < 2**31:
        return None
    return tx.get(LegalText, (kind, language, version))


def versions(tx: Session, kind: str, language: str) -> Sequence[LegalText]:
    """All versions of a text, the newest first."""
    query = select(LegalText).where(LegalText.kind == kind, LegalText.language == language)
    return tx.scalars(query.order_by(LegalText.version.desc())).all()


def write_text(
    tx: Session,
    clock: Clock,
    kind: LegalKind,
    language: str,
    body: str,
    *,
    is_demonstration: bool = False,
) -> LegalText:
    """A new version of a text; the same one again writes none. An empty `body` takes it back.

    Two who write at once cannot both write the same version: the later one fails. Raises Invalid.
    """
    if language not in LANGUAGES:
        raise Invalid(f"The language is one of: {', '.join(LANGUAGES)}.", code="language")
    text = body.strip().replace("\r\n", "\n")
    if len(text) > _LONGEST or "\0" in text:
        raise Invalid(f"A text has at most {_LONGEST:,} characters.", code="body")
    last = _latest(tx, kind, language)
    if last is not None and last.body == text:
        return last
    row = LegalText(
        kind=kind.value,
        language=language,
        version=last.version + 1 if last is not None else 1,
        body=text,
        is_demonstration=is_demonstration,
        written_at=clock.now(),
    )
    tx.add(row)
    tx.flush()
    return row


def present(tx: Session) -> list[LegalKind]:
    """The pages there are, in the order they are listed."""
    query = select(LegalText.kind, LegalText.language, LegalText.body).order_by(LegalText.version)
    bodies = {(kind, language): bool(body) for kind, language, body in tx.execute(query)}
    written = {kind for (kind, _), has_body in bodies.items() if has_body}
    return [kind for kind in PAGES if kind in written]


def missing(tx: Session) -> list[LegalKind]:
    """The pages a shop has to have and that nobody has written."""
    there = present(tx)
    return [kind for kind in PAGES if kind not in there]


def of_demonstration(tx: Session) -> list[LegalText]:
    """Texts in force that came with the program and bind nobody."""
    found = (_latest(tx, kind, language) for kind in LegalKind for language in LANGUAGES)
    return [text for text in found if text is not None and text.is_demonstration]


def _latest(tx: Session, kind: str, language: str) -> LegalText | None:
    query = select(LegalText).where(LegalText.kind == kind, LegalText.language == language)
    return tx.scalars(query.order_by(LegalText.version.desc()).limit(1)).first()
