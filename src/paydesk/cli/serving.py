"""Serves the shop with gunicorn: one process, many threads, jobs beside the pages."""

import os
import sys
from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from paydesk.foundation.logs import configure_logs
from paydesk.settings import Settings
from paydesk.web.app import create_app
from paydesk.web.extension import Paydesk

_GRACEFUL_SECONDS = 3


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, settings: Settings, options: dict[str, Any]) -> None:
        self._settings = settings
        self._options = {**options, "worker_exit": lambda _arbiter, _worker: self.end()}
        self._desk: Paydesk | None = None
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        # Called in the serving process: connections and threads must not cross a fork.
        app = create_app(self._settings)
        self._desk = app.extensions["paydesk"]
        self._desk.start_worker()
        return app

    def end(self) -> None:
        """End the serving process here: what its parent has to tidy up is not its business."""
        if self._desk is not None:
            self._desk.shop.worker.stop()
            self._desk.shop.close()
        sys.stdout.flush()
        sys.stderr.flush()
        # Threads that wait for jobs would hold an ordinary exit up for seconds.
        os._exit(0)


def serve(
    settings: Settings,
    *,
    host: str,
    port: int,
    threads: int,
    stopped: Callable[[], None] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT; `stopped` is called in the end, however it comes."""
    configure_logs()
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        _Server(
            settings,
            {
                "bind": address,
                "workers": 1,
                "threads": threads,
                "worker_class": "gthread",
                "worker_tmp_dir": None,
                "loglevel": "warning",
                "graceful_timeout": _GRACEFUL_SECONDS,
                "proc_name": "paydesk",
                "keepalive": 5,
                "control_socket_disable": True,
            },
        ).run()
    finally:
        if stopped is not None:
            stopped()
