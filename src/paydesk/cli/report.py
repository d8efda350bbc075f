"""`paydesk report`: what was sold, with the same figures as the desk's home."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from paydesk.cli.asking import as_json, fail, opened_shop, print_json

if TYPE_CHECKING:
    from paydesk.reports.sales import Figures, Row, Sales
    from paydesk.wiring import Shop

_DAY = click.DateTime(["%Y-%m-%d"])
_COLUMNS = ("gross", "refunds", "disputes", "net")
# Today and the 29 days before.
_USUAL_DAYS = 30


@click.group(invoke_without_command=True)
@click.option("--from", "first", type=_DAY, help="First day, in UTC. Default: 29 days ago.")
@click.option("--to", "last", type=_DAY, help="Last day, counted too. Default: today.")
@click.option("--by", type=click.Choice(["day", "week", "month"]), default="day", show_default=True)
@click.option("--currency", help="Such as eur. Default: the one with most orders.")
@as_json
@click.pass_context
def report(context: click.Context, /, *, as_json: bool, **asked: Any) -> None:
    """What was sold: gross, refunds, disputes, net, orders and items, day by day.

    Net is gross less refunds and disputes; Stripe's fees are not in it. Days are in UTC.
    """
    if context.invoked_subcommand is not None:
        return
    from paydesk.foundation.errors import ShopError

    with opened_shop() as shop:
        try:
            found = _sales(shop, asked)
        except ShopError as error:
            fail(error.message)
    if as_json:
        print_json(_plain(found))
    else:
        _print(found)


@report.command()
@as_json
def rebuild(*, as_json: bool) -> None:
    """Add the kept sums and counts up anew from ledger and orders.

    Only needed when `paydesk check` says that they differ. Nobody can pay meanwhile: seconds.
    """
    with opened_shop() as shop:
        count = shop.sums.rebuild()
    if as_json:
        print_json({"sums": count})
    else:
        click.echo(f"{count} sums added up anew.")


def _sales(shop: "Shop", asked: dict[str, Any]) -> "Sales":
    from datetime import timedelta

    from paydesk.reports import sums
    from paydesk.reports.sales import Period, Step, sales

    first, last = asked["first"], asked["last"]
    until = last.date() if isinstance(last, datetime) else shop.clock.now().date()
    since = first.date() if isinstance(first, datetime) else until - timedelta(_USUAL_DAYS - 1)
    with shop.database.transaction() as tx:
        known = sums.currencies(tx)
        currency = (asked["currency"] or (known[0] if known else "usd")).lower()
        return sales(tx, Period(since, until), currency, Step(asked["by"]))


def _print(found: "Sales") -> None:
    header = "".join(f"{name:>14}" for name in _COLUMNS)
    click.echo(f"{found.step.value:10}{header}{'orders':>8}{'items':>7}")
    for row in found.rows:
        click.echo(_line(row.first.isoformat(), row.figures, found.currency))
    click.echo(_line("total", found.total, found.currency))
    for each in found.best:
        click.echo(f"  {each.items} × {each.subject}: {_text(each.sold_minor, found.currency)}")


def _line(name: str, figures: "Figures", currency: str) -> str:
    amounts = (getattr(figures, f"{each}_minor") for each in _COLUMNS)
    money = "".join(f"{_text(each, currency):>14}" for each in amounts)
    return f"{name:10}{money}{figures.orders:>8}{figures.items:>7}"


def _text(minor: int, currency: str) -> str:
    from paydesk.foundation.money import Money

    return Money(minor, currency).text()


def _plain(found: "Sales") -> dict[str, Any]:
    return {
        "from": found.period.first.isoformat(),
        "to": found.period.last.isoformat(),
        "by": found.step.value,
        "currency": found.currency,
        "rows": [_plain_row(row) for row in found.rows],
        "total": _plain_figures(found.total),
        "best_sellers": [vars(each) for each in found.best],
    }


def _plain_row(row: "Row") -> dict[str, Any]:
    days = {"from": row.first.isoformat(), "to": row.last.isoformat()}
    return days | _plain_figures(row.figures)


def _plain_figures(figures: "Figures") -> dict[str, int]:
    return vars(figures) | {"net_minor": figures.net_minor}
