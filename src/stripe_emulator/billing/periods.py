"""When billing periods begin and end: always counted from the anchor, in UTC. Pure.

Counted from the anchor, a month that begins on 31 January ends on 28 February and the next one on
31 March ("Billing cycle anchor").
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime

DAY = 24 * 3600
_SECONDS = {"day": DAY, "week": 7 * DAY, "month": 28 * DAY, "year": 365 * DAY}
_MONTHS = {"month": 1, "year": 12}


@dataclass(frozen=True)
class Cycle:
    """How often, and from when: `anchor` is seconds UTC, `day` the day of the month if that of
    the anchor itself had to be an earlier one.
    """

    anchor: int
    interval: str
    count: int = 1
    day: int | None = None

    def boundary(self, number: int) -> int:
        """The beginning of the period with this number; the anchor's own has the number 0."""
        if self.interval not in _MONTHS:
            return self.anchor + number * self.count * _SECONDS[self.interval]
        anchor = datetime.fromtimestamp(self.anchor, UTC)
        months = anchor.year * 12 + anchor.month - 1 + number * self.count * _MONTHS[self.interval]
        year, month = divmod(months, 12)
        day = min(self.day or anchor.day, monthrange(year, month + 1)[1])
        return int(anchor.replace(year=year, month=month + 1, day=day).timestamp())

    def after(self, moment: int) -> int:
        """The first boundary later than `moment`."""
        number = self._near(moment)
        while self.boundary(number) <= moment:
            number += 1
        return self.boundary(number)

    def until(self, moment: int) -> int:
        """The last boundary not later than `moment`."""
        number = self._near(moment) + 3
        while self.boundary(number) > moment:
            number -= 1
        return self.boundary(number)

    def _near(self, moment: int) -> int:
        """A number whose boundary is not later than `moment`, but not long before."""
        length = self.count * _SECONDS[self.interval]
        number = (moment - self.anchor) // length
        # The shortest month overestimates how many have passed.
        while self.boundary(number) > moment:
            number -= max(1, (self.boundary(number) - moment) // (length * 2))
        return int(number)


def share(amount: int, start: int, end: int, moment: int) -> int:
    """What is left of `amount` at `moment` of the period from `start` to `end`; half up."""
    if end <= start:
        return 0
    left = min(max(end - moment, 0), end - start)
    return (2 * amount * left + (end - start)) // (2 * (end - start))
