"""`paydesk reconcile`: our books beside Stripe's, to the cent."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from paydesk.cli.asking import as_json, opened_shop, print_json, say

if TYPE_CHECKING:
    from paydesk.payments.comparing import Difference
    from paydesk.payments.reconcile import Reconciled

_USUAL_DAYS = 30


@click.command()
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help=f"From this time (UTC) until now. Default: {_USUAL_DAYS} days ago.",
)
@click.option("--apply", is_flag=True, help="Take Stripe's word where that is safe.")
@as_json
def reconcile(since: Any, *, apply: bool, as_json: bool) -> None:
    """Compare orders, sessions, payments, refunds, disputes and balance with Stripe's.

    Nothing is changed at Stripe, ever. With --apply our side follows Stripe's, and what is left
    is for people. Exit code 0: the same. 1: differences. 3: Stripe cannot be reached.
    """
    from datetime import UTC

    from paydesk.cli.progress import counting

    with opened_shop() as shop, counting("Reading from Stripe") as progress:
        begin = since.replace(tzinfo=UTC) if since else None
        begin = begin or shop.clock.now() - timedelta(days=_USUAL_DAYS)
        work = shop.reconciling.apply if apply else shop.reconciling.compare
        found = work(int(begin.timestamp()), progress)
    if as_json:
        print_json(_plain(found))
    else:
        _print(found)
    if found.differences:
        raise SystemExit(1)


def _print(found: "Reconciled") -> None:
    from paydesk.cli.finding import seconds_stamp
    from paydesk.foundation.money import Money

    for each in found.differences:
        order = f"Order {each.order}: " if each.order else ""
        click.echo(f"{each.code}: {order}{each.text}")
        click.echo(f"   {'  '.join(each.ids)}")
    counts = ", ".join(f"{count} {kind}s" for kind, count in found.compared.items())
    click.echo(f"\nCompared since {seconds_stamp(found.since)} UTC: {counts}.")
    if found.not_ours:
        click.echo(f"{found.not_ours} of Stripe's objects are not this shop's.")
    for currency, line in sorted(found.sums.items()):
        told = "  ".join(f"{name} {Money(minor, currency).text()}" for name, minor in line.items())
        click.echo(f"Stripe's balance, {currency.upper()}: {told}")
    say(_verdict(found.differences))


def _verdict(differences: "tuple[Difference, ...]") -> str:
    if not differences:
        return "No difference."
    mendable = sum(each.mends for each in differences)
    if mendable:
        return (
            f"{len(differences)} differences; {mendable} can be mended by taking Stripe's word: "
            "paydesk reconcile --apply"
        )
    return f"{len(differences)} differences; each needs a decision of yours."


def _plain(found: "Reconciled") -> dict[str, Any]:
    return {
        "since": found.since,
        "same": not found.differences,
        "compared": found.compared,
        "not_ours": found.not_ours,
        "sums": found.sums,
        "differences": [
            {
                "code": each.code,
                "order": each.order,
                "text": each.text,
                "ids": list(each.ids),
                "mends": each.mends,
            }
            for each in found.differences
        ],
    }
