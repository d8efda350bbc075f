"""A stand-in for Stripe as a process of its own, and one connection to it."""

import http.client
import socket
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RIVAL = "localstripe==1.15.10"
_HEADERS = {
    "Authorization": "Bearer sk_test_of_the_benchmark",
    "Content-Type": "application/x-www-form-urlencoded",
}
_START_SECONDS = 30.0


class StandIn:
    """Started, and asked over one connection that stays open."""

    def __init__(self, name: str, command: list[str], folder: Path, health: str) -> None:
        began = time.perf_counter()
        self.name = name
        self.port = _free_port()
        self._popen = subprocess.Popen(
            [*command, "--port", str(self.port)],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        self._await_health(health)
        self.start_seconds = time.perf_counter() - began

    def post(self, path: str, body: str) -> None:
        self._connection.request("POST", path, body, _HEADERS)
        answer = self._connection.getresponse()
        text = answer.read()
        assert answer.status == 200, text

    def rate(self, path: str, body: str, count: int) -> float:
        """Calls a second."""
        began = time.perf_counter()
        for number in range(count):
            self.post(path, body.replace("NUMBER", str(number)))
        return count / (time.perf_counter() - began)

    def megabytes(self) -> float:
        """What it has in memory (RSS)."""
        lines = Path(f"/proc/{self._popen.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024

    def stop(self) -> float:
        """Seconds until it has ended after SIGTERM."""
        began = time.perf_counter()
        self._popen.terminate()
        self._popen.wait(_START_SECONDS)
        self._connection.close()
        return time.perf_counter() - began

    def _await_health(self, path: str) -> None:
        until = time.monotonic() + _START_SECONDS
        while True:
            assert self._popen.poll() is None, f"{self.name} has ended"
            assert time.monotonic() < until, f"{self.name} does not answer"
            try:
                self._connection.request("GET", path, headers=_HEADERS)
                assert self._connection.getresponse().read()
            except (OSError, http.client.HTTPException):
                self._connection.close()
                time.sleep(0.005)
            else:
                return


@contextmanager
def emulator() -> Iterator[StandIn]:
    with tempfile.TemporaryDirectory(prefix="paydesk-bench-") as folder:
        command = [sys.executable, "-m", "stripe_emulator", "--data", folder]
        stand_in = StandIn("stripe-emulator", command, Path(folder), "/health")
        try:
            yield stand_in
        finally:
            stand_in.stop()


@contextmanager
def rival(python: Path) -> Iterator[StandIn]:
    with tempfile.TemporaryDirectory(prefix="paydesk-bench-") as folder:
        command = [str(python), "-m", "localstripe", "--from-scratch"]
        stand_in = StandIn(RIVAL.replace("==", " "), command, Path(folder), "/v1/customers")
        try:
            yield stand_in
        finally:
            stand_in.stop()


@contextmanager
def rivals_python() -> Iterator[Path]:
    """A virtual environment with the rival in it."""
    with tempfile.TemporaryDirectory(prefix="paydesk-bench-") as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "-q", RIVAL], check=True)
        yield python


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port
