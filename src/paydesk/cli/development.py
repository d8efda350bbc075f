"""What plain `flask run` serves: the shop, ready to buy from, as `paydesk run` would start it."""

import atexit
from dataclasses import replace
from typing import Any

import click
from flask import Flask
from flask.helpers import get_debug_flag
from werkzeug.serving import is_running_from_reloader

from paydesk.cli import whereabouts
from paydesk.cli.asking import environment_settings
from paydesk.cli.run import prepare, with_emulator
from paydesk.cli.whereabouts import Place
from paydesk.foundation.logs import configure_logs
from paydesk.settings import BASE_URL, Mode
from paydesk.web.app import create_app as create_shop


def create_app() -> Flask:
    """The shop with its database prepared, its emulator running and its worker started."""
    context = click.get_current_context(silent=True)
    if context is None or context.info_name != "run" or _only_watches(context.params):
        # `flask routes` and its kin look at the app; they must start nothing.
        return create_shop(environment_settings())
    configure_logs()
    port = int(context.params.get("port") or 5000)
    settings = replace(environment_settings(), listen_port=port)
    if settings.base_url == BASE_URL:
        settings = replace(settings, base_url=f"http://localhost:{port}")
    if settings.mode is Mode.EMULATOR:
        settings, emulator = with_emulator(settings, None)
        if emulator is not None:
            atexit.register(emulator.stop)
            click.echo(f" * Stripe emulator on {emulator.url}/dashboard")
    whereabouts.write(settings.data_dir, Place(settings.base_url, settings.stripe_api_base))
    prepare(settings)
    app = create_shop(settings)
    app.extensions["paydesk"].start_worker()
    return app


def _only_watches(options: dict[str, Any]) -> bool:
    """Whether this is the process that starts another each time the code has changed."""
    reloads = options.get("reload")
    if reloads is None:
        reloads = get_debug_flag()
    return bool(reloads) and not is_running_from_reloader()
