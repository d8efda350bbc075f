"""Payment methods ("The PaymentMethod object"): cards, made from numbers, tokens or names."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from stripe_emulator import ids, listing
from stripe_emulator.address import check_email, whole
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.cards import Card, by_name, by_number, passes_luhn
from stripe_emulator.errors import StripeFault, card_error, invalid, missing, not_here_yet
from stripe_emulator.metadata import merged
from stripe_emulator.resources.editing import only, update
from stripe_emulator.store import Thing

_CREATE = ("type", "card", "billing_details", "metadata", "allow_redisplay")
_MOST_YEARS_AHEAD = 50


@route("POST", "/v1/payment_methods", "PaymentMethodCreateParams")
def create(call: Call) -> Thing:
    given = call.params
    if given.get("type", "card") != "card" or "card" not in given:
        raise not_here_yet("payment methods other than cards", "type")
    only(call, _CREATE, "payment methods")
    card = given["card"]
    number, month, year = _typed(call, card)
    method = new_card_method(
        call,
        number=number,
        exp_month=month,
        exp_year=year,
        billing_details=_details(given.get("billing_details")),
    )
    method["metadata"] = merged(None, given.get("metadata"))
    method["allow_redisplay"] = given.get("allow_redisplay", "unspecified")
    call.tx.put(method)
    return method


def new_card_method(
    call: Call, *, number: str, exp_month: int, exp_year: int, billing_details: Thing
) -> Thing:
    """A stored payment method for a card with this number, test card or not."""
    card = by_number(number) or Card(number, _brand(number))
    expiry = {"exp_month": exp_month, "exp_year": exp_year}
    method: Thing = {
        "id": ids.new("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": billing_details,
        "card": {**_card_details(card, billing_details["address"]), **expiry},
        "created": call.now,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
        "_number": number,
    }
    call.tx.put(method)
    return method


def _card_details(card: Card, address: Thing) -> Thing:
    # Only what was said can be checked.
    line1 = card.line1_check if address["line1"] else None
    postal_code = card.postal_code_check if address["postal_code"] else None
    return {
        "brand": card.brand,
        "checks": {
            "address_line1_check": line1,
            "address_postal_code_check": postal_code,
            "cvc_check": card.cvc_check,
        },
        "country": card.country,
        "display_brand": card.brand,
        "fingerprint": hashlib.sha256(card.number.encode()).hexdigest()[:16],
        "funding": card.funding,
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": card.brand != "amex"},
        "wallet": None,
    }


def resolve(call: Call, name: str, param: str = "payment_method") -> Thing:
    """The payment method with this id, or a new one for a name such as `pm_card_visa`."""
    card = by_name(name) if name.startswith("pm_") else None
    if card is None:
        return call.require("payment_method", name, param)
    return new_card_method(
        call, number=card.number, exp_month=12, exp_year=2034, billing_details=_details(None)
    )


@route("GET", "/v1/payment_methods/{id}", "PaymentMethodRetrieveParams")
def retrieve(call: Call) -> Thing:
    card = by_name(call.path["id"])
    if card is None:
        return call.require("payment_method", call.path["id"])
    raise StripeFault("Use the name of a test card when paying; it has no details to show.")


@route("POST", "/v1/payment_methods/{id}", "PaymentMethodUpdateParams")
def change(call: Call) -> Thing:
    method = call.require("payment_method", call.path["id"])
    fields = ("allow_redisplay", "metadata")
    only(call, fields, "changes of payment methods")
    return update(call, method, fields, "payment_method.updated")


@route("POST", "/v1/payment_methods/{id}/attach", "PaymentMethodAttachParams")
def attach(call: Call) -> Thing:
    method = resolve(call, call.path["id"], "payment_method")
    customer = call.require("customer", call.params.get("customer") or "", "customer")
    card = by_number(method["_number"])
    # "Testing": cards the issuer declines cannot be attached.
    if card is not None and card.decline is not None and card.number != "4000000000000341":
        refusal = card.decline
        raise card_error(refusal.message, refusal.code, decline_code=refusal.decline_code)
    if method["customer"] not in (None, customer["id"]):
        raise invalid("The payment method is attached to another customer.", param="customer")
    method["customer"] = customer["id"]
    call.tx.put(method)
    call.emit("payment_method.attached", method)
    return method


@route("POST", "/v1/payment_methods/{id}/detach", "PaymentMethodDetachParams")
def detach(call: Call) -> Thing:
    method = call.require("payment_method", call.path["id"])
    if method["customer"] is None:
        raise invalid("The payment method is not attached to a customer.")
    before = {"customer": method["customer"]}
    method["customer"] = None
    call.tx.put(method)
    call.emit("payment_method.detached", method, before)
    return method


@route("GET", "/v1/payment_methods", "PaymentMethodListParams")
def list_all(call: Call) -> Thing:
    only(call, ("customer", "type"), "lists of payment methods")
    return listing.page(
        call,
        "payment_method",
        "/v1/payment_methods",
        customer=call.params.get("customer"),
        type=call.params.get("type"),
    )


@route("GET", "/v1/customers/{customer}/payment_methods", "CustomerListPaymentMethodsParams")
def list_of_customer(call: Call) -> Thing:
    customer = call.require("customer", call.path["customer"])
    url = f"/v1/customers/{customer['id']}/payment_methods"
    only(call, ("type",), "lists of payment methods")
    kind = call.params.get("type")
    return listing.page(call, "payment_method", url, customer=customer["id"], type=kind)


def _typed(call: Call, card: dict[str, Any]) -> tuple[str, int, int]:
    """Number, month and year of a typed card or of a token."""
    if "token" in card:
        known = by_name(card["token"]) if card["token"].startswith("tok_") else None
        if known is None:
            raise missing("token", card["token"], "card[token]")
        return known.number, 12, 2034
    for name in ("number", "exp_month", "exp_year"):
        if name not in card:
            param = f"card[{name}]"
            raise invalid(
                f"Missing required param: {param}.", code="parameter_missing", param=param
            )
    number = str(card["number"]).replace(" ", "").replace("-", "")
    _check_card(call, number, card)
    return number, card["exp_month"], card["exp_year"]


def _check_card(call: Call, number: str, card: dict[str, Any]) -> None:
    ok = number.isascii() and number.isdigit() and 12 <= len(number) <= 19
    if not ok or not passes_luhn(number):
        raise card_error("Your card number is incorrect.", "incorrect_number", param="number")
    today = datetime.fromtimestamp(call.now, UTC)
    month, year = card["exp_month"], card["exp_year"]
    if not 1 <= month <= 12 or (year == today.year and month < today.month):
        raise card_error(
            "Your card's expiration month is invalid.", "invalid_expiry_month", param="exp_month"
        )
    if not today.year <= year <= today.year + _MOST_YEARS_AHEAD:
        raise card_error(
            "Your card's expiration year is invalid.", "invalid_expiry_year", param="exp_year"
        )
    cvc = card.get("cvc")
    if cvc is not None and not (cvc.isascii() and cvc.isdigit() and len(cvc) in (3, 4)):
        raise card_error("Your card's security code is invalid.", "invalid_cvc", param="cvc")


def _details(given: dict[str, Any] | None) -> Thing:
    given = given or {}
    check_email(given.get("email"), "billing_details[email]")
    details = {name: given.get(name) or None for name in ("email", "name", "phone", "tax_id")}
    return {"address": whole(given.get("address")), **details}


def _brand(number: str) -> str:
    for beginnings, brand in (
        (("34", "37"), "amex"),
        (("4",), "visa"),
        (("51", "52", "53", "54", "55", "22", "23", "24", "25", "26", "27"), "mastercard"),
        (("60", "65"), "discover"),
        (("30", "36", "38"), "diners"),
        (("35",), "jcb"),
        (("62",), "unionpay"),
    ):
        if number.startswith(beginnings):
            return brand
    return "unknown"
