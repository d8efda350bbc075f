"""One websocket on a connection that began as an HTTP request."""

import socket
import threading
import time
from collections.abc import Callable
from wsgiref.types import WSGIEnvironment

from websockets.datastructures import Headers
from websockets.exceptions import WebSocketException
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

# A webhook's answer may be as large; more is nobody's honest message.
_MOST_BYTES = 4 * 1024 * 1024
_READ_BYTES = 65536
# Whoever cannot take a message for so long is gone.
_SEND_SECONDS = 5.0
_GOING_AWAY = 1001


class Websocket:
    """Messages of text, sent from any thread and received by one."""

    def __init__(self, connection: socket.socket, subprotocol: str) -> None:
        self._socket = connection
        self._protocol = ServerProtocol(
            subprotocols=[Subprotocol(subprotocol)], max_size=_MOST_BYTES
        )
        self._lock = threading.Lock()
        self._parts: list[bytes] = []
        self._messages: list[str] = []

    def accept(self, environ: WSGIEnvironment, opened: Callable[[], None]) -> bool:
        """Answer the request that asks for a websocket; False if it is none.

        `opened` is called before the other side knows: what it does next must not be missed.
        """
        headers = Headers(
            (name[5:].replace("_", "-").title(), value)
            for name, value in environ.items()
            if name.startswith("HTTP_")
        )
        with self._lock:
            # Cheroot has read it already, and the protocol waits for it.
            self._protocol.receive_data(Request(environ["PATH_INFO"], headers).serialize())
            asked = next(iter(self._protocol.events_received()), None)
            if not isinstance(asked, Request):
                return False
            answer = self._protocol.accept(asked)
            self._protocol.send_response(answer)
            if answer.status_code == 101:
                opened()
            self._flush()
        return answer.status_code == 101

    def send(self, message: str) -> bool:
        """False if the other side is gone."""
        with self._lock:
            if self._protocol.state is not State.OPEN:
                return False
            try:
                self._protocol.send_text(message.encode())
                self._flush()
            except OSError:
                return False
        return True

    def receive(self, silence_seconds: float) -> str | None:
        """The next message; None when the other side has gone, or was silent for so long.

        A ping is answered, and ends the silence.
        """
        until = time.monotonic() + silence_seconds
        while not self._messages:
            self._socket.settimeout(max(until - time.monotonic(), 0.001))
            try:
                data = self._socket.recv(_READ_BYTES)
            except OSError:
                return None
            if not self._take(data):
                return None
            until = time.monotonic() + silence_seconds
        return self._messages.pop(0)

    def close(self) -> None:
        """Say goodbye; who receives is told at once."""
        with self._lock:
            try:
                if self._protocol.state is State.OPEN:
                    self._protocol.send_close(_GOING_AWAY)
                    self._flush()
                self._socket.shutdown(socket.SHUT_RDWR)
            except (OSError, WebSocketException):
                pass

    def _take(self, data: bytes) -> bool:
        with self._lock:
            if data:
                self._protocol.receive_data(data)
            else:
                self._protocol.receive_eof()
            for event in self._protocol.events_received():
                if isinstance(event, Frame):
                    self._keep(event)
            try:
                self._flush()
            except OSError:
                return False
        return bool(self._messages) or self._protocol.state is State.OPEN

    def _keep(self, frame: Frame) -> None:
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            self._parts.append(bytes(frame.data))
            if frame.fin:
                self._messages.append(b"".join(self._parts).decode("utf-8", "replace"))
                self._parts.clear()

    def _flush(self) -> None:
        data = b"".join(self._protocol.data_to_send())
        if data:
            self._socket.settimeout(_SEND_SECONDS)
            self._socket.sendall(data)
