"""Finds an order by whatever somebody has in hand: its number, our ids or any of Stripe's."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from paydesk.foundation.errors import NotFound
from paydesk.orders import order as orders
from paydesk.orders.order import Order
from paydesk.payments.event import StoredEvent
from paydesk.payments.known import KnownFact
from paydesk.payments.refund import Refund
from paydesk.payments.trip import Checkout

_LARGEST_NUMBER = 2**53


def find_order(tx: Session, text: str) -> Order:
    """The order meant by a number (1001 or #1001), or by an id of ours or of Stripe's.

    Raises NotFound, saying what can be given.
    """
    wanted = text.strip().removeprefix("#")
    if wanted.isascii() and wanted.isdecimal() and int(wanted) < _LARGEST_NUMBER:
        order = orders.by_number(tx, int(wanted))
    else:
        order_id = _order_id(tx, wanted)
        order = tx.get(Order, order_id) if order_id else None
    order = order or orders.by_reference(tx, text.strip())
    if order is None:
        raise NotFound(
            f"There is no order {text[:80]!r}. Give an order's number, its reference, or an "
            "id such as ord_…, cs_…, pi_…, ch_…, re_…, du_… or evt_…."
        )
    return order


def _order_id(tx: Session, wanted: str) -> str | None:
    kind = wanted.partition("_")[0]
    match kind:
        case "ord":
            return wanted
        case "chk":
            query = select(Checkout.order_id).where(Checkout.id == wanted)
        case "rfd":
            query = select(Refund.order_id).where(Refund.id == wanted)
        case "evt":
            return tx.scalar(select(StoredEvent.order_id).where(StoredEvent.id == wanted))
        case "cs":
            query = select(Checkout.order_id).where(Checkout.stripe_id == wanted)
        case _:
            return tx.scalar(_by_fact(wanted))
    return tx.scalar(query)


def _by_fact(wanted: str) -> Select[str | None]:
    return (
        select(KnownFact.order_id)
        .where(
            KnownFact.order_id.is_not(None),
            (KnownFact.stripe_id == wanted) | (KnownFact.intent_id == wanted),
        )
        .limit(1)
    )
