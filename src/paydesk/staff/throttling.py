"""How often somebody may guess: counted in the database, for all processes, over a restart."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from paydesk.foundation.database import Base, Moment


class FailedSignIns(Base):
    """One row is how often signing in failed of late: at an account, from an address, or both."""

    __tablename__ = "paydesk_failed_sign_ins"

    # A hash: neither addresses nor what was typed as a name are kept.
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int] = mapped_column()
    last_at: Mapped[datetime] = mapped_column(Moment, index=True)
