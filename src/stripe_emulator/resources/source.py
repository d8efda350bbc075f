"""Sources of customers, in the form that older code needs: cards made from tokens."""

from typing import Any

from stripe_emulator import expand, listing
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid, missing
from stripe_emulator.metadata import merged
from stripe_emulator.methods.card import check_expiry
from stripe_emulator.methods.legacy import card_shown, source_from_token
from stripe_emulator.methods.making import attach_to
from stripe_emulator.resources.editing import only
from stripe_emulator.shapes import complete
from stripe_emulator.store import Thing

_SOURCES = "/v1/customers/{customer}/sources"
_FIRST = 10


@route("POST", _SOURCES, "CustomerCreateSourceParams")
def create(call: Call) -> Thing:
    customer = call.require("customer", call.path["customer"])
    only(call, ("source", "metadata", "validate"), "sources")
    method = add_source(call, customer, call.params["source"])
    method["metadata"] = merged(None, call.params.get("metadata"))
    call.tx.put(method)
    return card_shown(method)


def add_source(call: Call, customer: Thing, token: str, *, as_default: bool = False) -> Thing:
    """Keep a token's card for a customer; the first one becomes the default.

    Raises the card_error of a card its issuer declines. Emits what Stripe does.
    """
    method = source_from_token(call, token, "source")
    attach_to(call, method, customer)
    method["_legacy_owner"] = customer["id"]
    call.tx.put(method)
    call.emit("customer.source.created", card_shown(method))
    if as_default or customer.get("default_source") is None:
        before = {"default_source": customer.get("default_source")}
        customer["default_source"] = method["id"]
        call.tx.put(customer)
        call.emit("customer.updated", customer, before)
    return method


@route("GET", f"{_SOURCES}/{{id}}", "CustomerRetrieveSourceParams")
def retrieve(call: Call) -> Thing:
    return card_shown(_found(call))


@route("POST", f"{_SOURCES}/{{id}}", "CustomerModifySourceParams")
def change(call: Call) -> Thing:
    method = _found(call)
    given = call.params
    only(call, ("exp_month", "exp_year", "metadata", "name"), "changes of sources")
    card = method["card"]
    for name in ("exp_month", "exp_year"):
        if name in given:
            card[name] = _number(given[name], name)
    check_expiry(call, card["exp_month"], card["exp_year"])
    if "name" in given:
        method["billing_details"]["name"] = given["name"] or None
    method["metadata"] = merged(method["metadata"], given.get("metadata"))
    call.tx.put(method)
    call.emit("customer.source.updated", card_shown(method), {})
    return card_shown(method)


def _number(text: Any, name: str) -> int:
    if not (str(text).isascii() and str(text).isdigit() and len(str(text)) <= 4):
        raise invalid(f"Invalid integer: {str(text)[:40]}", param=name)
    return int(text)


@route("DELETE", f"{_SOURCES}/{{id}}", None)
def delete(call: Call) -> Thing:
    method = _found(call)
    customer = call.require("customer", call.path["customer"])
    shown = card_shown(method)
    method.update(customer=None, _legacy_owner=None, _used_up=True)
    call.tx.put(method)
    if customer.get("default_source") == method["id"]:
        rest = call.tx.find("payment_method", _legacy_owner=customer["id"], limit=1)
        customer["default_source"] = rest[0]["id"] if rest else None
        call.tx.put(customer)
    call.emit("customer.source.deleted", shown)
    return {"id": method["id"], "object": "card", "deleted": True}


@route("GET", _SOURCES, "CustomerListSourcesParams")
def list_all(call: Call) -> Thing:
    customer = call.require("customer", call.path["customer"])
    only(call, ("object",), "lists of sources")
    url = f"/v1/customers/{customer['id']}/sources"
    owner = customer["id"] if call.params.get("object", "card") == "card" else "nobody"
    page = listing.page(call, "payment_method", url, _legacy_owner=owner)
    page["data"] = [card_shown(each) for each in page["data"]]
    return page


@expand.computed("customer", "sources")
def sources(call: Call, customer: Thing) -> Thing:
    found = call.tx.find("payment_method", _legacy_owner=customer["id"], limit=_FIRST + 1)
    return {
        "object": "list",
        "data": [complete(card_shown(each)) for each in found[:_FIRST]],
        "has_more": len(found) > _FIRST,
        "url": f"/v1/customers/{customer['id']}/sources",
    }


def _found(call: Call) -> Thing:
    found = call.tx.get("payment_method", call.path["id"])
    if found is None or found.get("_legacy_owner") != call.path["customer"]:
        raise missing("source", call.path["id"])
    return found
