"""A trip: one try of one order to be paid, by whichever way; one row.

opened at Stripe -> ended                  paid, cancelled, expired, or replaced by another trip
begun            -> ended                  Stripe was not reached, or refused

A trip names the one object of Stripe's whose facts settle it: a checkout session, a payment
intent, or a charge. That object carries the trip's id in its metadata.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.foundation.database import Base, Moment
from paydesk.orders.order import Order


class Checkout(Base):
    """One row is one trip of one order to Stripe. Its id is the idempotency key of the call."""

    __tablename__ = "paydesk_checkouts"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("paydesk_orders.id"), index=True)
    # Which way to pay: a name of payments/ways.
    way: Mapped[str] = mapped_column(String(20), default="hosted")
    # The object of Stripe's that settles it; None until Stripe has answered.
    stripe_id: Mapped[str | None] = mapped_column(String(255), unique=True)
    # Stripe's page, for ways that lead there.
    url: Mapped[str | None] = mapped_column(Text)
    # What the buyer's browser handed us to charge once: never a card's number.
    token: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    asked_at: Mapped[datetime | None] = mapped_column(Moment)
    # Set when this trip can lead nowhere any more: refused, cancelled, or replaced by another.
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


def latest(tx: Session, order_id: str) -> Checkout | None:
    """The newest trip of an order, whatever became of it."""
    query = select(Checkout).where(Checkout.order_id == order_id)
    return tx.scalars(query.order_by(Checkout.created_at.desc(), Checkout.id).limit(1)).first()


def of_order(tx: Session, order_id: str) -> list[Checkout]:
    """All trips of an order."""
    return list(tx.scalars(select(Checkout).where(Checkout.order_id == order_id)))


def order_of_object(tx: Session, stripe_id: str) -> Order | None:
    """The order that a session, intent or charge was opened for, if it is ours."""
    query = select(Order).join(Checkout, Checkout.order_id == Order.id)
    return tx.scalars(query.where(Checkout.stripe_id == stripe_id)).one_or_none()
