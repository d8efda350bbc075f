"""Tells the `stripe logs tail` of every machine of a request that was answered."""

import json
from dataclasses import dataclass
from typing import Any

from stripe_emulator import ids
from stripe_emulator.stripe_cli.sessions import REQUEST_LOGS, Sessions


@dataclass(frozen=True)
class Answered:
    """One request and its answer; `at` in seconds UTC."""

    id: str
    method: str
    path: str
    status: int
    body: str
    at: int


def tell(sessions: Sessions, answered: Answered) -> None:
    tails = [each for each in sessions.of(REQUEST_LOGS) if each.websocket is not None]
    if not tails:
        return
    payload = _payload(answered)
    message = {
        "type": "request_log_event",
        "event_payload": json.dumps(payload),
        "request_log_id": ids.new("resp"),
    }
    for each in tails:
        if each.filters.pass_on(payload):
            each.send(message)


def _payload(answered: Answered) -> dict[str, Any]:
    payload = {
        "created_at": answered.at,
        "livemode": False,
        "method": answered.method,
        "request_id": answered.id,
        "status": answered.status,
        "url": answered.path,
    }
    if answered.status >= 400:
        error = json.loads(answered.body)["error"]
        names = ("charge", "code", "decline_code", "message", "param", "type")
        payload["error"] = {name: error.get(name) or "" for name in names}
    return payload
