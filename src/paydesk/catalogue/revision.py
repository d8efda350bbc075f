"""How often the catalogue has changed, so that what was read of it can be kept until it does.

Triggers of the database count, whoever changes it and by whatever way. What the same pages show of
the shop itself is counted, too: its facts, legal texts, shipping and taxes. Stock is not: it moves
with every purchase, and is read anew each time.
"""

from sqlalchemy import String, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.foundation.database import Base

_CURRENT = text("SELECT number FROM paydesk_revision")


class Revision(Base):
    """The one row is the number of changes; `changed_in` names the transaction of the last one."""

    __tablename__ = "paydesk_revision"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    number: Mapped[int] = mapped_column(default=0)
    # PostgreSQL alone: a transaction counts once, however many rows it changes.
    changed_in: Mapped[int | None] = mapped_column()


def current(tx: Session) -> int:
    """Equal numbers: nothing but stock has changed in between. Ask before you read the rest."""
    return int(tx.execute(_CURRENT).scalar_one())
