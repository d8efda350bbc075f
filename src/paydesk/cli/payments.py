"""`paydesk payments`: take what was authorised, or let it go."""

from typing import TYPE_CHECKING

import click

from paydesk.cli.asking import as_json, fail, opened_shop, print_json
from paydesk.cli.finding import found_order
from paydesk.cli.refunds import amount_of

if TYPE_CHECKING:
    from paydesk.orders.order import Order


@click.group()
def payments() -> None:
    """Authorised payments: capture, cancel."""


@payments.command()
@click.argument("order")
@click.option("--amount", help="Such as 12.50; everything that is authorised if not given.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
def capture(order: str, amount: str | None, *, as_json: bool, yes: bool) -> None:
    """Take what a bank keeps for ORDER, or a part of it; the rest is let go for good."""
    from paydesk.foundation.errors import ShopError

    with opened_shop() as shop:
        with found_order(shop, order) as (_tx, found):
            money = amount_of(amount, found)
        if not yes and not as_json:
            what = money.text() if money else "everything that is authorised"
            click.confirm(f"Capture {what} of order {found.number}?", abort=True)
        try:
            after = shop.capturing.capture(found.id, money)
        except ShopError as error:
            fail(error.message)
    _print(after, as_json=as_json)


@payments.command()
@click.argument("order")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
def cancel(order: str, *, as_json: bool, yes: bool) -> None:
    """Let go what a bank keeps for ORDER: its buyer pays nothing."""
    from paydesk.foundation.errors import ShopError

    with opened_shop() as shop:
        with found_order(shop, order) as (_tx, found):
            pass
        if not yes and not as_json:
            click.confirm(f"Let go what is authorised for order {found.number}?", abort=True)
        try:
            after = shop.capturing.release(found.id)
        except ShopError as error:
            fail(error.message)
    _print(after, as_json=as_json)


def _print(order: "Order", *, as_json: bool) -> None:
    from paydesk.foundation.money import Money

    if as_json:
        print_json(
            {
                "number": order.number,
                "payment": order.payment,
                "paid_minor": order.paid_minor,
                "authorised_minor": order.authorised_minor,
            }
        )
        return
    paid = Money(order.paid_minor, order.currency).text()
    click.echo(f"Order {order.number} is {order.payment}; {paid} were taken.")
