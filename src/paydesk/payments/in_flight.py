"""Limits how many calls wait for Stripe at a time, so that a Stripe that hangs fills no house."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import BoundedSemaphore, Semaphore

_somebody_waits: ContextVar[bool] = ContextVar("somebody_waits", default=False)
_at_counter: ContextVar[bool] = ContextVar("at_counter", default=False)


class LaneFull(Exception):
    """Too many calls wait already."""


class Lane:
    """At most `calls` at a time; at most `waiting` more stand in line, for `patience_seconds`."""

    def __init__(self, *, calls: int, waiting: int, patience_seconds: float) -> None:
        self._calls = BoundedSemaphore(calls)
        self._line = BoundedSemaphore(waiting)
        self._patience_seconds = patience_seconds

    @contextmanager
    def entered(self, *, in_line: bool = True) -> Iterator[None]:
        """Holds a place. Raises LaneFull; at once if it is not to stand in line."""
        if not (self._calls.acquire(blocking=False) or (in_line and self._turn_comes())):
            raise LaneFull
        try:
            yield
        finally:
            self._calls.release()

    def _turn_comes(self) -> bool:
        if not self._line.acquire(blocking=False):
            return False
        try:
            return self._calls.acquire(timeout=self._patience_seconds)
        finally:
            self._line.release()


class Lanes:
    """One lane for people who wait and one for jobs: neither crowds the other out.

    A request of a person's says so with `begin` and `end`; jobs and commands say nothing.
    """

    def __init__(self) -> None:
        # Stripe allows 25 calls a second to a test key and 100 to a live one ("Rate limits");
        # 20 at a time, of 300 ms each, are 67. The server has more threads than can be held
        # here: see docs/decisions/0005-three-pools-of-threads.md.
        self._people = Lane(calls=20, waiting=12, patience_seconds=2.0)
        self._jobs = Lane(calls=4, waiting=64, patience_seconds=30.0)
        # To write an order takes the processor and the database, which webhooks need, too:
        # so many buyers at a time, not counting those who wait for Stripe.
        self._counter = Semaphore(2)

    def begin(self, *, at_counter: bool = False) -> None:
        """Note that this thread answers a person; at the counter if it will write an order."""
        _somebody_waits.set(True)
        if at_counter:
            self._counter.acquire()
            _at_counter.set(True)

    def end(self) -> None:
        _somebody_waits.set(False)
        if _at_counter.get():
            _at_counter.set(False)
            self._counter.release()

    @contextmanager
    def waiting_for_stripe(self, *, in_line: bool) -> Iterator[None]:
        """Holds a place in the caller's lane, and none at the counter. Raises LaneFull."""
        lane = self._people if _somebody_waits.get() else self._jobs
        stepped_aside = _at_counter.get()
        if stepped_aside:
            self._counter.release()
        try:
            with lane.entered(in_line=in_line):
                yield
        finally:
            if stepped_aside:
                self._counter.acquire()
