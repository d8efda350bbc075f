"""The talk with one Stripe CLI over its websocket."""

import json
import socket
from contextlib import suppress
from typing import Any
from wsgiref.types import WSGIEnvironment

from flask import Blueprint

from stripe_emulator.emulator import Emulator
from stripe_emulator.stripe_cli.sessions import Sessions
from stripe_emulator.websocket import Websocket

PATH = "/stripecli/subscribe"
_SUBPROTOCOL = "stripecli-devproxy-v1"
# At these words the CLI makes a new session.
_UNKNOWN = "Unknown WebSocket ID."
# The CLI pings every two seconds.
_SILENCE_SECONDS = 30.0


def blueprint() -> Blueprint:
    """What is said to whoever has no session here."""
    pages = Blueprint("stripe_cli", __name__)
    pages.add_url_rule(PATH, "unknown", lambda: ({"error": {"message": _UNKNOWN}}, 400))
    return pages


def talk(emulator: Emulator, connection: socket.socket, environ: WSGIEnvironment) -> bool:
    """Until the CLI goes; False for whoever has no session here."""
    session = emulator.cli.find(environ.get("HTTP_WEBSOCKET_ID", ""))
    if session is None or environ["PATH_INFO"] != PATH:
        return False
    websocket = Websocket(connection, _SUBPROTOCOL)
    try:
        if not websocket.accept(environ, lambda: emulator.cli.connected(session, websocket)):
            return True
        while (message := websocket.receive(_SILENCE_SECONDS)) is not None:
            with suppress(ValueError, RecursionError):
                _hear(emulator.cli, json.loads(message))
    finally:
        emulator.cli.disconnected(session, websocket)
    return True


def _hear(sessions: Sessions, said: Any) -> None:
    if isinstance(said, dict):
        sessions.on_message(said)
