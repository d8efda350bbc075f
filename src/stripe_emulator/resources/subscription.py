"""Subscriptions ("The Subscription object"), thin: what they do is in `billing`."""

from typing import Any

from stripe_emulator import listing
from stripe_emulator.api import route
from stripe_emulator.billing import changing, ending, pausing, standing, subscribing
from stripe_emulator.billing.settings import cancellation_details
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid, missing
from stripe_emulator.resources.editing import only
from stripe_emulator.store import Thing

_LIST = (
    *("customer", "status", "test_clock", "collection_method", "price", "plan"),
    *("current_period_start", "current_period_end"),
)
_ENDED = "('canceled', 'incomplete_expired')"
_OF_PRICE = (
    "id IN (SELECT json_extract(body, '$.subscription') FROM objects "
    "WHERE kind = 'subscription_item' AND json_extract(body, '$._price') = ?)"
)
_COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


@route("POST", "/v1/subscriptions", "SubscriptionCreateParams")
def create(call: Call) -> Thing:
    return subscribing.create(call, call.params)


@route("GET", "/v1/subscriptions/{id}", "SubscriptionRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("subscription", call.path["id"])


@route("POST", "/v1/subscriptions/{id}", "SubscriptionUpdateParams")
def change(call: Call) -> Thing:
    return changing.change(call, found(call, call.path["id"]), call.params)


@route("DELETE", "/v1/subscriptions/{id}", "SubscriptionCancelParams")
def cancel(call: Call) -> Thing:
    given = call.params
    subscription = found(call, call.path["id"])
    if subscription["status"] in standing.ENDED:
        raise missing("subscription", subscription["id"])
    subscription["cancellation_details"] = cancellation_details(subscription, given)
    ending.cancel(
        call,
        subscription,
        "cancellation_requested",
        prorate=given.get("prorate", False),
        invoice_now=given.get("invoice_now", False),
    )
    return call.require("subscription", subscription["id"])


@route("POST", "/v1/subscriptions/{id}/pause", "SubscriptionPauseParams")
def pause(call: Call) -> Thing:
    return pausing.pause(call, found(call, call.path["id"]), call.params)


@route("POST", "/v1/subscriptions/{id}/resume", "SubscriptionResumeParams")
def resume(call: Call) -> Thing:
    return pausing.resume(call, found(call, call.path["id"]), call.params)


@route("DELETE", "/v1/subscriptions/{id}/discount", None)
def delete_discount(call: Call) -> Thing:
    subscription = found(call, call.path["id"])
    names = subscription["discounts"]
    discount = call.tx.get("discount", names[0]) if names else None
    if discount is None:
        raise invalid("No active discount for the subscription.", code="resource_missing")
    standing.change(call, subscription, discounts=names[1:])
    call.emit("customer.discount.deleted", discount)
    return {**discount, "deleted": True}


@route("GET", "/v1/subscriptions", "SubscriptionListParams")
def list_all(call: Call) -> Thing:
    given = call.params
    only(call, _LIST, "lists of subscriptions")
    status = given.get("status")
    where: list[str] = []
    values: list[Any] = []
    if status in (None, "ended"):
        # Stripe: without a status, all that have not been canceled.
        negated = "NOT " if status is None else ""
        where.append(f"json_extract(body, '$.status') {negated}IN {_ENDED}")
    for name in ("price", "plan"):
        if name in given:
            where.append(_OF_PRICE)
            values.append(given[name])
    for name in ("current_period_start", "current_period_end"):
        for sign, moment in _compared(given.get(name)):
            where.append(f"json_extract(body, '$.items.data[0].{name}') {sign} ?")
            values.append(moment)
    return listing.page(
        call,
        "subscription",
        "/v1/subscriptions",
        (where, values),
        customer=given.get("customer"),
        test_clock=given.get("test_clock"),
        collection_method=given.get("collection_method"),
        status=None if status in (None, "ended", "all") else status,
    )


def found(call: Call, name: str, param: str | None = None) -> Thing:
    """The subscription, with the call on its customer's clock."""
    subscription = call.require("subscription", name, param)
    call.on_clock_of(subscription)
    return subscription


def _compared(given: object) -> list[tuple[str, int]]:
    if given is None:
        return []
    if isinstance(given, int):
        return [("=", given)]
    assert isinstance(given, dict)
    return [(_COMPARISONS[name], moment) for name, moment in given.items()]
