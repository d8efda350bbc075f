"""The book of what was changed, by whom: written to, never altered, which the database holds to."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Base, Moment

# Who acts where nobody is signed in.
COMMAND_LINE = "command line"
_MAX_WHO, _MAX_WHAT, _MAX_ABOUT = 254, 80, 200


class AuditEntry(Base):
    """One row is one thing somebody did: who, what, about what, and how it was before and after."""

    __tablename__ = "paydesk_audit"
    __table_args__ = (
        Index("paydesk_audit_by_about", "about", "id"),
        Index("paydesk_audit_by_who", "who", "id"),
        Index("paydesk_audit_by_what", "what", "id"),
    )

    # SQLite counts by itself in a column of this very type alone.
    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    # An e-mail address, or `command line`.
    who: Mapped[str] = mapped_column(String(_MAX_WHO))
    # Such as `product.published`.
    what: Mapped[str] = mapped_column(String(_MAX_WHAT))
    # Such as `order 1042`, `product prd_…`.
    about: Mapped[str] = mapped_column(String(_MAX_ABOUT))
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


def note(  # noqa: PLR0913, PLR0917 - one column each
    tx: Session,
    clock: Clock,
    who: str,
    what: str,
    about: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write into the book, in the transaction of the change itself.

    `before` and `after` are what JSON can hold, and hold no secret: who has the database's backup
    reads them. Of two mappings only what differs is kept.
    """
    if before is not None and after is not None:
        names = [
            name for name in {**before, **after} if before.get(name, ...) != after.get(name, ...)
        ]
        before, after = _only(before, names), _only(after, names)
    tx.add(
        AuditEntry(
            at=clock.now(),
            who=who[:_MAX_WHO],
            what=what[:_MAX_WHAT],
            about=about[:_MAX_ABOUT],
            before=dict(before) if before is not None else None,
            after=dict(after) if after is not None else None,
        )
    )


def _only(values: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}
