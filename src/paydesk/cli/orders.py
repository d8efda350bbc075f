"""`paydesk orders`: the orders, and which of them need somebody."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from paydesk.cli.asking import as_json, opened_shop, print_json, say
from paydesk.cli.exporting import export, filter_of, filters
from paydesk.cli.finding import found_order, stamp
from paydesk.cli.notes import archive, note
from paydesk.cli.order_card import card
from paydesk.cli.product_files import allow_downloads
from paydesk.cli.shipping import delivered, list_shipments, ship, undo_shipment

if TYPE_CHECKING:
    from paydesk.orders.order import Order

_TABS = ("all", "to_ship", "pending", "problems", "refunded", "archived")
_STATES = ("awaiting", "pending", "paid", "failed", "expired", "review")


@click.group()
def orders() -> None:
    """The orders."""


for _command in (ship, list_shipments, undo_shipment, delivered, export, note, archive):
    orders.add_command(_command)
orders.add_command(allow_downloads)


@orders.command("list")
@click.argument("text", default="")
@click.option("--tab", type=click.Choice(_TABS), default="all", help="One list of the desk.")
@click.option("--payment", type=click.Choice(_STATES), help="Only those whose payment stands so.")
@click.option("--attention", is_flag=True, help="Only those somebody should look at.")
@filters
@click.option("--after", type=int, help="Only those with a smaller number, for the next page.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000))
@as_json
def list_orders(
    payment: str | None,
    after: int | None,
    limit: int,
    *,
    attention: bool,
    as_json: bool,
    **words: Any,
) -> None:
    """List orders, newest first: all, or those that TEXT means.

    TEXT is a number, an e-mail address, a name, a product, a tracking number or any id.
    """
    from paydesk.reports import orders as listing
    from paydesk.reports.orders import Place
    from paydesk.reports.plain_order import plain_order

    if attention:
        words["tab"] = "problems"
    wanted = filter_of(words)
    with opened_shop() as shop, shop.database.reading() as tx:
        rows = listing.first(tx, wanted, Place(after=after), limit, payment=payment)
    if as_json:
        print_json([plain_order(row) for row in rows])
        return
    for row in rows:
        wrong = dict.fromkeys([*([row.problem] if row.problem else []), *row.flags])
        flags = f"  {', '.join(wrong)}" if wrong else ""
        if row.refunded_minor:
            flags = f"  {row.refunded.text()} refunded{flags}"
        click.echo(
            f"{row.number:>7}  {stamp(row.created_at)}  {row.payment:8}  {row.fulfilment:11}  "
            f"{row.total.text():>12}  {row.email or '–'}{flags}"
        )
    if not rows:
        click.echo("No such orders.")


@orders.command()
@click.argument("order")
@as_json
def show(order: str, *, as_json: bool) -> None:
    """Show ORDER: its number, or any id of ours or of Stripe's."""
    from paydesk.payments import bookings
    from paydesk.payments.answers import answers_among
    from paydesk.payments.known import facts_of_order
    from paydesk.payments.telling import recovery_url
    from paydesk.reports.plain_order import plain_bookings, plain_lines, plain_order

    with opened_shop() as shop, found_order(shop, order) as (tx, found):
        links = {"secret_link": _link(shop, found), "recovery_url": recovery_url(tx, found)}
        answers = asdict(answers_among(facts_of_order(tx, found.id).values()))
        rows = bookings.of_orders(tx, [found.id])
        lines = {"lines": plain_lines(found), "bookings": plain_bookings(rows)}
        shown = {**plain_order(found), **lines, "answers": answers, **links}
        pages = {"their page": links["secret_link"], "recovery": links["recovery_url"]}
        told = card(found, answers, pages, rows)
    if as_json:
        print_json(shown)
        return
    click.echo("\n".join(told))
    say(f"\nIts story: paydesk explain {found.number}")


def _link(shop: Any, order: "Order") -> str:
    return f"{shop.settings.pages_url}/o/{order.number}/{order.secret}"
