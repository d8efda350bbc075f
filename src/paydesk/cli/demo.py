"""`paydesk demo`: products to try the shop with."""

import click

from paydesk.cli.asking import fail, opened_shop


@click.group()
def demo() -> None:
    """Demonstration data."""


@demo.command()
def load() -> None:
    """Put the demonstration products into an empty catalogue. Never with live keys."""
    from paydesk.business import demonstration
    from paydesk.catalogue.demonstration import load_products
    from paydesk.fulfilment.demonstration_files import give_files

    with opened_shop() as shop:
        if shop.settings.livemode:
            fail("Demonstration products do not belong into a live shop.")
        with shop.database.transaction() as tx:
            count = load_products(tx, shop.clock)
            if count:
                demonstration.load(tx, shop.clock)
                give_files(tx, shop.settings.data_dir, shop.clock)
    click.echo(
        f"{count} demonstration products loaded."
        if count
        else "The catalogue has products already; nothing was changed."
    )
