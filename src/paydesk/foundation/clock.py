"""The only place that asks the time, so that time can travel in tests."""

from datetime import UTC, datetime, timedelta


class Clock:
    """Tells the time as aware UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def timestamp(self) -> int:
        """Seconds since 1970, UTC, as Stripe writes times."""
        return int(self.now().timestamp())


class StillClock(Clock):
    """A clock that moves only when told to; for tests."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at

    def travel(self, by: timedelta) -> None:
        self._at += by
