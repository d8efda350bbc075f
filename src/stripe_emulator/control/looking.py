"""Control calls that look: /_emulator/events, …/objects, …/deliveries and …/requests."""

from flask import Response, jsonify, request

from stripe_emulator import browsing, dashboard
from stripe_emulator.api import running
from stripe_emulator.control.asking import limit, refused

_EVENTS_OF_ONE = 50


def events() -> Response:
    """Newest first, each with its deliveries and every attempt; `type` and `before` narrow."""
    found = dashboard.recent_events(
        running(), limit(), request.args.get("before"), request.args.get("type")
    )
    return jsonify({"data": [dashboard.event_detail(running(), each["id"]) for each in found]})


def deliveries() -> Response:
    return jsonify({"data": dashboard.recent_deliveries(running(), 200)})


def requests() -> Response:
    """API calls with their parameters and answers."""
    return jsonify({"data": dashboard.recent_requests(running(), limit())})


def objects() -> Response:
    """Of a `kind`, newest first; without one, how many there are of each."""
    kind = request.args.get("kind")
    if not kind:
        return jsonify({"kinds": browsing.kinds(running())})
    page = browsing.objects(running(), kind, limit(), request.args.get("before"))
    return jsonify(page._asdict())


def one(thing_id: str) -> Response:
    """One object and what happened to it."""
    found = browsing.find(running(), thing_id)
    if found is None:
        return refused("there is no such object", 404)
    happened = browsing.events_about(running(), thing_id, _EVENTS_OF_ONE)
    return jsonify({"object": found, "events": happened})
