"""`paydesk products list|show|export|import`: products read and changed without a browser."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from paydesk.cli.asking import as_json, fail, opened_shop, print_json, say

if TYPE_CHECKING:
    from paydesk.catalogue.importing import Plan
    from paydesk.catalogue.product import Product


@click.command("list")
@as_json
def list_products(*, as_json: bool) -> None:
    """Every product, with what it costs and what is left of it."""
    from paydesk.catalogue import editing

    with opened_shop() as shop, shop.database.transaction() as tx:
        rows = [_plain(each) for each in editing.everything(tx)]
    if as_json:
        print_json(rows)
        return
    if not rows:
        say("There is no product yet. Make one at the desk, or: paydesk products import")
        return
    width = max(len(row["product"]) for row in rows)
    for row in rows:
        offers = ", ".join(_offer(each) for each in row["variants"])
        click.echo(f"{row['product']:{width}}  {row['visibility']:9}  {row['name']}: {offers}")


@click.command("show")
@click.argument("slug")
@as_json
def show_product(slug: str, *, as_json: bool) -> None:
    """One product: its texts, variants and prices of before. SLUG: its address, arduino-board."""
    from paydesk.catalogue import editing, wanted
    from paydesk.foundation.errors import NotFound

    with opened_shop() as shop, shop.database.transaction() as tx:
        try:
            product = editing.find(tx, slug)
        except NotFound as error:
            fail(f"{error} See: paydesk products list")
        told = {**_plain(product), "seen_by_buyers": not editing.why_unseen(product)}
        texts = wanted.flat(wanted.as_it_is(product))
        reasons = editing.why_unseen(product)
    if as_json:
        print_json(told)
        return
    for name, text in texts.items():
        if text:
            click.echo(f"{name}: {text}".replace("\n", "\n    "))
    click.echo(f"Seen by buyers: {'no, ' + ', and '.join(reasons) if reasons else 'yes'}")


@click.command("export")
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="Default: the screen.")
def export_products(to: Path | None) -> None:
    """All products as CSV, one row a variant; bring it back with `paydesk products import`."""
    from paydesk.catalogue import editing, sheet, wanted

    with opened_shop() as shop, shop.database.transaction() as tx:
        wishes = [wanted.as_it_is(each) for each in editing.everything(tx)]
    text = "".join(sheet.write(wishes))
    if to is None:
        click.echo(text, nl=False)
        return
    try:
        # The mark at the beginning tells spreadsheets that it is UTF-8.
        to.write_bytes(text.encode("utf-8-sig"))
    except OSError as error:
        fail(f"{to} cannot be written: {error.strerror}.")
    click.echo(f"{len(wishes)} products in {to}")


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--plan", is_flag=True, help="Only show it (the default).")
@click.option("--apply", is_flag=True, help="Do it: all of it, or nothing.")
@as_json
def import_products(file: Path, *, plan: bool, apply: bool, as_json: bool) -> None:
    """What a CSV file would change, and with --apply do it.

    Columns that the file leaves out stay as they are, and nothing is removed. Exit code 1: there
    is a mistake in the file, named with its line and column, and nothing was done.
    """
    from paydesk.catalogue import importing, sheet
    from paydesk.foundation.errors import ShopError
    from paydesk.staff.audit import COMMAND_LINE

    if plan and apply:
        raise click.UsageError("Choose one: --plan shows, --apply does.")
    with opened_shop() as shop:
        try:
            text = sheet.decode(file.read_bytes())
            with shop.database.transaction() as tx:
                found = importing.plan(tx, text)
                if apply and not found.mistakes:
                    importing.apply(tx, shop.clock, COMMAND_LINE, text)
        except ShopError as error:
            fail(f"{file}: {error}")
    is_done = apply and not found.mistakes
    if as_json:
        print_json(_plan(found, is_done=is_done))
    else:
        _print(found, file, is_done=is_done)
    if found.mistakes:
        raise SystemExit(1)


def _print(found: "Plan", file: Path, *, is_done: bool) -> None:
    for mistake in found.mistakes:
        click.echo(f"{file}:{mistake.line}: {mistake.column}: {mistake.sentence}", err=True)
    if found.mistakes:
        click.echo("Nothing was changed. Mend the file first.", err=True)
        return
    for entry in found.changes:
        click.echo(f"{entry.wish.slug}{' (new)' if entry.is_new else ''}")
        for each in entry.changes:
            click.echo(f"    {each.what}: {each.before or '–'} → {each.after or '–'}")
    count = len(found.changes)
    if not count:
        click.echo("Nothing to do: everything in the file is so already.")
    elif is_done:
        click.echo(f"{count} done.")
    else:
        say(f"{count} to do. Do it with: paydesk products import {file} --apply")


def _plan(found: "Plan", *, is_done: bool) -> dict[str, Any]:
    return {
        "applied": is_done,
        "mistakes": [vars(each) for each in found.mistakes],
        "products": [
            {
                "product": entry.wish.slug,
                "new": entry.is_new,
                "changes": [vars(each) for each in entry.changes],
            }
            for entry in found.changes
        ],
    }


def _plain(product: "Product") -> dict[str, Any]:
    from paydesk.catalogue import stock

    return {
        "product": product.slug,
        "name": product.name,
        "category": product.category.slug if product.category else None,
        "visibility": product.visibility,
        "variants": [
            {
                "id": each.id,
                "name": each.name,
                "sku": each.sku,
                "price_minor": price.amount_minor if price else None,
                "currency": price.currency if price else None,
                "price": price.money.text() if price else None,
                "on_hand": each.on_hand,
                "reserved": each.held,
                "left": stock.left(each),
                "earlier_prices": [
                    {
                        "price_minor": old.amount_minor,
                        "currency": old.currency,
                        "from": old.active_from.isoformat(),
                        "until": old.superseded_at.isoformat(),
                    }
                    for old in sorted(each.prices, key=lambda one: one.active_from)
                    if old.superseded_at is not None
                ],
            }
            for each, price in ((one, one.current_price) for one in product.variants)
        ],
    }


def _offer(variant: dict[str, Any]) -> str:
    name = f"{variant['name']} " if variant["name"] else ""
    left = "" if variant["left"] is None else f" ({variant['left']} left)"
    return f"{name}{variant['price'] or 'not sold'}{left}"
