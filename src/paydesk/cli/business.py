"""`paydesk business`: who sells, and on what terms: facts, legal texts, shipping, tax."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

import click

from paydesk.cli.asking import as_json, fail, opened_shop, print_json

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from paydesk.business.shipping import ShippingRate
    from paydesk.business.tax import TaxRate
    from paydesk.foundation.clock import Clock


@click.group()
def business() -> None:
    """Who sells, and on what terms."""


@business.command()
@as_json
def show(*, as_json: bool) -> None:
    """Show the shop's facts, which legal texts there are, what shipping costs, which taxes hold."""
    from dataclasses import asdict

    from paydesk.business import legal, shipping, tax
    from paydesk.business import shop as shops

    with opened_shop() as shop, shop.database.transaction() as tx:
        shown: dict[str, Any] = {
            "facts": asdict(shops.facts(tx, shop.settings)),
            "texts": [each.value for each in legal.present(tx)],
            "missing_texts": [each.value for each in legal.missing(tx)],
            "shipping": [_shipping_row(each) for each in shipping.rates(tx)],
            "taxes": [_tax_row(each) for each in tax.rates(tx)],
        }
    if as_json:
        print_json(shown)
        return
    for name, value in shown["facts"].items():
        click.echo(f"{name:12} {str(value).replace(chr(10), ', ') or '-'}")
    click.echo(f"{'texts':12} {', '.join(shown['texts']) or '-'}")
    click.echo(f"{'missing':12} {', '.join(shown['missing_texts']) or '-'}")
    for kind in ("shipping", "taxes"):
        for row in shown[kind]:
            click.echo(f"{kind:12} " + "  ".join(f"{key}={row[key]}" for key in row))


@business.command("set")
@click.argument("pairs", nargs=-1, required=True, metavar="NAME=VALUE...")
@as_json
def set_facts(pairs: tuple[str, ...], *, as_json: bool) -> None:
    r"""Write facts of the shop, such as legal_name="My Shop Ltd"; an empty value takes one back.

    A line break in an address is written as \n.
    """
    from paydesk.business import shop as shops

    values = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise click.UsageError(f"{pair!r} is not NAME=VALUE.")
        values[name] = value.replace("\\n", "\n")
    with _writing() as (tx, clock):
        shops.change_facts(tx, clock, values)
    if as_json:
        print_json(values)
    else:
        click.echo(f"Written: {', '.join(values)}.")


@business.command()
@click.argument("kind")
@click.argument("file", type=click.File("r", encoding="utf-8"))
@click.option("--language", default="en", show_default=True, help="Such as de.")
@as_json
def write(kind: str, file: IO[str], language: str, *, as_json: bool) -> None:
    """Write a new version of a legal text from FILE (- for what is piped in).

    KIND: terms, privacy, imprint, shipping, withdrawal or waiver. Earlier versions are kept.
    """
    from paydesk.business import legal

    kinds = [each.value for each in legal.LegalKind]
    if kind not in kinds:
        raise click.UsageError(f"There is no text {kind!r}; there is: {', '.join(kinds)}.")
    with _writing() as (tx, clock):
        text = legal.write_text(tx, clock, legal.LegalKind(kind), language, file.read())
    if as_json:
        print_json({"kind": kind, "language": language, "version": text.version})
    else:
        click.echo(f"{kind} in {language}: version {text.version}.")


@business.command()
@click.argument("country")
@click.argument("percentage")
@click.option("--name", default="VAT", show_default=True, help="As it stands on a receipt.")
@click.option("--on-top", is_flag=True, help="Prices do not contain it.")
@click.option("--tax-code", default="", help="Only for goods of that tax code.")
@as_json
def tax(
    country: str, percentage: str, name: str, tax_code: str, *, on_top: bool, as_json: bool
) -> None:
    """Charge a tax on what is sold to COUNTRY, such as DE 19; it replaces the one before."""
    from paydesk.business import tax as taxes

    terms = taxes.TaxTerms(country, percentage, not on_top, name, tax_code)
    with _writing() as (tx, clock):
        row = _tax_row(taxes.add_rate(tx, clock, terms))
    if as_json:
        print_json(row)
    else:
        click.echo(f"{row['name']} {row['percentage']} % in {row['country']}, {row['id']}.")


@business.command()
@click.argument("name")
@click.argument("countries")
@click.argument("amounts", nargs=-1, required=True, metavar="AMOUNT...")
@click.option("--free-from", multiple=True, help="From which sum on it is free, such as EUR=50.")
@click.option("--days", default="", help="How long it takes, such as 2-4.")
@as_json
def ship(
    name: str,
    countries: str,
    amounts: tuple[str, ...],
    free_from: tuple[str, ...],
    days: str,
    *,
    as_json: bool,
) -> None:
    """Offer a way to ship: paydesk business ship Parcel DE,AT EUR=4.90 USD=5.50

    COUNTRIES by their two letters, or * for all that no other way names.
    """
    from paydesk.business import shipping

    few, _, many = days.partition("-")
    if not (few + many).isdigit() and days:
        raise click.UsageError(f"{days!r} is no number of days: write it like 2-4.")
    with _writing() as (tx, clock):
        terms = shipping.RateTerms(
            name,
            tuple(each for each in countries.split(",") if each),
            dict(map(_amount, amounts)),
            dict(map(_amount, free_from)),
            int(few or 0),
            int(many or few or 0),
        )
        row = _shipping_row(shipping.add_rate(tx, clock, terms))
    if as_json:
        print_json(row)
    else:
        click.echo(f"{row['name']} to {', '.join(row['countries'])}, {row['id']}.")


@business.command()
@click.argument("rate_id")
@as_json
def retire(rate_id: str, *, as_json: bool) -> None:
    """Offer a way to ship, or charge a tax, no more. RATE_ID stands in `paydesk business show`."""
    from paydesk.business import shipping
    from paydesk.business import tax as taxes

    with _writing() as (tx, clock):
        kept = taxes if rate_id.startswith("tax_") else shipping
        kept.retire_rate(tx, clock, rate_id)
    if as_json:
        print_json({"id": rate_id, "retired": True})
        return
    click.echo(f"{rate_id} is not offered any more.")


@contextmanager
def _writing() -> "Iterator[tuple[Session, Clock]]":
    """A transaction that ends with what a refusal says, and then nothing is written."""
    from paydesk.foundation.errors import ShopError

    with opened_shop() as shop:
        try:
            with shop.database.transaction() as tx:
                yield tx, shop.clock
        except ShopError as error:
            fail(error.message)


def _amount(text: str) -> tuple[str, int]:
    from paydesk.foundation.money import parse

    currency, _, amount = text.partition("=")
    return currency.lower(), parse(amount, currency.lower()).minor


def _shipping_row(row: "ShippingRate") -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "countries": row.countries,
        "amounts_minor": row.amounts,
        "free_from_minor": row.free_from,
        "days": [row.min_days, row.max_days],
    }


def _tax_row(row: "TaxRate") -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "country": row.country,
        "percentage": row.percentage,
        "inclusive": row.inclusive,
        "tax_code": row.tax_code,
    }
