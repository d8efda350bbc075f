"""Webhook endpoints ("The Webhook Endpoint object")."""

from urllib.parse import urlsplit

from stripe_emulator import ids, listing
from stripe_emulator.api import route
from stripe_emulator.call import API_VERSION, Call
from stripe_emulator.errors import invalid, not_here_yet
from stripe_emulator.metadata import merged
from stripe_emulator.resources.editing import update
from stripe_emulator.shapes import may_be_missing
from stripe_emulator.store import Thing

may_be_missing(
    "webhook_endpoint",
    "secret",
)


@route("POST", "/v1/webhook_endpoints", "WebhookEndpointCreateParams")
def create(call: Call) -> Thing:
    given = call.params
    if given.get("connect"):
        raise not_here_yet("Connect", "connect")
    if given.get("api_version", API_VERSION) != API_VERSION:
        raise not_here_yet(f"versions other than {API_VERSION}", "api_version")
    secret = f"whsec_{ids.random_text(32)}"
    endpoint = _new(call, given["url"], secret, given["enabled_events"])
    endpoint["api_version"] = given.get("api_version") or None
    endpoint["description"] = given.get("description") or None
    endpoint["metadata"] = merged(None, given.get("metadata"))
    call.tx.put(endpoint)
    # Shown this once.
    return {**endpoint, "secret": secret}


@route("GET", "/v1/webhook_endpoints/{id}", "WebhookEndpointRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("webhook_endpoint", call.path["id"])


@route("POST", "/v1/webhook_endpoints/{id}", "WebhookEndpointUpdateParams")
def change(call: Call) -> Thing:
    endpoint = call.require("webhook_endpoint", call.path["id"])
    given = call.params
    if "url" in given:
        check_url(given["url"])
    if "enabled_events" in given:
        _check_events(given["enabled_events"])
    if "disabled" in given:
        endpoint["status"] = "disabled" if given["disabled"] else "enabled"
        call.tx.put(endpoint)
    return update(call, endpoint, ("url", "enabled_events", "description", "metadata"), None)


@route("DELETE", "/v1/webhook_endpoints/{id}", None)
def delete(call: Call) -> Thing:
    endpoint = call.require("webhook_endpoint", call.path["id"])
    call.tx.delete("webhook_endpoint", endpoint["id"])
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}


@route("GET", "/v1/webhook_endpoints", "WebhookEndpointListParams")
def list_all(call: Call) -> Thing:
    return listing.page(call, "webhook_endpoint", "/v1/webhook_endpoints")


def ensure(call: Call, url: str, secret: str) -> None:
    """The one endpoint the command's own option names, made or brought up to date."""
    for endpoint in call.tx.find("webhook_endpoint"):
        if endpoint.get("_from_option"):
            endpoint.update(url=url, _secret=secret, status="enabled")
            call.tx.put(endpoint)
            return
    endpoint = _new(call, url, secret, ["*"])
    endpoint["_from_option"] = True
    call.tx.put(endpoint)


def add(call: Call, url: str, secret: str | None, events: list[str]) -> Thing:
    """An endpoint whose secret the caller may choose; it is under `_secret`.

    Raises a StripeFault for an address that cannot be one.
    """
    endpoint = _new(call, url, secret or f"whsec_{ids.random_text(32)}", events)
    call.tx.put(endpoint)
    return endpoint


def _new(call: Call, url: str, secret: str, events: list[str]) -> Thing:
    check_url(url)
    _check_events(events)
    return {
        "id": ids.new("we"),
        "object": "webhook_endpoint",
        "api_version": None,
        "application": None,
        "created": call.now,
        "description": None,
        "enabled_events": events,
        "livemode": False,
        "metadata": {},
        "status": "enabled",
        "url": url,
        "_secret": secret,
    }


def check_url(url: str) -> None:
    """Raises a StripeFault for what cannot be an endpoint's address."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or not url.isascii() or any(each.isspace() for each in url):
        raise invalid("Invalid URL: An explicit scheme (such as https) must be provided.",
                      code="url_invalid", param="url")  # fmt: skip


def _check_events(events: list[str]) -> None:
    if not events:
        raise invalid("Name at least one event.", param="enabled_events")
