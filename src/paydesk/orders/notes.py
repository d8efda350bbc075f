"""What operators write about an order for themselves: notes, a day to look again, the archive."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.foundation.database import Base, Moment
from paydesk.foundation.errors import Invalid
from paydesk.foundation.ids import new_id
from paydesk.orders import order as orders
from paydesk.orders.order import Order

MAX_NOTE = 4000


class OrderNote(Base):
    """One row is one note about one order; buyers never see it."""

    __tablename__ = "paydesk_order_notes"
    __table_args__ = (Index("paydesk_notes_of_order", "order_id", "at"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("paydesk_orders.id"))
    text: Mapped[str] = mapped_column(Text)
    # Who wrote it: an e-mail address, or `command line`.
    by: Mapped[str] = mapped_column(String(254))
    at: Mapped[datetime] = mapped_column(Moment)


def write(tx: Session, order_id: str, text: str, by: str, at: datetime) -> OrderNote:
    """Keep a note. Raises Invalid for one that is empty or too long."""
    wanted = text.strip().replace("\r\n", "\n")
    if not wanted:
        raise Invalid("A note has at least one letter.", code="empty_note")
    if len(wanted) > MAX_NOTE:
        raise Invalid(f"A note has at most {MAX_NOTE:,} characters.", code="long_note")
    note = OrderNote(id=new_id("not"), order_id=order_id, text=wanted, by=by, at=at)
    tx.add(note)
    tx.flush()
    return note


def of_order(tx: Session, order_id: str) -> list[OrderNote]:
    """The notes about an order, oldest first."""
    query = select(OrderNote).where(OrderNote.order_id == order_id)
    return list(tx.scalars(query.order_by(OrderNote.at, OrderNote.id)))


def follow_up(tx: Session, order_id: str, on: date | None) -> Order:
    """Look at an order again on a day, or on none."""
    order = orders.locked(tx, order_id)
    order.follow_up_on = on
    return order


def archive(tx: Session, order_id: str, at: datetime) -> Order:
    """Put an order away: it is in no tab but All and Archived; a second time does nothing."""
    order = orders.locked(tx, order_id)
    order.archived_at = order.archived_at or at
    return order


def unarchive(tx: Session, order_id: str) -> Order:
    """Take an order out of the archive."""
    order = orders.locked(tx, order_id)
    order.archived_at = None
    return order
