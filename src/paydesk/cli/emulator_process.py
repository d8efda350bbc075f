"""Starts the Stripe emulator as a process of its own; from here on it is an address."""

import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

_HOST = "127.0.0.1"
_STOP_SECONDS = 5.0
_HEALTH_TIMEOUT_SECONDS = 1.0


@dataclass(frozen=True)
class EmulatorProcess:
    """A running emulator that ends with the process that started it."""

    url: str
    process: "subprocess.Popen[bytes]"
    # Set once its end is wanted.
    stopping: threading.Event = field(default_factory=threading.Event)

    def stop(self) -> None:
        self.stopping.set()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()

    def watch(self, died: Callable[[int], None]) -> None:
        """Call `died` with the exit code if the emulator ends unasked."""

        def wait() -> None:
            code = self.process.wait()
            if not self.stopping.is_set():
                died(code)

        threading.Thread(target=wait, daemon=True).start()


def start_emulator(
    *, port: int, data: Path, webhook_url: str | None, secret: str
) -> EmulatorProcess:
    """Start it; it answers a moment later (see `is_answering`). Without a URL it tells nobody."""
    arguments = ["--host", _HOST, "--port", str(port), "--data", str(data)]
    if webhook_url is not None:
        arguments += ["--webhook", webhook_url]
    process = subprocess.Popen(  # noqa: S603 - our own program, our own arguments
        [
            sys.executable,
            "-m",
            "stripe_emulator",
            *arguments,
            "--with-parent",
        ],
        # Held open: when this process dies, however it dies, the emulator reads the end of it.
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env=environment_with(STRIPE_EMULATOR_WEBHOOK_SECRET=secret),
        # Ctrl-C goes to this process alone; it stops the emulator last.
        start_new_session=True,
    )
    return EmulatorProcess(f"http://{_HOST}:{port}", process)


def is_answering(url: str) -> bool:
    """Whether an HTTP server says it is well at `url`/health or at `url` itself."""
    try:
        with urllib.request.urlopen(url, timeout=_HEALTH_TIMEOUT_SECONDS) as answer:  # noqa: S310 - ours
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def environment_with(**more: str) -> dict[str, str]:
    """Our own environment and `more`; a child never sees Stripe's keys."""
    import os

    hidden = ("STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET")
    kept = {name: value for name, value in os.environ.items() if name not in hidden}  # noqa: TID251
    return {**kept, **more}
