"""HTTP/1.1 for the emulator: connections stay open, and none can hold up another."""

import json
import logging
import queue
import select
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIApplication, WSGIEnvironment

from cheroot.errors import MaxSizeExceeded
from cheroot.server import HTTPConnection, HTTPRequest
from cheroot.workers.threadpool import _SHUTDOWNREQUEST, WorkerThread
from cheroot.wsgi import Gateway_10, Server
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, RequestTimeout

from stripe_emulator.errors import StripeFault

log = logging.getLogger("stripe_emulator")

# More than any call may have: what a call takes is its own to say.
_MOST_BODY = 24 * 1024 * 1024
_MOST_HEADERS = 64 * 1024
_SILENCE_SECONDS = 30
# So many clients may dribble at once before others wait; each costs some 30 kB.
_MOST_THREADS = 500
_SPARE_THREADS = 8
# How soon a stop is noticed, and how long it waits for answers that are on their way.
_LOOK_SECONDS = 0.05
_STOP_SECONDS = 0.3
_BACKLOG = 128
_GOODBYE_SECONDS = 0.5
_NEXT_MILLISECONDS = 20
_READ_BYTES = 65536

# Given the connection and the request, talks until the end; False if there is no such websocket.
Talk = Callable[[socket.socket, WSGIEnvironment], bool]


class Listener(Server):  # type: ignore[misc]
    """Takes requests for an application, and websockets for `talk`, until told to stop."""

    expiration_interval = _LOOK_SECONDS
    max_request_body_size = _MOST_BODY
    max_request_header_size = _MOST_HEADERS
    keep_alive_conn_limit = None

    def __init__(self, host: str, port: int, application: WSGIApplication, talk: Talk) -> None:
        """Raises OSError if the port cannot be had."""
        super().__init__(
            # Not the name: it may stand for the IPv6 address alone.
            ("127.0.0.1" if host == "localhost" else host, port),
            application,
            server_name="Stripe-Emulator",
            timeout=_SILENCE_SECONDS,
            shutdown_timeout=_STOP_SECONDS,
            request_queue_size=_BACKLOG,
        )
        self.talk = talk
        self._stopping = threading.Lock()
        self.gateway = _Gateway
        self.ConnectionClass = _Connection
        self.requests = _Threads(self)
        self.prepare()

    @property
    def port(self) -> int:
        found: int = self.bind_addr[1]
        return found

    @staticmethod
    def bind_socket(unbound: socket.socket, address: tuple[str, int]) -> socket.socket:
        # Else a port that was chosen for us cannot be had again for a minute.
        unbound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        unbound.bind(address)
        return unbound

    def stop(self) -> None:
        """Returns when the answers on their way are out; also if somebody else stops it."""
        with self._stopping:
            super().stop()

    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
        """What a client did wrong is told to the client alone."""
        log.log(level, "%s", msg, exc_info=traceback)


class _Threads:
    """As many threads as there are busy connections, in the place of Cheroot's own pool.

    That one has a fixed number, so that as many slow clients would block all others.
    """

    min = 1

    def __init__(self, server: Listener) -> None:
        self._server = server
        self._waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._threads: set[WorkerThread] = set()
        self._lock = threading.Lock()
        # Threads that wait, less the connections that are handed to them.
        self._spare = 0

    def start(self) -> None:
        self._one_more()

    def put(self, connection: Any) -> None:
        with self._lock:
            short = self._spare < 1 and len(self._threads) < _MOST_THREADS
            self._spare -= 1
        if short:
            self._one_more()
        self._waiting.put(connection)

    def get(self) -> Any:
        """A thread's next connection, or its end."""
        with self._lock:
            if self._spare >= _SPARE_THREADS:
                self._threads.discard(threading.current_thread())
                return _SHUTDOWNREQUEST
            self._spare += 1
        return self._waiting.get()

    def stop(self, timeout: float = _STOP_SECONDS) -> None:
        with self._lock:
            threads = list(self._threads)
        for _ in threads:
            self._waiting.put(_SHUTDOWNREQUEST)
        until = time.monotonic() + timeout
        for thread in threads:
            thread.join(max(until - time.monotonic(), 0))
        # A client that is still sending, or does not take its answer, is not waited for.
        for thread in threads:
            if thread.is_alive() and thread.conn is not None:
                with suppress(OSError):
                    thread.conn.socket.shutdown(socket.SHUT_RDWR)

    def _one_more(self) -> None:
        thread = WorkerThread(self._server)
        # It must not keep a process that was told to end.
        thread.daemon = True
        with self._lock:
            self._threads.add(thread)
        thread.start()


