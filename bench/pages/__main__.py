"""`python -m bench.pages`: what a page costs the server, as a ratio of a bare Flask view's."""

import argparse
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

from bench import reporting
from bench.pages import PAGES
from tests import postgres

_ROUNDS, _CALLS = 9, 200
_GOAL = 2.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Figures:
    """Of one kind of call: seconds and the server's processor time for a round of calls."""

    name: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    size: int = 0

    def row(self, bare: "Figures", calls: int) -> str:
        return (
            f"| {self.name} | {self.size:,} | {calls / statistics.median(self.seconds):,.0f} "
            f"| {statistics.median(self.cpu) / calls * 1000:.2f} | {self.beside(bare):.2f} |"
        )

    def beside(self, bare: "Figures") -> float:
        """Processor time as a multiple of the bare view's."""
        return statistics.median(self.cpu) / statistics.median(bare.cpu)


def main() -> None:
    given = _arguments()
    parts = [reporting.machine() + ".", _how(given)]
    print("\n\n".join(parts), flush=True)
    with ExitStack() as stack:
        urls = {"SQLite": "-"}
        if not given.sqlite and postgres.binaries() is not None:
            urls["PostgreSQL"] = f"{stack.enter_context(postgres.server())}/postgres"
        for name, url in urls.items():
            part = _measured(name, url, given)
            print("\n" + part, flush=True)
            parts.append(part)
    if given.write:
        reporting.write("pages", "\n\n".join(parts))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.pages", description=__doc__)
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    parser.add_argument("--calls", type=int, default=_CALLS, help="in each round")
    parser.add_argument("--sqlite", action="store_true", help="without PostgreSQL")
    parser.add_argument("--write", action="store_true", help="put the tables into the README")
    return parser.parse_args()


def _how(given: argparse.Namespace) -> str:
    return (
        "The demonstration shop, and beside it in the same process a bare Flask view that renders "
        "a template of the same size with a value in it. One connection that stays open, one call "
        f"after the other. Medians of {given.rounds} alternated rounds of {given.calls} calls. "
        "CPU is the server's."
    )


def _measured(database: str, url: str, given: argparse.Namespace) -> str:
    with _server(url) as (pid, port):
        kinds = _kinds(port)
        for each in kinds:
            _round(each, pid, port, 30)
            each.seconds.clear()
            each.cpu.clear()
        for _ in range(given.rounds):
            for each in kinds:
                _round(each, pid, port, given.calls)
    by_name = {each.name: each for each in kinds}
    lines = [
        f"| {database} | bytes | pages/s | CPU ms/page | CPU × bare |",
        "|---|--:|--:|--:|--:|",
        *(each.row(by_name[f"{_page(each)}: bare view"], given.calls) for each in kinds),
        "",
    ]
    for name in PAGES:
        ratio = by_name[f"{name}: a visitor"].beside(by_name[f"{name}: bare view"])
        verdict = "met" if ratio <= _GOAL else "**missed**"
        lines.append(f"- {verdict}: {name} at most {_GOAL:g} × the bare view")
    return "\n".join(lines)


def _page(figures: Figures) -> str:
    return figures.name.partition(":")[0]


def _kinds(port: int) -> list[Figures]:
    found = []
    for name, path in PAGES.items():
        connection = HTTPConnection("127.0.0.1", port)
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
        connection.request("GET", path, headers={"Cookie": cookie})
        tag = connection.getresponse().getheader("ETag") or ""
        connection.close()
        found += [
            Figures(f"{name}: bare view", f"/bare/{name}"),
            Figures(f"{name}: a visitor", path),
            Figures(f"{name}: the same again", path, {"Cookie": cookie, "If-None-Match": tag}),
            Figures(f"{name}: made anew", path, {"Cookie": "paydesk_of_nobody=1"}),
        ]
    found.append(Figures("product: bare view with a form's token", "/bare/product-with-token"))
    return found


def _round(figures: Figures, pid: int, port: int, calls: int) -> None:
    connection = HTTPConnection("127.0.0.1", port)
    before, begin = _cpu(pid), time.perf_counter()
    for _ in range(calls):
        connection.request("GET", figures.path, headers=figures.headers)
        answer = connection.getresponse()
        figures.size = len(answer.read())
        if answer.status not in (200, 304):
            raise RuntimeError(f"{figures.path} answered {answer.status}")
    figures.seconds.append(time.perf_counter() - begin)
    figures.cpu.append(_cpu(pid) - before)
    connection.close()


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


@contextmanager
def _server(url: str) -> Iterator[tuple[int, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with subprocess.Popen(
        [sys.executable, "-m", "bench.pages.standing", str(port), url],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield process.pid, port
        assert process.stdin is not None
        process.stdin.close()


if __name__ == "__main__":
    main()
