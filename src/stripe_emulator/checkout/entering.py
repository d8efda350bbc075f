"""The form of a checkout page: what the session asks for, what is wrong, what is kept of it."""

import re
from typing import Any

from stripe_emulator.address import whole
from stripe_emulator.checkout.buyer import Address, Entry
from stripe_emulator.checkout.showing import Asked
from stripe_emulator.store import Thing

Problems = dict[str, str]

_LONGEST = 255
_EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;.]+(\.[^@\s<>,;.]+)*")
_PHONE = re.compile(r"\+?[0-9 ()./-]{5,25}", re.ASCII)
_TAX_ID = re.compile(r"[A-Za-z0-9 .,/-]{4,30}", re.ASCII)
_LINES = ("line1", "city", "country")


def asked_by(session: Thing, email: str | None) -> Asked:
    """The fields of a session's page; `email` is what the shop has said already."""
    consents = session["consent_collection"] or {}
    shipping = session["shipping_address_collection"]
    names = session.get("name_collection") or {}
    tax = session.get("tax_id_collection") or {}
    saved = session["saved_payment_method_options"] or {}
    return Asked(
        email=email is None,
        phone=session["phone_number_collection"]["enabled"],
        billing=session["billing_address_collection"] or "auto",
        shipping_countries=tuple(shipping["allowed_countries"]) if shipping else None,
        tax_id=_how(tax.get("enabled"), tax.get("required") != "if_supported"),
        business_name=_how_named(names.get("business")),
        individual_name=_how_named(names.get("individual")),
        terms=consents.get("terms_of_service") == "required",
        promotions=consents.get("promotions") == "auto",
        saves_method=saved.get("payment_method_save") == "enabled",
        custom_fields=tuple(session["custom_fields"]),
    )


def problems(asked: Asked, entry: Entry) -> Problems:
    """What is wrong with a form, by field; the way to pay is looked at elsewhere."""
    found: Problems = {}
    if asked.email and not _EMAIL.fullmatch(entry.email):
        found["email"] = "email_invalid" if entry.email else "missing"
    if asked.phone and not _PHONE.fullmatch(entry.phone):
        found["phone"] = "phone_invalid" if entry.phone else "missing"
    if asked.billing == "required":
        _address("billing", entry.billing, found)
        _filled("name", entry.name, found)
    _check_shipping(asked, entry, found)
    _check_names(asked, entry, found)
    _check_tax_id(asked, entry, found)
    if asked.terms and not entry.accepts_terms:
        found["accepts_terms"] = "terms_not_accepted"
    for field in asked.custom_fields:
        key = f"custom_fields.{field['key']}"
        problem = custom_problem(field, entry.custom_fields.get(field["key"], ""))
        if problem:
            found[key] = problem
    _check_lengths(entry, found)
    return found


def custom_problem(field: Thing, value: str) -> str | None:
    """What is wrong with what stands in a custom field."""
    if not value:
        return None if field["optional"] else "missing"
    if field["type"] == "dropdown":
        values = [each["value"] for each in field["dropdown"]["options"]]
        return None if value in values else "not_an_option"
    if field["type"] == "numeric" and not (value.isascii() and value.isdigit()):
        return "not_a_number"
    rules = field[field["type"]]
    if len(value) < (rules["minimum_length"] or 0):
        return "too_short"
    return "too_long" if len(value) > (rules["maximum_length"] or _LONGEST) else None


def kept(asked: Asked, entry: Entry, email: str | None) -> Thing:
    """What the session keeps of a form without problems, until it is complete."""
    shipping = asked.shipping_countries is not None
    return {
        "email": email or entry.email or None,
        "name": entry.name or None,
        "phone": (entry.phone or None) if asked.phone else None,
        "billing": whole(dict(entry.billing)),
        "shipping": (
            {"address": whole(dict(entry.shipping)), "name": entry.shipping_name}
            if shipping
            else None
        ),
        "business_name": (entry.business_name or None) if asked.business_name else None,
        "individual_name": (entry.individual_name or None) if asked.individual_name else None,
        "tax_ids": (
            [{"type": entry.tax_id_type, "value": entry.tax_id}]
            if asked.tax_id and entry.tax_id
            else []
        ),
        "custom_fields": {
            each["key"]: entry.custom_fields.get(each["key"]) or None
            for each in asked.custom_fields
        },
        "accepts_terms": asked.terms and entry.accepts_terms,
        "wants_promotions": entry.wants_promotions if asked.promotions else None,
        "saves_method": asked.saves_method and entry.saves_method,
    }


def billing_details(form: Thing) -> dict[str, Any]:
    """`billing_details` of the payment method."""
    return {
        "address": form["billing"],
        "email": form["email"],
        "name": form["name"],
        "phone": form["phone"],
        "tax_id": None,
    }


def _how(enabled: bool | None, optional: bool) -> str:
    if not enabled:
        return ""
    return "optional" if optional else "required"


def _how_named(rule: Thing | None) -> str:
    return _how((rule or {}).get("enabled"), bool((rule or {}).get("optional")))


def _check_shipping(asked: Asked, entry: Entry, found: Problems) -> None:
    if asked.shipping_countries is None:
        return
    _filled("shipping_name", entry.shipping_name, found)
    _address("shipping", entry.shipping, found)
    country = entry.shipping.get("country")
    if country and country not in asked.shipping_countries:
        found["shipping.country"] = "country_not_allowed"


def _check_names(asked: Asked, entry: Entry, found: Problems) -> None:
    for field in ("business_name", "individual_name"):
        if getattr(asked, field) == "required":
            _filled(field, getattr(entry, field), found)


def _check_tax_id(asked: Asked, entry: Entry, found: Problems) -> None:
    if not asked.tax_id:
        return
    if asked.tax_id == "required":
        _filled("tax_id", entry.tax_id, found)
    if entry.tax_id and not (entry.tax_id_type and _TAX_ID.fullmatch(entry.tax_id)):
        found["tax_id"] = "tax_id_invalid"


def _check_lengths(entry: Entry, found: Problems) -> None:
    for field in ("email", "name", "shipping_name", "business_name", "individual_name"):
        if len(getattr(entry, field)) > _LONGEST:
            found[field] = "too_long"
    for name, address in (("billing", entry.billing), ("shipping", entry.shipping)):
        for line, value in address.items():
            if len(value) > _LONGEST:
                found[f"{name}.{line}"] = "too_long"


def _filled(field: str, value: str, found: Problems) -> None:
    if not value.strip():
        found[field] = "missing"


def _address(name: str, given: Address, found: Problems) -> None:
    for line in _LINES:
        _filled(f"{name}.{line}", given.get(line) or "", found)
