"""Packing slips: what belongs into a parcel and where it goes, in the buyer’s own language."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from paydesk.business.shop import ShopFacts
from paydesk.foundation.language import day_text, gettext, speaking
from paydesk.foundation.postal import shown_address
from paydesk.fulfilment import shipments
from paydesk.orders.order import Order


@dataclass(frozen=True)
class Row:
    """Some of one thing."""

    quantity: int
    name: str
    variant: str
    sku: str = ""


@dataclass(frozen=True)
class Slip:
    """One packing slip, all of it words."""

    title: str
    language: str
    seller: tuple[str, ...]
    buyer: tuple[str, ...]
    # Pairs of a label and what it says.
    facts: tuple[tuple[str, str], ...]
    heads: tuple[str, str]
    rows: tuple[Row, ...]
    # Said under the things: that more parcels follow, say.
    note: str
    thanks: str


def slip(tx: Session, order: Order, shop: ShopFacts) -> Slip:
    """The slip of what is still to be sent, or of everything once all has left."""
    left = shipments.left_to_ship(tx, order)
    things = left or {line.position: line.quantity - line.returned for line in order.lines}
    lines = {line.position: line for line in order.lines}
    rows = tuple(
        Row(quantity, lines[position].name, lines[position].variant_name)
        for position, quantity in sorted(things.items())
        if quantity and lines[position].ships
    )
    with speaking(order.language):
        in_parts = left and order.fulfilment == "partly"
        return Slip(
            title=gettext("Packing slip"),
            language=order.language,
            seller=(shop.seller, *filter(None, shop.address.splitlines())),
            buyer=tuple(shown_address(order.ship_to)) if order.ship_to else (),
            facts=(
                (gettext("Order"), str(order.number)),
                (gettext("Ordered on"), day_text(order.created_at)),
            ),
            heads=(gettext("Quantity"), gettext("Item")),
            rows=rows,
            note=gettext("The other things of this order came before.") if in_parts else "",
            thanks=gettext("Thank you for your order"),
        )
