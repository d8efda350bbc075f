"""The commands: `paydesk …`, and the same under `flask paydesk …` in a host app."""

import click

from paydesk.cli.asking import DESK
from paydesk.cli.audit import audit
from paydesk.cli.backup import backup, restore
from paydesk.cli.business import business
from paydesk.cli.check import check
from paydesk.cli.database import database
from paydesk.cli.demo import demo
from paydesk.cli.doctor import doctor
from paydesk.cli.effects import effects
from paydesk.cli.events import events
from paydesk.cli.explain import explain
from paydesk.cli.mail import mail
from paydesk.cli.orders import orders
from paydesk.cli.payments import payments
from paydesk.cli.products import products
from paydesk.cli.reconcile import reconcile
from paydesk.cli.refunds import refunds
from paydesk.cli.report import report
from paydesk.cli.run import run
from paydesk.cli.settings import settings
from paydesk.cli.staff import staff
from paydesk.cli.stripe_command import stripe
from paydesk.cli.web import web
from paydesk.cli.webhooks import webhooks
from paydesk.cli.worker import sweep, worker


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="paydesk", prog_name="paydesk")
@click.option("--desk", metavar="NAME", help="Which one, in an app with several Paydesks.")
@click.pass_context
def commands(context: click.Context, desk: str | None) -> None:
    """Sell with Stripe Checkout from Python, and be sure of every payment."""
    context.find_root().meta[DESK] = desk


_COMMANDS: tuple[click.Command, ...] = (
    *(run, web, worker, database, demo, settings, stripe),
    *(webhooks, products, business, doctor, staff, audit),
    *(
        orders,
        explain,
        events,
        payments,
        refunds,
        report,
        effects,
        mail,
        sweep,
        check,
        reconcile,
        backup,
        restore,
    ),
)
for _command in _COMMANDS:
    commands.add_command(_command)


def main() -> None:
    """The `paydesk` program.

    Exit codes: 0 done, 1 failed or differences found, 2 wrong use or settings, 3 Stripe
    unreachable.
    """
    commands(prog_name="paydesk")
