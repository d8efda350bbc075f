"""The real Stripe CLI carries webhooks into the shop: `paydesk stripe listen --forward-to`."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.journeys.test_commands import open_session
from tests.journeys.world import World, until
from tests.stripe_cli import Terminal, program


@dataclass
class WorldWithCli(World):
    """The emulator has no endpoint of its own; the shop knows the secret of the CLI's session."""

    secret: str = "whsec_not_known_yet"
    bin: Path = field(init=False)

    def __post_init__(self) -> None:
        self.bin = self.folder / "bin"
        self.bin.mkdir()
        (self.bin / "stripe").symlink_to(program())

    def start(self, *options: str) -> None:
        self.start_stripe()
        self._prepare_database()
        self.secret = self.command("stripe", "listen", "--print-secret").stdout.strip()
        assert self.secret.startswith("whsec_")
        self.start_shop(*options)

    def _begin_stripe(self) -> None:
        data = str(self.folder / "stripe")
        self._start("stripe", "stripe_emulator", "--port", str(self.stripe_port), "--data", data)

    def _environment(self) -> dict[str, str]:
        found = {"STRIPE_WEBHOOK_SECRET": self.secret, "PATH": str(self.bin)}
        return {**super()._environment(), **found}

    def listening(self) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "paydesk", "stripe", "listen", "--skip-update"),
                *("--all-snapshot", "--forward-to", f"localhost:{self.shop_port}/webhook"),
            ],
            env=self._environment(),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture
def world(tmp_path) -> Iterator[WorldWithCli]:
    """On SQLite alone: the database has no part in this."""
    world = WorldWithCli(tmp_path, f"sqlite:///{tmp_path / 'shop.sqlite3'}")
    try:
        world.start()
        yield world
    finally:
        world.stop()


def test_a_purchase_reaches_the_shop_through_the_cli(world):
    with world.listening() as process:
        terminal = Terminal(process)
        try:
            said = terminal.wait_for(r"Your webhook signing secret is (whsec_\S+)")
            assert said[1] == world.secret
            world.pay(open_session(world))
            terminal.wait_for(r"<--  \[200\] POST http://localhost:\d+/webhook")
            until(lambda: world.handler_runs() == 1, "the handler's run")
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(10)
            terminal.ended()
    [delivery] = world.deliveries("checkout.session.completed")
    assert (delivery["state"], delivery["status"]) == ("succeeded", 200)
    assert delivery["url"].endswith("/webhook")
