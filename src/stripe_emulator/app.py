"""The emulator as a WSGI app: API, control calls and pages."""

from flask import Flask

from stripe_emulator import api, control
from stripe_emulator.emulator import Emulator
from stripe_emulator.pages import pages_blueprint


def create_app(emulator: Emulator) -> Flask:
    app = Flask("stripe_emulator", static_folder=None)
    app.extensions["stripe_emulator"] = emulator
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.merge_slashes = False
    app.register_blueprint(api.blueprint())
    app.register_blueprint(control.blueprint())
    app.register_blueprint(pages_blueprint)
    return app
