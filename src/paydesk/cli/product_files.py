"""`paydesk products attach` and its kin: the files that are what a digital product is."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from paydesk.cli.asking import as_json, fail, opened_shop, print_json, say
from paydesk.cli.finding import found_order, stamp

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from paydesk.catalogue.files import File
    from paydesk.catalogue.product import Product


@click.command()
@click.argument("slug")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--variant", help="Its name or id, where the product has several.")
@click.option("--name", help="What buyers see; the file's own name if not given.")
@as_json
def attach(slug: str, file: Path, variant: str | None, name: str | None, *, as_json: bool) -> None:
    """Let whoever buys the product SLUG fetch FILE. It is copied; the original may go."""
    from paydesk.catalogue import files
    from paydesk.foundation.errors import ShopError

    with opened_shop() as shop:
        try:
            with shop.database.reading() as tx:
                wanted = _variant(_product(tx, slug), variant)
            # Copying may take long: nobody waits for it.
            stored = files.store(shop.settings.data_dir, file, name)
            with shop.database.transaction() as tx:
                row = files.attach(tx, wanted, stored, shop.clock.now())
        except ShopError as error:
            fail(error.message)
    if as_json:
        print_json(_plain(row))
        return
    click.echo(f"{row.id}: {row.name}, {row.size_bytes} bytes, for {slug}.")


@click.command("files")
@click.argument("slug")
@as_json
def list_files(slug: str, *, as_json: bool) -> None:
    """List the files whoever buys the product SLUG may fetch."""
    from paydesk.catalogue import files

    with opened_shop() as shop, shop.database.reading() as tx:
        variants = {each.id: each.name for each in _product(tx, slug).variants}
        rows = files.of_variants(tx, list(variants))
    if as_json:
        print_json([_plain(row) for row in rows])
        return
    for row in rows:
        of = variants[row.variant_id]
        click.echo(f"{row.id}  {row.size_bytes:>12}  {row.name}{f'  ({of})' if of else ''}")
    if not rows:
        say("None. Attach one with: paydesk products attach SLUG FILE")


@click.command()
@click.argument("file_id")
@as_json
def detach(file_id: str, *, as_json: bool) -> None:
    """Give FILE_ID to nobody who buys from now on; earlier buyers keep it."""
    from paydesk.catalogue import files
    from paydesk.foundation.errors import ShopError

    with opened_shop() as shop, shop.database.transaction() as tx:
        try:
            row = files.detach(tx, file_id, shop.clock.now())
        except ShopError as error:
            fail(error.message)
    if as_json:
        print_json(_plain(row))
        return
    click.echo(f"{row.name} is not given to new buyers any more.")


@click.command("allow-downloads")
@click.argument("order")
@as_json
def allow_downloads(order: str, *, as_json: bool) -> None:
    """Let the buyer of ORDER fetch its files a few times more."""
    from paydesk.fulfilment import downloads

    with opened_shop() as shop, found_order(shop, order) as (tx, found):
        count = downloads.allow_more(tx, found)
    if not count:
        fail("This order has no files its buyer may fetch.")
    if as_json:
        print_json({"order": found.number, "files": count, "fetches": downloads.MOST_FETCHES})
        return
    click.echo(f"{downloads.MOST_FETCHES} times more, each of {count} files.")


def _product(tx: "Session", slug: str) -> "Product":
    from sqlalchemy import select

    from paydesk.catalogue.product import Product

    found: Product | None = tx.scalars(select(Product).where(Product.slug == slug)).one_or_none()
    if found is None:
        fail(f"There is no product {slug!r}.")
    return found


def _variant(product: "Product", wanted: str | None) -> str:
    variants = list(product.variants)
    if wanted is not None:
        variants = [each for each in variants if wanted in (each.id, each.name)]
    if len(variants) != 1:
        names = ", ".join(each.name or each.id for each in product.variants)
        fail(f"Say which variant with --variant, of: {names}")
    return str(variants[0].id)


def _plain(row: "File") -> dict[str, Any]:
    return {
        "id": row.id,
        "variant": row.variant_id,
        "name": row.name,
        "media_type": row.media_type,
        "bytes": row.size_bytes,
        "sha256": row.sha256,
        "added_at": stamp(row.added_at),
        "removed_at": stamp(row.removed_at) if row.removed_at else None,
    }
