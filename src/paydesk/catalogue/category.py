"""Categories: the shelves that products stand on, in the merchant's order."""

from datetime import datetime

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.foundation.database import Base, Moment


class Category(Base):
    """One row is one shelf; a product stands on one of them or on none."""

    __tablename__ = "paydesk_categories"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    summary: Mapped[str] = mapped_column(String(300), default="")
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(Moment)


def all_categories(tx: Session) -> list[Category]:
    """Every category, in the merchant's order."""
    return list(tx.scalars(select(Category).order_by(Category.position, Category.name)))
