"""Customers' tax ids ("The Tax ID object"), and what is known of where they are taxed."""

import re
from typing import Any

from stripe_emulator import expand, ids, listing
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.checkout import taxing
from stripe_emulator.errors import StripeFault, invalid
from stripe_emulator.schedule import task
from stripe_emulator.shapes import complete
from stripe_emulator.store import Thing

_MOST, _FIRST = 5, 10
# "Customer tax IDs", testing: numbers that stand for what the register says.
_UNVERIFIED, _PENDING = "111111111", "222222222"
# The registers that Stripe asks; all else is `unavailable`.
_ASKED = ("au_abn", "eu_vat", "gb_vat")
_VERIFIED_AFTER_SECONDS = 2.0
_EU_VAT = re.compile(
    r"(AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|XI)"
    r"[A-Z0-9+*.]{2,13}"
)
_ANY = re.compile(r"[A-Z0-9][A-Z0-9 ./-]{1,38}")
_TAX_PATH = "/v1/customers/{customer}/tax_ids"


@route("POST", _TAX_PATH, "CustomerTaxIdCreateParams")
def create(call: Call) -> Thing:
    customer = call.require("customer", call.path["customer"])
    return new_tax_id(call, customer["id"], call.params["type"], call.params["value"])


@route("POST", "/v1/tax_ids", "TaxIdCreateParams")
def create_for_owner(call: Call) -> Thing:
    given = call.params
    owner = given.get("owner") or {}
    if owner.get("type") != "customer" or not owner.get("customer"):
        raise invalid(
            "This emulator keeps customers' tax ids: send owner[customer].", param="owner"
        )
    call.require("customer", owner["customer"], "owner[customer]")
    return new_tax_id(call, owner["customer"], given["type"], given["value"])


def new_tax_id(call: Call, customer: str, kind: str, value: str, param: str = "value") -> Thing:
    """A stored tax id of a customer, with its event. Raises a StripeFault for one that is none."""
    value = value.strip().upper()
    if not (_EU_VAT if kind == "eu_vat" else _ANY).fullmatch(value):
        raise StripeFault(f"Invalid value for {kind}.", code="tax_id_invalid", param=param)
    if len(call.tx.find("tax_id", customer=customer, limit=_MOST)) >= _MOST:
        raise invalid(f"A customer has at most {_MOST} tax ids.", param=param)
    country = "GR" if value.startswith("EL") else value[:2]
    tax_id: Thing = {
        "id": ids.new("txi"),
        "object": "tax_id",
        "country": country if kind == "eu_vat" else kind[:2].upper(),
        "created": call.now,
        "customer": customer,
        "customer_account": None,
        "livemode": False,
        "owner": {"customer": customer, "type": "customer"},
        "type": kind,
        "value": value,
        "verification": {
            "status": "pending" if kind in _ASKED else "unavailable",
            "verified_address": None,
            "verified_name": None,
        },
    }
    call.tx.put(tax_id)
    call.emit("customer.tax_id.created", tax_id)
    if kind in _ASKED and not value.endswith(_PENDING):
        call.later(_VERIFIED_AFTER_SECONDS, "verify_tax_id", tax_id=tax_id["id"])
    return tax_id


@route("GET", _TAX_PATH + "/{id}", "CustomerTaxIdRetrieveParams")
def retrieve(call: Call) -> Thing:
    return _of_customer(call)


@route("GET", "/v1/tax_ids/{id}", "TaxIdRetrieveParams")
def retrieve_by_id(call: Call) -> Thing:
    return call.require("tax_id", call.path["id"])


@route("DELETE", _TAX_PATH + "/{id}", None)
def delete(call: Call) -> Thing:
    return _remove(call, _of_customer(call))


@route("DELETE", "/v1/tax_ids/{id}", None)
def delete_by_id(call: Call) -> Thing:
    return _remove(call, call.require("tax_id", call.path["id"]))


@route("GET", _TAX_PATH, "CustomerTaxIdListParams")
def list_of_customer(call: Call) -> Thing:
    customer = call.require("customer", call.path["customer"])
    url = f"/v1/customers/{customer['id']}/tax_ids"
    return listing.page(call, "tax_id", url, customer=customer["id"])


@route("GET", "/v1/tax_ids", "TaxIdListParams")
def list_all(call: Call) -> Thing:
    owner: dict[str, Any] = call.params.get("owner") or {}
    return listing.page(call, "tax_id", "/v1/tax_ids", customer=owner.get("customer"))


@expand.computed("customer", "tax_ids")
def _tax_ids(call: Call, customer: Thing) -> Thing:
    found = call.tx.find("tax_id", customer=customer["id"], limit=_FIRST)
    return {
        "object": "list",
        "data": [complete(each) for each in found],
        "has_more": False,
        "url": f"/v1/customers/{customer['id']}/tax_ids",
    }


@expand.computed("customer", "tax")
def _tax(_call: Call, customer: Thing) -> Thing:
    """What automatic tax knows of a customer's place."""
    shipping = (customer.get("shipping") or {}).get("address")
    address = shipping or customer.get("address")
    known = taxing.is_enough(address)
    location = {
        "country": (address or {}).get("country"),
        "source": "shipping_destination" if shipping else "billing_address",
        "state": (address or {}).get("state"),
    }
    return {
        "automatic_tax": "supported" if known else "unrecognized_location",
        "ip_address": None,
        "location": location if known else None,
        "provider": "stripe",
    }


@task("verify_tax_id")
def _verify(call: Call, tax_id: str) -> None:
    found = call.tx.get("tax_id", tax_id)
    if found is None or found.get("deleted"):
        return
    before = dict(found["verification"])
    bad = found["value"].endswith(_UNVERIFIED)
    found["verification"]["status"] = "unverified" if bad else "verified"
    if not bad:
        found["verification"].update(verified_address="Test address", verified_name="Test name")
    call.tx.put(found)
    call.emit("customer.tax_id.updated", found, {"verification": before})


def _of_customer(call: Call) -> Thing:
    customer = call.require("customer", call.path["customer"])
    found = call.require("tax_id", call.path["id"])
    # Of another customer it is not there.
    return found if found["customer"] == customer["id"] else call.require("tax_id", "of another")


def _remove(call: Call, tax_id: Thing) -> Thing:
    stub = {"id": tax_id["id"], "object": "tax_id", "deleted": True}
    call.tx.put(stub)
    call.emit("customer.tax_id.deleted", tax_id)
    return stub
