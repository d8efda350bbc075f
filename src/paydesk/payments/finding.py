"""Finds an order by whatever somebody has in hand: its number, our ids or any of Stripe's."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from paydesk.foundation.errors import NotFound
from paydesk.fulfilment.shipments import Shipment
from paydesk.orders import order as orders
from paydesk.orders.order import Order
from paydesk.payments.event import StoredEvent
from paydesk.payments.facts import Kind
from paydesk.payments.known import KnownFact
from paydesk.payments.refund import Refund
from paydesk.payments.subscription import Subscription
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
        order_id = order_id_of(tx, wanted)
        order = tx.get(Order, order_id) if order_id else None
    order = order or orders.by_reference(tx, text.strip())
    if order is None:
        raise NotFound(
            f"There is no order {text[:80]!r}. Give an order's number, its reference, or an "
            "id such as ord_…, cs_…, pi_…, ch_…, re_…, du_… or evt_…."
        )
    return order


def order_id_of(tx: Session, wanted: str) -> str | None:
    """Our id of the order that an id of ours or of Stripe's belongs to; None if it has none."""
    query = _BY_PREFIX.get(wanted.partition("_")[0])
    found = tx.scalar(query(wanted)) if query is not None else None
    return found or tx.scalar(_by_fact(wanted)) or tx.scalar(_by_intent(wanted))


_Query = Select[Any]
# Our own ids, and those of Stripe's that are kept elsewhere than with the facts.
_BY_PREFIX: dict[str, Callable[[str], _Query]] = {
    "ord": lambda wanted: select(Order.id).where(Order.id == wanted),
    "chk": lambda wanted: select(Checkout.order_id).where(Checkout.id == wanted),
    "rfd": lambda wanted: select(Refund.order_id).where(Refund.id == wanted),
    "shp": lambda wanted: select(Shipment.order_id).where(Shipment.id == wanted),
    "evt": lambda wanted: select(StoredEvent.order_id).where(StoredEvent.id == wanted),
    "cs": lambda wanted: select(Checkout.order_id).where(Checkout.stripe_id == wanted),
    "sub": lambda wanted: select(Subscription.order_id).where(Subscription.stripe_id == wanted),
    # The newest of a customer's orders.
    "cus": lambda wanted: (
        select(Order.id).where(Order.customer_id == wanted).order_by(Order.number.desc()).limit(1)
    ),
}


def _by_fact(wanted: str) -> _Query:
    # The key of the facts begins with their kind: without it the database would read them all.
    named = KnownFact.kind.in_(list(Kind)) & (KnownFact.stripe_id == wanted)
    return select(KnownFact.order_id).where(named, KnownFact.order_id.is_not(None)).limit(1)


def _by_intent(wanted: str) -> _Query:
    named = KnownFact.intent_id == wanted
    return select(KnownFact.order_id).where(named, KnownFact.order_id.is_not(None)).limit(1)
