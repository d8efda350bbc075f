"""What a shop may ask beside the payment: custom fields, tax id, names, agreements."""

from collections.abc import Mapping
from typing import Any

from stripe_emulator.checkout.showing import CheckoutPage, Thing
from stripe_emulator.pages.address_form import LONGEST_FIELD
from stripe_emulator.pages.languages.phrase import Phrase, phrase

# "Custom fields": a text or a number has at most this many characters.
_LONGEST_CUSTOM = 255


def problems(shown: CheckoutPage, typed: Mapping[str, str]) -> dict[str, Phrase | None]:
    """In the order of the form."""
    asked = shown.asked
    found: dict[str, Phrase | None] = {
        "individualName": _text_problem(typed.get("individualName", ""), asked.individual_name),
        "businessName": _text_problem(typed.get("businessName", ""), asked.business_name),
        **_tax_id_problems(typed, asked.tax_id),
    }
    for each in asked.custom_fields:
        name = f"customField.{each['key']}"
        found[name] = _custom_problem(typed.get(name, ""), each)
    if asked.terms and not typed.get("termsOfServiceConsentCheckbox"):
        found["termsOfServiceConsentCheckbox"] = phrase("problem.terms_not_accepted")
    return found


def entered(shown: CheckoutPage, typed: Mapping[str, str]) -> dict[str, Any]:
    """These fields of an `Entry`."""
    fields = [each["key"] for each in shown.asked.custom_fields]
    return {
        "business_name": typed.get("businessName", "") if shown.asked.business_name else "",
        "individual_name": typed.get("individualName", "") if shown.asked.individual_name else "",
        "tax_id": typed.get("taxId", "") if shown.asked.tax_id else "",
        "tax_id_type": typed.get("taxIdType", "") if typed.get("taxId") else "",
        "custom_fields": {key: typed.get(f"customField.{key}", "") for key in fields},
        "accepts_terms": bool(typed.get("termsOfServiceConsentCheckbox")),
        "wants_promotions": bool(typed.get("promotionsConsentCheckbox")),
    }


def bounds(custom: Thing) -> tuple[int, int]:
    """The least and the most characters of a custom field."""
    rules = custom.get(custom["type"]) or {}
    least, most = rules.get("minimum_length"), rules.get("maximum_length")
    return least or 0, min(most or _LONGEST_CUSTOM, _LONGEST_CUSTOM)


def _custom_problem(given: str, custom: Thing) -> Phrase | None:
    if not given:
        return None if custom.get("optional") else phrase("wrong.empty")
    if custom["type"] == "dropdown":
        options = [each["value"] for each in custom["dropdown"]["options"]]
        return None if given in options else phrase("problem.not_an_option")
    if custom["type"] == "numeric" and not (given.isascii() and given.isdigit()):
        return phrase("wrong.numeric")
    least, most = bounds(custom)
    if len(given) < least:
        return phrase("wrong.least", count=least)
    return phrase("wrong.most", count=most) if len(given) > most else None


def _tax_id_problems(typed: Mapping[str, str], asked: str) -> dict[str, Phrase | None]:
    if not asked:
        return {}
    number, kind = typed.get("taxId", ""), typed.get("taxIdType", "")
    if not number and asked != "required":
        return {}
    return {
        "taxIdType": None if kind else phrase("problem.not_an_option"),
        "taxId": _text_problem(number, "required"),
    }


def _text_problem(text: str, asked: str) -> Phrase | None:
    if asked == "required" and not text:
        return phrase("wrong.empty")
    return phrase("wrong.long") if asked and len(text) > LONGEST_FIELD else None
