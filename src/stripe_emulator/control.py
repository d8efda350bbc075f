"""The emulator's own switches over HTTP, for any language: /health and /_emulator/…."""

import json
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from flask import Blueprint, Response, jsonify, request

from stripe_emulator import dashboard, paying
from stripe_emulator.api import running
from stripe_emulator.call import API_VERSION
from stripe_emulator.emulator import Emulator
from stripe_emulator.faults import Faults

_MAX_BODY = 64 * 1024


class _Bad(Exception):
    """A control call that makes no sense; the message says why."""


def faults(emulator: Emulator) -> dict[str, Any]:
    """The switches as they stand."""
    return asdict(emulator.faults)


def set_faults(emulator: Emulator, changes: dict[str, Any]) -> None:
    """Change some switches. Raises ValueError, naming the one that makes no sense."""
    emulator.faults = emulator.faults.with_changes(changes)


def clear_faults(emulator: Emulator) -> None:
    emulator.faults = Faults()


def blueprint() -> Blueprint:
    pages = Blueprint("control", __name__)
    for method, path, view in (
        ("GET", "/health", _health),
        ("GET", "/_emulator/faults", _show_faults),
        ("POST", "/_emulator/faults", _set_faults),
        ("DELETE", "/_emulator/faults", _clear_faults),
        ("POST", "/_emulator/reset", _reset),
        ("GET", "/_emulator/deliveries", _deliveries),
        ("POST", "/_emulator/events/<event_id>/resend", _resend),
        ("POST", "/_emulator/checkout/<session_id>/pay", _pay),
        ("POST", "/_emulator/checkout/<session_id>/authenticate", _authenticate),
    ):
        pages.add_url_rule(path, view.__name__, view, methods=[method])
    pages.register_error_handler(_Bad, lambda error: _refused(str(error), 400))
    return pages


def _health() -> Response:
    return jsonify({"ok": True, "version": version("paydesk"), "api_version": API_VERSION})


def _show_faults() -> Response:
    return jsonify(faults(running()))


def _set_faults() -> Response:
    try:
        set_faults(running(), _json())
    except ValueError as error:
        raise _Bad(str(error)) from None
    return _show_faults()


def _clear_faults() -> Response:
    _json()
    clear_faults(running())
    return _show_faults()


def _reset() -> Response:
    _json()
    running().forget()
    return jsonify({"ok": True})


def _deliveries() -> Response:
    return jsonify({"data": dashboard.recent_deliveries(running(), 200)})


def _resend(event_id: str) -> Response:
    _json()
    if dashboard.event_detail(running(), event_id) is None:
        return _refused("there is no such event", 404)
    return jsonify({"sent": dashboard.resend(running(), event_id)})


def _pay(session_id: str) -> Response:
    """Pay without a browser, the way the page does."""
    given = _json()
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
        return _refused("there is no such checkout session", 404)
    return _outcome(paying.pay_by_card(running(), session_id, entry))


def _authenticate(session_id: str) -> Response:
    complete = _json().get("complete", True) is True
    page = paying.page_of(running(), session_id)
    if page is None or not page.session.get("payment_intent"):
        return _refused("there is nothing to authenticate", 404)
    intent = page.session["payment_intent"]
    return _outcome(paying.authenticate(running(), session_id, intent, complete))


def _outcome(outcome: paying.Outcome) -> Response:
    return jsonify({"outcome": type(outcome).__name__.lower(), **asdict(outcome)})


def _json() -> dict[str, Any]:
    # A page of another site cannot send this type without asking first, and we never allow it.
    if request.mimetype != "application/json":
        raise _Bad("send Content-Type: application/json")
    request.max_content_length = _MAX_BODY
    given = request.get_json(silent=True) if request.get_data() else {}
    if not isinstance(given, dict):
        raise _Bad("the body must be a JSON object")
    try:
        json.dumps(given, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        # Half a surrogate pair: stored, it could never be sent in an event.
        raise _Bad("the body holds characters that are none") from None
    return given


def _refused(message: str, status: int) -> Response:
    response = jsonify({"error": {"message": message}})
    response.status_code = status
    return response
