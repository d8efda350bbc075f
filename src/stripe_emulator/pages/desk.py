"""The dashboard: what was paid, what was told to whom, and switches to make it go wrong."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Response, abort, make_response, redirect, request, url_for

from stripe_emulator import browsing, dashboard
from stripe_emulator.pages import desk_rows, fault_form, guard
from stripe_emulator.pages.checkout import emulator
from stripe_emulator.pages.desk_frame import MANY, TOKEN, back, framed
from stripe_emulator.pages.json_view import Piece, pieces

# On the overview.
FEW = 8


def home() -> Response:
    """GET /: the dashboard is all there is to see."""
    return guard.limit(make_response(redirect(url_for("pages.desk_overview"))))


def overview() -> Response:
    here = emulator()
    return framed(
        "desk_overview.html",
        "Overview",
        "overview",
        payments=desk_rows.payments(dashboard.recent_payments(here, FEW, None)),
        events=desk_rows.events(dashboard.recent_events(here, FEW, None, None)),
        endpoints=desk_rows.endpoints(dashboard.endpoints(here)),
    )


def payments() -> Response:
    found = dashboard.recent_payments(emulator(), MANY + 1, request.args.get("before"))
    return _list("Payments", "payments", desk_rows.payments(found))


def events() -> Response:
    wanted = request.args.get("type", "").strip()
    before = request.args.get("before")
    found = dashboard.recent_events(emulator(), MANY + 1, before, wanted or None)
    return _list("Events", "events", desk_rows.events(found), type=wanted)


def deliveries() -> Response:
    before = request.args.get("before", "")
    # Anything longer is the number of no delivery.
    number = int(before) if before.isascii() and before.isdecimal() and len(before) < 19 else None
    found = dashboard.recent_deliveries(emulator(), MANY + 1, number)
    return _list("Deliveries", "deliveries", desk_rows.deliveries(found))


def requests() -> Response:
    found = dashboard.recent_requests(emulator(), MANY + 1, request.args.get("before"))
    return _list("Requests", "requests", desk_rows.requests(found))


def one_request(request_id: str) -> Response:
    """GET: one API call with its parameters and its answer."""
    found = next((each for each in list(emulator().requests) if each["id"] == request_id), None)
    if found is None:
        abort(404)
    (row,) = desk_rows.requests([found])
    return framed(
        "desk_request.html",
        f"{found['method']} {found['path']}",
        "requests",
        call=found,
        row=row,
        params=pieces(emulator(), found["params"]),
        answer=_answer(found["answer"]),
    )


def _answer(text: str) -> list[Piece]:
    try:
        return pieces(emulator(), json.loads(text))
    except ValueError:
        # Cut off where it was too long to be kept.
        return [Piece(text, None)]


def event(event_id: str) -> Response:
    """GET: one event with what every endpoint said to it."""
    found = dashboard.event_detail(emulator(), event_id)
    if found is None:
        abort(404)
    return framed(
        "desk_event.html",
        found["event"]["type"],
        "events",
        event=found["event"],
        deliveries=desk_rows.event_deliveries(found["deliveries"]),
        about=browsing.find(emulator(), found["event"]["data"]["object"].get("id", "")),
        endpoints=[each for each in dashboard.endpoints(emulator()) if each["status"] == "enabled"],
        payload=pieces(emulator(), found["event"]),
    )


def resend(event_id: str) -> Response:
    """POST: the event goes out again to whoever wants it now."""
    guard.require_token(TOKEN)
    if dashboard.event_detail(emulator(), event_id) is None:
        abort(404)
    only = request.form.get("endpoint") or None
    done = "resent" if dashboard.resend(emulator(), event_id, only) else "nobody"
    return back("pages.desk_event", done, event_id=event_id)


def faults() -> Response:
    return _faults_page({}, {})


def set_faults() -> Response:
    """POST: adds a fault, takes one away, or all."""
    guard.require_token(TOKEN)
    form, here = request.form, emulator()
    if "remove" in form:
        fault_form.remove(here, form["remove"])
        return back("pages.desk_faults", "removed")
    if form.get("do") == "clear":
        fault_form.clear(here)
        return back("pages.desk_faults", "cleared")
    problems = fault_form.apply(here, form)
    if problems:
        return _faults_page(form, problems, 422)
    return back("pages.desk_faults", "faults")


def _faults_page(typed: Mapping[str, str], problems: dict[str, str], status: int = 200) -> Response:
    return framed(
        "desk_faults.html",
        "Faults",
        "faults",
        status,
        groups=(("Webhooks", fault_form.WEBHOOKS), ("API", fault_form.API)),
        typed=typed,
        problems=problems,
    )


def _list(heading: str, here: str, rows: list[Any], **shown: Any) -> Response:
    """One table; a link to older rows if the query brought one more than fits."""
    older = None
    if len(rows) > MANY:
        rows = rows[:MANY]
        # No type wanted leaves it out of the address.
        wanted = shown.get("type") or None
        older = url_for(f"pages.desk_{here}", before=rows[-1].id, type=wanted)
    return framed("desk_list.html", heading, here, rows=rows, older=older, **shown)
