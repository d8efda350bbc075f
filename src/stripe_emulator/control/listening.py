"""Control call that has webhooks sent to an address with a secret of one's own choice."""

import re

from flask import Response, jsonify

from stripe_emulator.api import running
from stripe_emulator.control.asking import Bad, body, only
from stripe_emulator.errors import StripeFault
from stripe_emulator.resources import webhook_endpoint

_SECRET = re.compile(r"whsec_[!-~]{1,200}")


def add() -> Response:
    """Send events to `url` from now on, signed with `secret`; `events` names their types."""
    given = body()
    only(given, "url", "secret", "events")
    url, secret, events = given.get("url"), given.get("secret"), given.get("events", ["*"])
    if not isinstance(url, str):
        raise Bad("url must be an address")
    if secret is not None and not (isinstance(secret, str) and _SECRET.fullmatch(secret)):
        raise Bad("secret must begin with whsec_")
    if not isinstance(events, list) or not all(isinstance(each, str) for each in events):
        raise Bad("events must be a list of event types")
    try:
        with running().call() as call:
            made = webhook_endpoint.add(call, url, secret, events)
    except StripeFault as fault:
        raise Bad(fault.message) from None
    return jsonify({"id": made["id"], "url": url, "secret": made["_secret"]})
