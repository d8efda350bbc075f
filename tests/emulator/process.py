"""The command as a process of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.emulator.conftest import SECRET


@dataclass
class Process:
    """A running `stripe-emulator`."""

    url: str
    line: str
    popen: "subprocess.Popen[str]"

    def kill(self) -> None:
        """As a power cut would."""
        self.popen.send_signal(signal.SIGKILL)
        self.popen.wait(10)


def arguments(data: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "stripe_emulator", "--data", str(data), *more]


def environment(secret: str = SECRET) -> dict[str, str]:
    return {**os.environ, "STRIPE_EMULATOR_WEBHOOK_SECRET": secret}


@contextmanager
def command(data: Path, *more: str, secret: str = SECRET) -> Iterator[Process]:
    """`stripe-emulator --port 0 …`, ended at the end of the block if it still runs."""
    with subprocess.Popen(
        arguments(data, "--port", "0", *more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
        env=environment(secret),
    ) as popen:
        assert popen.stdout is not None
        assert popen.stderr is not None
        line = popen.stdout.readline()
        assert "http://" in line, popen.stderr.read()
        try:
            yield Process(line.split()[3], line, popen)
        finally:
            if popen.poll() is None:
                popen.kill()
