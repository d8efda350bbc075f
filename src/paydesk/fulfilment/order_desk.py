"""What an operator does to an order at the desk or by command, each deed in the audit log."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database
from paydesk.fulfilment import shipments
from paydesk.fulfilment.shipments import Parcel, Shipment
from paydesk.orders import notes
from paydesk.orders import order as orders
from paydesk.orders.notes import OrderNote
from paydesk.orders.order import Order
from paydesk.staff import audit


class OrderDesk:
    """Works on orders for `by`: an e-mail address, or `command line`."""

    def __init__(
        self, database: Database, clock: Clock, *, after_undo: Callable[[Session, Order], None]
    ) -> None:
        """`after_undo` keeps back what is not to be sent again, such as what was refunded."""
        self._database = database
        self._clock = clock
        self._after_undo = after_undo

    def ship(self, order_id: str, parcel: Parcel, by: str) -> Shipment:
        """Note a parcel as sent. Raises as `shipments.ship`."""
        with self._database.transaction() as tx:
            before = orders.locked(tx, order_id).fulfilment
            shipment, is_new = shipments.ship_once(tx, order_id, parcel, by, self._clock.now())
            if is_new:
                self._note_shipment(tx, by, "order.shipped", shipment, before)
            return shipment

    def undo_shipment(self, shipment_id: str, by: str) -> Shipment:
        """Say that a parcel did not leave. Raises NotFound."""
        with self._database.transaction() as tx:
            before = _fulfilment_before(tx, shipment_id)
            shipment = shipments.undo(tx, shipment_id, self._clock.now())
            self._after_undo(tx, tx.get_one(Order, shipment.order_id))
            self._note_shipment(tx, by, "shipment.undone", shipment, before)
            return shipment

    def deliver(self, shipment_id: str, by: str) -> Shipment:
        """Say that a parcel has arrived. Raises NotFound or Refused."""
        with self._database.transaction() as tx:
            before = _fulfilment_before(tx, shipment_id)
            shipment = shipments.deliver(tx, shipment_id, self._clock.now())
            self._note_shipment(tx, by, "shipment.delivered", shipment, before)
            return shipment

    def write_note(self, order_id: str, text: str, by: str) -> OrderNote:
        """Keep a note. Raises Invalid or NotFound."""
        with self._database.transaction() as tx:
            order = orders.locked(tx, order_id)
            note = notes.write(tx, order_id, text, by, self._clock.now())
            # Not what it says: that stands with the order, and the log is never altered.
            self._note(tx, by, "order.note-written", order, None, {"note": note.id})
            return note

    def follow_up(self, order_id: str, on: date | None, by: str) -> Order:
        """Look at an order again on a day, or on none."""
        with self._database.transaction() as tx:
            before = orders.locked(tx, order_id).follow_up_on
            order = notes.follow_up(tx, order_id, on)
            days = [{"follow_up_on": day.isoformat() if day else None} for day in (before, on)]
            self._note(tx, by, "order.follow-up", order, *days)
            return order

    def archive(self, order_id: str, by: str, *, put_away: bool) -> Order:
        """Put an order away, or take it out again."""
        with self._database.transaction() as tx:
            was_away = orders.locked(tx, order_id).archived_at is not None
            if put_away:
                order = notes.archive(tx, order_id, self._clock.now())
            else:
                order = notes.unarchive(tx, order_id)
            if was_away != put_away:
                what = "order.archived" if put_away else "order.unarchived"
                self._note(tx, by, what, order, None, None)
            return order

    def _note_shipment(
        self, tx: Session, by: str, what: str, shipment: Shipment, before: str
    ) -> None:
        order = tx.get_one(Order, shipment.order_id)
        after = {
            "fulfilment": order.fulfilment,
            "shipment": shipment.id,
            "carrier": shipment.carrier,
            "tracking": shipment.tracking,
            "lines": {str(each.position + 1): each.quantity for each in shipment.lines},
        }
        self._note(tx, by, what, order, {"fulfilment": before}, after)

    def _note(
        self,
        tx: Session,
        by: str,
        what: str,
        order: Order,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any] | None,
    ) -> None:
        audit.note(tx, self._clock, by, what, f"order {order.number}", before, after)


def _fulfilment_before(tx: Session, shipment_id: str) -> str:
    shipment = tx.get(Shipment, shipment_id)
    return orders.locked(tx, shipment.order_id).fulfilment if shipment is not None else ""
