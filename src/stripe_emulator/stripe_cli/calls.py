"""The Stripe CLI's own calls: its session, and an event once more."""

import json
from typing import NotRequired, TypedDict

from stripe_emulator.api import api_key, route, running
from stripe_emulator.call import API_VERSION, Call
from stripe_emulator.errors import invalid
from stripe_emulator.store import Thing
from stripe_emulator.stripe_cli import filtering
from stripe_emulator.stripe_cli.filtering import Filters
from stripe_emulator.stripe_cli.sessions import REQUEST_LOGS, WEBHOOKS, secret_of
from stripe_emulator.stripe_cli.talking import PATH

# It redials so often even if all is well. Rarely: nothing here makes a connection go stale.
_RECONNECT_SECONDS = 3600


class SessionParams(TypedDict):
    """What the CLI says of itself."""

    device_name: NotRequired[str]
    websocket_features: list[str]
    filters: NotRequired[str]
    forward_to_url: NotRequired[str]
    forward_connect_to_url: NotRequired[str]
    forward_thin_to_url: NotRequired[str]
    forward_thin_connect_to_url: NotRequired[str]


@route("POST", "/v1/stripecli/sessions", f"{__name__}.SessionParams")
def open_session(call: Call) -> Thing:
    features = call.params["websocket_features"]
    feature = next((each for each in features if each in (WEBHOOKS, REQUEST_LOGS)), None)
    if feature is None:
        raise invalid("This emulator has webhooks and request_logs.", param="websocket_features")
    secret = secret_of(api_key(), call.params.get("device_name", ""))
    session = running().cli.open(
        feature, secret, call.params.get("forward_to_url", ""), _filters(call.params.get("filters"))
    )
    return {
        "device_token": "",
        "default_version": API_VERSION,
        "display_connect_filter_warning": False,
        "latest_version": API_VERSION,
        "reconnect_delay": _RECONNECT_SECONDS,
        "secret": secret,
        "websocket_authorized_feature": feature,
        "websocket_id": session.id,
        "websocket_url": call.base_url.replace("http://", "ws://", 1) + PATH,
    }


class RetryParams(TypedDict):
    """Where an event is to go once more."""

    for_stripecli: NotRequired[bool]
    webhook_endpoint: NotRequired[str]
    account: NotRequired[str]


@route("POST", "/v1/events/{id}/retry", f"{__name__}.RetryParams")
def retry(call: Call) -> Thing:
    """`stripe events resend`."""
    event = call.require("event", call.path["id"])
    if "webhook_endpoint" in call.params:
        name = call.params["webhook_endpoint"]
        call.deliver(event, call.require("webhook_endpoint", name, "webhook_endpoint"))
    elif call.params.get("for_stripecli"):
        for each in call.cli_endpoints:
            call.deliver(event, each)
    else:
        raise invalid(
            "Missing required param: webhook_endpoint.",
            code="parameter_missing",
            param="webhook_endpoint",
        )
    return event


def _filters(text: str | None) -> Filters:
    try:
        found = filtering.read(json.loads(text or "{}"))
    except ValueError:
        found = None
    if found is None:
        raise invalid("Invalid object: filters", param="filters")
    return found
