"""`paydesk orders export`: orders, lines or payments as CSV; and the filters of the order list."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from paydesk.cli.asking import as_json, opened_shop, print_json
from paydesk.cli.progress import counting

if TYPE_CHECKING:
    from paydesk.reports.filtering import OrderFilter

_Command = TypeVar("_Command", bound=Callable[..., Any])


def filters(command: _Command) -> _Command:
    """The options that say which orders are meant, as in the address of the desk's list."""
    for option in (
        click.option("--currency", default="", help="Three letters, such as eur."),
        click.option("--country", default="", help="Two letters, such as DE."),
        click.option("--product", default="", help="A product's slug."),
        click.option(
            "--by",
            type=click.Choice(["order", "payment", "shipping"]),
            default="order",
            show_default=True,
            help="Which date of an order --from and --to are about.",
        ),
        click.option("--to", default="", metavar="DAY", help="The last day, in UTC."),
        click.option("--from", default="", metavar="DAY", help="The first day: 2026-11-23."),
    ):
        command = option(command)
    return command


def filter_of(words: dict[str, str]) -> "OrderFilter":
    """The filter the options say; ends with exit code 2 if one makes no sense."""
    from paydesk.reports.filtering import read_filter

    wanted, errors = read_filter({**words, "q": words.get("text", "")})
    for name, sentence in errors.items():
        raise click.BadParameter(sentence, param_hint=f"--{name}")
    return wanted


@click.command()
@click.option(
    "--what",
    type=click.Choice(["orders", "lines", "payments"]),
    default="orders",
    show_default=True,
    help="One row for each order, each line, or each movement of money.",
)
@click.option("--tab", default="all", show_default=True, help="One list of the desk.")
@filters
@click.option("--output", "-o", type=click.File("w", encoding="utf-8"), default="-")
@as_json
def export(what: str, output: Any, *, as_json: bool, **words: str) -> None:
    """Write orders as CSV, to the terminal or to a file; with --json as a list of objects.

    UTF-8 without a byte order mark. Text that a spreadsheet would take for a formula begins with
    an apostrophe; amounts are decimal numbers.
    """
    import csv

    from paydesk.reports.exports import What
    from paydesk.reports.exports import export as pieces_of

    wanted = filter_of(words)
    with opened_shop() as shop, counting("Exporting") as tell:
        pieces = pieces_of(shop.database, What(what), wanted, lambda n: tell(what, n))
        if as_json:
            print_json(list(csv.DictReader("".join(pieces).splitlines())))
            return
        for piece in pieces:
            # The terminal's own line ends.
            output.write(piece.replace("\r\n", "\n"))
