"""Subscriptions ("The Subscription object"), thin: what they do is in `billing`."""

from stripe_emulator import listing
from stripe_emulator.api import route
from stripe_emulator.billing import subscribing
from stripe_emulator.call import Call
from stripe_emulator.resources.editing import only
from stripe_emulator.store import Thing


@route("POST", "/v1/subscriptions", "SubscriptionCreateParams")
def create(call: Call) -> Thing:
    return subscribing.create(call, call.params)


@route("GET", "/v1/subscriptions/{id}", "SubscriptionRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("subscription", call.path["id"])


@route("GET", "/v1/subscriptions", "SubscriptionListParams")
def list_all(call: Call) -> Thing:
    given = call.params
    only(call, ("customer", "status", "test_clock", "collection_method"), "lists of subscriptions")
    return listing.page(
        call,
        "subscription",
        "/v1/subscriptions",
        customer=given.get("customer"),
        test_clock=given.get("test_clock"),
        collection_method=given.get("collection_method"),
    )
