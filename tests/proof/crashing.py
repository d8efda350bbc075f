"""Points at which a process can be made to die: each commit and each call to Stripe, both sides.

Nothing of this is in the program itself: the commit of every database connection and the one
door to Stripe are wrapped before a life begins.
"""

import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy.engine.default import DefaultDialect

from paydesk.payments.gateway import Gateway


@dataclass(frozen=True)
class Point:
    """A place in the program, the side of it, and the how-manieth time it is come by."""

    place: str
    side: str
    time: int

    def __str__(self) -> str:
        return f"{self.side} {self.place}, time {self.time}"


class Fate:
    """Dies at a point, or writes down each point it comes by."""

    def __init__(self, point: Point | None, log: Path) -> None:
        self._point = point
        self._log = log
        self._passed: Counter[tuple[str, str]] = Counter()

    def passes(self, place: str, side: str) -> None:
        self._passed[place, side] += 1
        here = Point(place, side, self._passed[place, side])
        if self._point is None:
            with self._log.open("a") as out:
                out.write(f"{side}\t{place}\t{here.time}\n")
        elif self._point == here:
            # As a power cut: no exit handler, no rollback, no goodbye to the database.
            os.kill(os.getpid(), signal.SIGKILL)


def dialects(of: type[DefaultDialect] = DefaultDialect) -> list[type[DefaultDialect]]:
    return [of, *(found for each in of.__subclasses__() for found in dialects(each))]


def await_fate(fate: Fate) -> None:
    """Wrap every commit and every call to Stripe in this process."""
    for dialect in dialects():
        if "do_commit" in vars(dialect):
            _wrap(dialect, "do_commit", fate, lambda *_: f"commit in {_caller()}")
    _wrap(Gateway, "_call", fate, lambda _gateway, what, *_: f"call {what}")


def _wrap(owner: Any, name: str, fate: Fate, place_of: Callable[..., str]) -> None:
    original = getattr(owner, name)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        place = place_of(*arguments)
        fate.passes(place, "before")
        answer = original(*arguments, **named)
        fate.passes(place, "after")
        return answer

    setattr(owner, name, wrapped)


def _caller() -> str:
    """Who commits: the nearest function of the shop's, or of the job engine's."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        ours = module.startswith("paydesk.") and module != "paydesk.foundation.database"
        if ours or module.startswith("dbos."):
            return f"{module}.{frame.f_code.co_name}"
        frame = frame.f_back
    return "somewhere else"


# What goes on in the background is passed any number of times.
_IN_BACKGROUND = ("dbos.", "paydesk.fulfilment.", "paydesk.payments.sweeping", "somewhere else")


def points_passed(log: Path) -> list[Point]:
    """All that belong to the purchase, and the first of each in the background."""
    points = []
    for line in dict.fromkeys(log.read_text().splitlines()):
        side, place, time = line.split("\t")
        where = place.removeprefix("commit in ")
        if time == "1" or not where.startswith(_IN_BACKGROUND):
            points.append(Point(place, side, int(time)))
    return points
