"""Who is taken on, may do more or less, or may no longer: each change with its note."""

from sqlalchemy.orm import Session

from paydesk.foundation.clock import Clock
from paydesk.staff import audit, links, member, second_factor, sessions, throttling
from paydesk.staff.accounts import about, shown
from paydesk.staff.member import Role, Staff


def add(tx: Session, clock: Clock, who: str, staff: Staff) -> str:
    """Note the new account; the token of the link that lets them choose a password."""
    audit.note(tx, clock, who, "staff.added", about(staff), None, shown(staff))
    return links.issue(tx, clock, staff)


def change(tx: Session, clock: Clock, who: str, staff: Staff, role: Role) -> None:
    """Raises Refused for the last owner."""
    before = shown(staff)
    member.change_role(tx, staff, role)
    audit.note(tx, clock, who, "staff.role", about(staff), before, shown(staff))


def disable(tx: Session, clock: Clock, who: str, staff: Staff) -> None:
    """They are signed out and can sign in no more. Raises Refused for the last owner."""
    before = shown(staff)
    member.disable(tx, clock, staff)
    sessions.close_all(tx, staff.id)
    audit.note(tx, clock, who, "staff.disabled", about(staff), before, shown(staff))


def enable(tx: Session, clock: Clock, who: str, staff: Staff) -> None:
    before = shown(staff)
    member.enable(staff)
    audit.note(tx, clock, who, "staff.enabled", about(staff), before, shown(staff))


def reset(
    tx: Session, clock: Clock, who: str, staff: Staff, *, drops_second_factor: bool = False
) -> str:
    """The token of a link with which they choose a new password."""
    throttling.forget(tx, staff.email, staff.id)
    what = "staff.reset-link-without-code" if drops_second_factor else "staff.reset-link"
    audit.note(tx, clock, who, what, about(staff))
    return links.issue(tx, clock, staff, drops_second_factor=drops_second_factor)


def switch_code_on(tx: Session, clock: Clock, staff: Staff, secret: str, code: str) -> list[str]:
    """Their own second factor; the recovery codes. Raises Invalid."""
    codes = second_factor.switch_on(tx, clock, staff, secret, code)
    audit.note(tx, clock, staff.email, "staff.second-factor-on", about(staff))
    return codes


def switch_code_off(tx: Session, clock: Clock, staff: Staff) -> None:
    second_factor.switch_off(tx, staff)
    audit.note(tx, clock, staff.email, "staff.second-factor-off", about(staff))


def renew_codes(tx: Session, clock: Clock, staff: Staff) -> list[str]:
    audit.note(tx, clock, staff.email, "staff.recovery-codes", about(staff))
    return second_factor.renew_recovery_codes(tx, staff)
