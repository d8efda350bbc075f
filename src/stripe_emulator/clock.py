"""The only place that asks the time, so that it can travel."""

import time


class Clock:
    """Seconds UTC, as Stripe writes times; so far ahead of this machine's clock as it travelled."""

    def __init__(self, ahead_seconds: float = 0.0) -> None:
        self._ahead_seconds = ahead_seconds

    @property
    def ahead_seconds(self) -> float:
        return self._ahead_seconds

    def timestamp(self) -> int:
        return int(self.precise())

    def precise(self) -> float:
        return time.time() + self._ahead_seconds

    def real(self) -> float:
        """The machine's own time: for what others hold against their clock, as signatures."""
        return time.time()

    def travel_to(self, moment: float) -> None:
        """From now on it is `moment` there; time never runs backwards."""
        self._ahead_seconds = max(self._ahead_seconds, moment - time.time())

    def be_ahead(self, seconds: float) -> None:
        """By so much, whichever way that turns the clock; for an emulator that was put back."""
        self._ahead_seconds = max(seconds, 0.0)

    def begin_at(self, moment: float) -> None:
        """It is `moment`, which may have passed; for an emulator that has forgotten everything."""
        self._ahead_seconds = moment - time.time()

    def come_home(self) -> None:
        """It is now again; for an emulator that has forgotten everything."""
        self._ahead_seconds = 0.0
