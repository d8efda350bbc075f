"""What the doctor says: one sentence a check, and one line that mends it."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Grade(StrEnum):
    """`warning`: the shop sells, and somebody should look; `failure`: it does not, or not long."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True)
class Diagnosis:
    """One check. `fix` is empty where nothing is to be mended."""

    check: str
    grade: Grade
    reason: str
    fix: str = ""


def ok(check: str, reason: str) -> Diagnosis:
    return Diagnosis(check, Grade.OK, reason)


def warning(check: str, reason: str, fix: str) -> Diagnosis:
    return Diagnosis(check, Grade.WARNING, reason, fix)


def failure(check: str, reason: str, fix: str) -> Diagnosis:
    return Diagnosis(check, Grade.FAILURE, reason, fix)


def ago(age: timedelta) -> str:
    """For people: `3 minutes`, `2 days`."""
    seconds = int(age.total_seconds())
    for name, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            count = seconds // length
            return f"{count} {name}{'s' if count > 1 else ''}"
    return f"{max(0, seconds)} second{'' if seconds == 1 else 's'}"
