"""`paydesk staff`: who may sign in at the desk, and what they may do there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from paydesk.cli.asking import as_json, fail, opened_shop, print_json, say
from paydesk.cli.finding import stamp

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from paydesk.staff.member import Staff
    from paydesk.wiring import Shop

_ROLES = ("owner", "orders", "read-only")
_role = click.Choice(_ROLES)


@click.group()
def staff() -> None:
    """Who may sign in at the desk."""


@staff.command("list")
@as_json
def list_staff(*, as_json: bool) -> None:
    """List all accounts, those who are disabled, too."""
    from paydesk.staff import member

    with opened_shop() as shop, shop.database.transaction() as tx:
        rows = [_plain(row) for row in member.everybody(tx)]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(
            f"{row['state']:9} {row['role']:10} {row['email']:32} {row['name']}"
            f"{'  second factor' if row['second_factor'] else ''}"
        )
    if not rows:
        say("Nobody yet. Make an owner: paydesk staff owner-link")


@staff.command("owner-link")
@as_json
def owner_link(*, as_json: bool) -> None:
    """Print a link that makes an owner: good once, for an hour."""
    from paydesk.staff import audit, links

    with _changing() as (shop, tx):
        token = links.issue(tx, shop.clock, None)
        audit.note(tx, shop.clock, audit.COMMAND_LINE, "staff.owner-link", "staff")
    _print_link(shop, token, as_json=as_json)


@staff.command()
@click.argument("email")
@click.option("--name", default="", help="As it stands in the notes of what was done.")
@click.option("--role", default="orders", show_default=True, type=_role)
@as_json
def add(email: str, name: str, role: str, *, as_json: bool) -> None:
    """Make an account for EMAIL and print the link with which they choose a password."""
    from paydesk.staff import audit, member, staffing

    with _changing() as (shop, tx):
        row = member.hire(tx, shop.clock, email, name, member.Role(role))
        token = staffing.add(tx, shop.clock, audit.COMMAND_LINE, row)
    _print_link(shop, token, as_json=as_json)


@staff.command("reset-link")
@click.argument("email")
@click.option("--without-code", is_flag=True, help="Switch their second factor off as well.")
@as_json
def reset_link(email: str, *, without_code: bool, as_json: bool) -> None:
    """Print a link with which EMAIL chooses a new password. Lets them in after too many tries."""
    from paydesk.staff import audit, member, staffing

    with _changing() as (shop, tx):
        row = member.named(tx, email)
        token = staffing.reset(
            tx, shop.clock, audit.COMMAND_LINE, row, drops_second_factor=without_code
        )
    _print_link(shop, token, as_json=as_json)


@staff.command()
@click.argument("email")
@click.argument("role", type=_role)
@as_json
def role(email: str, role: str, *, as_json: bool) -> None:
    """Let EMAIL do what ROLE may."""
    from paydesk.staff import audit, member, staffing

    with _changing() as (shop, tx):
        row = member.named(tx, email)
        staffing.change(tx, shop.clock, audit.COMMAND_LINE, row, member.Role(role))
    _print_one(row, as_json=as_json)


@staff.command()
@click.argument("email")
@as_json
def disable(email: str, *, as_json: bool) -> None:
    """Sign EMAIL out everywhere, and let them in no more."""
    from paydesk.staff import audit, member, staffing

    with _changing() as (shop, tx):
        row = member.named(tx, email)
        staffing.disable(tx, shop.clock, audit.COMMAND_LINE, row)
    _print_one(row, as_json=as_json)


@staff.command()
@click.argument("email")
@as_json
def enable(email: str, *, as_json: bool) -> None:
    """Let EMAIL in again."""
    from paydesk.staff import audit, member, staffing

    with _changing() as (shop, tx):
        row = member.named(tx, email)
        staffing.enable(tx, shop.clock, audit.COMMAND_LINE, row)
    _print_one(row, as_json=as_json)


@contextmanager
def _changing() -> "Iterator[tuple[Shop, Session]]":
    """A transaction whose refusal ends the command with a sentence."""
    from paydesk.foundation.errors import ShopError

    with opened_shop() as shop:
        try:
            with shop.database.transaction() as tx:
                yield shop, tx
        except ShopError as error:
            fail(error.message)


def _print_link(shop: "Shop", token: str, *, as_json: bool) -> None:
    from paydesk.staff.links import GOOD_FOR

    url = f"{shop.settings.desk_url}/welcome/{token}"
    if as_json:
        print_json({"url": url, "good_for_seconds": int(GOOD_FOR.total_seconds())})
        return
    click.echo(f"Good once, for an hour:\n{url}")


def _print_one(row: "Staff", *, as_json: bool) -> None:
    shown = _plain(row)
    if as_json:
        print_json(shown)
        return
    click.echo(f"{shown['email']}: {shown['role']}, {shown['state']}.")


def _plain(row: "Staff") -> dict[str, Any]:
    state = "active" if row.password_hash else "invited"
    return {
        "id": row.id,
        "email": row.email,
        "name": row.name,
        "role": row.role,
        "state": "disabled" if row.disabled_at else state,
        "second_factor": row.has_second_factor,
        "signed_in_at": stamp(row.signed_in_at) if row.signed_in_at else None,
    }
