"""Switches that make things go wrong on purpose."""

import math
from dataclasses import dataclass, replace
from typing import Any

_MAX_SECONDS = 3600
_MAX_COPIES = 20


@dataclass(frozen=True)
class Faults:
    """How the emulator misbehaves just now. The default is: not at all."""

    # Webhooks: wait before the first try, send so many at the same time, or send none.
    delivery_delay_seconds: float = 0.0
    delivery_copies: int = 1
    delivery_drop: bool = False
    # API: answer this status and do nothing; do the work, but answer late.
    api_status: int | None = None
    api_delay_seconds: float = 0.0
    # Which calls the two concern, by the beginning of their path; None is all of /v1.
    api_only_paths: tuple[str, ...] | None = None

    def concerns(self, path: str) -> bool:
        return self.api_only_paths is None or path.startswith(self.api_only_paths)

    def with_changes(self, changes: dict[str, Any]) -> "Faults":
        """Raises ValueError, naming the switch, for a value that makes no sense."""
        checked: dict[str, Any] = {}
        for name, value in changes.items():
            if name not in _CHECKS:
                raise ValueError(f"{name} is no switch; there are {', '.join(_CHECKS)}")
            checked[name] = _CHECKS[name](name, value)
        return replace(self, **checked)


def _seconds(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"{name} must be a number of seconds")
    if not 0 <= value <= _MAX_SECONDS:
        raise ValueError(f"{name} must be from 0 to {_MAX_SECONDS}")
    return float(value)


def _copies(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MAX_COPIES:
        raise ValueError(f"{name} must be a whole number from 1 to {_MAX_COPIES}")
    return value


def _yes_or_no(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be true or false")  # noqa: TRY004 - one kind for all
    return value


def _status(name: str, value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 400 <= value <= 599:
        raise ValueError(f"{name} must be a status from 400 to 599, or null")
    return value


def _paths(name: str, value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, (list, tuple)) or not all(isinstance(each, str) for each in value):
        raise ValueError(f"{name} must be a list of the beginnings of paths, or null")
    return tuple(value)


_CHECKS = {
    "delivery_delay_seconds": _seconds,
    "delivery_copies": _copies,
    "delivery_drop": _yes_or_no,
    "api_status": _status,
    "api_delay_seconds": _seconds,
    "api_only_paths": _paths,
}
