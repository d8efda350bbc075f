"""Real processes: an emulator, a shop on either database, and a way to kill them."""

import atexit
import json
import os
import shutil
import socket
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paydesk.catalogue.demonstration import load_products
from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database
from paydesk.migrations.schema import migrate
from tests import warm

if TYPE_CHECKING:
    import subprocess

SECRET = "whsec_journeys_0123456789abcdef"
_SQLITE = "sqlite:///"
_PATIENCE_SECONDS = 20.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(true: Callable[[], Any], what: str, seconds: float = _PATIENCE_SECONDS) -> Any:
    """Wait until `true()` is; its value."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = true()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come true in {seconds} s")


def _stock(database_url: str) -> None:
    database = Database(database_url)
    migrate(database)
    with database.transaction() as tx:
        load_products(tx, Clock())
    database.close()


# Making the tables takes longer than half of the journeys.
@cache
def _stocked() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="paydesk-stocked-"))
    atexit.register(shutil.rmtree, folder)
    _stock(f"{_SQLITE}{folder / 'shop.sqlite3'}")
    return folder / "shop.sqlite3"


@dataclass
class World:
    """One shop and one Stripe on this machine."""

    folder: Path
    database_url: str
    shop_port: int = field(default_factory=free_port)
    stripe_port: int = field(default_factory=free_port)
    processes: dict[str, warm.Process] = field(default_factory=dict)
    # More of the shop's settings.
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def shop_url(self) -> str:
        return f"http://localhost:{self.shop_port}"

    @property
    def stripe_url(self) -> str:
        return f"http://127.0.0.1:{self.stripe_port}"

    def start(self, *options: str) -> None:
        self._begin_stripe()
        self._prepare_database()
        self.until_answering(f"{self.stripe_url}/health")
        self.start_shop(*options)

    def start_shop(self, *options: str) -> None:
        self._start("shop", "paydesk", "web", "--port", str(self.shop_port), *options)
        self.until_answering(f"http://127.0.0.1:{self.shop_port}/healthz")

    def start_stripe(self) -> None:
        self._begin_stripe()
        self.until_answering(f"{self.stripe_url}/health")

    def _prepare_database(self) -> None:
        """What `paydesk db migrate` and `paydesk demo load` do, without two processes more."""
        if self.database_url.startswith(_SQLITE):
            shutil.copy(_stocked(), self.database_url.removeprefix(_SQLITE))
        else:
            _stock(self.database_url)

    def _begin_stripe(self) -> None:
        self._start(
            "stripe",
            "stripe_emulator",
            *("--port", str(self.stripe_port), "--data", str(self.folder / "stripe")),
            *("--webhook", f"http://127.0.0.1:{self.shop_port}/webhook"),
        )

    def kill(self, name: str) -> None:
        """SIGKILL to the process and everything it started."""
        self.processes.pop(name).kill()

    def stop(self) -> None:
        for name in list(self.processes):
            self.kill(name)

    def log(self) -> str:
        """What the shop has written, over all its starts."""
        return (self.folder / "shop.log").read_text()

    def handler_runs(self) -> int:
        return self.log().count("Payment was successful")

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """`paydesk …`, as an operator would type it beside the running shop."""
        return warm.run(
            ["paydesk", *arguments], cwd=self.folder, env=self._environment(), seconds=60
        )

    def told(self, *arguments: str) -> Any:
        """What a command prints with --json."""
        answer = self.command(*arguments, "--json")
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)

    def pay(self, session_id: str, **how: Any) -> Any:
        """Pay on Stripe's page, without a browser."""
        return self.post(f"{self.stripe_url}/_emulator/checkout/{session_id}/pay", how)

    def travel(self, days: float) -> None:
        """Let so much time run at Stripe; what follows from it is done and told."""
        self.post(f"{self.stripe_url}/_emulator/travel", {"seconds": days * 86400})
        self.post(f"{self.stripe_url}/_emulator/wait", {"timeout_seconds": 20})

    def faults(self, **switches: Any) -> None:
        self.post(f"{self.stripe_url}/_emulator/faults", switches)

    def deliveries(self, kind: str) -> list[dict[str, Any]]:
        found = self.get(f"{self.stripe_url}/_emulator/deliveries")["data"]
        return [each for each in found if each["type"] == kind]

    def sessions(self) -> list[dict[str, Any]]:
        """The checkout sessions Stripe knows."""
        found: list[dict[str, Any]] = self.get(f"{self.stripe_url}/v1/checkout/sessions")["data"]
        return found

    def get(self, url: str) -> Any:
        request = urllib.request.Request(url, headers={"Authorization": "Bearer sk_test_journeys"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def post(self, url: str, body: Any) -> Any:
        request = urllib.request.Request(
            url, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def until_answering(self, url: str, seconds: float = _PATIENCE_SECONDS) -> None:
        def answers() -> bool:
            try:
                self.get(url)
            except (urllib.error.URLError, OSError):
                return False
            return True

        until(answers, f"{url} answers", seconds)

    def _start(self, name: str, module: str, *arguments: str) -> None:
        self.processes[name] = warm.Process(
            [module, *arguments],
            cwd=self.folder,
            env=self._environment(),
            stdout=self.folder / f"{name}.log",
        )

    def _environment(self) -> dict[str, str]:
        names = ("PATH", "HOME", "LANG")
        kept = {name: os.environ[name] for name in names if name in os.environ}
        return {
            **kept,
            "PAYDESK_DATABASE_URL": self.database_url,
            "PAYDESK_DATA_DIR": str(self.folder / "data"),
            "PAYDESK_BASE_URL": self.shop_url,
            "PAYDESK_EMULATOR_URL": self.stripe_url,
            "STRIPE_WEBHOOK_SECRET": SECRET,
            "STRIPE_EMULATOR_WEBHOOK_SECRET": SECRET,
            **self.settings,
        }
