"""`paydesk.testing` in a suite of its own, in a process of its own, as a host would run it."""

import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from flask import Flask, Response

from paydesk.testing import served

EMULATOR = "stripe_emulator.pytest_plugin"
# Installed, pytest finds the emulator's plugin by itself.
FOUND = any(each.value == EMULATOR for each in entry_points(group="pytest11"))


def run_suite(file: Path, folder: Path) -> None:
    """Let pytest run `file`; what it says if it fails."""
    plugin = () if FOUND else ("-p", EMULATOR)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *plugin, file],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.slow
def test_a_hosts_suite_buys_pays_refunds_and_travels(tmp_path):
    run_suite(Path(__file__).with_name("host_suite.py"), tmp_path)


def test_an_answer_is_closed_though_its_reader_went_away_without_a_word():
    body = _Body()
    app = Flask("host")
    app.add_url_rule("/", view_func=lambda: Response(body, headers={"Content-Length": "4"}))
    with served(app) as address:
        port = int(address.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), 5) as reader:
            reader.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            while b"done" not in (said := reader.recv(4096)):
                assert said
            # Closed like this, a connection ends with a reset, as a browser's does.
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        body.reader_is_gone.set()
        assert body.closed.wait(5)


class _Body:
    def __init__(self) -> None:
        self.reader_is_gone = threading.Event()
        self.closed = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        yield b"done"
        self.reader_is_gone.wait(5)

    def close(self) -> None:
        self.closed.set()