class _Request(HTTPRequest):  # type: ignore[misc]
    def __init__(self, server: Listener, connection: Any) -> None:
        # Lets pass what looks like another host's address: a base address that ends in a slash
        # makes the SDK ask for //v1/….
        super().__init__(server, connection, proxy_mode=True)

    def parse_request(self) -> None:
        try:
            super().parse_request()
        except ValueError:
            self.simple_response("400 Bad Request", "Malformed Request-URI")

    def simple_response(self, status: str, msg: str = "") -> None:
        """Refuses what never reaches the API in the API's own form: clients read no other."""
        number, _, reason = str(status).partition(" ")
        fault = StripeFault(msg or f"{reason}.")
        body = json.dumps({"error": {"message": fault.message, "type": fault.kind}}).encode()
        self.close_connection = True
        head = (
            f"{self.server.protocol} {number} {reason}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        with suppress(OSError):
            self.conn.wfile.write(head.encode("latin-1") + body)


class _Connection(HTTPConnection):  # type: ignore[misc]
    RequestHandlerClass = _Request

    def communicate(self) -> bool:
        stays: bool = super().communicate()
        while stays and self.server.ready and self._asks_again():
            stays = super().communicate()
        if not stays:
            self._hear_out()
        return stays

    def _asks_again(self) -> bool:
        # Who has just had an answer often has the next question: to wait a moment in this thread is
        # quicker than to hand the connection to the one that watches all, and back.
        waiting = select.poll()
        waiting.register(self.socket, select.POLLIN)
        return self.rfile.has_data() or bool(waiting.poll(_NEXT_MILLISECONDS))

    def _hear_out(self) -> None:
        # A connection that is closed with something unread is reset, and whoever is still sending
        # never sees why it was refused.
        until = time.monotonic() + _GOODBYE_SECONDS
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)
            self.socket.settimeout(_GOODBYE_SECONDS)
            while self.socket.recv(_READ_BYTES) and time.monotonic() < until:
                pass


class _Gateway(Gateway_10):  # type: ignore[misc]
    """From Cheroot's request to the application, or to a websocket."""

    def get_environ(self) -> WSGIEnvironment:
        environ: WSGIEnvironment = super().get_environ()
        environ["wsgi.input"] = _Body(self.req)
        if self.req.uri.startswith(b"//"):
            path = self.req.uri.partition(b"?")[0].lstrip(b"/")
            environ["PATH_INFO"] = "/" + unquote_to_bytes(path).decode("latin-1")
        return environ

    def respond(self) -> None:
        wants_more = self.env.get("HTTP_UPGRADE", "").lower() == "websocket"
        if wants_more and self.req.server.talk(self.req.conn.socket, self.env):
            self.req.close_connection = True
            self.req.sent_headers = True
        else:
            # Werkzeug answers nothing that asks for a websocket.
            self.env.pop("HTTP_UPGRADE", None)
            super().respond()


class _Body:
    """A request's body. What is wrong with it is the client's fault and is said so."""

    def __init__(self, request: Any) -> None:
        self._request = request

    def read(self, size: int | None = None) -> bytes:
        return self._read(self._request.rfile.read, size)

    def readline(self, size: int | None = None) -> bytes:
        return self._read(self._request.rfile.readline, size)

    def _read(self, read: Callable[[int | None], bytes], size: int | None) -> bytes:
        try:
            return read(size)
        except MaxSizeExceeded:
            wrong: Exception = RequestEntityTooLarge()
        except TimeoutError:
            wrong = RequestTimeout("The request did not come to its end.")
        except (ValueError, OSError):
            wrong = BadRequest("The request's body cannot be read.")
        # Where the next request would begin is not known.
        self._request.close_connection = True
        self._request.rfile = _Nothing()
        raise wrong


class _Nothing:
    """What is left of a body that cannot be read."""

    remaining = 0

    def read(self, _size: int | None = None) -> bytes:
        return b""

    readline = read
