"""The second factor: codes of an app on the telephone (TOTP), and recovery codes on paper."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from paydesk.foundation.database import Base, Moment


class RecoveryCode(Base):
    """One row is one code that stands in for the telephone, once."""

    __tablename__ = "paydesk_recovery_codes"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("paydesk_staff.id"), index=True)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
