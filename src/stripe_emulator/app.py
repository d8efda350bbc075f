"""The emulator as a WSGI app: API, control calls and pages."""

from flask import Flask, Response, jsonify, request

from stripe_emulator import api
from stripe_emulator.control import calls
from stripe_emulator.emulator import Emulator
from stripe_emulator.pages import pages_blueprint
from stripe_emulator.pages.guard import LOOPBACK_NAMES
from stripe_emulator.stripe_cli import talking
from stripe_emulator.stripejs import stripejs_blueprint
from stripe_emulator.stripejs.checkout_calls import checkout_blueprint


def create_app(emulator: Emulator) -> Flask:
    app = Flask("stripe_emulator", static_folder=None)
    app.extensions["stripe_emulator"] = emulator
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.merge_slashes = False
    app.register_blueprint(api.blueprint())
    app.register_blueprint(calls.blueprint())
    app.register_blueprint(pages_blueprint)
    app.register_blueprint(stripejs_blueprint)
    app.register_blueprint(checkout_blueprint)
    app.register_blueprint(talking.blueprint())
    app.before_request(_refuse_strangers)
    app.register_error_handler(404, _nothing_here)
    return app


def _refuse_strangers() -> Response | None:
    """A web page out there must not reach into this machine.

    A name on the internet may point to 127.0.0.1, and a form of any page may be sent to us.
    """
    host = request.host if request.host.endswith("]") else request.host.rsplit(":", 1)[0]
    is_call = request.path.startswith(("/v1/", "/_emulator/"))
    crossing = request.headers.get("Sec-Fetch-Site", "none") in ("cross-site", "same-site")
    if host in LOOPBACK_NAMES and not (is_call and crossing):
        return None
    return _error("This emulator answers programs on its own machine only.", 403)


def _nothing_here(_error_404: object) -> Response:
    return _error("There is nothing here. The API is under /v1, the dashboard at /dashboard.", 404)


def _error(message: str, status: int) -> Response:
    response = jsonify({"error": {"message": message, "type": "invalid_request_error"}})
    response.status_code = status
    return response
