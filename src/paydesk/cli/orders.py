"""`paydesk orders`: the orders, and which of them need somebody."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from paydesk.cli.asking import as_json, opened_shop, print_json
from paydesk.cli.finding import found_order, stamp
from paydesk.cli.shipping import delivered, list_shipments, ship, undo_shipment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paydesk.orders.order import Order

_STATES = ("awaiting", "pending", "paid", "failed", "expired", "review")


@click.group()
def orders() -> None:
    """The orders."""


for _command in (ship, list_shipments, undo_shipment, delivered):
    orders.add_command(_command)


@orders.command("list")
@click.option("--payment", type=click.Choice(_STATES), help="Only those whose payment stands so.")
@click.option("--attention", is_flag=True, help="Only those somebody should look at.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000))
@as_json
def list_orders(payment: str | None, limit: int, *, attention: bool, as_json: bool) -> None:
    """List orders, newest first."""
    from sqlalchemy import String, cast, select

    from paydesk.orders.order import Order

    query = select(Order).order_by(Order.number.desc()).limit(limit)
    if payment:
        query = query.where(Order.payment == payment)
    if attention:
        query = query.where(cast(Order.flags, String) != "[]")
    with opened_shop() as shop, shop.database.transaction() as tx:
        rows = list(tx.scalars(query))
    if as_json:
        print_json([_plain(row) for row in rows])
        return
    for row in rows:
        flags = f"  {', '.join(row.flags)}" if row.flags else ""
        click.echo(
            f"{row.number:>7}  {stamp(row.created_at)}  {row.payment:8}  "
            f"{row.total.text():>12}  {row.email or '–'}{flags}"
        )
    if not rows:
        click.echo("No such orders.")


@orders.command()
@click.argument("order")
@as_json
def show(order: str, *, as_json: bool) -> None:
    """Show ORDER: its number, or any id of ours or of Stripe's."""
    from paydesk.payments.answers import answers_among
    from paydesk.payments.known import facts_of_order
    from paydesk.payments.telling import recovery_url

    with opened_shop() as shop, found_order(shop, order) as (tx, found):
        links = {"secret_link": _link(shop, found), "recovery_url": recovery_url(tx, found)}
        answers = asdict(answers_among(facts_of_order(tx, found.id).values()))
        shown = {**_plain(found), "lines": _lines(found), "answers": answers, **links}
    if as_json:
        print_json(shown)
        return
    lines = shown.pop("lines")
    for name, answer in shown.pop("answers").items():
        shown[name] = list(_words(answer)) if isinstance(answer, dict) else answer
    for name, value in shown.items():
        click.echo(f"{name:15} {', '.join(value) if isinstance(value, list) else value}")
    for line in lines:
        click.echo(f"  {line['quantity']} × {line['name']} {line['variant']}".rstrip())
    click.echo(f"\nIts story: paydesk explain {found.number}")


def _words(answer: dict[str, str]) -> "Iterator[str]":
    for name, text in answer.items():
        yield f"{name}: {text}"


def _link(shop: Any, order: "Order") -> str:
    return f"{shop.settings.pages_url}/o/{order.number}/{order.secret}"


def _lines(order: "Order") -> list[dict[str, Any]]:
    return [
        {
            "name": line.name,
            "variant": line.variant_name,
            "quantity": line.quantity,
            "unit_minor": line.unit_minor,
            "ships": line.ships,
            "returned": line.returned,
        }
        for line in order.lines
    ]


def _plain(order: "Order") -> dict[str, Any]:
    return {
        "number": order.number,
        "id": order.id,
        "payment": order.payment,
        "fulfilment": order.fulfilment,
        "currency": order.currency,
        "total_minor": order.total_minor,
        "paid_minor": order.paid_minor,
        "refunded_minor": order.refunded_minor,
        "disputed_minor": order.disputed_minor,
        "owed_minor": order.owed_minor,
        "authorised_minor": order.authorised_minor,
        "capture_before": order.capture_before.isoformat() if order.capture_before else None,
        "flags": list(order.flags),
        "email": order.email,
        "created_at": order.created_at.isoformat(),
        "paid_at": order.paid_at.isoformat() if order.paid_at else None,
    }
