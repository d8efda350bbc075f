"""`paydesk orders note` and `archive`: what operators keep about an order."""

from typing import Any

import click

from paydesk.cli.asking import as_json, fail, opened_shop, print_json
from paydesk.cli.finding import found_order, stamp
from paydesk.cli.shipping import BY


@click.command()
@click.argument("order")
@click.argument("text", default="")
@click.option("--follow-up", metavar="DAY", help="Look at it again on that day; `none` for no day.")
@as_json
def note(order: str, text: str, follow_up: str | None, *, as_json: bool) -> None:
    """Keep TEXT as a note about ORDER, and print its notes. Buyers never see them."""
    from paydesk.foundation.errors import ShopError
    from paydesk.orders import notes
    from paydesk.reports.filtering import parse_day

    with opened_shop() as shop:
        with found_order(shop, order) as (_tx, found):
            pass
        try:
            if text:
                shop.order_desk.write_note(found.id, text, BY)
            if follow_up is not None:
                day = None if follow_up == "none" else parse_day(follow_up)
                shop.order_desk.follow_up(found.id, day, BY)
        except ShopError as error:
            fail(error.message)
        with shop.database.reading() as tx:
            rows = notes.of_order(tx, found.id)
    plain: list[dict[str, Any]] = [
        {"at": row.at.isoformat(), "by": row.by, "text": row.text} for row in rows
    ]
    if as_json:
        print_json(plain)
        return
    for row in rows:
        click.echo(f"{stamp(row.at)}  {row.by}: {row.text}")
    if not rows:
        click.echo("No notes.")


@click.command()
@click.argument("order")
@click.option("--undo", is_flag=True, help="Take it out of the archive.")
@as_json
def archive(order: str, *, as_json: bool, undo: bool) -> None:
    """Put ORDER away: it is in no list but All and Archived."""
    with opened_shop() as shop:
        with found_order(shop, order) as (_tx, found):
            pass
        changed = shop.order_desk.archive(found.id, BY, put_away=not undo)
    at = changed.archived_at.isoformat() if changed.archived_at else None
    if as_json:
        print_json({"order": changed.number, "archived_at": at})
    else:
        click.echo(f"Order {changed.number}: {'archived' if at else 'not archived'}.")
