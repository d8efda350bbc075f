"""Control calls about time: /_emulator/clock, …/travel and …/wait."""

from datetime import UTC, datetime
from typing import Any

from flask import Response, jsonify

from stripe_emulator import browsing, quiet, travelling
from stripe_emulator.api import running
from stripe_emulator.control.asking import Bad, body, limit, only

_LONGEST_WAIT = 300.0
_LARGEST = 10**12


def clock() -> Response:
    """What time it is there, and what will happen next."""
    emulator = running()
    due = browsing.due_next(emulator, limit())
    return jsonify(
        {
            "now": emulator.clock.precise(),
            "ahead_seconds": emulator.clock.ahead_seconds,
            "due": [each._asdict() for each in due],
        }
    )


def travel() -> Response:
    """Let time run: `seconds` on, or `to` a time (seconds UTC or ISO 8601)."""
    given, emulator = body(), running()
    only(given, "seconds", "to")
    if len(given) != 1:
        raise Bad("say seconds, or to")
    try:
        if "seconds" in given:
            to = emulator.clock.precise() + number(given["seconds"], "seconds")
        else:
            to = moment(given["to"])
        trip = travelling.travel(emulator, to)
    except ValueError as error:
        raise Bad(str(error)) from None
    return jsonify({"now": trip.now, "tasks": trip.tasks, "moments": trip.moments})


def wait() -> Response:
    """Until everything due has been done and every due webhook answered."""
    given = body()
    only(given, "timeout_seconds")
    try:
        timeout = number(given.get("timeout_seconds", 10), "timeout_seconds")
    except ValueError as error:
        raise Bad(str(error)) from None
    if not 0 <= timeout <= _LONGEST_WAIT:
        raise Bad(f"timeout_seconds must be from 0 to {_LONGEST_WAIT:g}")
    left = quiet.wait(running(), timeout)
    return jsonify({"quiet": left == 0, "waiting": left})


def number(value: Any, name: str) -> float:
    """Raises ValueError, naming the field."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{name} must be a number")  # noqa: TRY004 - one kind for all
    # NaN is in no order with anything, and whole numbers may be larger than any fraction.
    if not -_LARGEST <= value <= _LARGEST:
        raise ValueError(f"{name} is out of all bounds")
    return float(value)


def moment(value: Any) -> float:
    """Seconds UTC of a number or an ISO text; a day is its beginning. Raises ValueError."""
    if not isinstance(value, str):
        return number(value, "to")
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("to must be a time such as 2027-01-31 or 2027-01-31T12:00:00Z") from None
    return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).timestamp()
