"""`paydesk settings`: what the shop would run with, without any secret."""

from typing import TYPE_CHECKING

import click

from paydesk.cli.asking import as_json, print_json, read_settings

if TYPE_CHECKING:
    from paydesk.mail_options import MailOptions


@click.command()
@as_json
def settings(*, as_json: bool) -> None:
    """Check the settings and show them without their secrets; exit code 2 if one is wrong."""
    found = read_settings()
    shown = {
        "mode": found.mode.value,
        "base_url": found.base_url,
        "shop_name": found.shop_name,
        "stripe": found.stripe_api_base or "https://api.stripe.com",
        "database": "postgresql" if "postgresql" in found.database_url else "sqlite",
        "webhook_secrets": len(found.webhook_secrets),
        "languages": ",".join(found.languages),
        "mail": _mail(found.mail),
        "data_dir": str(found.data_dir),
    }
    if as_json:
        print_json(shown)
        return
    for name, value in shown.items():
        click.echo(f"{name:16} {value}")


def _mail(mail: "MailOptions") -> str:
    if not mail.is_on:
        return "off"
    return f"{mail.server.name}, from {mail.sender}" if mail.server is not None else "kept"
