"""Commands that steer an emulator that runs already."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any, BinaryIO

import click

from stripe_emulator import spans
from stripe_emulator.remote import Refused, Remote, Unreachable

COMMANDS: list[click.Command] = []
_URL = "http://127.0.0.1:12111"


def steering(name: str) -> Callable[[Callable[..., Any]], click.Command]:
    """A command with `--url` and `--json`; its function gets a Remote first.

    It returns a sentence and what `--json` shows. Exit code 1: it was refused; 3: nothing runs.
    """

    def register(run: Callable[..., tuple[str, Any]]) -> click.Command:
        @click.command(name)
        @click.option(
            "--url", default=_URL, show_default=True, metavar="URL", help="Where it runs."
        )
        @click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
        @wraps(run)
        def command(url: str, *, as_json: bool, **given: Any) -> None:
            try:
                sentence, found = run(Remote(url), **given)
            except Unreachable as error:
                click.echo(f"Error: {error}. Start one: stripe-emulator", err=True)
                sys.exit(3)
            except Refused as error:
                click.echo(f"Error: {error}", err=True)
                sys.exit(1)
            click.echo(json.dumps(found, ensure_ascii=False) if as_json else sentence)

        COMMANDS.append(command)
        return command

    return register


@steering("reset")
def reset(emulator: Remote) -> tuple[str, Any]:
    """Forget everything; it is now again, and nothing goes wrong any more."""
    emulator.reset()
    return "Everything is forgotten.", {"ok": True}


@steering("travel")
@click.argument("when")
def travel(emulator: Remote, when: str) -> tuple[str, Any]:
    """Let time run: +31d, +12h, +90m, +30s, +1w, or a date such as 2027-01-31 (UTC).

    What would have happened meanwhile happens, each at its own time.
    """
    seconds = spans.seconds(when)
    trip = emulator.travel(seconds) if seconds is not None else emulator.travel(to=when)
    shown = datetime.fromtimestamp(trip["now"], UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return f"It is {shown} now; {trip['tasks']} timers rang on the way.", trip


@steering("snapshot")
@click.argument("name")
def snapshot(emulator: Remote, name: str) -> tuple[str, Any]:
    """Keep everything under a name, to come back to it."""
    kept = emulator.snapshot(name)
    return f"Kept as {kept['name']} ({kept['size_bytes']} bytes).", kept


@steering("restore")
@click.argument("name")
def restore(emulator: Remote, name: str) -> tuple[str, Any]:
    """Put everything back to a snapshot, the clock too."""
    return f"Everything is as in {name} again.", emulator.restore(name)


@steering("snapshots")
def snapshots(emulator: Remote) -> tuple[str, Any]:
    """List the snapshots."""
    found = emulator.snapshots()
    return "\n".join(each["name"] for each in found) or "There are none.", found


@steering("seed")
@click.argument("file", type=click.File("rb"))
def seed(emulator: Remote, file: BinaryIO) -> tuple[str, Any]:
    """Make the API calls of a seed FILE in their order; - reads standard input."""
    calls = read_seed(file)
    known = emulator.seed(calls)
    return f"{len(calls)} calls made.", known


def read_seed(file: BinaryIO) -> list[dict[str, Any]]:
    """The calls of a seed file. Ends the command if they cannot be read."""
    try:
        calls = json.load(file)
    except ValueError as error:
        raise click.UsageError(f"{file.name} is no JSON: {error}") from None
    if not isinstance(calls, list):
        raise click.UsageError(f"{file.name} must be a JSON list of calls")
    return calls
