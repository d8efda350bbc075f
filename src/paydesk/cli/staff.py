"""`paydesk staff`: who may sign in at the desk."""

import click

from paydesk.cli.asking import as_json, opened_shop, print_json


@click.group()
def staff() -> None:
    """Who may sign in at the desk."""


@staff.command("owner-link")
@as_json
def owner_link(*, as_json: bool) -> None:
    """Print a link that makes an owner: good once, for an hour."""
    from paydesk.staff import audit, links

    with opened_shop() as shop:
        with shop.database.transaction() as tx:
            token = links.issue(tx, shop.clock, None)
            audit.note(tx, shop.clock, audit.COMMAND_LINE, "staff.owner-link", "staff")
        url = f"{shop.settings.desk_url}/welcome/{token}"
    if as_json:
        print_json({"url": url, "good_for_seconds": int(links.GOOD_FOR.total_seconds())})
        return
    click.echo(f"Good once, for an hour:\n{url}")
