"""Which control calls there are, and those that resend and forget."""

from functools import cache
from importlib.metadata import version

from flask import Blueprint, Response, jsonify

from stripe_emulator import dashboard
from stripe_emulator.api import running
from stripe_emulator.call import API_VERSION
from stripe_emulator.control import (
    banking,
    billing,
    buying,
    deciding,
    faulting,
    keeping,
    listening,
    looking,
    timing,
)
from stripe_emulator.control.asking import Bad, body, only, refused
from stripe_emulator.control.timing import moment


def blueprint() -> Blueprint:
    pages = Blueprint("control", __name__)
    for method, path, view in _CALLS:
        pages.add_url_rule(path, f"{method} {path}".replace(".", "_"), view, methods=[method])
    pages.register_error_handler(Bad, lambda error: refused(str(error)))
    return pages


def _health() -> Response:
    return jsonify({"ok": True, "version": _version(), "api_version": API_VERSION})


def _reset() -> Response:
    given = body()
    only(given, "at")
    try:
        running().forget(moment(given["at"]) if "at" in given else None)
    except ValueError as error:
        raise Bad(str(error).replace("to must", "at must")) from None
    return jsonify({"ok": True})


def _resend(event_id: str) -> Response:
    """To everybody who wants it now, or to one `endpoint`."""
    given = body()
    only(given, "endpoint")
    if dashboard.event_detail(running(), event_id) is None:
        return refused("there is no such event", 404)
    return jsonify({"sent": dashboard.resend(running(), event_id, given.get("endpoint"))})


_CALLS = (
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
    ("POST", "/_emulator/payment_intents/<intent_id>/settle", deciding.settle),
    ("POST", "/_emulator/charges/<charge_id>/dispute", deciding.dispute),
    ("POST", "/_emulator/disputes/<dispute_id>/decide", deciding.decide),
    ("GET", "/_emulator/checkout/<session_id>", buying.see),
    ("POST", "/_emulator/checkout/<session_id>/choose", buying.choose),
    ("POST", "/_emulator/checkout/<session_id>/pay", buying.pay),
    ("POST", "/_emulator/checkout/<session_id>/authenticate", buying.authenticate),
    ("POST", "/_emulator/payment_intents/<intent_id>/answer", banking.answer),
    ("POST", "/_emulator/setup_intents/<intent_id>/answer", banking.answer),
    ("POST", "/_emulator/charges/<charge_id>/warn", banking.warn),
    ("POST", "/_emulator/payouts/<payout_id>/end", banking.end_payout),
    ("POST", "/_emulator/payouts/bank_account", banking.bank_account),
    ("GET", "/_emulator/billing", billing.settings),
    ("POST", "/_emulator/billing", billing.settings),
)


@cache
def _version() -> str:
    # Read from a file each time, else; a test asks for it every few milliseconds.
    return version("paydesk")
