"""Runs an emulator: in a process of its own, or inside a test."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from stripe_emulator.app import create_app
from stripe_emulator.delivery import RETRY_SECONDS, Deliverer
from stripe_emulator.emulator import Emulator
from stripe_emulator.resources.webhook_endpoint import ensure
from stripe_emulator.schedule import Scheduler
from stripe_emulator.store import Store

# How soon a stop is noticed.
_POLL_SECONDS = 0.05
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class _Handler(WSGIRequestHandler):
    # Some clients of Stripe's refuse an answer in HTTP/1.0.
    protocol_version = "HTTP/1.1"

    def log(self, *_: Any) -> None:
        """Requests are shown on the dashboard."""


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
        application = _one_slash(create_app(self.emulator))
        try:
            self._http: BaseWSGIServer = make_server(
                host, port, application, threaded=True, request_handler=_Handler
            )
        except BaseException:
            self.emulator.store.close()
            raise
        shown = f"[{host}]" if ":" in host else host
        self.emulator.base_url = f"http://{shown}:{self._http.server_port}"
        self._deliverer = Deliverer(self.emulator, retry_seconds)
        self._scheduler = Scheduler(self.emulator)

    def ensure_webhook(self, url: str, secret: str) -> None:
        """Have one enabled endpoint of our own for `url`, over any number of starts."""
        with self.emulator.call() as call:
            ensure(call, url, secret)

    def run(self) -> None:
        """Answer until `stop` is called from another thread."""
        self._deliverer.start()
        self._scheduler.start()
        try:
            self._http.serve_forever(poll_interval=_POLL_SECONDS)
        finally:
            self._http.server_close()
            self._scheduler.stop()
            self._deliverer.stop()
            self.emulator.store.close()

    def stop(self) -> None:
        self._http.shutdown()


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
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
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


def _one_slash(app: WSGIApplication) -> WSGIApplication:
    # A base address that ends in a slash makes the SDK ask for //v1/….
    def application(environ: WSGIEnvironment, start: StartResponse) -> Any:
        path = environ.get("PATH_INFO", "")
        if path.startswith("//"):
            environ["PATH_INFO"] = "/" + path.lstrip("/")
        return app(environ, start)

    return application
