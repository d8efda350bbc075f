"""What the bar on top of each page says while the shop runs on the emulator."""

import json
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from paydesk.settings import Settings

# A page may be a little late about the emulator's time, but never slow because of it.
_REMEMBERED_SECONDS = 2.0
_TIMEOUT_SECONDS = 0.25


@dataclass(frozen=True)
class EmulatorBar:
    """`now`: the emulator's time, which can travel; None while it does not answer."""

    dashboard: str
    events: str
    now: datetime | None


def emulator_bar(settings: Settings) -> EmulatorBar:
    base = settings.stripe_api_base or ""
    return EmulatorBar(f"{base}/dashboard", f"{base}/dashboard/events", _CLOCK.now(base))


class _Clock:
    """The emulator's clock, looked at once in a while, by one request at a time."""

    def __init__(self) -> None:
        self._looking = threading.Lock()
        self._seen: dict[str, tuple[float, datetime | None]] = {}

    def now(self, base: str) -> datetime | None:
        until, last = self._seen.get(base, (0.0, None))
        if time.monotonic() < until or not self._looking.acquire(blocking=False):
            return last
        try:
            found = _ask(base)
            self._seen[base] = (time.monotonic() + _REMEMBERED_SECONDS, found)
            return found
        finally:
            self._looking.release()


def _ask(base: str) -> datetime | None:
    there = urlsplit(base)
    connection = HTTPConnection(there.hostname or "", there.port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/_emulator/clock?limit=1")
        return datetime.fromtimestamp(json.load(connection.getresponse())["now"], UTC)
    except (OSError, HTTPException, ValueError, KeyError, TypeError):
        return None
    finally:
        connection.close()


_CLOCK = _Clock()
