"""Subscription items on their own ("The Subscription Item object"): changes of a subscription."""

from typing import Any

from stripe_emulator import listing
from stripe_emulator.api import route
from stripe_emulator.billing import changing
from stripe_emulator.call import Call
from stripe_emulator.resources.subscription import found
from stripe_emulator.store import Thing

# These are about the change, everything else is about the item.
_HOW = ("proration_behavior", "proration_date", "payment_behavior", "off_session")


@route("POST", "/v1/subscription_items", "SubscriptionItemCreateParams")
def create(call: Call) -> Thing:
    given = dict(call.params)
    subscription = found(call, given.pop("subscription"), "subscription")
    before = {each["id"] for each in subscription["items"]["data"]}
    changed = _change(call, subscription, given, {})
    return next(each for each in changed["items"]["data"] if each["id"] not in before)


@route("GET", "/v1/subscription_items/{id}", "SubscriptionItemRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("subscription_item", call.path["id"])


@route("POST", "/v1/subscription_items/{id}", "SubscriptionItemUpdateParams")
def change(call: Call) -> Thing:
    item = call.require("subscription_item", call.path["id"])
    subscription = found(call, item["subscription"])
    _change(call, subscription, dict(call.params), {"id": item["id"]})
    return call.require("subscription_item", item["id"])


@route("DELETE", "/v1/subscription_items/{id}", "SubscriptionItemDeleteParams")
def delete(call: Call) -> Thing:
    item = call.require("subscription_item", call.path["id"])
    subscription = found(call, item["subscription"])
    given = {name: value for name, value in call.params.items() if name != "clear_usage"}
    _change(call, subscription, given, {"id": item["id"], "deleted": True})
    return {"id": item["id"], "object": "subscription_item", "deleted": True}


@route("GET", "/v1/subscription_items", "SubscriptionItemListParams")
def list_all(call: Call) -> Thing:
    subscription = found(call, call.params["subscription"], "subscription")
    return listing.of_items(call, "/v1/subscription_items", subscription["items"]["data"])


def _change(call: Call, subscription: Thing, given: dict[str, Any], item: dict[str, Any]) -> Thing:
    how = {name: given.pop(name) for name in _HOW if name in given}
    return changing.change(call, subscription, {**how, "items": [{**item, **given}]})
