"""Customers ("The Customer object")."""

from typing import Any

from stripe_emulator import address, ids, listing
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.metadata import merged
from stripe_emulator.resources.editing import only, update
from stripe_emulator.shapes import may_be_missing
from stripe_emulator.store import Thing

may_be_missing(
    "customer",
    "business_name cash_balance individual_name invoice_credit_balance sources "
    "subscriptions tax tax_ids",
)

_FIELDS = (
    *("address", "balance", "description", "email", "metadata", "name", "phone"),
    *("preferred_locales", "shipping", "tax_exempt", "business_name", "individual_name"),
)


@route("POST", "/v1/customers", "CustomerCreateParams")
def create(call: Call) -> Thing:
    _make_whole(call)
    return new_customer(call, **call.params)


def new_customer(call: Call, **given: Any) -> Thing:
    """A stored customer, with its event."""
    customer: Thing = {
        "id": ids.new("cus"),
        "object": "customer",
        "balance": 0,
        "created": call.now,
        "delinquent": False,
        "invoice_prefix": ids.random_text(8).upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "next_invoice_sequence": 1,
        "preferred_locales": [],
        "tax_exempt": "none",
        **{name: value for name, value in given.items() if value not in (None, "")},
    }
    customer["metadata"] = merged(None, given.get("metadata"))
    call.tx.put(customer)
    call.emit("customer.created", customer)
    return customer


@route("GET", "/v1/customers/{id}", "CustomerRetrieveParams")
def retrieve(call: Call) -> Thing:
    # A deleted customer is still shown, as a stub.
    found = call.tx.get("customer", call.path["id"])
    return found if found is not None else call.require("customer", call.path["id"])


@route("POST", "/v1/customers/{id}", "CustomerUpdateParams")
def change(call: Call) -> Thing:
    customer = call.require("customer", call.path["id"])
    _make_whole(call)
    return update(call, customer, _FIELDS, "customer.updated")


@route("DELETE", "/v1/customers/{id}", None)
def delete(call: Call) -> Thing:
    customer = call.require("customer", call.path["id"])
    stub = {"id": customer["id"], "object": "customer", "deleted": True}
    call.tx.put(stub)
    call.emit("customer.deleted", customer)
    return stub


@route("GET", "/v1/customers", "CustomerListParams")
def list_all(call: Call) -> Thing:
    only(call, ("email",), "lists of customers")
    return listing.page(call, "customer", "/v1/customers", email=call.params.get("email"))


def _make_whole(call: Call) -> None:
    given = call.params
    only(call, _FIELDS, "customers")
    address.check_email(given.get("email"), "email")
    if given.get("address"):
        given["address"] = address.whole(given["address"])
    if given.get("shipping"):
        given["shipping"] = address.whole_shipping(given["shipping"])
