"""The revenue chart: where its bars, points and lines stand. Drawn by the template as SVG.

Gross are bars above the line, what went back are hatched bars below it, net is a line of points:
told apart by shape and place, not by colour alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date

from paydesk.foundation.money import Money, decimals
from paydesk.reports.sales import Row, Sales, Step

WIDTH, HEIGHT = 720, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 8, 10, 28
_LOCALE = "en_GB"
_GRID_LINES = 4
# So many names of days fit below the chart, and on a telephone half of them.
_NAMES = 8


@dataclass(frozen=True)
class Column:
    """One row of the report in the chart; places are in the units of the drawing."""

    name: str
    x: float
    middle: float
    width: float
    gross_y: float
    gross_height: float
    back_height: float
    net_y: float
    is_named: bool
    is_minor: bool


@dataclass(frozen=True)
class Grid:
    """One horizontal line and the amount it stands for."""

    y: float
    text: str


@dataclass(frozen=True)
class Chart:
    """Everything the template draws."""

    columns: list[Column]
    grid: list[Grid]
    zero_y: float
    net_points: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT


def chart(sales: Sales) -> Chart:
    """The drawing of a report."""
    rows = sales.rows
    step = _step(rows, sales.currency)
    top = _up(max((_above(row) for row in rows), default=0), step) or step
    bottom = _up(max((_below(row) for row in rows), default=0), step)
    scale = (HEIGHT - _TOP - _BOTTOM) / (top + bottom)
    zero = _TOP + top * scale
    slot = (WIDTH - _LEFT - _RIGHT) / max(len(rows), 1)
    every = -(-len(rows) // _NAMES)
    columns = []
    for n, row in enumerate(rows):
        figures = row.figures
        # A gross below nothing would be a payment undone; it is drawn as none.
        gross = max(0, figures.gross_minor) * scale
        back = max(0, figures.refunds_minor + figures.disputes_minor) * scale
        # Counted from today, so that today has a name.
        place = len(rows) - 1 - n
        columns.append(
            Column(
                name=name_of(row, sales.step),
                x=_round(_LEFT + n * slot + slot * 0.15),
                middle=_round(_LEFT + (n + 0.5) * slot),
                width=_round(slot * 0.7),
                gross_y=_round(zero - gross),
                gross_height=_round(gross),
                back_height=_round(back),
                net_y=_round(zero - figures.net_minor * scale),
                is_named=place % every == 0,
                is_minor=place % (2 * every) != 0,
            )
        )
    points = " ".join(f"{each.middle},{each.net_y}" for each in columns)
    lines = range(-bottom, top + 1, step)
    grid = [Grid(_round(zero - at * scale), _short(at, sales.currency)) for at in lines]
    return Chart(columns, grid, _round(zero), points)


def name_of(row: Row, step: Step, *, long: bool = False) -> str:
    """A row's day, week or month, for people."""
    if step is Step.MONTH:
        return _date(row.first, "MMMM y" if long else "MMM")
    if step is Step.WEEK and long:
        return f"{_date(row.first, 'd MMM')} – {_date(row.last, 'd MMM y')}"
    return _date(row.first, "EEE d MMM y" if long else "d MMM")


def _above(row: Row) -> int:
    return max(row.figures.gross_minor, row.figures.net_minor, 0)


def _below(row: Row) -> int:
    figures = row.figures
    return max(figures.refunds_minor + figures.disputes_minor, -figures.net_minor, 0)


def _step(rows: Sequence[Row], currency: str) -> int:
    """The distance of the lines: 1, 2 or 5 and noughts, never less than a whole unit."""
    span = max((_above(row) + _below(row) for row in rows), default=0)
    step: int = 10 ** decimals(currency)
    while True:
        for factor in (1, 2, 5):
            if step * factor * _GRID_LINES >= span:
                return step * factor
        step *= 10


def _up(value: int, step: int) -> int:
    return -(-value // step) * step


def _short(minor: int, currency: str) -> str:
    """An amount at the edge of the drawing: whole units always, so the cents are left out."""
    text = Money(minor, currency).text()
    return text.removesuffix("." + "0" * decimals(currency))


def _date(day: date, form: str) -> str:
    return format_date(day, form, locale=_LOCALE)


def _round(value: float) -> float:
    return round(value, 1)
