"""The Stripe CLIs that listen just now: each has a session, a secret and a websocket."""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stripe_emulator import ids
from stripe_emulator.store import Thing
from stripe_emulator.stripe_cli.filtering import Filters
from stripe_emulator.websocket import Websocket

WEBHOOKS, REQUEST_LOGS = "webhooks", "request_logs"
_PREFIX = "cliws"
_MOST_SESSIONS = 1000


@dataclass
class Session:
    """One `stripe listen` or `stripe logs tail`."""

    id: str
    feature: str
    secret: str
    forward_to: str = ""
    filters: Filters = field(default_factory=Filters)
    websocket: Websocket | None = None

    def send(self, message: Thing) -> bool:
        """False if nobody listens, or no longer."""
        websocket = self.websocket
        return websocket is not None and websocket.send(json.dumps(message))


def secret_of(api_key: str, device: str) -> str:
    """The same for the same key and machine, as `stripe listen --print-secret` promises.

    Reckoned, not stored: it outlives a reset, and the shop's settings need no change.
    """
    return f"whsec_{hmac.new(api_key.encode(), device.encode(), hashlib.sha256).hexdigest()}"


class Sessions:
    """All of them, in memory: a CLI whose session is unknown makes a new one."""

    def __init__(self) -> None:
        self.on_message: Callable[[dict[str, Any]], None] = lambda _: None
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()

    def open(
        self, feature: str, secret: str, forward_to: str = "", filters: Filters | None = None
    ) -> Session:
        session = Session(ids.new(_PREFIX), feature, secret, forward_to, filters or Filters())
        with self._lock:
            gone = [each.id for each in self._sessions.values() if each.websocket is None]
            for old in gone[: max(len(self._sessions) - _MOST_SESSIONS, 0)]:
                del self._sessions[old]
            self._sessions[session.id] = session
        return session

    def find(self, session_id: str) -> Session | None:
        with self._lock:
            return self._sessions.get(session_id)

    def endpoints(self) -> list[Thing]:
        """Those that take events, in the form of webhook endpoints."""
        return [
            {"id": each.id, "url": each.forward_to or "stripe listen", "enabled_events": ["*"]}
            for each in self.of(WEBHOOKS)
            # `--print-secret` never calls.
            if each.websocket is not None
        ]

    def connected(self, session: Session, websocket: Websocket) -> None:
        """An older connection is the CLI's own to close."""
        session.websocket = websocket

    def disconnected(self, session: Session, websocket: Websocket) -> None:
        if session.websocket is websocket:
            session.websocket = None

    def close_all(self) -> None:
        """The emulator ends."""
        for each in self._all():
            if each.websocket is not None:
                each.websocket.close()

    def of(self, feature: str) -> list[Session]:
        return [each for each in self._all() if each.feature == feature]

    def _all(self) -> list[Session]:
        with self._lock:
            return list(self._sessions.values())
