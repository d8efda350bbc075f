"""Invoices ("The Invoice object"), thin: what becomes of them is in `billing`."""

from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.store import Thing


@route("GET", "/v1/invoices/{id}", "InvoiceRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("invoice", call.path["id"])
