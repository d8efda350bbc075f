"""The only place that asks the time, so that it can travel."""

import time


class Clock:
    """Seconds UTC, as Stripe writes times."""

    def timestamp(self) -> int:
        return int(self.precise())

    def precise(self) -> float:
        return time.time()
