"""Reading the audit log: by who, what and about, the newest first, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from paydesk.staff.audit import AuditEntry

_MOST_NAMES = 200


@dataclass(frozen=True)
class Wanted:
    """What to show; empty: everything. `what` may be a beginning, such as `product`."""

    who: str = ""
    what: str = ""
    about: str = ""
    since: datetime | None = None
    until: datetime | None = None
    # Only what was written before the entry of this number: where the page before ended.
    before: int | None = None


def search(tx: Session, wanted: Wanted, limit: int) -> Sequence[AuditEntry]:
    """By the log's own order, which an index keeps: as quick with a million entries."""
    query = _filtered(select(AuditEntry), wanted)
    return tx.scalars(query.order_by(AuditEntry.id.desc()).limit(limit)).all()


def everybody(tx: Session) -> list[str]:
    """Who has written anything, two hundred at most."""
    found: list[str] = []
    after = ""
    # From one name to the next over the index, not over all entries.
    while len(found) < _MOST_NAMES:
        query = select(AuditEntry.who).where(AuditEntry.who > after)
        after = tx.scalar(query.order_by(AuditEntry.who).limit(1)) or ""
        if not after:
            break
        found.append(after)
    return found


def _filtered(query: Select[AuditEntry], wanted: Wanted) -> Select[AuditEntry]:
    if wanted.who:
        query = query.where(AuditEntry.who == wanted.who)
    if wanted.what:
        query = query.where(AuditEntry.what.startswith(wanted.what, autoescape=True))
    if wanted.about:
        query = query.where(AuditEntry.about == wanted.about)
    if wanted.since is not None:
        query = query.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEntry.at < wanted.until)
    if wanted.before is not None:
        query = query.where(AuditEntry.id < wanted.before)
    return query
