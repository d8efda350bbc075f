"""`paydesk db`: the schema of the database."""

import click

from paydesk.cli.asking import as_json, opened_shop, print_json, say


@click.group("db")
def database() -> None:
    """The database's schema."""


@database.command()
def migrate() -> None:
    """Bring the database up to date. Safe to repeat."""
    from paydesk.migrations import schema

    with opened_shop() as shop:
        if schema.is_current(shop.database):
            click.echo("The database is up to date.")
            return
        schema.migrate(shop.database)
        click.echo("The database was brought up to date.")


@database.command()
@as_json
def status(*, as_json: bool) -> None:
    """Say whether the database is up to date; exit code 1 if it is not."""
    from paydesk.migrations import schema

    with opened_shop() as shop:
        current = schema.is_current(shop.database)
    if as_json:
        print_json({"up_to_date": current})
    else:
        say("Up to date." if current else "Out of date. Run: paydesk db migrate")
    if not current:
        raise SystemExit(1)
