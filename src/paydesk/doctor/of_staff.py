"""Whether the right people, and they alone, can sign in at the desk."""

from sqlalchemy.orm import Session

from paydesk.doctor.diagnosis import Diagnosis, ok, warning
from paydesk.settings import Settings
from paydesk.staff import member
from paydesk.staff.member import Role


def owners(tx: Session, settings: Settings) -> Diagnosis:
    check = "staff"
    if settings.desk is False:
        return ok(check, "There is no desk, so nobody signs in.")
    people = [each for each in member.everybody(tx) if each.disabled_at is None]
    working = [each for each in people if each.password_hash is not None]
    if not any(each.may is Role.OWNER for each in working):
        if settings.desk is None:
            return ok(check, "Nobody can sign in at the desk yet.")
        return warning(check, "Nobody can sign in at the desk.", "paydesk staff owner-link")
    bare = [each for each in working if each.may is not Role.READ and not each.has_second_factor]
    if bare and settings.livemode:
        return warning(
            check,
            f"{len(bare)} of {len(working)} who work with money sign in with a password alone.",
            "Let each switch the second factor on: at the desk, My account.",
        )
    return ok(check, f"{len(working)} can sign in.")
