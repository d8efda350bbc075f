"""Payment methods ("The PaymentMethod object"): made, changed, kept for a customer."""

from stripe_emulator import listing, methods
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.cards import by_name
from stripe_emulator.errors import StripeFault, invalid, missing
from stripe_emulator.methods import card
from stripe_emulator.methods.making import (
    attach_to,
    billing,
    from_parameters,
    new_card_method,
    new_method,
    resolve,
)
from stripe_emulator.resources.editing import only, update
from stripe_emulator.store import Thing

__all__ = ["attach_to", "billing", "new_card_method", "new_method", "resolve"]

_CREATE = (
    *("type", "billing_details", "metadata", "allow_redisplay"),
    *(each.name for each in methods.ALL),
)


@route("POST", "/v1/payment_methods", "PaymentMethodCreateParams")
def create(call: Call) -> Thing:
    only(call, _CREATE, "payment methods")
    return from_parameters(call, call.params)


@route("GET", "/v1/payment_methods/{id}", "PaymentMethodRetrieveParams")
def retrieve(call: Call) -> Thing:
    card = by_name(call.path["id"])
    if card is None:
        return call.require("payment_method", call.path["id"])
    raise StripeFault("Use the name of a test card when paying; it has no details to show.")


@route("POST", "/v1/payment_methods/{id}", "PaymentMethodUpdateParams")
def change(call: Call) -> Thing:
    method = call.require("payment_method", call.path["id"])
    given = call.params
    only(call, _UPDATE, "changes of payment methods")
    if method["customer"] is None:
        raise invalid(
            "You must save this PaymentMethod to a customer before you can update it.",
        )
    if "card" in given:
        given["card"] = _changed_card(call, method, given["card"])
    if "billing_details" in given:
        old = method["billing_details"]
        given["billing_details"] = billing({**old, **(given["billing_details"] or {})})
    return update(call, method, _UPDATE, "payment_method.updated")


_UPDATE = ("allow_redisplay", "billing_details", "card", "metadata")


def _changed_card(call: Call, method: Thing, given: Thing) -> Thing:
    if method["type"] != "card":
        raise invalid("You cannot update `card` on this payment method.", param="card")
    changed = {**method["card"], **{name: given[name] for name in _OF_CARD if name in given}}
    card.check_expiry(call, changed["exp_month"], changed["exp_year"])
    return changed


_OF_CARD = ("exp_month", "exp_year")


@route("POST", "/v1/payment_methods/{id}/attach", "PaymentMethodAttachParams")
def attach(call: Call) -> Thing:
    method = resolve(call, call.path["id"], "payment_method")
    customer = call.require("customer", call.params.get("customer") or "", "customer")
    if method.get("_used_up"):
        raise invalid(
            "This PaymentMethod was previously used without being attached to a Customer or was "
            "detached from a Customer, and may not be used again.",
            param="payment_method",
        )
    attach_to(call, method, customer)
    return method


@route("POST", "/v1/payment_methods/{id}/detach", "PaymentMethodDetachParams")
def detach(call: Call) -> Thing:
    method = call.require("payment_method", call.path["id"])
    if method["customer"] is None:
        raise invalid("The payment method is not attached to a customer.")
    before = {"customer": method["customer"]}
    method.update(customer=None, _used_up=True, _legacy_owner=None)
    call.tx.put(method)
    call.emit("payment_method.detached", method, before)
    _forget_default(call, before["customer"], method["id"])
    return method


def _forget_default(call: Call, customer_id: str, method_id: str) -> None:
    """What is gone cannot be what a customer pays with by default."""
    customer = call.tx.get("customer", customer_id)
    settings = (customer or {}).get("invoice_settings") or {}
    if customer is None or settings.get("default_payment_method") != method_id:
        return
    before = {"invoice_settings": {"default_payment_method": method_id}}
    customer["invoice_settings"] = {**settings, "default_payment_method": None}
    call.tx.put(customer)
    call.emit("customer.updated", customer, before)


@route("GET", "/v1/payment_methods", "PaymentMethodListParams")
def list_all(call: Call) -> Thing:
    return _page(call, "/v1/payment_methods", call.params.get("customer"))


@route("GET", "/v1/customers/{customer}/payment_methods", "CustomerListPaymentMethodsParams")
def list_of_customer(call: Call) -> Thing:
    customer = call.require("customer", call.path["customer"])
    return _page(call, f"/v1/customers/{customer['id']}/payment_methods", customer["id"])


@route(
    "GET",
    "/v1/customers/{customer}/payment_methods/{id}",
    "CustomerRetrievePaymentMethodParams",
)
def retrieve_of_customer(call: Call) -> Thing:
    customer = call.require("customer", call.path["customer"])
    method = call.require("payment_method", call.path["id"])
    if method["customer"] != customer["id"]:
        raise missing("payment_method", method["id"])
    return method


def _page(call: Call, url: str, customer: str | None) -> Thing:
    only(call, ("customer", "type", "allow_redisplay"), "lists of payment methods")
    return listing.page(
        call,
        "payment_method",
        url,
        customer=customer,
        type=call.params.get("type"),
        allow_redisplay=call.params.get("allow_redisplay"),
    )
