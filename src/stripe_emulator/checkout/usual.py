"""A form filled in as a friendly buyer would, for whoever pays without a browser."""

from collections.abc import Mapping
from typing import Any

from stripe_emulator.checkout.buyer import Choice, Entry
from stripe_emulator.checkout.showing import Asked, CheckoutPage

Given = Mapping[str, Any]


class Nonsense(Exception):
    """A field that is none, or of a wrong type; the message says which."""


_CARD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}
_DETAILS: dict[str, dict[str, Any]] = {
    "card": _CARD,
    "sepa_debit": {"iban": "AT611904300234573201"},
    "us_bank_account": {
        "account_holder_type": "individual",
        "account_number": "000123456789",
        "routing_number": "110000000",
    },
    "boleto": {"tax_id": "000.000.000-00"},
}
_TEXTS = (
    *("email", "name", "phone", "shipping_name", "business_name", "individual_name"),
    *("tax_id_type", "tax_id"),
)
_SWITCHES = ("accepts_terms", "wants_promotions", "saves_method")
# What the plain form has always taken, and what it stands for.
_PLAIN = ("card", "cvc", "country", "postal_code")
_CHOICES = ("quantities", "optional", "amounts")
_FIELDS = frozenset(
    {
        *(*_TEXTS, *_SWITCHES, *_PLAIN, *_CHOICES, "kind", "details", "payment_method"),
        *("billing", "shipping", "custom_fields", "promotion_code", "shipping_rate"),
        "expected_amount",
    }
)


def entry_for(page: CheckoutPage, given: Given) -> Entry:
    """The form of a page with what is given, and something sensible in every other field.

    `given` has the names of Entry and Choice, and `card`, `cvc`, `country`, `postal_code`.
    Raises Nonsense for what is none of these or of another type.
    """
    unknown = set(given) - _FIELDS
    if unknown:
        raise Nonsense(f"there is no field {min(unknown)[:60]}")
    kind = _text(given, "kind", "card")
    billing = {
        **_usual_billing(page),
        **{name: _text(given, name, "") for name in ("country", "postal_code") if name in given},
        **_texts(given, "billing"),
    }
    values: dict[str, Any] = {
        **_usual(page.asked),
        **{each: _text(given, each, "") for each in _TEXTS if each in given},
    }
    switches: dict[str, Any] = {"accepts_terms": page.asked.terms}
    switches |= {each: _switch(given, each) for each in _SWITCHES if each in given}
    return Entry(
        kind=kind,
        details=_details(given, kind),
        payment_method=given.get("payment_method") and _text(given, "payment_method", ""),
        billing=billing,
        shipping={**_usual_shipping(page.asked), **_texts(given, "shipping")},
        custom_fields={**_usual_fields(page.asked), **_texts(given, "custom_fields")},
        choice=choice_from(given),
        expected_amount=_number(given.get("expected_amount"), "expected_amount"),
        **switches,
        **values,
    )


def choice_from(given: Given) -> Choice:
    """The choice among what is given. Raises Nonsense."""
    numbers = {
        name: {key: _required(value, name) for key, value in _mapping(given, name).items()}
        for name in _CHOICES
    }
    code, rate = given.get("promotion_code"), given.get("shipping_rate")
    if not isinstance(code, str | None) or not isinstance(rate, str | None):
        raise Nonsense("promotion_code and shipping_rate are texts")
    return Choice(
        promotion_code=code,
        shipping_rate=rate,
        shipping=_texts(given, "shipping") or None,
        billing=_texts(given, "billing") or None,
        **numbers,
    )


def _usual_billing(page: CheckoutPage) -> dict[str, str]:
    """What the buyer has said before, so that no tax changes; else a street in New York."""
    said = (page.entered or {}).get("billing") or {}
    if said.get("country"):
        return {name: value for name, value in said.items() if value}
    more = {"line1": "1 Main St", "city": "New York", "state": "NY"} if _whole(page) else {}
    return {"country": "US", "postal_code": "10001", **more}


def _whole(page: CheckoutPage) -> bool:
    return page.asked.billing == "required" or page.waits_for_address


def _usual(asked: Asked) -> dict[str, str]:
    return {
        "email": "buyer@example.com",
        "name": "Test Buyer",
        "phone": "+15555550123" if asked.phone else "",
        "shipping_name": "Test Buyer",
        "business_name": "Test Company" if asked.business_name == "required" else "",
        "individual_name": "Test Buyer" if asked.individual_name == "required" else "",
        "tax_id_type": "eu_vat" if asked.tax_id == "required" else "",
        "tax_id": "DE123456789" if asked.tax_id == "required" else "",
    }


def _usual_shipping(asked: Asked) -> dict[str, str]:
    countries = asked.shipping_countries
    if countries is None:
        return {}
    country = "US" if "US" in countries else countries[0]
    address = {"line1": "1 Main St", "city": "New York", "postal_code": "10001"}
    return {**address, "country": country, **({"state": "NY"} if country == "US" else {})}


def _usual_fields(asked: Asked) -> dict[str, str]:
    found = {}
    for field in asked.custom_fields:
        rules = field[field["type"]]
        if field["optional"]:
            continue
        if field["type"] == "dropdown":
            found[field["key"]] = rules["options"][0]["value"]
        else:
            found[field["key"]] = "1" * max(1, rules["minimum_length"] or 0)
    return found


def _details(given: Given, kind: str) -> dict[str, Any]:
    details = dict(_DETAILS.get(kind, {}))
    if kind == "card":
        details["number"] = _text(given, "card", details["number"])
        details["cvc"] = _text(given, "cvc", details["cvc"])
    return {**details, **_mapping(given, "details")}


def _text(given: Given, name: str, usual: str) -> str:
    value = given.get(name, usual)
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise Nonsense(f"{name} is a text")
    return str(value)


def _switch(given: Given, name: str) -> bool:
    if not isinstance(given[name], bool):
        raise Nonsense(f"{name} is true or false")
    return bool(given[name])


def _mapping(given: Given, name: str) -> dict[str, Any]:
    value = given.get(name) or {}
    if not isinstance(value, dict):
        raise Nonsense(f"{name} is an object")
    return value


def _texts(given: Given, name: str) -> dict[str, str]:
    found = _mapping(given, name)
    return {key: _text(found, key, "") for key in found}


def _number(value: Any, name: str) -> int | None:
    return None if value is None else _required(value, name)


def _required(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10**12:
        raise Nonsense(f"{name} are whole numbers")
    return value
