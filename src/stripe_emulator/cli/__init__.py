"""The `stripe-emulator` command."""

import logging
import os
import re
import signal
import sqlite3
import sys
import threading
from pathlib import Path
from typing import Any, BinaryIO

import click
from click.core import ParameterSource

from stripe_emulator.call import API_VERSION
from stripe_emulator.cli import steering
from stripe_emulator.errors import StripeFault
from stripe_emulator.resources.webhook_endpoint import check_url
from stripe_emulator.seeding import Unfit
from stripe_emulator.server import LOOPBACK, Server, data_file
from stripe_emulator.store import Unusable

_SECRET = "STRIPE_EMULATOR_WEBHOOK_SECRET"  # noqa: S105 - a variable's name


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
@click.option("--host", default="127.0.0.1", show_default=True, type=click.Choice(LOOPBACK))
@click.option("--port", default=12111, show_default=True, type=click.IntRange(0, 65535))
@click.option(
    "--data",
    default=Path("instance/stripe"),
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that keeps everything over restarts.",
)
@click.option(
    "--webhook",
    metavar="URL",
    help=f"Deliver every event there, signed with the secret in {_SECRET}.",
)
@click.option(
    "--seed",
    type=click.File("rb"),
    help="Make the API calls of this file first, unless something is stored already.",
)
@click.option("--reset", is_flag=True, help="Forget everything first.")
@click.option("--with-parent", is_flag=True, help="End when standard input ends.")
@click.version_option(package_name="paydesk", message=f"%(version)s, Stripe API {API_VERSION}")
def main(
    context: click.Context,
    host: str,
    port: int,
    data: Path,
    webhook: str | None,
    seed: BinaryIO | None,
    *,
    reset: bool,
    with_parent: bool,
) -> None:
    """A whole Stripe on this machine, in test mode: no account, no internet, no real money.

    Without a command it starts. Point any of Stripe's libraries at the address it prints, with
    any sk_test_… key. The commands speak to one that runs.
    """
    if context.invoked_subcommand is not None:
        _refuse_options(context)
        return
    logging.basicConfig(level=logging.WARNING, format="stripe-emulator: %(message)s")
    # Looked at first, so that a slip forgets nothing.
    endpoint = _webhook(webhook) if webhook is not None else None
    calls = steering.read_seed(seed) if seed is not None else []
    server = _server(host, port, data)
    if reset:
        server.emulator.forget()
    if endpoint is not None:
        server.ensure_webhook(*endpoint)
    _sow(server, calls)
    _stop_on_signals(server)
    if with_parent:
        threading.Thread(target=_stop_at_end_of_input, args=(server,), daemon=True).start()
    click.echo(f"Stripe emulator at {server.emulator.base_url} (dashboard: /dashboard)")
    sys.stdout.flush()
    server.run()


def _server(host: str, port: int, data: Path) -> Server:
    try:
        return Server(host, port, data_file(data))
    except Unusable as error:
        click.echo(f"Error: {error}. Choose another folder: --data", err=True)
        sys.exit(2)
    except sqlite3.OperationalError as error:
        click.echo(f"Error: {data} cannot be used: {error}. Choose another: --data", err=True)
        sys.exit(2)
    except (OSError, SystemExit):
        click.echo(
            f"Error: port {port} on {host} is in use, or not ours to use. "
            "Stop what uses it, or choose another: --port",
            err=True,
        )
        sys.exit(2)


def _refuse_options(context: click.Context) -> None:
    """A command speaks to an emulator that runs: `--port 5 travel +1d` would go elsewhere."""
    for name in context.params:
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            option = f"--{name.replace('_', '-')}"
            raise click.UsageError(
                f"{option} is for starting. {context.invoked_subcommand} takes --url"
            )


def _sow(server: Server, calls: list[dict[str, Any]]) -> None:
    try:
        server.seed(calls)
    except Unfit as error:
        server.close()
        raise click.UsageError(f"--seed: {error}") from None


def _webhook(url: str) -> tuple[str, str]:
    try:
        check_url(url)
    except StripeFault:
        raise click.UsageError("--webhook must be an address: http://127.0.0.1:…/…") from None
    secret = os.environ.get(_SECRET, "")  # noqa: TID251 - this command's only variable
    if not re.fullmatch(r"whsec_\S+", secret):
        raise click.UsageError(f"--webhook needs {_SECRET}=whsec_… to sign with")
    return url, secret


def _stop_on_signals(server: Server) -> None:
    def stop(*_: object) -> None:
        # Not from this thread: it is the one that serves.
        threading.Thread(target=server.stop, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def _stop_at_end_of_input(server: Server) -> None:
    # Not sys.stdin: its lock, held by this thread, would break the interpreter's own end.
    while os.read(0, 1024):
        pass
    server.stop()


for _command in steering.COMMANDS:
    main.add_command(_command)
