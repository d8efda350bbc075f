"""`paydesk audit`: what was changed, by whom."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from paydesk.cli.asking import as_json, opened_shop, print_json
from paydesk.cli.finding import stamp

if TYPE_CHECKING:
    from paydesk.staff.audit import AuditEntry


@click.command()
@click.option("--who", default="", help="An e-mail address, or: command line")
@click.option("--what", default="", help="Such as product.published, or how it begins: product")
@click.option("--about", default="", help='Such as "order 1042".')
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="From this day on, UTC.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000))
@as_json
def audit(
    who: str, what: str, about: str, since: datetime | None, limit: int, *, as_json: bool
) -> None:
    """Show what was changed at the desk and by commands, the newest first."""
    from datetime import UTC

    from paydesk.staff.audit_search import Wanted, search

    day = since.replace(tzinfo=UTC) if since is not None else None
    with opened_shop() as shop, shop.database.reading() as tx:
        rows = search(tx, Wanted(who=who, what=what, about=about, since=day), limit)
    if as_json:
        print_json([_plain(row) for row in rows])
        return
    for row in rows:
        click.echo(f"{stamp(row.at)}  {row.who:24} {row.what:28} {row.about}")
        for name in sorted({**(row.before or {}), **(row.after or {})}):
            before, after = (side.get(name, "–") for side in (row.before or {}, row.after or {}))
            click.echo(f"{'':21}{name}: {before} → {after}")
    if not rows:
        click.echo("Nothing of that kind.")


def _plain(row: "AuditEntry") -> dict[str, Any]:
    return {
        "id": row.id,
        "at": row.at.isoformat(),
        "who": row.who,
        "what": row.what,
        "about": row.about,
        "before": row.before,
        "after": row.after,
    }
