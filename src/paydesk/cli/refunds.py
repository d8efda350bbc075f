"""`paydesk refunds`: give money back, and see how it fares."""

from typing import TYPE_CHECKING, Any

import click

from paydesk.cli.asking import as_json, fail, opened_shop, print_json
from paydesk.cli.finding import found_order, stamp

if TYPE_CHECKING:
    from paydesk.foundation.money import Money
    from paydesk.orders.order import Order
    from paydesk.payments.refund import LineWish, Refund, Wish

_REASONS = ("requested_by_customer", "duplicate", "fraudulent")


@click.group()
def refunds() -> None:
    """Refunds: make, list, make good."""


@refunds.command()
@click.argument("order")
@click.option("--amount", help="Such as 12.50; everything that is left if nothing is given.")
@click.option(
    "--line",
    "lines",
    multiple=True,
    metavar="LINE[:QUANTITY]",
    help="Line 1, 2 … of the order, and how many of it; one if not said. May be given again.",
)
@click.option("--shipping", is_flag=True, help="The shipping, too; with --line or alone.")
@click.option("--restock", is_flag=True, help="Put what --line names back on the shelf.")
@click.option("--reason", type=click.Choice(_REASONS), help="Stripe's word for why.")
@click.option("--note", default="", help="For your own records.")
@click.option("--attempt", help="Any text; the same text again makes no second refund.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
def create(order: str, *, as_json: bool, yes: bool, **given: Any) -> None:
    """Refund ORDER in full, by an amount, or by its lines.

    If Stripe cannot be reached the refund stays written down and is made later.
    """
    from paydesk.foundation.errors import ShopError

    with opened_shop() as shop:
        with found_order(shop, order) as (_tx, found):
            wish = _wish(found, given)
        try:
            if not yes and not as_json:
                amount = shop.refunds.preview(found.id, wish).amount.text()
                click.confirm(f"Refund {amount} of order {found.number}?", abort=True)
            rows = shop.refunds.request(found.id, wish)
        except ShopError as error:
            fail(error.message)
    _print(rows, as_json=as_json)


def _wish(order: "Order", given: "dict[str, Any]") -> "Wish":
    from paydesk.payments.refund import LineWish, Wish
    from paydesk.payments.refund_lines import SHIPPING
    from paydesk.staff.audit import COMMAND_LINE

    texts, shipping, restock = given.pop("lines"), given.pop("shipping"), given.pop("restock")
    lines = [_line(text, restock=restock) for text in texts]
    if shipping:
        lines.append(LineWish(SHIPPING, 1))
    amount = amount_of(given.pop("amount"), order)
    if lines and amount:
        raise click.UsageError("Give --amount, or --line and --shipping: not both.")
    if restock and not texts:
        raise click.UsageError("--restock needs --line: say what goes back on the shelf.")
    return Wish(amount=amount, lines=tuple(lines), who=COMMAND_LINE, **given)


def _line(text: str, *, restock: bool) -> "LineWish":
    from paydesk.payments.refund import LineWish

    line, _, quantity = text.partition(":")
    if not (line.isdecimal() and int(line) and (quantity or "1").isdecimal()):
        raise click.BadParameter(f"{text!r} is not such as 1:2, line and quantity.")
    return LineWish(int(line) - 1, int(quantity or 1), restock)


@refunds.command("list")
@click.option("--order", help="Only those of this order.")
@click.option("--waiting", is_flag=True, help="Only those Stripe has not answered yet.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000))
@as_json
def list_refunds(order: str | None, limit: int, *, waiting: bool, as_json: bool) -> None:
    """List the refunds we asked for, newest first."""
    from sqlalchemy import select

    from paydesk.payments.refund import Refund, RefundState

    query = select(Refund).order_by(Refund.created_at.desc(), Refund.id).limit(limit)
    with opened_shop() as shop:
        if order is not None:
            with found_order(shop, order) as (_tx, found):
                query = query.where(Refund.order_id == found.id)
        if waiting:
            query = query.where(Refund.state == RefundState.REQUESTED)
        with shop.database.transaction() as tx:
            rows = list(tx.scalars(query))
    _print(rows, as_json=as_json)


@refunds.command()
@click.argument("order")
@as_json
def repeat(order: str, *, as_json: bool) -> None:
    """Make good the refunds of ORDER that failed after they had been made."""
    from paydesk.foundation.errors import ShopError
    from paydesk.staff.audit import COMMAND_LINE

    with opened_shop() as shop:
        with found_order(shop, order) as (_tx, found):
            pass
        try:
            rows = shop.refunds.repeat(found.id, COMMAND_LINE)
        except ShopError as error:
            fail(error.message)
    _print(rows, as_json=as_json)


def amount_of(text: str | None, order: "Order") -> "Money | None":
    """What --amount says, in the order's currency; None if it says nothing."""
    from paydesk.foundation.errors import Invalid
    from paydesk.foundation.money import parse

    if text is None:
        return None
    try:
        return parse(text, order.currency)
    except Invalid as error:
        raise click.BadParameter(error.message, param_hint="--amount") from None


def _print(rows: "list[Refund]", *, as_json: bool) -> None:
    if as_json:
        print_json([_plain(row) for row in rows])
        return
    for row in rows:
        error = f"  {row.error}" if row.error else ""
        click.echo(
            f"{stamp(row.created_at)}  {row.state:9}  {row.money.text():>12}  {row.id}  "
            f"{row.stripe_id or ('–' if row.error else 'not answered yet')}{error}"
        )
    if not rows:
        click.echo("No such refunds.")


def _plain(row: "Refund") -> dict[str, Any]:
    return {
        "id": row.id,
        "order_id": row.order_id,
        "payment_id": row.payment_id,
        "stripe_id": row.stripe_id,
        "amount_minor": row.amount_minor,
        "currency": row.currency,
        "state": row.state,
        "reason": row.reason,
        "note": row.note,
        "error": row.error,
        "created_at": row.created_at.isoformat(),
    }
