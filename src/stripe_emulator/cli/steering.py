"""Commands that steer an emulator that runs already."""

import json
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

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
