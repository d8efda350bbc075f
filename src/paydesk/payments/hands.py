"""Whose hand it was: who refunded, sent, undid and archived, as the audit log has it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from paydesk.orders.order import Order
from paydesk.staff.audit import AuditEntry

# What the log says was done, and the name under which it says to what.
_TO_WHAT = {
    "refund.requested": "refunds",
    "refund.repeated": "refunds",
    "shipment.undone": "shipment",
    "shipment.delivered": "shipment",
}
_ARCHIVED = "order.archived"


# Who did it, by what was done (such as `refund`) and the id it was done to.
Did = dict[tuple[str, str], str]


def hands(tx: Session, order: Order) -> Did:
    """Who did what to an order and what hangs on it; what no person did is not in it."""
    query = select(AuditEntry).where(
        AuditEntry.about == f"order {order.number}", AuditEntry.what.in_([*_TO_WHAT, _ARCHIVED])
    )
    found = {}
    # The newest is the one that holds.
    for entry in tx.scalars(query.order_by(AuditEntry.id)):
        name = _TO_WHAT.get(entry.what)
        things = (entry.after or {}).get(name, ()) if name else order.id
        for thing in [things] if isinstance(things, str) else things:
            found[_deed(entry.what), str(thing)] = entry.who
    return found


def _deed(what: str) -> str:
    return "refund" if what.startswith("refund.") else what.rpartition(".")[2]
