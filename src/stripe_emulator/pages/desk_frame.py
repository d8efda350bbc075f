"""What every page of the dashboard has: navigation, what was just done, faults, the clock."""

from typing import Any

from flask import Response, make_response, redirect, request, url_for

from stripe_emulator import spans
from stripe_emulator.pages import fault_form, guard
from stripe_emulator.pages.checkout import emulator
from stripe_emulator.pages.rendering import page

TOKEN = "dashboard"  # noqa: S105 - what the form is for, not a secret
# As many rows on one page.
MANY = 50

# Of each entry: its page, what the pages below it say they belong to, its word.
_ENTRIES = (
    ("overview", "overview", "Overview"),
    ("objects_overview", "objects", "Objects"),
    ("payments", "payments", "Payments"),
    ("events", "events", "Events"),
    ("deliveries", "deliveries", "Deliveries"),
    ("requests", "requests", "Requests"),
    ("faults", "faults", "Faults"),
    ("clock_show", "clock", "Clock"),
)
_DONE = {
    "resent": "The event is on its way again.",
    "nobody": "No enabled endpoint wants this event, so it was not sent.",
    "faults": "The fault is switched on.",
    "removed": "The fault is switched off.",
    "cleared": "All faults are switched off.",
    "travelled": "Time has passed. What was due has happened, and its webhooks were sent.",
    "kept": "The snapshot is kept.",
    "restored": "Everything is as it was in the snapshot.",
    "deleted": "It is deleted.",
    "acted": "Done.",
    "reset": "Everything is forgotten.",
}


def framed(template: str, heading: str, here: str, status: int = 200, **shown: Any) -> Response:
    """A page under the navigation; `here` is the entry it belongs to."""
    ahead = emulator().clock.ahead_seconds
    return page(
        template,
        status,
        heading=heading,
        here=here,
        entries=_ENTRIES,
        done=_DONE.get(request.args.get("done", "")),
        faults=fault_form.standing(emulator()),
        ahead=spans.spoken(ahead) if ahead >= 1 else None,
        now=emulator().clock.precise(),
        **shown,
    )


def back(endpoint: str, done: str, **values: Any) -> Response:
    """To a page that says what was done."""
    return guard.limit(make_response(redirect(url_for(endpoint, done=done, **values), code=303)))
