"""What of a session's parameters comes back, in the shape it comes back in. Pure."""

import re
from typing import Any

from stripe_emulator.errors import invalid
from stripe_emulator.metadata import merged
from stripe_emulator.store import Thing

Given = dict[str, Any]

_MOST_FIELDS, _MOST_CHOICES, _LONGEST_KEY, _LONGEST_LABEL = 3, 200, 200, 50
_LONGEST_VALUE, _LONGEST_MESSAGE = 255, 1200
_COLOUR = re.compile(r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_TEXTS = ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
_INVOICE_DATA = (
    *("account_tax_ids", "custom_fields", "description", "footer", "issuer", "rendering_options"),
)
# Stripe's look of a page where the shop has not said anything else.
_LOOK = {
    "background_color": "#ffffff",
    "border_style": "rounded",
    "button_color": "#0074d4",
    "font_family": "default",
}


def texts(given: Given) -> Thing:
    """`custom_text`."""
    found = {}
    for name in _TEXTS:
        each = given.get("custom_text", {}).get(name) or None
        if each is not None and not 1 <= len(each["message"]) <= _LONGEST_MESSAGE:
            raise invalid(
                f"A text has 1 to {_LONGEST_MESSAGE} characters.", param=f"custom_text[{name}]"
            )
        found[name] = each
    return found


def custom_fields(given: Given) -> list[Thing]:
    """`custom_fields`, without values yet."""
    fields = given.get("custom_fields") or []
    if len(fields) > _MOST_FIELDS:
        raise invalid(f"There are at most {_MOST_FIELDS} custom fields.", param="custom_fields")
    if len({each["key"] for each in fields}) < len(fields):
        raise invalid("Each custom field has a key of its own.", param="custom_fields")
    return [_custom_field(each, f"custom_fields[{n}]") for n, each in enumerate(fields)]


def _custom_field(given: Given, where: str) -> Thing:
    key, kind, label = given["key"], given["type"], given["label"]["custom"]
    if not (key.isascii() and key.isalnum() and len(key) <= _LONGEST_KEY):
        raise invalid("A key is made of up to 200 letters and digits.", param=f"{where}[key]")
    if not 1 <= len(label) <= _LONGEST_LABEL:
        raise invalid(
            f"A label has 1 to {_LONGEST_LABEL} characters.", param=f"{where}[label][custom]"
        )
    for other in ("dropdown", "numeric", "text"):
        if other != kind and other in given:
            raise invalid(f"A {kind} field has no {other}.", param=f"{where}[{other}]")
    field: Thing = {
        "dropdown": None,
        "key": key,
        "label": {"custom": label, "type": "custom"},
        "numeric": None,
        "optional": given.get("optional", False),
        "text": None,
        "type": kind,
    }
    if kind == "dropdown":
        field["dropdown"] = _dropdown(given.get("dropdown"), f"{where}[dropdown]")
    else:
        field[kind] = _typed(given.get(kind, {}), f"{where}[{kind}]")
    return field


def _dropdown(given: Given | None, where: str) -> Thing:
    options = (given or {}).get("options") or []
    if not 1 <= len(options) <= _MOST_CHOICES:
        raise invalid(f"A dropdown has 1 to {_MOST_CHOICES} options.", param=f"{where}[options]")
    values = [each["value"] for each in options]
    if len(set(values)) < len(values):
        raise invalid("Each option has a value of its own.", param=f"{where}[options]")
    for n, each in enumerate(options):
        if not (each["value"].isascii() and each["value"].isalnum()):
            param = f"{where}[options][{n}][value]"
            raise invalid("A value is made of letters and digits.", param=param)
    default = (given or {}).get("default_value")
    if default is not None and default not in values:
        raise invalid("The default is none of the options.", param=f"{where}[default_value]")
    return {"default_value": default, "options": options, "value": None}


def _typed(given: Given, where: str) -> Thing:
    least, most = given.get("minimum_length"), given.get("maximum_length")
    for name, each in (("minimum_length", least), ("maximum_length", most)):
        if each is not None and not 0 <= each <= _LONGEST_VALUE:
            raise invalid(f"Lengths are from 0 to {_LONGEST_VALUE}.", param=f"{where}[{name}]")
    if least is not None and most is not None and least > most:
        raise invalid("The least length is above the most.", param=f"{where}[minimum_length]")
    return {
        "default_value": given.get("default_value"),
        "maximum_length": most,
        "minimum_length": least,
        "value": None,
    }


def branding(given: Given, business_name: str) -> Thing | None:
    """`branding_settings`; None where the account's own look is kept."""
    asked = given.get("branding_settings")
    if asked is None:
        return None
    for name in ("background_color", "button_color"):
        if asked.get(name) and not _COLOUR.fullmatch(asked[name]):
            raise invalid("Colours are written as #rrggbb.", param=f"branding_settings[{name}]")
    pictures = {name: _picture(asked.get(name), name) for name in ("icon", "logo")}
    look = {name: asked.get(name) or usual for name, usual in _LOOK.items()}
    return {**look, "display_name": asked.get("display_name") or business_name, **pictures}


def _picture(given: Given | None, name: str) -> Thing | None:
    if not given:
        return None
    kind = given["type"]
    if not given.get(kind):
        param = f"branding_settings[{name}][{kind}]"
        raise invalid(f"Missing required param: {param}.", code="parameter_missing", param=param)
    return {"file": given.get("file"), "type": kind, "url": given.get("url")}


def consents(given: Given) -> Thing | None:
    """`consent_collection`."""
    asked = given.get("consent_collection")
    if not asked:
        return None
    names = ("payment_method_reuse_agreement", "promotions", "terms_of_service")
    return {name: asked.get(name) for name in names}


def names(given: Given) -> Thing | None:
    """`name_collection`; None where no names are collected."""
    asked = given.get("name_collection")
    if not asked:
        return None
    found: Thing = {}
    for kind in ("business", "individual"):
        each = asked.get(kind)
        found[kind] = (
            {"enabled": each["enabled"], "optional": each.get("optional", False)} if each else None
        )
    return found


def invoice(given: Given) -> Thing:
    """`invoice_creation`."""
    asked = given.get("invoice_creation") or {}
    data = asked.get("invoice_data", {})
    shown: Thing = {name: data.get(name) or None for name in _INVOICE_DATA}
    shown["metadata"] = merged(None, data.get("metadata") or None)
    if shown["rendering_options"]:
        options = shown["rendering_options"]
        shown["rendering_options"] = {
            name: options.get(name) or None for name in ("amount_tax_display", "template")
        }
    return {"enabled": asked.get("enabled", False), "invoice_data": shown}


def recovery(given: Given) -> Thing | None:
    """`after_expiration`."""
    asked = given.get("after_expiration")
    if not asked or "recovery" not in asked:
        return None
    each = asked["recovery"]
    return {
        "recovery": {
            "allow_promotion_codes": each.get("allow_promotion_codes", False),
            "enabled": each["enabled"],
            "expires_at": None,
            "url": None,
        }
    }


def saved_methods(given: Given) -> Thing | None:
    """`saved_payment_method_options`."""
    asked = given.get("saved_payment_method_options")
    if asked is None:
        return None
    return {
        "allow_redisplay_filters": asked.get("allow_redisplay_filters") or ["always"],
        "payment_method_remove": asked.get("payment_method_remove"),
        "payment_method_save": asked.get("payment_method_save"),
    }


def method_options(given: Given) -> Thing:
    """`payment_method_options`: Stripe says how it treats cards, whatever was sent."""
    asked = given.get("payment_method_options") or {}
    card = {"request_three_d_secure": "automatic", **asked.get("card", {})}
    return {**asked, "card": card}


def optional_fields(given: Given, business_name: str) -> Thing:
    """What is shown only if it was asked for."""
    found: Thing = {}
    tax_ids = given.get("tax_id_collection")
    for name, value in (
        ("branding_settings", branding(given, business_name)),
        ("name_collection", names(given)),
        ("excluded_payment_method_types", given.get("excluded_payment_method_types")),
        (
            "tax_id_collection",
            tax_ids
            and {"required": tax_ids.get("required", "never"), "enabled": tax_ids["enabled"]},
        ),
    ):
        if value is not None:
            found[name] = value
    return found
