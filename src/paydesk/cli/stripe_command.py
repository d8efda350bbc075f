"""`paydesk stripe …`: Stripe's own command line, at the emulator or with your test keys."""

import os
import shutil
from typing import TYPE_CHECKING

import click

from paydesk.cli.asking import fail, read_settings

if TYPE_CHECKING:
    from paydesk.settings import Settings

_HOW_TO_INSTALL = (
    "The Stripe CLI is not installed: there is no `stripe` on PATH. Install it with "
    "`npm install -g @stripe/cli`, Homebrew (`brew install stripe/stripe-cli/stripe`) or as "
    "https://docs.stripe.com/stripe-cli/install says."
)


@click.command(
    name="stripe",
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def stripe(arguments: tuple[str, ...]) -> None:
    """Run the Stripe CLI: `paydesk stripe trigger checkout.session.completed`.

    It speaks to the emulator of `paydesk run`, or to Stripe where STRIPE_SECRET_KEY is set. The
    secret of `paydesk stripe listen --print-secret` belongs into STRIPE_WEBHOOK_SECRET.
    """
    program = shutil.which("stripe")
    if program is None:
        fail(_HOW_TO_INSTALL)
    settings = read_settings()
    address = _emulator(settings)
    at = ("--api-base", address) if address is not None else ()
    # In its place, so that Ctrl-C, pipes and the exit code are its own.
    os.execve(program, ["stripe", *at, *arguments], _environment(settings))  # noqa: S606 - found by us, no shell


def _emulator(settings: "Settings") -> str | None:
    """Where the emulator is; None for Stripe itself."""
    from paydesk.cli.emulator_process import is_answering
    from paydesk.settings import Mode

    if settings.mode is not Mode.EMULATOR:
        return None
    address = settings.stripe_api_base
    if not is_answering(f"{address}/health"):
        fail(f"No emulator answers at {address}. Start one with: paydesk run")
    return address


def _environment(settings: "Settings") -> dict[str, str]:
    from paydesk.cli.emulator_process import environment_with
    from paydesk.settings import Mode

    more = {"STRIPE_API_KEY": settings.secret_key, "STRIPE_CLI_TELEMETRY_OPTOUT": "1"}
    if settings.mode is Mode.EMULATOR:
        # What the CLI keeps of a login at Stripe has no business here.
        more["XDG_CONFIG_HOME"] = str(settings.data_dir.absolute() / "stripe-cli")
    return environment_with(**more)
