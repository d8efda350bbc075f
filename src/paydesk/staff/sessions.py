"""Who is signed in: one row for each browser, ended by time, by the person or by an owner."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Base, Moment
from paydesk.foundation.ids import new_secret
from paydesk.staff.member import Staff

# Lunch and a long telephone call; a forgotten browser is closed by then.
IDLE = timedelta(hours=2)
# A working day: whoever works on signs in once more.
LONGEST = timedelta(hours=12)
# How long a password given is good for what needs it again: refunds, keys, accounts.
FRESH = timedelta(minutes=15)
# The second step of signing in.
CODE_TIME = timedelta(minutes=10)
# More exactly than this nobody needs to know when somebody was last here, and each time is a write.
_SEEN_EVERY = timedelta(minutes=1)
_MAX_AGENT, _MAX_ADDRESS = 200, 45


class StaffSession(Base):
    """One row is one browser somebody signed in with. Its token is in that browser alone."""

    __tablename__ = "paydesk_staff_sessions"

    # The token's hash: who reads the database cannot sign in with it.
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("paydesk_staff.id"), index=True)
    # False between password and code: opens nothing but the page that asks for the code.
    is_complete: Mapped[bool] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    # When the password was last given.
    proved_at: Mapped[datetime] = mapped_column(Moment)
    agent: Mapped[str] = mapped_column(String(_MAX_AGENT), default="")
    address: Mapped[str] = mapped_column(String(_MAX_ADDRESS), default="")

    def is_fresh(self, now: datetime) -> bool:
        return now - self.proved_at < FRESH

    def is_over(self, now: datetime) -> bool:
        if not self.is_complete:
            return now - self.created_at >= CODE_TIME
        return now - self.seen_at >= IDLE or now - self.created_at >= LONGEST


@dataclass(frozen=True)
class Browser:
    """What a request says of where it comes from, for the person to recognise it."""

    agent: str = ""
    address: str = ""
    # Whom guesses are counted for: the address, or the network of IPv6 it is one of.
    household: str = ""


def open_session(
    tx: Session, clock: Clock, staff: Staff, browser: Browser, *, is_complete: bool = True
) -> str:
    """A new session's token, for the cookie. Sessions that are over are forgotten meanwhile."""
    now, token = clock.now(), new_secret()
    tx.execute(delete(StaffSession).where(StaffSession.created_at <= now - LONGEST))
    tx.add(
        StaffSession(
            key=_key(token),
            staff_id=staff.id,
            is_complete=is_complete,
            created_at=now,
            seen_at=now,
            proved_at=now,
            agent=browser.agent[:_MAX_AGENT],
            address=browser.address[:_MAX_ADDRESS],
        )
    )
    if is_complete:
        staff.signed_in_at = now
    return token


def found(tx: Session, clock: Clock, token: str) -> tuple[StaffSession, Staff] | None:
    """The session of a token and whose it is, unless it is over or they are disabled."""
    query = (
        select(StaffSession, Staff)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .where(StaffSession.key == _key(token), Staff.disabled_at.is_(None))
    )
    row = tx.execute(query).one_or_none()
    now = clock.now()
    if row is None or row[0].is_over(now):
        return None
    if row[0].is_complete and now - row[0].seen_at >= _SEEN_EVERY:
        row[0].seen_at = now
    return row[0], row[1]


def of_staff(tx: Session, clock: Clock, staff_id: str) -> list[StaffSession]:
    """Where they are signed in now, the latest first."""
    query = select(StaffSession).where(StaffSession.staff_id == staff_id, StaffSession.is_complete)
    rows = tx.scalars(query.order_by(StaffSession.seen_at.desc()))
    return [row for row in rows if not row.is_over(clock.now())]


def prove(tx: Session, clock: Clock, token: str) -> None:
    """The password was given again."""
    tx.execute(
        update(StaffSession).where(StaffSession.key == _key(token)).values(proved_at=clock.now())
    )


def close(tx: Session, token: str) -> None:
    tx.execute(delete(StaffSession).where(StaffSession.key == _key(token)))


def close_one(tx: Session, staff_id: str, key: str) -> None:
    """End one of their sessions by its key, which signs nobody in."""
    tx.execute(
        delete(StaffSession).where(StaffSession.staff_id == staff_id, StaffSession.key == key)
    )


def close_all(tx: Session, staff_id: str, *, but: str | None = None) -> None:
    """End everything they are signed in with; `but` this token."""
    query = delete(StaffSession).where(StaffSession.staff_id == staff_id)
    if but is not None:
        query = query.where(StaffSession.key != _key(but))
    tx.execute(query)


def close_everybodys(tx: Session, *, but: str) -> int:
    """End what anybody is signed in with, `but` this token; how many sessions those were."""
    query = delete(StaffSession).where(StaffSession.key != _key(but))
    return len(tx.execute(query.returning(StaffSession.key)).all())


def _key(token: str) -> str:
    # Plain SHA-256 is enough for 130 random bits.
    return hashlib.sha256(token.encode()).hexdigest()
