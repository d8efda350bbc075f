"""Charges ("The Charge object"): made by payment intents, read here."""

from stripe_emulator import expand, listing
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.errors import not_here_yet
from stripe_emulator.resources.editing import only, update
from stripe_emulator.shapes import complete, may_be_missing
from stripe_emulator.store import Thing

may_be_missing(
    "charge",
    "presentment_details refunds level3 authorization_code",
)

_UPDATE = ("description", "metadata", "receipt_email", "shipping", "transfer_group")
_FIRST_REFUNDS = 10


@route("GET", "/v1/charges/{id}", "ChargeRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("charge", call.path["id"])


@route("POST", "/v1/charges/{id}", "ChargeUpdateParams")
def change(call: Call) -> Thing:
    charge = call.require("charge", call.path["id"])
    for name in call.params:
        if name not in _UPDATE:
            raise not_here_yet(f"changing {name} of a charge", name)
    return update(call, charge, _UPDATE, "charge.updated")


@route("GET", "/v1/charges", "ChargeListParams")
def list_all(call: Call) -> Thing:
    only(call, ("customer", "payment_intent"), "lists of charges")
    return listing.page(
        call,
        "charge",
        "/v1/charges",
        customer=call.params.get("customer"),
        payment_intent=call.params.get("payment_intent"),
    )


@expand.computed("charge", "refunds")
def refunds(call: Call, charge: Thing) -> Thing:
    found = call.tx.find("refund", charge=charge["id"], limit=_FIRST_REFUNDS + 1)
    return {
        "object": "list",
        "data": [complete(each) for each in found[:_FIRST_REFUNDS]],
        "has_more": len(found) > _FIRST_REFUNDS,
        "url": f"/v1/charges/{charge['id']}/refunds",
    }
