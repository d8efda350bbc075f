"""Shipments: which of an order's things left in which parcel, and how far the order has come.

    shipped -> delivered
    shipped | delivered -> undone       it had not left after all; its things are to be sent again

Nothing is sent twice: whoever ships holds the order's lock, and what is left is reckoned anew.
An order's `fulfilment` is written by `follow` and nowhere else.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from paydesk.foundation.database import Base, Moment
from paydesk.foundation.errors import Invalid, NotFound, Refused
from paydesk.foundation.ids import new_id
from paydesk.fulfilment.carriers import carrier_name, code_of, tracking_url
from paydesk.fulfilment.letters import LetterKind, owe_letter
from paydesk.orders import order as orders
from paydesk.orders.order import Fulfilment, Order, OrderLine, PaymentStatus
from paydesk.orders.problems import SOLD_OUT_MEANWHILE

log = structlog.get_logger("paydesk.shipments")

MAX_CARRIER = 40
# The longest in use are about forty characters.
MAX_TRACKING = 80


class Shipment(Base):
    """One row is one parcel of one order, on its way or brought back from it."""

    __tablename__ = "paydesk_shipments"
    __table_args__ = (
        UniqueConstraint("order_id", "attempt", name="paydesk_one_shipment_per_attempt"),
        Index("paydesk_shipments_of_tracking", "tracking_key"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("paydesk_orders.id"), index=True)
    # What makes a double click one shipment: the same form sent again.
    attempt: Mapped[str | None] = mapped_column(String(80))
    # A code of fulfilment/carriers.py, or what the operator calls it; empty: not said.
    carrier: Mapped[str] = mapped_column(String(MAX_CARRIER), default="")
    tracking: Mapped[str] = mapped_column(String(MAX_TRACKING), default="")
    # The number as it is searched: letters and digits only.
    tracking_key: Mapped[str] = mapped_column(String(MAX_TRACKING), default="")
    shipped_by: Mapped[str] = mapped_column(String(120))
    shipped_at: Mapped[datetime] = mapped_column(Moment)
    delivered_at: Mapped[datetime | None] = mapped_column(Moment)
    undone_at: Mapped[datetime | None] = mapped_column(Moment)

    lines: Mapped[list["ShipmentLine"]] = relationship(
        order_by="ShipmentLine.position", cascade="all, delete-orphan", lazy="selectin"
    )

    @property
    def carrier_name(self) -> str:
        return carrier_name(self.carrier)

    @property
    def tracking_url(self) -> str | None:
        return tracking_url(self.carrier, self.tracking)


class ShipmentLine(Base):
    """One row is how many of one line of the order are in one parcel."""

    __tablename__ = "paydesk_shipment_lines"

    shipment_id: Mapped[str] = mapped_column(ForeignKey("paydesk_shipments.id"), primary_key=True)
    # The position of the order's line.
    position: Mapped[int] = mapped_column(primary_key=True)
    quantity: Mapped[int] = mapped_column()


@dataclass(frozen=True)
class Parcel:
    """What somebody sends. `items`: how many of which line, by position; None: all that is left."""

    items: Mapping[int, int] | None = None
    carrier: str = ""
    tracking: str = ""
    # Any text; the same text again makes no second shipment.
    attempt: str | None = None


def ship(tx: Session, order_id: str, parcel: Parcel, by: str, at: datetime) -> Shipment:
    """Note a parcel as sent by `by`; for the same attempt again, the shipment it was.

    Raises NotFound, Invalid, or Refused (not paid, nothing left, more than is left).
    """
    return ship_once(tx, order_id, parcel, by, at)[0]


def ship_once(
    tx: Session, order_id: str, parcel: Parcel, by: str, at: datetime
) -> tuple[Shipment, bool]:
    """The same, and whether this call made the shipment."""
    order = orders.locked(tx, order_id)
    if parcel.attempt is not None:
        query = select(Shipment).where(
            Shipment.order_id == order_id, Shipment.attempt == parcel.attempt
        )
        known = tx.scalars(query).one_or_none()
        if known is not None:
            return known, False
    items = _items(order, parcel, left_to_ship(tx, order))
    shipment = _shipment(order, parcel, by, at)
    shipment.lines = [
        ShipmentLine(position=position, quantity=quantity)
        for position, quantity in sorted(items.items())
    ]
    tx.add(shipment)
    _conclude(tx, order, "order_shipped", shipment)
    owe_letter(tx, LetterKind.SHIPPED, order.id, shipment.id, at=at)
    return shipment, True


def undo(tx: Session, shipment_id: str, at: datetime) -> Shipment:
    """Say that a parcel did not leave after all; a second time does nothing. Raises NotFound."""
    order, shipment = _locked(tx, shipment_id)
    if shipment.undone_at is None:
        shipment.undone_at = at
        _conclude(tx, order, "shipment_undone", shipment)
    return shipment


def deliver(tx: Session, shipment_id: str, at: datetime) -> Shipment:
    """Say that a parcel has arrived; a second time does nothing. Raises NotFound or Refused."""
    order, shipment = _locked(tx, shipment_id)
    if shipment.undone_at is not None:
        raise Refused("This shipment was undone: it cannot have arrived.", code="shipment_undone")
    if shipment.delivered_at is None:
        shipment.delivered_at = at
        _conclude(tx, order, "shipment_delivered", shipment)
    return shipment


def of_order(tx: Session, order_id: str) -> list[Shipment]:
    """All shipments of an order, oldest first, those undone as well."""
    query = select(Shipment).where(Shipment.order_id == order_id)
    return list(tx.scalars(query.order_by(Shipment.shipped_at, Shipment.id)))


def sent(tx: Session, order_id: str) -> dict[int, int]:
    """How many of which line of an order have left, by its position."""
    return _sent(of_order(tx, order_id))


def left_to_ship(tx: Session, order: Order) -> dict[int, int]:
    """How many of which line, by its position, are still to be sent; those with none left out."""
    if not _is_owed(order):
        return {}
    gone = sent(tx, order.id)
    left = {each.position: _left(each, gone.get(each.position, 0)) for each in order.lines}
    return {position: quantity for position, quantity in left.items() if quantity}


def follow(tx: Session, order: Order) -> None:
    """Write how far the order has come. The caller holds its lock, and has changed something.

    To be called after a change of payment, of what was given back, or of a shipment.
    """
    shipments = of_order(tx, order.id) if order.fulfilment in _MAY_HAVE_LEFT else []
    order.fulfilment = fulfilment_of(order, shipments)


def fulfilment_of(order: Order, shipments: Iterable[Shipment]) -> Fulfilment:
    """How far an order has come, from what was ordered, given back and sent."""
    live = [each for each in shipments if each.undone_at is None]
    gone = _sent(live)
    is_left = _is_owed(order) and any(
        _left(line, gone.get(line.position, 0)) for line in order.lines
    )
    if not live:
        return Fulfilment.UNFULFILLED if is_left else Fulfilment.NONE
    if is_left:
        return Fulfilment.PARTLY
    has_arrived = all(each.delivered_at is not None for each in live)
    return Fulfilment.DELIVERED if has_arrived else Fulfilment.SHIPPED


def tracking_key(text: str) -> str:
    """A tracking number as it is kept for search: people leave blanks and dashes out."""
    return re.sub(r"[^0-9A-Z]", "", text.upper())


# The others have no shipment, so nobody has to look: orders are settled often.
_MAY_HAVE_LEFT = frozenset({Fulfilment.PARTLY, Fulfilment.SHIPPED, Fulfilment.DELIVERED})


def _is_owed(order: Order) -> bool:
    """Whether anything of an order is still owed: it is paid, and not all given back."""
    is_given_back = order.refunded_minor >= order.paid_minor > 0
    is_paid = order.payment == PaymentStatus.PAID
    return is_paid and not is_given_back and SOLD_OUT_MEANWHILE not in order.flags


def _left(line: OrderLine, gone: int) -> int:
    return max(0, line.quantity - line.returned - gone) if line.ships else 0


def _sent(shipments: Iterable[Shipment]) -> dict[int, int]:
    found: dict[int, int] = {}
    for each in shipments:
        for line in each.lines if each.undone_at is None else ():
            found[line.position] = found.get(line.position, 0) + line.quantity
    return found


def _items(order: Order, parcel: Parcel, left: dict[int, int]) -> dict[int, int]:
    if order.payment != PaymentStatus.PAID:
        raise Refused(f"Order {order.number} is not paid.", code="not_paid")
    if not left:
        raise Refused(f"Nothing is left to ship of order {order.number}.", code="nothing_to_ship")
    items = left if parcel.items is None else {p: n for p, n in parcel.items.items() if n}
    if not items or min(items.values()) < 0:
        raise Invalid("Say how many of which line are in the parcel.", code="empty_parcel")
    known = {line.position: line for line in order.lines}
    for position, quantity in items.items():
        if position not in known:
            raise Invalid(f"Order {order.number} has no line {position + 1}.", code="unknown_line")
        if quantity > left.get(position, 0):
            raise Refused(
                f"Left to ship of order {order.number}: {left.get(position, 0)} × "
                f"{known[position].name}, not {quantity}.",
                code="too_many",
            )
    return items


def _shipment(order: Order, parcel: Parcel, by: str, at: datetime) -> Shipment:
    carrier, tracking = code_of(parcel.carrier), " ".join(parcel.tracking.split())
    if len(carrier) > MAX_CARRIER or not carrier.isprintable():
        raise Invalid(f"A carrier has at most {MAX_CARRIER} characters.", code="bad_carrier")
    if len(tracking) > MAX_TRACKING or not tracking.isprintable():
        raise Invalid(
            f"A tracking number has at most {MAX_TRACKING} characters.", code="bad_tracking"
        )
    return Shipment(
        id=new_id("shp"),
        order_id=order.id,
        attempt=parcel.attempt,
        carrier=carrier,
        tracking=tracking,
        tracking_key=tracking_key(tracking)[:MAX_TRACKING],
        shipped_by=by,
        shipped_at=at,
    )


def _locked(tx: Session, shipment_id: str) -> tuple[Order, Shipment]:
    order_id = tx.scalar(select(Shipment.order_id).where(Shipment.id == shipment_id))
    if order_id is None:
        raise NotFound("There is no such shipment.")
    order = orders.locked(tx, order_id)
    return order, tx.get_one(Shipment, shipment_id, populate_existing=True)


def _conclude(tx: Session, order: Order, what: str, shipment: Shipment) -> None:
    tx.flush()
    shipments = of_order(tx, order.id)
    order.fulfilment = fulfilment_of(order, shipments)
    left_at = [each.shipped_at for each in shipments if each.undone_at is None]
    order.shipped_at = max(left_at, default=None)
    order.version += 1
    log.info(what, order=order.number, shipment=shipment.id, fulfilment=order.fulfilment)
