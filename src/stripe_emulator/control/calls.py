"""Which control calls there are, and those that pay, resend and forget."""

from dataclasses import asdict
from importlib.metadata import version

from flask import Blueprint, Response, jsonify

from stripe_emulator import dashboard, paying
from stripe_emulator.api import running
from stripe_emulator.call import API_VERSION
from stripe_emulator.control import faulting, keeping, listening, looking, timing
from stripe_emulator.control.asking import Bad, body, only, refused


def blueprint() -> Blueprint:
    pages = Blueprint("control", __name__)
    for method, path, view in (
        ("GET", "/health", _health),
        ("GET", "/_emulator/faults", faulting.show),
        ("POST", "/_emulator/faults", faulting.turn),
        ("DELETE", "/_emulator/faults", faulting.clear),
        ("DELETE", "/_emulator/faults/<rule_id>", faulting.remove),
        ("POST", "/_emulator/reset", _reset),
        ("POST", "/_emulator/endpoints", listening.add),
        ("GET", "/_emulator/clock", timing.clock),
        ("POST", "/_emulator/travel", timing.travel),
        ("POST", "/_emulator/wait", timing.wait),
        ("GET", "/_emulator/snapshots", keeping.snapshots),
        ("POST", "/_emulator/snapshots", keeping.save),
        ("POST", "/_emulator/snapshots/<name>/restore", keeping.restore),
        ("DELETE", "/_emulator/snapshots/<name>", keeping.delete),
        ("POST", "/_emulator/seed", keeping.seed),
        ("GET", "/_emulator/deliveries", looking.deliveries),
        ("GET", "/_emulator/requests", looking.requests),
        ("GET", "/_emulator/objects", looking.objects),
        ("GET", "/_emulator/objects/<thing_id>", looking.one),
        ("GET", "/_emulator/events", looking.events),
        ("POST", "/_emulator/events/<event_id>/resend", _resend),
        ("POST", "/_emulator/checkout/<session_id>/pay", _pay),
        ("POST", "/_emulator/checkout/<session_id>/authenticate", _authenticate),
    ):
        pages.add_url_rule(path, f"{method} {path}".replace(".", "_"), view, methods=[method])
    pages.register_error_handler(Bad, lambda error: refused(str(error)))
    return pages


def _health() -> Response:
    return jsonify({"ok": True, "version": version("paydesk"), "api_version": API_VERSION})


def _reset() -> Response:
    body()
    running().forget()
    return jsonify({"ok": True})


def _resend(event_id: str) -> Response:
    """To everybody who wants it now, or to one `endpoint`."""
    given = body()
    only(given, "endpoint")
    if dashboard.event_detail(running(), event_id) is None:
        return refused("there is no such event", 404)
    return jsonify({"sent": dashboard.resend(running(), event_id, given.get("endpoint"))})


def _pay(session_id: str) -> Response:
    """Pay without a browser, the way the page does."""
    given = body()
    entry = paying.CardEntry(
        number=str(given.get("card", "4242424242424242")),
        exp_month=12,
        exp_year=2040,
        cvc=str(given.get("cvc", "123")),
        email=str(given.get("email", "buyer@example.com")),
        name=str(given.get("name", "Test Buyer")),
        country=str(given.get("country", "US")),
        postal_code=str(given.get("postal_code", "10001")),
    )
    if paying.page_of(running(), session_id) is None:
        return refused("there is no such checkout session", 404)
    return _outcome(paying.pay_by_card(running(), session_id, entry))


def _authenticate(session_id: str) -> Response:
    complete = body().get("complete", True) is True
    page = paying.page_of(running(), session_id)
    if page is None or not page.session.get("payment_intent"):
        return refused("there is nothing to authenticate", 404)
    intent = page.session["payment_intent"]
    return _outcome(paying.authenticate(running(), session_id, intent, complete))


def _outcome(outcome: paying.Outcome) -> Response:
    return jsonify({"outcome": type(outcome).__name__.lower(), **asdict(outcome)})
