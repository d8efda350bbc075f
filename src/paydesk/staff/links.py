"""One-time links: the first owner, and whoever chooses a password, new or forgotten."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, delete, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Base, Moment
from paydesk.foundation.errors import NotFound
from paydesk.foundation.ids import new_secret
from paydesk.staff.member import Staff

GOOD_FOR = timedelta(hours=1)
_KEPT = timedelta(days=7)


class StaffLink(Base):
    """One row is one link that was given out. Its token is in the link alone."""

    __tablename__ = "paydesk_staff_links"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    # None: whoever follows it becomes an owner.
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("paydesk_staff.id"), index=True)
    # For who has lost the telephone: the second factor is switched off as well.
    drops_second_factor: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


def issue(
    tx: Session, clock: Clock, staff: Staff | None, *, drops_second_factor: bool = False
) -> str:
    """A new link's token. Those given out before for the same purpose are no longer good."""
    now, token = clock.now(), new_secret()
    tx.execute(delete(StaffLink).where(StaffLink.created_at < now - _KEPT))
    same = StaffLink.staff_id == staff.id if staff is not None else StaffLink.staff_id.is_(None)
    tx.execute(update(StaffLink).where(same, StaffLink.used_at.is_(None)).values(used_at=now))
    tx.add(
        StaffLink(
            key=_key(token),
            staff_id=staff.id if staff is not None else None,
            drops_second_factor=drops_second_factor,
            created_at=now,
            expires_at=now + GOOD_FOR,
        )
    )
    return token


def looked_at(tx: Session, clock: Clock, token: str) -> StaffLink:
    """A link that is still good; it stays so. Raises NotFound."""
    found = tx.get(StaffLink, _key(token))
    if found is None or found.used_at is not None or found.expires_at <= clock.now():
        raise _gone()
    return found


def use(tx: Session, clock: Clock, token: str) -> StaffLink:
    """Use the link up: of two who try at once, one gets it. Raises NotFound."""
    now = clock.now()
    query = (
        update(StaffLink)
        .where(
            StaffLink.key == _key(token), StaffLink.used_at.is_(None), StaffLink.expires_at > now
        )
        .values(used_at=now)
        .returning(StaffLink.key)
    )
    if tx.execute(query).first() is None:
        raise _gone()
    return tx.get_one(StaffLink, _key(token))


def _gone() -> NotFound:
    return NotFound(
        "This link was used already, is older than an hour, or was not copied whole. Ask for a "
        "new one; an owner makes it with: paydesk staff reset-link, or paydesk staff owner-link"
    )


def _key(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
