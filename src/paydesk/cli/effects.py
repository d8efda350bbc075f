"""`paydesk effects`: what we owe paid orders, and what was given up."""

from typing import Any

import click

from paydesk.cli.asking import as_json, fail, opened_shop, print_json
from paydesk.cli.finding import found_order, stamp


@click.group()
def effects() -> None:
    """What follows from a payment: the handlers that run, each once for an order."""


@effects.command("list")
@click.option("--failed", is_flag=True, help="Only those that were given up.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000))
@as_json
def list_effects(limit: int, *, failed: bool, as_json: bool) -> None:
    """List effects, newest first."""
    from sqlalchemy import select

    from paydesk.fulfilment.jobs import EffectState, OwedEffect
    from paydesk.orders.order import Order

    query = select(OwedEffect, Order.number).join(Order, Order.id == OwedEffect.order_id)
    if failed:
        query = query.where(OwedEffect.state == EffectState.FAILED)
    with opened_shop() as shop, shop.database.transaction() as tx:
        rows = tx.execute(query.order_by(OwedEffect.created_at.desc()).limit(limit)).all()
    shown: list[dict[str, Any]] = [
        {
            "order": number,
            "effect": row.effect,
            "state": row.state,
            "created_at": row.created_at.isoformat(),
            "error": row.error,
        }
        for row, number in rows
    ]
    if as_json:
        print_json(shown)
        return
    for row, number in rows:
        error = f"  {row.error}" if row.error else ""
        click.echo(f"{stamp(row.created_at)}  {row.state:8}  {row.effect:8}  {number}{error}")
    if not rows:
        click.echo("No such effects.")


@effects.command()
@click.argument("order")
@as_json
def repeat(order: str, *, as_json: bool) -> None:
    """Have the handlers of ORDER run again after they were given up."""
    from paydesk.fulfilment.hooks import Effect

    with opened_shop() as shop, found_order(shop, order) as (tx, found):
        begun = [effect.value for effect in Effect if shop.jobs.repeat(tx, effect, found.id)]
        if not begun:
            fail(f"Nothing of order {found.number} was given up.")
    if as_json:
        print_json({"order": found.number, "repeated": begun})
    else:
        click.echo(f"Order {found.number}: {', '.join(begun)} will run again.")
