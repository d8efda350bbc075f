"""What was sold in a period: the figures of `paydesk report` and of the desk's home, one function.

Gross is all that arrived, refunds what went back to buyers, disputes what banks took back; net is
gross less both. Each counts on the day (UTC) the shop learned of it. Stripe's fees are not in it.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from paydesk.foundation.errors import Invalid
from paydesk.orders.tallies import Measure
from paydesk.reports import sums

# Ten years; a longer report would be read by nobody.
_MOST_DAYS = 3660
_BEST = 5


class Step(StrEnum):
    """How long one row of a report is. Weeks begin on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True)
class Figures:
    """What was sold; amounts in the currency's minor unit."""

    gross_minor: int = 0
    refunds_minor: int = 0
    disputes_minor: int = 0
    orders: int = 0
    items: int = 0

    @property
    def net_minor(self) -> int:
        return self.gross_minor - self.refunds_minor - self.disputes_minor

    @property
    def average_minor(self) -> int:
        """What an order comes to, rounded."""
        return round(self.gross_minor / self.orders) if self.orders else 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*(getattr(self, name) + getattr(other, name) for name in _NAMES))


_NAMES = tuple(Figures.__dataclass_fields__)
_FIELD_OF = {
    Measure.GROSS: "gross_minor",
    Measure.REFUNDS: "refunds_minor",
    Measure.DISPUTES: "disputes_minor",
    Measure.ORDERS: "orders",
    Measure.ITEMS: "items",
}


@dataclass(frozen=True)
class Period:
    """From one day to another, both counted."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Period":
        """As many days, right before these."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))


@dataclass(frozen=True)
class Row:
    """One day, week or month; the first and the last may be cut off by the period."""

    first: date
    last: date
    figures: Figures


@dataclass(frozen=True)
class Seller:
    """One product (its slug, or the name of a line without one): sold how often, for how much."""

    subject: str
    items: int
    sold_minor: int


@dataclass(frozen=True)
class Sales:
    """The answer: rows without a gap, their sum, and what sold best."""

    period: Period
    step: Step
    currency: str
    rows: list[Row]
    total: Figures = field(default_factory=Figures)
    best: list[Seller] = field(default_factory=list)


def sales(tx: Session, period: Period, currency: str, step: Step = Step.DAY) -> Sales:
    """What was sold in a period in one currency. Raises Invalid for a period that is none."""
    if not 1 <= period.days <= _MOST_DAYS:
        raise Invalid(f"A report is of 1 to {_MOST_DAYS} days; the first day comes first.")
    of_days, of_subjects = sums.totals(
        tx,
        *(*_FIELD_OF, Measure.SOLD),
        currency=currency,
        first=period.first.isoformat(),
        last=period.last.isoformat(),
    )
    by_day: dict[str, Counter[str]] = {}
    for (day, measure), amount in of_days.items():
        if measure in _FIELD_OF:
            by_day.setdefault(day, Counter())[_FIELD_OF[Measure(measure)]] += amount
    sold: dict[str, Counter[str]] = {}
    for (subject, measure), amount in of_subjects.items():
        if subject:
            sold.setdefault(subject, Counter())[measure] += amount
    rows = [_row(span, by_day) for span in _spans(period, step)]
    total = sum((row.figures for row in rows), start=Figures())
    return Sales(period, step, currency, rows, total, _best(sold))


def _spans(period: Period, step: Step) -> Iterator[Period]:
    first = period.first
    while first <= period.last:
        last = min(_end(first, step), period.last)
        yield Period(first, last)
        first = last + timedelta(days=1)


def _end(day: date, step: Step) -> date:
    if step is Step.DAY:
        return day
    if step is Step.WEEK:
        return day + timedelta(days=6 - day.weekday())
    next_month = (day.replace(day=1) + timedelta(days=31)).replace(day=1)
    return next_month - timedelta(days=1)


def _row(span: Period, by_day: dict[str, Counter[str]]) -> Row:
    figures: Counter[str] = Counter()
    for n in range(span.days):
        figures.update(by_day.get((span.first + timedelta(days=n)).isoformat(), Counter()))
    return Row(span.first, span.last, Figures(**figures))


def _best(sold: dict[str, Counter[str]]) -> list[Seller]:
    found = [
        Seller(subject, of[Measure.ITEMS], of[Measure.SOLD])
        for subject, of in sold.items()
        if of[Measure.ITEMS] > 0
    ]
    return sorted(found, key=lambda each: (-each.sold_minor, -each.items, each.subject))[:_BEST]
