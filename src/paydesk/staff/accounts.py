"""How somebody gets an account, signs in with it, and proves that it is still them."""

from dataclasses import dataclass
from threading import BoundedSemaphore

import structlog
from sqlalchemy.orm import Session

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database
from paydesk.foundation.errors import Invalid, NotFound
from paydesk.staff import audit, links, passwords, second_factor, sessions, throttling
from paydesk.staff.links import StaffLink
from paydesk.staff.member import Role, Staff, by_email, checked_email, hire
from paydesk.staff.sessions import Browser
from paydesk.staff.throttling import Limit, TooOften

log = structlog.get_logger("paydesk.staff")

_WRONG = "E-mail address or password are not right."
_WRONG_AGAIN = "The password is not right."
# Each look at a password takes 64 MiB; who sends a thousand at once waits in line.
_at_once = BoundedSemaphore(2)


@dataclass(frozen=True)
class Entrant:
    """What somebody typed who followed a link. `email` and `name` are for a new owner."""

    email: str
    name: str
    password: str


@dataclass(frozen=True)
class Entry:
    """A session that was opened: its token, and whether a code is still wanted."""

    token: str
    wants_code: bool


class Accounts:
    """Looks at passwords, which takes a tenth of a second: never while a transaction is open."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    def sign_in(self, email: str, password: str, browser: Browser) -> Entry:
        """Raises Invalid, the same and after as long whichever is wrong, and TooOften."""
        email = email.strip().lower()
        staff = self._recognise(email, password, throttling.of_password(email, browser.household))
        return self._open(staff, browser)

    def enter_code(self, token: str, code: str, browser: Browser) -> Entry:
        """The second step. Raises Invalid, TooOften, and NotFound for who has waited too long."""
        with self._db.transaction() as tx:
            found = sessions.found(tx, self._clock, token)
            if found is None or found[0].is_complete:
                raise NotFound("That took too long. Please sign in again.")
            staff = found[1]
        limits = throttling.of_code(staff.id)
        self._count(limits)
        with self._db.transaction() as tx:
            staff = tx.get_one(Staff, staff.id)
            if not second_factor.take(tx, self._clock, staff, code):
                raise Invalid("This code is not right, or was used already.", code="code")
            throttling.forgive(tx, limits)
            # A new one: what was known before the code is good for nothing after it.
            sessions.close(tx, token)
            return Entry(sessions.open_session(tx, self._clock, staff, browser), wants_code=False)

    def prove(self, staff: Staff, password: str, token: str, browser: Browser) -> None:
        """The password once more, before what is about money or access. Raises as `sign_in`."""
        limits = throttling.of_password(staff.email, browser.household)
        self._recognise(staff.email, password, limits, wrong=_WRONG_AGAIN)
        with self._db.transaction() as tx:
            sessions.prove(tx, self._clock, token)

    def change_password(self, staff: Staff, new: str, token: str) -> None:
        """Everywhere else they are signed out. Raises Invalid."""
        passwords.check_new(new, staff.email, staff.name)
        password_hash = self._hashed(new)
        with self._db.transaction() as tx:
            tx.get_one(Staff, staff.id).password_hash = password_hash
            sessions.close_all(tx, staff.id, but=token)
            audit.note(tx, self._clock, staff.email, "staff.password-changed", about(staff))

    def follow_link(self, token: str, entrant: Entrant, browser: Browser) -> Entry:
        """Set the password, of a new owner or of the account the link was made for.

        Raises NotFound for a link that is good no more, Invalid and Refused for what was typed.
        """
        with self._db.transaction() as tx:
            staff = of_link(tx, links.looked_at(tx, self._clock, token))
        email = staff.email if staff is not None else checked_email(entrant.email)
        passwords.check_new(entrant.password, email, entrant.name)
        password_hash = self._hashed(entrant.password)
        with self._db.transaction() as tx:
            link = links.use(tx, self._clock, token)
            staff = of_link(tx, link) or self._new_owner(tx, email, entrant.name)
            staff.password_hash = password_hash
            if link.drops_second_factor:
                second_factor.switch_off(tx, staff)
            # Whoever knew the old password is out.
            sessions.close_all(tx, staff.id)
            throttling.forget(tx, staff.email, staff.id)
            audit.note(tx, self._clock, staff.email, "staff.password-chosen", about(staff))
        return self._open(staff, browser)

    def _open(self, staff: Staff, browser: Browser) -> Entry:
        with self._db.transaction() as tx:
            staff = tx.get_one(Staff, staff.id)
            wants_code = staff.has_second_factor
            token = sessions.open_session(
                tx, self._clock, staff, browser, is_complete=not wants_code
            )
        return Entry(token, wants_code)

    def _recognise(
        self, email: str, password: str, limits: list[Limit], *, wrong: str = _WRONG
    ) -> Staff:
        self._count(limits)
        with self._db.transaction() as tx:
            staff = by_email(tx, email)
        known = staff.password_hash if staff is not None and staff.disabled_at is None else None
        with _at_once:
            is_right = passwords.matches(password, known)
        if not is_right or staff is None:
            raise Invalid(wrong, code="password")
        with self._db.transaction() as tx:
            throttling.forgive(tx, limits)
        return staff

    def _count(self, limits: list[Limit]) -> None:
        try:
            with self._db.transaction() as tx:
                throttling.count(tx, self._clock, limits)
        except TooOften:
            log.warning("sign_in_throttled")
            raise

    def _hashed(self, password: str) -> str:
        with _at_once:
            return passwords.hashed(password)

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
