"""The commands: `paydesk …`, and the same under `flask paydesk …` in a host app."""

import click

from paydesk.cli.database import database
from paydesk.cli.demo import demo
from paydesk.cli.run import run
from paydesk.cli.settings import settings
from paydesk.cli.web import web


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="paydesk", prog_name="paydesk")
def commands() -> None:
    """Sell with Stripe Checkout from Python, and be sure of every payment."""


for _command in (run, web, database, demo, settings):
    commands.add_command(_command)


def main() -> None:
    """The `paydesk` program. Exit codes: 0 done, 1 failed, 2 wrong use or settings."""
    commands(prog_name="paydesk")
