"""The second factor: codes of an app on the telephone (TOTP), and recovery codes on paper."""

import hashlib
import hmac
from datetime import datetime

import pyotp
from sqlalchemy import ForeignKey, String, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Base, Moment
from paydesk.foundation.errors import Invalid
from paydesk.foundation.ids import new_secret as random_text
from paydesk.staff.member import Staff

RECOVERY_CODES = 10
_STEP_SECONDS = 30
# A telephone's clock is half a minute late or early now and then (RFC 6238, 5.2).
_STEPS_BESIDE = 1
# 16 letters of 31 are 79 bits: a plain hash of one is not to be turned back.
_GROUPS, _GROUP_LENGTH = 4, 4
_MAX_TYPED = 64


class RecoveryCode(Base):
    """One row is one code that stands in for the telephone, once."""

    __tablename__ = "paydesk_recovery_codes"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("paydesk_staff.id"), index=True)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


def new_secret() -> str:
    """160 random bits, for the app and for us."""
    return pyotp.random_base32()


def app_address(secret: str, email: str, shop_name: str) -> str:
    """What the QR code holds, and what a telephone opens its app with."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=shop_name)


def switch_on(tx: Session, clock: Clock, staff: Staff, secret: str, code: str) -> list[str]:
    """Ask for codes from now on; the recovery codes, which are not shown again.

    Raises Invalid if the code is not of the secret: then the app does not have it.
    """
    step = _step_of(secret, code, clock) if _is_secret(secret) else None
    if step is None:
        raise Invalid("This is not the code the app shows now. Try the next one.", code="code")
    staff.totp_secret, staff.totp_step = secret, step
    return renew_recovery_codes(tx, staff)


def switch_off(tx: Session, staff: Staff) -> None:
    staff.totp_secret = None
    tx.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff.id))


def renew_recovery_codes(tx: Session, staff: Staff) -> list[str]:
    """Ten new codes instead of those there were. Kept as hashes: nobody can show them again."""
    tx.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff.id))
    codes = [_new_code() for _ in range(RECOVERY_CODES)]
    tx.add_all(RecoveryCode(key=_key(code), staff_id=staff.id) for code in codes)
    return codes


def recovery_codes_left(tx: Session, staff: Staff) -> int:
    query = select(func.count()).where(
        RecoveryCode.staff_id == staff.id, RecoveryCode.used_at.is_(None)
    )
    return tx.scalar(query) or 0


def take(tx: Session, clock: Clock, staff: Staff, typed: str) -> bool:
    """Whether this is the app's code or a recovery code. Each is good once, whoever is first."""
    typed = typed[:_MAX_TYPED]
    digits = "".join(letter for letter in typed if not letter.isspace())
    if digits.isascii() and digits.isdigit():
        return _take_code(tx, clock, staff, digits)
    return _take_recovery_code(tx, clock, staff, typed)


def _take_code(tx: Session, clock: Clock, staff: Staff, code: str) -> bool:
    step = _step_of(staff.totp_secret, code, clock) if staff.totp_secret else None
    if step is None:
        return False
    # Who has looked over a shoulder comes too late; of two who come at once, one gets in.
    query = (
        update(Staff)
        .where(Staff.id == staff.id, Staff.totp_step < step)
        .values(totp_step=step)
        .returning(Staff.id)
    )
    return tx.execute(query).first() is not None


def _take_recovery_code(tx: Session, clock: Clock, staff: Staff, code: str) -> bool:
    query = (
        update(RecoveryCode)
        .where(
            RecoveryCode.key == _key(code),
            RecoveryCode.staff_id == staff.id,
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=clock.now())
        .returning(RecoveryCode.key)
    )
    return tx.execute(query).first() is not None


def _step_of(secret: str, code: str, clock: Clock) -> int | None:
    """Which half minute's code this is, of those that may be shown now."""
    totp, now = pyotp.TOTP(secret), clock.timestamp() // _STEP_SECONDS
    typed = "".join(code.split()).encode()
    found = None
    for step in range(now - _STEPS_BESIDE, now + _STEPS_BESIDE + 1):
        # All are compared, so that the time tells nothing.
        if hmac.compare_digest(totp.generate_otp(step).encode(), typed):
            found = step
    return found


def _is_secret(secret: str) -> bool:
    return len(secret) == 32 and set(secret) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def _new_code() -> str:
    letters = random_text()
    return "-".join(letters[n * _GROUP_LENGTH :][:_GROUP_LENGTH] for n in range(_GROUPS))


def _key(code: str) -> str:
    plain = "".join(letter for letter in code.casefold() if letter.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()
