"""Checkout sessions ("The Checkout Session object") on the API; `checkout` is what they do."""

from typing import Any

from stripe_emulator import expand, listing
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.checkout import changing, expiring
from stripe_emulator.checkout.opening import open_session, require_open
from stripe_emulator.errors import not_here_yet
from stripe_emulator.shapes import complete, may_be_missing
from stripe_emulator.store import Thing

may_be_missing("item", "discounts taxes")
may_be_missing(
    "checkout.session",
    "branding_settings excluded_payment_method_types line_items name_collection "
    "optional_items presentment_details redirect_on_completion return_url tax_id_collection",
)

_FIRST_LINES = 10


@route("POST", "/v1/checkout/sessions", "checkout.SessionCreateParams")
def create(call: Call) -> Thing:
    return open_session(call, call.params)


@route("GET", "/v1/checkout/sessions/{id}", "checkout.SessionRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("checkout.session", call.path["id"])


@route("POST", "/v1/checkout/sessions/{id}", "checkout.SessionUpdateParams")
def change(call: Call) -> Thing:
    session = call.require("checkout.session", call.path["id"])
    changing.change(call, session, call.params)
    return session


@route("POST", "/v1/checkout/sessions/{id}/expire", "checkout.SessionExpireParams")
def expire(call: Call) -> Thing:
    session = call.require("checkout.session", call.path["id"])
    require_open(session, "expired")
    expiring.expire(call, session)
    return session


@route("GET", "/v1/checkout/sessions", "checkout.SessionListParams")
def list_all(call: Call) -> Thing:
    given: dict[str, Any] = call.params
    if "customer_account" in given:
        raise not_here_yet("customer accounts", "customer_account")
    names = ("customer", "payment_intent", "payment_link", "status", "subscription")
    email = given.get("customer_details", {}).get("email")
    wanted = {name: given.get(name) for name in names}
    return listing.page(call, "checkout.session", "/v1/checkout/sessions", _email=email, **wanted)


@route("GET", "/v1/checkout/sessions/{id}/line_items", "checkout.SessionListLineItemsParams")
def list_lines(call: Call) -> Thing:
    session = call.require("checkout.session", call.path["id"])
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    return listing.of_items(call, url, session["_lines"])


@expand.computed("checkout.session", "line_items")
def _line_items(_call: Call, session: Thing) -> Thing:
    lines = session["_lines"]
    return {
        "object": "list",
        "data": [complete(each) for each in lines[:_FIRST_LINES]],
        "has_more": len(lines) > _FIRST_LINES,
        "url": f"/v1/checkout/sessions/{session['id']}/line_items",
    }
