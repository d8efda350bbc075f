"""Whether everything that is due has been done, and waiting until it has."""

import time

from stripe_emulator.emulator import Emulator

_LOOK_SECONDS = 0.01
_CLI_SECONDS = 2.0


def waiting(emulator: Emulator, *, at_cli: bool = True) -> int:
    """How many timers and deliveries are due and not done; a retry counts from its time on.

    `at_cli`: those that a Stripe CLI has and has not answered count as well.
    """
    now = emulator.clock.precise()
    with emulator.store.reading() as tx:
        row = tx.sql.execute(
            "SELECT (SELECT COUNT(*) FROM deliveries WHERE state = 'pending' AND due <= ?) + "
            "(SELECT COUNT(*) FROM tasks WHERE clock IS NULL AND due <= ?) + "
            "(SELECT COUNT(*) FROM deliveries WHERE state = ?)",
            (now, now, "sent" if at_cli else ""),
        ).fetchone()
    return int(row[0])


def wait(emulator: Emulator, timeout_seconds: float) -> int:
    """Until nothing is due any more; what is left after the timeout."""
    began = time.monotonic()
    emulator.woken.set()
    while True:
        waited = time.monotonic() - began
        # A CLI does not say that it leaves an event out: nobody waits long for that.
        left = waiting(emulator, at_cli=waited < _CLI_SECONDS)
        if not left or waited >= timeout_seconds:
            return left
        time.sleep(_LOOK_SECONDS)
