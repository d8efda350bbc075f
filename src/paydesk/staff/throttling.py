"""How often somebody may guess: counted in the database, for all processes, over a restart.

A guess is counted before it is looked at: of a hundred that come at once, each is one.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import String, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Base, Moment, lock_word
from paydesk.foundation.errors import ShopError

_FORGOTTEN_AFTER = timedelta(days=1)
_LONGEST_WAIT = timedelta(minutes=15)


class TooOften(ShopError):
    """Too many wrong guesses; the next is looked at after `retry_after_seconds`."""

    status = 429
    code = "too_many_requests"

    def __init__(self, wait: timedelta) -> None:
        self.retry_after_seconds = max(1, round(wait.total_seconds()))
        words = (
            f"{self.retry_after_seconds} seconds"
            if self.retry_after_seconds < 100
            else f"{-(-self.retry_after_seconds // 60)} minutes"
        )
        super().__init__(f"There were too many tries. Wait {words}, then try again.")


@dataclass(frozen=True)
class Limit:
    """So many guesses at once; from then on each waits twice as long as the one before."""

    word: str
    free: int
    first_wait: timedelta

    def wait(self, count: int) -> timedelta:
        if count < self.free:
            return timedelta(0)
        # The exponent is bounded, lest a patient machine makes a number nobody can hold.
        doubled: timedelta = self.first_wait * (1 << min(count - self.free, 10))
        return min(doubled, _LONGEST_WAIT)


class FailedSignIns(Base):
    """One row is how often signing in failed of late: at an account, from an address, or both."""

    __tablename__ = "paydesk_failed_sign_ins"

    # A hash: neither addresses nor what was typed as a name are kept.
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int] = mapped_column()
    last_at: Mapped[datetime] = mapped_column(Moment, index=True)


def of_password(email: str, household: str) -> list[Limit]:
    """What holds for a password: who guesses from elsewhere does not soon lock the owner out."""
    return [
        Limit(f"pair {email} {household}", 5, timedelta(seconds=30)),
        Limit(f"household {household}", 20, timedelta(seconds=60)),
        # From many addresses at once.
        Limit(f"account {email}", 60, timedelta(seconds=60)),
    ]


def of_code(staff_id: str) -> list[Limit]:
    """What holds for the codes of the second factor: whoever types them knows the password."""
    return [Limit(f"code {staff_id}", 5, timedelta(seconds=30))]


def count(tx: Session, clock: Clock, limits: list[Limit]) -> None:
    """Count one guess, to be looked at after the commit. Raises TooOften, counting nothing."""
    now = clock.now()
    tx.execute(delete(FailedSignIns).where(FailedSignIns.last_at < now - _FORGOTTEN_AFTER))
    ordered = sorted(limits, key=lambda limit: _key(limit.word))
    # Always in one order, so that no two wait for each other.
    for limit in ordered:
        lock_word(tx, _key(limit.word))
    rows = {limit.word: tx.get(FailedSignIns, _key(limit.word)) for limit in ordered}
    waits = [
        row.last_at + limit.wait(row.count) - now
        for limit in ordered
        if (row := rows[limit.word]) is not None
    ]
    longest = max(waits, default=timedelta(0))
    if longest > timedelta(0):
        raise TooOften(longest)
    for limit in ordered:
        row = rows[limit.word]
        if row is None:
            tx.add(FailedSignIns(key=_key(limit.word), count=1, last_at=now))
        else:
            row.count, row.last_at = row.count + 1, now


def forgive(tx: Session, limits: list[Limit]) -> None:
    """It was the right one. An address is not forgiven all it did by one account of its own."""
    for limit in limits:
        row = tx.get(FailedSignIns, _key(limit.word))
        if row is None:
            continue
        if limit.word.startswith("household ") and row.count > 1:
            row.count -= 1
        else:
            tx.delete(row)


def forget(tx: Session, email: str, staff_id: str) -> None:
    """Let somebody in who was locked out by others: what is counted at the account is forgotten."""
    for word in (f"account {email}", f"code {staff_id}"):
        tx.execute(delete(FailedSignIns).where(FailedSignIns.key == _key(word)))


def _key(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()
