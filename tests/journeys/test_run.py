"""The one command: it starts everything, keeps its data and stops what it started."""

import os
import signal
import socket
import subprocess
import sys
import threading

import pytest

from tests.journeys.buyer import fill_in_address
from tests.journeys.world import free_port, until

pytestmark = pytest.mark.browser


class Running:
    """`paydesk run` (or another command) in a folder, with what it prints."""

    def __init__(self, folder, *arguments: str) -> None:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self.process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=folder,
            env={**kept, "PYTHONFAULTHANDLER": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.output = ""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output += line

    def says(self, text: str) -> None:
        until(lambda: text in self.output, f"{text!r} in the output")

    def ends(self, how: int) -> int:
        self.process.send_signal(how)
        return self.wait()

    def wait(self) -> int:
        """The exit code; if it does not end, what each of its threads was about."""
        try:
            code = self.process.wait(15)
        except subprocess.TimeoutExpired as hangs:
            self.process.send_signal(signal.SIGABRT)
            self.process.wait(5)
            # What it started would go on without it.
            os.killpg(self.process.pid, signal.SIGKILL)
            self._reader.join(5)
            raise AssertionError(f"it did not end:\n{self.output}") from hangs
        self._reader.join(5)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.fixture
def run(tmp_path):
    started = []

    def start(*arguments: str) -> Running:
        started.append(Running(tmp_path, *arguments))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            os.killpg(each.process.pid, signal.SIGKILL)
            each.wait()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def orders_and_pays(page):
    """The demonstration ships by its own rates, so what it comes to is shown first."""
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_role("button", name="Order and pay $43.90").click()
    page.get_by_text("Test cards").click()
    page.get_by_role("button", name="4242", exact=False).first.click()
    fill_in_address(page)
    page.get_by_role("button", name="Pay", exact=False).last.click()


def test_it_says_where_to_go_sells_and_keeps_what_was_sold(run, chromium):
    shop, stripe = free_port(), free_port()
    command = ("paydesk", "run", "--port", str(shop), "--emulator-port", str(stripe))
    first = run(*command)
    first.says(f"http://localhost:{shop}")
    first.says(f"http://127.0.0.1:{stripe}/dashboard")
    page = chromium.new_page()
    page.goto(f"http://localhost:{shop}")
    page.get_by_role("link", name="Arduino Board").first.click()
    page.get_by_role("button", name="Purchase Arduino Board").click()
    orders_and_pays(page)
    page.get_by_text("Paid on").first.wait_for()
    first.says("Payment was successful")
    assert first.ends(signal.SIGINT) == 0
    assert not answers(shop)
    assert not answers(stripe)

    again = run(*command)
    again.says("Ctrl-C stops everything")
    page.reload()
    page.get_by_text("Paid on").first.wait_for()
    page.close()
    assert again.ends(signal.SIGTERM) == 0


def test_what_it_started_ends_even_when_it_is_killed(run):
    shop, stripe = free_port(), free_port()
    running = run("paydesk", "run", "--port", str(shop), "--emulator-port", str(stripe))
    running.says("Ctrl-C stops everything")
    running.process.kill()
    until(lambda: not answers(stripe) and not answers(shop), "the end of both")
    running.wait()


def test_a_busy_port_is_named(run):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = str(busy.getsockname()[1])
        running = run("paydesk", "run", "--port", port)
        assert running.wait() == 1
        assert f"Port {port} is in use" in running.output
        assert "--port" in running.output


def test_plain_flask_run_sells_too(run, chromium):
    port = free_port()
    factory = "paydesk.cli.development:create_app"
    running = run("flask", "--app", factory, "run", "--port", str(port))
    until(lambda: answers(port), "flask run")
    page = chromium.new_page()
    page.goto(f"http://localhost:{port}")
    page.get_by_role("link", name="Arduino Board").first.click()
    page.get_by_role("button", name="Purchase Arduino Board").click()
    orders_and_pays(page)
    page.get_by_text("Paid on").first.wait_for()
    page.close()
    running.says("Payment was successful")
    running.ends(signal.SIGINT)


def test_flask_run_that_reloads_starts_one_emulator(run):
    port = free_port()
    factory = "paydesk.cli.development:create_app"
    running = run("flask", "--app", factory, "run", "--debug", "--port", str(port))
    until(lambda: answers(port), "flask run")
    running.says("Debugger is active")
    assert running.output.count("Stripe emulator") == 1, running.output
    os.killpg(running.process.pid, signal.SIGINT)
    running.wait()


def test_a_host_app_has_the_same_commands(run):
    ours, theirs = run("paydesk", "--help"), run("flask", "paydesk", "--help")
    assert (ours.wait(), theirs.wait()) == (0, 0)
    commands = [line.split()[0] for line in ours.output.splitlines() if line.startswith("  ")]
    assert {"run", "web", "db", "demo", "settings"} <= set(commands)
    assert all(name in theirs.output for name in commands)
