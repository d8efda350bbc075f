"""Idempotency keys: the first answer again, whatever happens ("Idempotent requests")."""

import hashlib
import json
import threading
from dataclasses import dataclass
from typing import Any

from stripe_emulator.errors import StripeFault
from stripe_emulator.store import Tx

_LONGEST = 255
_KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Answer:
    """An answer as it was first given."""

    status: int
    body: str
    request_id: str


class InFlight:
    """The keys of calls that are being answered at this moment."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._lock = threading.Lock()

    def begin(self, key: str) -> None:
        """Raises a StripeFault while another call with the key is running."""
        with self._lock:
            if key in self._keys:
                raise StripeFault(
                    "There is currently another in-progress request using this Idempotent Key "
                    f"({key[:60]}). Please try again later.",
                    status=409,
                    kind="idempotency_error",
                    code="idempotency_key_in_use",
                )
            self._keys.add(key)

    def end(self, key: str) -> None:
        with self._lock:
            self._keys.discard(key)


def checked(key: str) -> str:
    if not 0 < len(key) <= _LONGEST:
        raise StripeFault(f"Idempotency keys have 1 to {_LONGEST} characters.")
    return key


def replay(tx: Tx, key: str, path: str, params: dict[str, Any], now: int) -> Answer | None:
    """The answer this key has had. Raises a StripeFault if it was another call."""
    row = tx.sql.execute(
        "SELECT path, digest, created, status, body, request_id FROM idempotency WHERE key = ?",
        (key,),
    ).fetchone()
    if row is None:
        return None
    if row[2] < now - _KEPT_SECONDS:
        tx.sql.execute("DELETE FROM idempotency WHERE key = ?", (key,))
        return None
    if row[0] != path:
        raise _misused(
            "Keys for idempotent requests can only be used for the same endpoint they were first "
            f"used for ('{path}' vs '{row[0]}'). Try using a key other than '{key[:60]}'."
        )
    if row[1] != digest(params):
        raise _misused(
            "Keys for idempotent requests can only be used with the same parameters they were "
            f"first used with. Try using a key other than '{key[:60]}'."
        )
    return Answer(row[3], row[4], row[5])


def keep(tx: Tx, key: str, path: str, params: dict[str, Any], now: int, answer: Answer) -> None:
    """In the transaction of the call itself: the change and its answer stand or fall together."""
    tx.sql.execute(
        "INSERT OR REPLACE INTO idempotency (key, path, digest, created, status, body, request_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (key, path, digest(params), now, answer.status, answer.body, answer.request_id),
    )


def forget_old(tx: Tx, now: int) -> None:
    """After a day a key may be used afresh."""
    tx.sql.execute("DELETE FROM idempotency WHERE created < ?", (now - _KEPT_SECONDS,))


def digest(params: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()


def _misused(message: str) -> StripeFault:
    return StripeFault(message, kind="idempotency_error")
