"""Serves the shop with waitress: one thread reads, pools of threads answer, jobs beside them."""

import logging
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from waitress import create_server, wasyncore
from waitress.channel import HTTPChannel

from paydesk.cli.bodies import MAX_BODY_BYTES, Channel
from paydesk.cli.ending import end_process
from paydesk.cli.metrics import serve_metrics
from paydesk.cli.pools import STREAMS, Pools
from paydesk.foundation.logs import configure_logs, configure_logs_in_host
from paydesk.settings import Settings
from paydesk.web.app import create_app
from paydesk.web.current import Mount, mounts

_GRACEFUL_SECONDS = 3.0
# So soon a signal is noticed.
_TICK_SECONDS = 0.25
# A connection costs a little memory and no thread, however slowly its bytes come.
_CONNECTIONS = 800
_IDLE_SECONDS = 60
_MAX_HEADER_BYTES = 32 * 1024


def serve(
    settings: Settings,
    *,
    host: str,
    port: int,
    metrics: tuple[str, int] | None = None,
    stopped: Callable[[], None] | None = None,
    mount: Mount | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, call `stopped`, and end this process.

    `mount`: in whose app the shop is, if it is not an app of its own.
    """
    configure = configure_logs if mount is None else configure_logs_in_host
    configure(settings.log_format)
    # It warns of every request that waits for a thread.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    stop = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stop.set())
    mount = mount or next(iter(mounts(create_app(settings)).values()))
    # Before the first request, and of the shop whose pages are served.
    mount.shop.watching.allow(STREAMS)
    server = Server(mount.app, host, port, settings)
    shop = replace(mount.shop, settings=settings)
    if metrics is not None:
        serve_metrics(shop, *metrics)
    shop.worker.start()
    server.run(stop)
    shop.worker.stop()
    shop.close()
    if stopped is not None:
        stopped()
    end_process()


class Server:
    """waitress with our pools and limits, for one WSGI app."""

    def __init__(self, app: Any, host: str, port: int, settings: Settings) -> None:
        self._sockets: dict[int, wasyncore.dispatcher] = {}
        create_server(
            app,
            self._sockets,
            _dispatcher=Pools(settings.url_prefix),
            host=host,
            port=port,
            ident=None,
            asyncore_use_poll=True,
            connection_limit=_CONNECTIONS,
            channel_timeout=_IDLE_SECONDS,
            max_request_header_size=_MAX_HEADER_BYTES,
            max_request_body_size=MAX_BODY_BYTES,
            clear_untrusted_proxy_headers=settings.trusted_proxies == 0,
        )
        for each in self._sockets.values():
            if hasattr(each, "channel_class"):
                each.channel_class = Channel

    def run(self, stop: threading.Event) -> None:
        """Answer until `stop`, then finish what has begun, for a few seconds."""
        while not stop.is_set():
            self._turn()
        for each in list(self._sockets.values()):
            if each.accepting:
                # Not its own close(): that takes away what answering threads still need.
                wasyncore.dispatcher.close(each)
        until = time.monotonic() + _GRACEFUL_SECONDS
        while any(map(_is_answering, self._sockets.values())) and time.monotonic() < until:
            self._turn()

    def _turn(self) -> None:
        wasyncore.loop(_TICK_SECONDS, use_poll=True, map=self._sockets, count=1)


def _is_answering(each: wasyncore.dispatcher) -> bool:
    return isinstance(each, HTTPChannel) and bool(each.requests or each.total_outbufs_len)
