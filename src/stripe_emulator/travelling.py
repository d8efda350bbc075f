"""Time travel: everything that would have happened in between happens, in its order."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from stripe_emulator import schedule
from stripe_emulator.emulator import Emulator
from stripe_emulator.store import Tx

# A shop that does not answer is tried again later in its own time; nobody waits longer for it.
_PATIENCE_SECONDS = 15.0
_LOOK_SECONDS = 0.01
# Farther than any sensible test: four-digit years, and numbers that JSON keeps exactly.
FARTHEST_SECONDS = 100 * 366 * 24 * 3600
# The end of the year 9999: later times cannot be written.
LATEST = 253_402_300_799


@dataclass(frozen=True)
class Trip:
    """What came of a journey: the time it is now (seconds UTC), and what was done on the way."""

    now: float
    tasks: int
    moments: int


def travel(
    emulator: Emulator, to: float, told: Callable[[float], None] = lambda _moment: None
) -> Trip:
    """Let the emulator's clock run to `to` (seconds UTC): timers ring and webhooks are tried on
    the way, each at its own time. `told` hears of each moment something happens at.

    Raises ValueError for a time that has passed or is out of all bounds.
    """
    now = emulator.clock.precise()
    if not now <= to <= min(now + FARTHEST_SECONDS, LATEST):
        raise ValueError("time runs forwards only, and by a hundred years at most")
    tasks = moments = 0
    with emulator.keeping_time:
        while (due := _next(emulator)) is not None and due <= to:
            _set(emulator, due)
            told(due)
            tasks += schedule.run_due(emulator)
            _await_deliveries(emulator)
            moments += 1
        _set(emulator, to)
    return Trip(emulator.clock.precise(), tasks, moments)


def _set(emulator: Emulator, moment: float) -> None:
    emulator.clock.travel_to(moment)
    # Kept before anything happens then, so that a kill does not leave it in the future.
    with emulator.store.transaction() as tx:
        tx.remember("clock_ahead_seconds", emulator.clock.ahead_seconds)


def _next(emulator: Emulator) -> float | None:
    with emulator.store.reading() as tx:
        found = [each for each in (schedule.next_due(tx), _next_delivery(tx)) if each is not None]
    return min(found, default=None)


def _next_delivery(tx: Tx) -> float | None:
    row = tx.sql.execute("SELECT MIN(due) FROM deliveries WHERE state = 'pending'").fetchone()
    return None if row[0] is None else float(row[0])


def _await_deliveries(emulator: Emulator) -> None:
    """Until all that are due have been tried: what is later must not overtake them."""
    emulator.woken.set()
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        with emulator.store.reading() as tx:
            due = _next_delivery(tx)
        if due is None or due > emulator.clock.precise():
            return
        time.sleep(_LOOK_SECONDS)
