"""Reads a control call, and refuses one that makes no sense."""

import json
from typing import Any

from flask import Response, jsonify, request

_MAX_BODY = 1024 * 1024
_MOST = 200


class Bad(Exception):
    """A control call that makes no sense; the message says why."""


def body() -> dict[str, Any]:
    """The JSON object that was sent, {} for none. Raises Bad."""
    given = _sent()
    if not isinstance(given, dict):
        raise Bad("the body must be a JSON object")
    return given


def calls() -> list[Any]:
    """The JSON list that was sent. Raises Bad."""
    given = _sent()
    if not isinstance(given, list):
        raise Bad("the body must be a JSON list of calls")
    return given


def only(given: dict[str, Any], *names: str) -> None:
    """Raises Bad for a field that is none."""
    for name in given:
        if name not in names:
            raise Bad(f"there is no {name:.60} here; there is {', '.join(names) or 'nothing'}")


def limit() -> int:
    """How many of a list: `?limit=`, 50 unless told."""
    text = request.args.get("limit", "50")
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:6]) <= _MOST):
        raise Bad(f"limit must be from 1 to {_MOST}")
    return int(text)


def refused(message: str, status: int = 400) -> Response:
    response = jsonify({"error": {"message": message}})
    response.status_code = status
    return response


def _sent() -> Any:
    # A page of another site cannot send this type without asking first, and we never allow it.
    if request.mimetype != "application/json":
        raise Bad("send Content-Type: application/json")
    request.max_content_length = _MAX_BODY
    given = request.get_json(silent=True) if request.get_data() else {}
    try:
        json.dumps(given, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        # Half a surrogate pair: stored, it could never be sent in an event.
        raise Bad("the body holds characters that are none") from None
    return given
