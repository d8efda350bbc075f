"""Whether everything that is due has been done, and waiting until it has."""

import time

from stripe_emulator.emulator import Emulator

_LOOK_SECONDS = 0.01


def waiting(emulator: Emulator) -> int:
    """How many timers and deliveries are due and not done; a retry counts from its time on."""
    now = emulator.clock.precise()
    with emulator.store.reading() as tx:
        row = tx.sql.execute(
            "SELECT (SELECT COUNT(*) FROM deliveries WHERE state = 'pending' AND due <= ?) + "
            "(SELECT COUNT(*) FROM tasks WHERE clock IS NULL AND due <= ?)",
            (now, now),
        ).fetchone()
    return int(row[0])


def wait(emulator: Emulator, timeout_seconds: float) -> int:
    """Until nothing is due any more; what is left after the timeout."""
    until = time.monotonic() + timeout_seconds
    emulator.woken.set()
    while (left := waiting(emulator)) and time.monotonic() < until:
        time.sleep(_LOOK_SECONDS)
    return left
