"""How somebody gets an account, and proves that it is theirs."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database
from paydesk.foundation.errors import Invalid
from paydesk.staff import audit, links, passwords, sessions
from paydesk.staff.links import StaffLink
from paydesk.staff.member import Role, Staff, by_email, checked_email, hire


@dataclass(frozen=True)
class Entrant:
    """What somebody typed who followed a link. `email` and `name` are for a new owner."""

    email: str
    name: str
    password: str


class Accounts:
    """Looks at passwords, which takes a tenth of a second: never while a transaction is open."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    def recognise(self, email: str, password: str) -> Staff:
        """Whose these are. Raises Invalid, the same and after as long whichever is wrong."""
        with self._db.transaction() as tx:
            staff = by_email(tx, email)
        known = staff.password_hash if staff is not None and staff.disabled_at is None else None
        if not passwords.matches(password, known) or staff is None:
            raise Invalid("E-mail address or password are not right.", code="password")
        return staff

    def follow_link(self, token: str, entrant: Entrant) -> Staff:
        """Set the password, of a new owner or of the account the link was made for.

        Raises NotFound for a link that is good no more, Invalid for what was typed.
        """
        with self._db.transaction() as tx:
            staff = of_link(tx, links.looked_at(tx, self._clock, token))
        email = staff.email if staff is not None else checked_email(entrant.email)
        passwords.check_new(entrant.password, email, entrant.name)
        password_hash = passwords.hashed(entrant.password)
        with self._db.transaction() as tx:
            link = links.use(tx, self._clock, token)
            staff = of_link(tx, link) or self._new_owner(tx, email, entrant.name)
            staff.password_hash = password_hash
            if link.drops_second_factor:
                staff.totp_secret = None
            # Whoever knew the old password is out.
            sessions.close_all(tx, staff.id)
            audit.note(tx, self._clock, staff.email, "staff.password-chosen", about(staff))
        return staff

    def _new_owner(self, tx: Session, email: str, name: str) -> Staff:
        staff = hire(tx, self._clock, email, name, Role.OWNER)
        audit.note(tx, self._clock, staff.email, "staff.added", about(staff), None, shown(staff))
        return staff


def of_link(tx: Session, link: StaffLink) -> Staff | None:
    """Whose link it is; None for one that makes an owner."""
    return tx.get_one(Staff, link.staff_id) if link.staff_id is not None else None


def about(staff: Staff) -> str:
    """What the audit log calls an account."""
    return f"staff {staff.email}"


def shown(staff: Staff) -> dict[str, object]:
    """What the audit log tells of an account."""
    return {"name": staff.name, "role": staff.role, "disabled": staff.disabled_at is not None}
