"""Does what a page says, as its reader would: real processes in an empty folder."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.docs.blocks import Piece
from tests.journeys.buyer import GOOD, Buyer, reviews
from tests.journeys.ways_of_paying import BY_NAME
from tests.journeys.world import World, until
from tests.paydesk.test_testing import EMULATOR, FOUND

_SOURCE = Path(__file__).parents[2]
_MOST_SECONDS = 60
_KEPT = ("PATH", "LANG")
# What the reader's terminal finds: this Python's programs, or those of an environment that the
# page has made.
# Usual ports are other ones here, so that pages can be read side by side.
_PROGRAM = """#!/bin/bash
py={folder}/.venv/bin/python
[ -x "$py" ] || py={python}
case "{name} ${{1:-}}" in
  "flask run") more=(--port {shop});;
  "paydesk web") more=(--port {shop});;
  "paydesk run") more=(--port {shop} --emulator-port {stripe});;
  "stripe-emulator ") more=(--port {stripe});;
  stripe-emulator*) more=(--url http://127.0.0.1:{stripe});;
  *) more=();;
esac
exec "$py" {start} "$@" "${{more[@]}}"
"""
_STARTS = {
    "python": "",
    "pytest": "-m pytest -p no:cacheprovider",
    "flask": "-m flask",
    "paydesk": "-m paydesk",
    "stripe-emulator": "-m stripe_emulator",
}


@dataclass
class Reader:
    """One person with one page, a terminal and a browser."""

    world: World
    chromium: Callable[[], Browser]
    slow: bool = False
    printed: str = ""
    _script: list[str] = field(default_factory=list)
    _logs: dict[Path, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.world.folder / "reader"

    def reads(self, pieces: list[Piece]) -> None:
        """Do all of it. Raises AssertionError, naming the line of the page."""
        self._prepare()
        try:
            for piece in pieces:
                try:
                    self._does(piece)
                except Exception as error:
                    error.add_note(f"at line {piece.line} of the page")
                    error.add_note("\n".join(log.read_text()[-3000:] for log in self._logs))
                    raise
            if self._script:
                self._runs_python("\n".join(self._script))
        finally:
            self._ends()

    def _does(self, piece: Piece) -> None:
        if piece.mark == "not run" or (piece.mark == "slow" and not self.slow):
            return
        piece = Piece(
            piece.mark, self._here(piece.word), piece.language, self._here(piece.code), piece.line
        )
        if piece.mark in ("file", "append"):
            self._writes(piece)
        elif piece.mark in ("prints", "answers"):
            self._compares(piece)
        elif piece.mark == "buyer":
            self._buys(dict(part.split("=", 1) for part in shlex.split(piece.word)))
        elif piece.mark == "stop":
            self.stop(piece.word)
        elif piece.mark == "background":
            self._begins(piece)
        elif piece.language == "python":
            self._script.append(piece.code)
        elif piece.language == "sh":
            self._runs(piece)

    def _here(self, text: str) -> str:
        ports = {"5000": self.world.shop_port, "12111": self.world.stripe_port}
        return re.sub(r"\b(5000|12111)\b", lambda found: str(ports[found[0]]), text)

    def _prepare(self) -> None:
        """A folder and the programs of an environment that has been activated."""
        self.folder.mkdir()
        programs = self.world.folder / "bin"
        programs.mkdir()
        for name, start in _STARTS.items():
            text = _PROGRAM.format(
                name=name,
                start=start,
                python=sys.executable,
                folder=self.folder,
                shop=self.world.shop_port,
                stripe=self.world.stripe_port,
            )
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)

    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        return {
            **kept,
            "PATH": f"{self.world.folder / 'bin'}:{kept['PATH']}",
            "HOME": str(self.world.folder),
            "PAYDESK_SOURCE": str(_SOURCE),
            "PAYDESK_BASE_URL": self.world.shop_url,
            "PAYDESK_EMULATOR_URL": self.world.stripe_url,
            "PYTHONDONTWRITEBYTECODE": "1",
            # Installed, pytest finds the emulator's plugin by itself.
            "PYTEST_PLUGINS": "" if FOUND else EMULATOR,
            "PYTHONUNBUFFERED": "1",
        }

    def _writes(self, piece: Piece) -> None:
        file = self.folder / piece.word
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a" if piece.mark == "append" else "w") as out:
            out.write(piece.code)

    def _runs(self, piece: Piece) -> None:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", piece.code],
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600 if self.slow else _MOST_SECONDS,
            check=False,
        )
        self.printed = done.stdout
        wanted = int(piece.word) if piece.mark == "ends with" else 0
        assert done.returncode == wanted, f"ended with {done.returncode}:\n{done.stdout}"

    def _runs_python(self, code: str) -> None:
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_MOST_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"the Python of this page:\n{done.stdout}"

    def _begins(self, piece: Piece) -> None:
        log = self.world.folder / f"background{piece.line}.log"
        with log.open("wb") as out:
            self._logs[log] = subprocess.Popen(
                ["bash", "-c", f"exec {piece.code}"],
                cwd=self.folder,
                env=self.environment(),
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        if piece.word:
            until(lambda: _answers(piece.word), f"{piece.word} answers")

    def _compares(self, piece: Piece) -> None:
        wanted = [line.strip() for line in piece.code.splitlines() if line.strip()]

        def missing() -> list[str]:
            said = self.printed
            if piece.mark == "answers":
                said = "\n".join(log.read_text() for log in self._logs)
            said = " ".join(said.split())
            return [line for line in wanted if not re.search(_pattern(line), said)]

        end = time.monotonic() + (15 if piece.mark == "answers" else 0)
        while missing() and time.monotonic() < end:
            time.sleep(0.1)
        assert missing() == [], f"was not printed, but:\n{self.printed}"

    def _buys(self, does: dict[str, str]) -> None:
        """`opens` an address, `presses` a button, `pays` one way with a `card`, `sees` a text.

        Where a review page comes in between, it is filled in.
        """
        context = self.chromium().new_context()
        try:
            page = context.new_page()
            page.set_default_timeout(15_000)
            page.goto(does["opens"])
            if "presses" in does:
                page.get_by_role("button", name=does["presses"]).first.click()
                reviews(page)
            if "cancels" in does:
                page.wait_for_url(f"{self.world.stripe_url}/c/pay/**")
                page.get_by_role("link", name="Back").click()
            if "pays" in does:
                way = BY_NAME[does["pays"]](Buyer(page, self.world))
                way.arrives()
                way.fills(does.get("card", GOOD))
                button = (
                    page.get_by_role("button", name=does["button"]) if "button" in does else None
                )
                # A frame of Stripe’s that grows just then moves the button from under a mouse.
                (button or way.pay_button()).press("Enter")
            expect(page.locator("body")).to_contain_text(does["sees"], timeout=15_000)
        finally:
            context.close()

    def stop(self, what: str) -> None:
        """Ctrl-C to all whose command has `what` in it."""
        chosen = [each for each in self._running() if what in str(each.args)]
        for process in chosen:
            os.killpg(process.pid, signal.SIGINT)
        for process in chosen:
            assert process.wait(20) is not None

    def _ends(self) -> None:
        for process in self._running():
            # Without ado: how it is stopped is where a page says so.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _running(self) -> list["subprocess.Popen[bytes]"]:
        return [each for each in self._logs.values() if each.poll() is None]


def _pattern(line: str) -> str:
    return ".*?".join(re.escape(" ".join(part.split())) for part in line.split("…"))


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status < 500)
    except urllib.error.HTTPError as error:
        return error.code < 500
    except (urllib.error.URLError, OSError):
        return False
