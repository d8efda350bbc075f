"""Starts servers and measures rate and CPU of each, in turn."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.webhook import events, load
from bench.webhook.server import SECRET


@dataclass
class Subject:
    """One server under load, and what was measured of it."""

    name: str
    what: str
    database_url: str
    folder: Path
    port: int = 0
    pid: int = 0
    next_order: int = 1
    rates: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return median(self.rates)

    @property
    def cpu(self) -> float:
        return median(self.cpu_ms)


@contextmanager
def running(subject: Subject) -> Iterator[None]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        subject.port = int(probe.getsockname()[1])
    arguments = [subject.what, str(subject.port), subject.database_url, str(subject.folder)]
    with (subject.folder / f"{subject.name}.log".replace(" ", "_")).open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.webhook.server", *arguments], stdout=log, stderr=log
        )
    subject.pid = process.pid
    try:
        _until_ready(subject.port)
        yield
    finally:
        process.kill()
        process.wait()


def measure(subjects: list[Subject], texts: list[str], rounds: int, orders: int) -> None:
    """`orders` purchases of five events a round for each, in turn; the first round only warms."""
    with ExitStack() as stack:
        for each in subjects:
            stack.enter_context(running(each))
        for number in range(rounds + 1):
            # Whoever is first in one round is last in the next.
            for each in subjects if number % 2 else reversed(subjects):
                rate, cpu_ms = _one(each, texts, orders)
                if number:
                    each.rates.append(rate)
                    each.cpu_ms.append(cpu_ms)


def _one(subject: Subject, texts: list[str], orders: int) -> tuple[float, float]:
    numbers = range(subject.next_order, subject.next_order + orders)
    subject.next_order += orders
    tag = f"{subject.what}_{os.getpid()}"
    bodies = [body for number in numbers for body in events.of_order(texts, number, tag)]
    before = _cpu_seconds(subject.pid)
    seconds = load.send(subject.port, bodies, SECRET)
    spent = _cpu_seconds(subject.pid) - before
    return len(bodies) / seconds, spent * 1000 / len(bodies)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _until_ready(port: int) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=5).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return
