"""Runs an emulator: in a process of its own, or inside a test."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIEnvironment

from stripe_emulator.app import create_app
from stripe_emulator.browsing import kinds
from stripe_emulator.delivery import RETRY_SECONDS, Deliverer
from stripe_emulator.emulator import Emulator
from stripe_emulator.listening import Listener
from stripe_emulator.resources.webhook_endpoint import ensure
from stripe_emulator.schedule import Scheduler
from stripe_emulator.seeding import sow
from stripe_emulator.store import Store
from stripe_emulator.stripe_cli.talking import talk

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Running:
    """An emulator that answers at `url`."""

    url: str
    emulator: Emulator


class Server:
    """One emulator with its listening socket and its threads."""

    def __init__(
        self,
        host: str,
        port: int,
        file: Path | None,
        retry_seconds: tuple[float, ...] = RETRY_SECONDS,
    ) -> None:
        if host not in LOOPBACK:
            raise ValueError(f"the emulator listens on this machine only, not on {host}")
        self.emulator = Emulator(Store(file))
        try:
            self._app = create_app(self.emulator)
            self._http = Listener(host, port, self._app, self._talk)
        except BaseException:
            self.emulator.store.close()
            raise
        shown = f"[{host}]" if ":" in host else host
        self.emulator.base_url = f"http://{shown}:{self._http.port}"
        self._deliverer = Deliverer(self.emulator, retry_seconds)
        self._scheduler = Scheduler(self.emulator)
        self._started = False

    def ensure_webhook(self, url: str, secret: str) -> None:
        """Have one enabled endpoint of our own for `url`, over any number of starts."""
        with self.emulator.call() as call:
            ensure(call, url, secret)

    def seed(self, calls: list[dict[str, Any]]) -> None:
        """Make the calls of a seed before anybody else can, unless something is stored already.

        Raises Unfit at the first that fails.
        """
        if calls and not set(kinds(self.emulator)) - {"webhook_endpoint"}:
            self._start()
            sow(self._app, calls, self.emulator.clock.timestamp)

    def run(self) -> None:
        """Answer until `stop` is called from another thread."""
        self._start()
        try:
            self._http.serve()
        finally:
            self.close()

    def _start(self) -> None:
        if not self._started:
            self._started = True
            self._deliverer.start()
            self._scheduler.start()

    def close(self) -> None:
        self._http.stop()
        if self._started:
            self._scheduler.stop()
            self._deliverer.stop()
        self.emulator.store.close()

    def _talk(self, connection: socket.socket, environ: WSGIEnvironment) -> bool:
        return talk(self.emulator, connection, environ)

    def stop(self) -> None:
        self.emulator.cli.close_all()
        self._http.stop()


@contextmanager
def running(
    data_dir: Path | None,
    port: int = 0,
    webhook: str | None = None,
    webhook_secret: str | None = None,
    retry_seconds: tuple[float, ...] = RETRY_SECONDS,
) -> Iterator[Running]:
    """An emulator in this process, for tests; port 0 takes a free one.

    `data_dir` None keeps everything in memory.
    """
    file = data_file(data_dir) if data_dir is not None else None
    server = Server("127.0.0.1", port, file, retry_seconds)
    if webhook is not None:
        server.ensure_webhook(webhook, webhook_secret or "whsec_" + "0" * 32)
    thread = threading.Thread(target=server.run, name="emulator")
    thread.start()
    try:
        yield Running(server.emulator.base_url, server.emulator)
    finally:
        server.stop()
        thread.join()


def data_file(folder: Path) -> Path:
    return folder / "stripe.sqlite3"
