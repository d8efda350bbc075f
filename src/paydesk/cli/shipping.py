"""`paydesk orders ship` and its kin: parcels, and how far they have come."""

from typing import TYPE_CHECKING, Any

import click

from paydesk.cli.asking import as_json, fail, opened_shop, print_json
from paydesk.cli.finding import found_order, stamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from paydesk.fulfilment.shipments import Shipment
    from paydesk.orders.order import Order
    from paydesk.wiring import Shop

BY = "command line"


@click.command()
@click.argument("order")
@click.option(
    "--line",
    "lines",
    multiple=True,
    metavar="LINE=QUANTITY",
    help="How many of which line, the first being 1; all that is left if not given.",
)
@click.option("--carrier", default="", help="Such as DHL, UPS, FedEx, USPS, DPD, GLS.")
@click.option("--tracking", default="", help="The carrier's number for the parcel.")
@click.option("--attempt", help="Any text; the same text again makes no second shipment.")
@as_json
def ship(order: str, lines: tuple[str, ...], *, as_json: bool, **given: Any) -> None:
    """Mark ORDER as shipped, all that is left of it or some lines."""
    from paydesk.fulfilment import shipments

    items = dict(map(_item, lines)) if lines else None
    parcel = shipments.Parcel(items=items, **given)
    with opened_shop() as shop:
        with found_order(shop, order) as (_tx, found):
            pass
        _change(shop, lambda: shop.order_desk.ship(found.id, parcel, BY), as_json=as_json)


@click.command("shipments")
@click.argument("order")
@as_json
def list_shipments(order: str, *, as_json: bool) -> None:
    """List the parcels of ORDER."""
    from paydesk.fulfilment import shipments

    with opened_shop() as shop, found_order(shop, order) as (tx, found):
        _print(shipments.of_order(tx, found.id), found, as_json=as_json)


@click.command()
@click.argument("shipment")
@as_json
def undo_shipment(shipment: str, *, as_json: bool) -> None:
    """Say that SHIPMENT (shp_…) did not leave after all."""
    with opened_shop() as shop:
        _change(shop, lambda: shop.order_desk.undo_shipment(shipment, BY), as_json=as_json)


@click.command()
@click.argument("shipment")
@as_json
def delivered(shipment: str, *, as_json: bool) -> None:
    """Say that SHIPMENT (shp_…) has arrived."""
    with opened_shop() as shop:
        _change(shop, lambda: shop.order_desk.deliver(shipment, BY), as_json=as_json)


def _change(shop: "Shop", deed: "Callable[[], Shipment]", *, as_json: bool) -> None:
    from paydesk.foundation.errors import ShopError
    from paydesk.orders.order import Order

    try:
        changed = deed()
    except ShopError as error:
        fail(error.message)
    with shop.database.reading() as tx:
        _print([changed], tx.get_one(Order, changed.order_id), as_json=as_json)


def _item(text: str) -> tuple[int, int]:
    """Position and quantity of a line, from `2=1`; a line alone means one of it."""
    line, _, quantity = text.partition("=")
    try:
        return int(line) - 1, int(quantity or "1")
    except ValueError:
        raise click.BadParameter(f"{text!r} is not like 2=1", param_hint="--line") from None


def _print(rows: "list[Shipment]", order: "Order", *, as_json: bool) -> None:
    if as_json:
        plain = [plain_shipment(row) for row in rows]
        print_json({"order": order.number, "fulfilment": order.fulfilment, "shipments": plain})
        return
    names = {line.position: f"{line.name} {line.variant_name}".strip() for line in order.lines}
    for row in rows:
        how = " ".join(filter(None, (row.carrier_name, row.tracking))) or "no tracking number"
        click.echo(f"{stamp(row.shipped_at)}  {row.id}  {how}{_state(row)}")
        for line in row.lines:
            click.echo(f"  {line.quantity} × {names.get(line.position, '?')}")
    if not rows:
        click.echo("No shipments.")
    click.echo(f"Order {order.number}: {order.fulfilment}")


def _state(row: "Shipment") -> str:
    if row.undone_at is not None:
        return f"  undone {stamp(row.undone_at)}"
    return f"  delivered {stamp(row.delivered_at)}" if row.delivered_at is not None else ""


def plain_shipment(row: "Shipment") -> dict[str, Any]:
    """A shipment as scripts read it."""
    times = ("shipped_at", "delivered_at", "undone_at")
    moments = {name: getattr(row, name) for name in times}
    return {
        "id": row.id,
        "carrier": row.carrier,
        "tracking": row.tracking,
        "tracking_url": row.tracking_url,
        **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
        "lines": [{"line": each.position + 1, "quantity": each.quantity} for each in row.lines],
    }
