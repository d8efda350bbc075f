"""Customers ("The Customer object")."""

from typing import Any

from stripe_emulator import address, expand, ids, listing
from stripe_emulator.api import route
from stripe_emulator.billing.balances import add_to_balance
from stripe_emulator.billing.customer_discounts import take_away, take_old_coupon
from stripe_emulator.billing.ending import cancel_all_of
from stripe_emulator.call import Call
from stripe_emulator.checkout import taxing
from stripe_emulator.errors import invalid, missing
from stripe_emulator.metadata import merged
from stripe_emulator.methods.making import attach_to, resolve
from stripe_emulator.resources.editing import only, update
from stripe_emulator.resources.source import add_source
from stripe_emulator.resources.tax_id import new_tax_id
from stripe_emulator.shapes import complete, may_be_missing
from stripe_emulator.store import Thing

may_be_missing(
    "customer",
    "business_name cash_balance individual_name invoice_credit_balance sources "
    "subscriptions tax tax_ids",
)

_FIELDS = (
    *("address", "description", "email", "metadata", "name", "phone", "default_source"),
    *("preferred_locales", "shipping", "tax_exempt", "business_name", "individual_name"),
    *("invoice_settings", "invoice_prefix", "next_invoice_sequence"),
)
_NO_SETTINGS: Thing = dict.fromkeys(
    ("custom_fields", "default_payment_method", "footer", "rendering_options")
)
_FIRST_SUBSCRIPTIONS = 10


@route("POST", "/v1/customers", "CustomerCreateParams")
def create(call: Call) -> Thing:
    given = call.params
    known = ("balance", "payment_method", "source", "test_clock", "tax", "tax_id_data")
    only(call, (*_FIELDS, *known), "customers")
    method, token = _first_method(call), given.pop("source", None)
    _make_whole(call, None)
    tax_ids = given.pop("tax_id_data", [])
    balance = given.pop("balance", 0)
    if given.get("test_clock"):
        call.require("test_helpers.test_clock", given["test_clock"], "test_clock")
        call.on_clock_of(given)
    customer = new_customer(call, **given)
    if method:
        attach_to(call, method, customer)
    if token:
        add_source(call, customer, token)
    if balance:
        _adjust(call, customer, balance, "initial")
    for n, each in enumerate(tax_ids):
        new_tax_id(call, customer["id"], each["type"], each["value"], f"tax_id_data[{n}][value]")
    take_old_coupon(call, customer)
    return customer


def _first_method(call: Call) -> Thing | None:
    """The method a new customer comes with; it may be named as their default already."""
    given = call.params
    name = given.pop("payment_method", None)
    if name is None:
        return None
    method = resolve(call, name)
    settings = given.get("invoice_settings", {})
    if settings.get("default_payment_method") == name:
        settings["default_payment_method"] = method["id"]
    return method


def new_customer(call: Call, **given: Any) -> Thing:
    """A stored customer, with its event."""
    customer: Thing = {
        "id": ids.new("cus"),
        "object": "customer",
        "balance": 0,
        "created": call.now,
        "delinquent": False,
        "invoice_prefix": ids.random_text(8).upper(),
        "invoice_settings": dict(_NO_SETTINGS),
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
    call.on_clock_of(customer)
    only(call, (*_FIELDS, "balance", "source", "tax"), "customers")
    _make_whole(call, customer)
    if call.params.get("source"):
        add_source(call, customer, call.params["source"], as_default=True)
    if "balance" in call.params and call.params["balance"] != customer["balance"]:
        _adjust(call, customer, call.params["balance"] - customer["balance"], "adjustment")
    take_old_coupon(call, customer)
    return update(call, customer, _FIELDS, "customer.updated")


@route("DELETE", "/v1/customers/{id}", None)
def delete(call: Call) -> Thing:
    customer = call.require("customer", call.path["id"])
    call.on_clock_of(customer)
    return remove(call, customer)


def remove(call: Call, customer: Thing) -> Thing:
    """Delete a customer; their subscriptions end at once."""
    cancel_all_of(call, customer)
    stub = {"id": customer["id"], "object": "customer", "deleted": True}
    call.tx.put(stub)
    call.emit("customer.deleted", customer)
    return stub


@route("DELETE", "/v1/customers/{id}/discount", None)
def delete_discount(call: Call) -> Thing:
    customer = call.require("customer", call.path["id"])
    discount = take_away(call, customer)
    if discount is None:
        raise invalid("No active discount for the customer.", code="resource_missing", param="id")
    return {**discount, "deleted": True}


@expand.computed("customer", "subscriptions")
def _subscriptions(call: Call, customer: Thing) -> Thing:
    """Those that have not ended, newest first."""
    found = call.tx.find(
        "subscription",
        customer=customer["id"],
        where="json_extract(body, '$.ended_at') IS NULL",
        limit=_FIRST_SUBSCRIPTIONS + 1,
    )
    return {
        "object": "list",
        "data": [complete(each) for each in found[:_FIRST_SUBSCRIPTIONS]],
        "has_more": len(found) > _FIRST_SUBSCRIPTIONS,
        "url": f"/v1/customers/{customer['id']}/subscriptions",
    }


@route("GET", "/v1/customers", "CustomerListParams")
def list_all(call: Call) -> Thing:
    only(call, ("email", "test_clock"), "lists of customers")
    wanted = {name: call.params.get(name) for name in ("email", "test_clock")}
    return listing.page(call, "customer", "/v1/customers", **wanted)


def _make_whole(call: Call, customer: Thing | None) -> None:
    given = call.params
    address.check_email(given.get("email"), "email")
    if given.get("address"):
        given["address"] = address.whole(given["address"])
    if given.get("shipping"):
        given["shipping"] = address.whole_shipping(given["shipping"])
    _check_place(given.pop("tax", {}), given.get("address") or (customer or {}).get("address"))
    if "invoice_settings" in given:
        given["invoice_settings"] = _settings(call, customer, given["invoice_settings"])
    if given.get("default_source"):
        source = call.tx.get("payment_method", given["default_source"]) or {}
        if customer is None or source.get("_legacy_owner") != customer["id"]:
            raise missing("source", given["default_source"], "default_source")


def _check_place(tax: dict[str, Any], place: Thing | None) -> None:
    """A shop may want to hear at once that a customer cannot be taxed where they are."""
    if tax.get("validate_location") == "immediately" and not taxing.is_enough(place):
        raise invalid(
            "The customer's location isn't recognized. Set a valid customer address in order to "
            "automatically calculate tax.",
            code="customer_tax_location_invalid",
            param="tax[validate_location]",
        )


def _settings(call: Call, customer: Thing | None, given: dict[str, Any]) -> Thing:
    """`invoice_settings` with what was there before; the method must be the customer's own."""
    settings = {**_NO_SETTINGS, **((customer or {}).get("invoice_settings") or {})}
    settings.update({name: value or None for name, value in given.items()})
    name, param = given.get("default_payment_method"), "invoice_settings[default_payment_method]"
    if name:
        method = call.require("payment_method", name, param)
        if customer is not None and method["customer"] != customer["id"]:
            raise invalid(
                f"The customer does not have a payment method with the ID {name}. The payment "
                "method must be attached to the customer.",
                code="resource_missing",
                param=param,
            )
    return settings


def _adjust(call: Call, customer: Thing, amount: int, kind: str) -> None:
    add_to_balance(call, customer, amount, customer.get("currency") or "usd", kind=kind)
