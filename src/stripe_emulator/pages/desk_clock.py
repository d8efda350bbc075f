"""The dashboard's clock: what time it is, letting it run, what is due, and snapshots."""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Response, request

from stripe_emulator import browsing, spans, travelling
from stripe_emulator.control.timing import moment
from stripe_emulator.pages import guard
from stripe_emulator.pages.checkout import emulator
from stripe_emulator.pages.desk_frame import TOKEN, back, framed
from stripe_emulator.snapshots import NoSuch

# Each button: what it adds, and what it says.
_STEPS = (("+1h", "+1 hour"), ("+1d", "+1 day"), ("+31d", "+31 days"))
_SHOWN = 50


@dataclass(frozen=True)
class DueRow:
    """Something that will happen by itself."""

    at: float
    away: str
    what: str
    about: str | None
    kind: str | None
    clock: str | None


def show() -> Response:
    return _page({}, 200)


def change() -> Response:
    """POST: lets time run, or keeps, restores or deletes a snapshot."""
    guard.require_token(TOKEN)
    form, here = request.form, emulator()
    try:
        if "travel" in form:
            travelling.travel(here, _wanted(form["travel"].strip()))
            return back("pages.desk_clock_show", "travelled")
        return _snapshots()
    except ValueError as error:
        field = "travel" if "travel" in form else "name"
        return _page({field: f"{error}.".capitalize()}, 422)
    except NoSuch:
        return _page({"name": "There is no such snapshot any more."}, 422)


def _snapshots() -> Response:
    form, here = request.form, emulator()
    if "restore" in form:
        here.snapshots.restore(here, form["restore"])
        return back("pages.desk_clock_show", "restored")
    if "delete" in form:
        here.snapshots.delete(form["delete"])
        return back("pages.desk_clock_show", "deleted")
    if form.get("do") == "reset":
        here.forget()
        return back("pages.desk_clock_show", "reset")
    here.snapshots.save(here, form.get("name", "").strip())
    return back("pages.desk_clock_show", "kept")


def _wanted(text: str) -> float:
    """Seconds UTC of `+31d` or a date. Raises ValueError."""
    span = spans.seconds(text)
    if span is not None:
        return emulator().clock.precise() + span
    try:
        return moment(text)
    except ValueError:
        raise ValueError(
            "write a span such as +31d, +12h or +90m, or a date such as 2027-01-31"
        ) from None


def _page(problems: dict[str, str], status: int) -> Response:
    here = emulator()
    now = here.clock.precise()
    found = browsing.due_next(here, _SHOWN)
    known = browsing.known(here, {each.about for each in found if each.about})
    return framed(
        "desk_clock.html",
        "Clock",
        "clock",
        status,
        steps=_STEPS,
        due=[_row(each, now, known) for each in found],
        snapshots=here.snapshots.all(),
        problems=problems,
        typed=request.form if problems else {},
        today=datetime.fromtimestamp(now, UTC).date().isoformat(),
    )


def _row(due: browsing.Due, now: float, known: dict[str, str]) -> DueRow:
    away = spans.spoken(due.at - now) if due.at > now else "now"
    what = due.what.replace("_", " ").capitalize() if due.clock or due.about else due.what
    kind = known.get(due.about or "")
    return DueRow(due.at, f"in {away}" if away != "now" else away, what, due.about, kind, due.clock)
