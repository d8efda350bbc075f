"""Those who work at the desk: who they are and what they may do."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Base, Moment
from paydesk.foundation.errors import Invalid, NotFound, Refused
from paydesk.foundation.ids import new_id

MAX_EMAIL = 254
MAX_NAME = 100


class Role(StrEnum):
    """What somebody may do; each may do what those before it may."""

    READ = "read-only"
    ORDERS = "orders"
    OWNER = "owner"

    def covers(self, needed: "Role") -> bool:
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(needed)


class Staff(Base):
    """One row is one person who may sign in at the desk, or who once could."""

    __tablename__ = "paydesk_staff"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    # In small letters.
    email: Mapped[str] = mapped_column(String(MAX_EMAIL), unique=True)
    name: Mapped[str] = mapped_column(String(MAX_NAME))
    role: Mapped[str] = mapped_column(String(20))
    # None until a link was followed to choose one.
    password_hash: Mapped[str | None] = mapped_column(String(200))
    totp_secret: Mapped[str | None] = mapped_column(String(64))
    # The 30 seconds whose code was used last: neither it nor an earlier one is taken again.
    totp_step: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(Moment)
    signed_in_at: Mapped[datetime | None] = mapped_column(Moment)
    disabled_at: Mapped[datetime | None] = mapped_column(Moment)

    @property
    def may(self) -> Role:
        return Role(self.role)

    @property
    def has_second_factor(self) -> bool:
        return self.totp_secret is not None


def checked_email(email: str) -> str:
    """The address in small letters. Raises Invalid if it cannot be one."""
    found = email.strip().lower()
    name, _, host = found.partition("@")
    if not name or "." not in host or len(found) > MAX_EMAIL or any(map(str.isspace, found)):
        raise Invalid("This is no e-mail address.", code="email")
    return found


def hire(tx: Session, clock: Clock, email: str, name: str, role: Role) -> Staff:
    """A new account without a password yet. Raises Invalid and Refused."""
    email = checked_email(email)
    if by_email(tx, email) is not None:
        raise Refused(f"{email} has an account already.")
    name = name.strip() or email.partition("@")[0]
    row = Staff(
        id=new_id("stf"), email=email, name=name[:MAX_NAME], role=role, created_at=clock.now()
    )
    tx.add(row)
    tx.flush()
    return row


def by_email(tx: Session, email: str) -> Staff | None:
    return tx.scalar(select(Staff).where(Staff.email == email.strip().lower()))


def named(tx: Session, email_or_id: str) -> Staff:
    """Raises NotFound."""
    found = tx.get(Staff, email_or_id) or by_email(tx, email_or_id)
    if found is None:
        raise NotFound(f"Nobody here is called {email_or_id}. See: paydesk staff list")
    return found


def everybody(tx: Session) -> list[Staff]:
    return list(tx.scalars(select(Staff).order_by(Staff.created_at, Staff.id)))


def has_owner(tx: Session) -> bool:
    """Whether anybody can do everything: one with a password, and not disabled."""
    return _owners(tx) > 0


def _owners(tx: Session) -> int:
    query = select(func.count()).where(
        Staff.role == Role.OWNER, Staff.disabled_at.is_(None), Staff.password_hash.is_not(None)
    )
    return tx.scalar(query) or 0


def change_role(tx: Session, row: Staff, role: Role) -> None:
    """Raises Refused for the last owner."""
    if role is not Role.OWNER:
        _keep_one_owner(tx, row)
    row.role = role


def disable(tx: Session, clock: Clock, row: Staff) -> None:
    """They can sign in no more. Raises Refused for the last owner."""
    _keep_one_owner(tx, row)
    row.disabled_at = row.disabled_at or clock.now()


def enable(row: Staff) -> None:
    row.disabled_at = None


def _keep_one_owner(tx: Session, row: Staff) -> None:
    is_working_owner = (
        row.may is Role.OWNER and row.disabled_at is None and row.password_hash is not None
    )
    if is_working_owner and _owners(tx) == 1:
        raise Refused("This is the last owner. Make somebody else one first.")
