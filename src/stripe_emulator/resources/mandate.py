"""Mandates ("The Mandate object"): made when a bank account is charged or kept, read here."""

from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.shapes import may_be_missing
from stripe_emulator.store import Thing

may_be_missing("mandate", "multi_use on_behalf_of single_use")


@route("GET", "/v1/mandates/{id}", "MandateRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("mandate", call.path["id"])
