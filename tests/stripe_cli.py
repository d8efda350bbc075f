"""Stripe's own command line, as a process that speaks to an emulator."""

import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import npm

KEY = "sk_test_of_the_command_line"
_PATIENCE_SECONDS = 20.0


def program() -> str:
    """The CLI itself, not npm's wrapper in Node, which a signal ends without it."""
    npm.module("@stripe/cli")
    found = sorted(npm.FOLDER.glob("node_modules/@stripe/cli-*/bin/stripe*"))
    assert found, "npm has not installed the CLI for this kind of machine"
    return str(found[0])


def environment(home: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "STRIPE_API_KEY": KEY,
        "STRIPE_CLI_TELEMETRY_OPTOUT": "1",
        "STRIPE_DEVICE_NAME": "testing",
    }


def stripe(home: Path, url: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    return subprocess.run(
        [program(), *arguments, "--api-base", url],
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
        check=False,
    )


class Terminal:
    """What a command that goes on has written so far."""

    def __init__(self, popen: "subprocess.Popen[str]") -> None:
        self._popen = popen
        self._text = ""
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        assert self._popen.stdout is not None
        for line in self._popen.stdout:
            self._text += line

    @property
    def text(self) -> str:
        return self._text

    def wait_for(self, pattern: str) -> "re.Match[str]":
        until = time.monotonic() + _PATIENCE_SECONDS
        while True:
            found = re.search(pattern, self._text)
            if found is not None:
                return found
            assert time.monotonic() < until, f"{pattern!r} is not in:\n{self._text}"
            assert self._popen.poll() is None or self._thread.is_alive(), self._text
            time.sleep(0.01)

    def ended(self) -> None:
        self._thread.join()


@contextmanager
def going_on(home: Path, url: str, *arguments: str) -> Iterator[Terminal]:
    """`stripe listen` or `stripe logs tail`, until the end of the block."""
    with subprocess.Popen(
        [program(), *arguments, "--api-base", url],
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as popen:
        terminal = Terminal(popen)
        try:
            yield terminal
        finally:
            popen.terminate()
            popen.wait(_PATIENCE_SECONDS)
            terminal.ended()
