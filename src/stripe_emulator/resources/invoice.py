"""Invoices ("The Invoice object"), thin: what becomes of them is in `billing`."""

from stripe_emulator import listing
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.resources.editing import only
from stripe_emulator.store import Thing


@route("GET", "/v1/invoices/{id}", "InvoiceRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("invoice", call.path["id"])


@route("GET", "/v1/invoices", "InvoiceListParams")
def list_all(call: Call) -> Thing:
    given = call.params
    only(call, ("collection_method", "customer", "status", "subscription"), "lists of invoices")
    return listing.page(
        call,
        "invoice",
        "/v1/invoices",
        collection_method=given.get("collection_method"),
        customer=given.get("customer"),
        status=given.get("status"),
        _subscription=given.get("subscription"),
    )
