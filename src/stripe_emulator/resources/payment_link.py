"""Payment links ("The PaymentLink object"): made once, opened by many buyers."""

from typing import Any

from stripe_emulator import expand, ids, listing
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.checkout import fields, linking
from stripe_emulator.checkout.lines import adjustable, lines_of, price_of
from stripe_emulator.checkout.shipping import options_of
from stripe_emulator.errors import invalid, not_here_yet
from stripe_emulator.metadata import merged
from stripe_emulator.resources.editing import only
from stripe_emulator.shapes import complete, may_be_missing
from stripe_emulator.store import Thing

may_be_missing("payment_link", "line_items name_collection optional_items")

Given = dict[str, Any]

_MOST_LINES, _FIRST_LINES, _CODE_LENGTH, _LONGEST_MESSAGE = 20, 10, 18, 500
_CONNECT = ("application_fee_amount", "application_fee_percent", "on_behalf_of", "transfer_data")
# The same at creation and on update.
_FIELDS = (
    *("after_completion", "allow_promotion_codes", "automatic_tax", "billing_address_collection"),
    *("consent_collection", "custom_fields", "custom_text", "customer_creation"),
    *("inactive_message", "invoice_creation", "metadata", "name_collection", "optional_items"),
    *("payment_intent_data", "payment_method_collection", "payment_method_options"),
    *("payment_method_types", "phone_number_collection", "restrictions"),
    *("shipping_address_collection", "shipping_options", "submit_type", "subscription_data"),
    "tax_id_collection",
)


@route("POST", "/v1/payment_links", "PaymentLinkCreateParams")
def create(call: Call) -> Thing:
    given = call.params
    _check(given)
    lines = given["line_items"]
    if not 1 <= len(lines) <= _MOST_LINES:
        raise invalid(f"A payment link has 1 to {_MOST_LINES} line items.", param="line_items")
    wished = [_priced(call, each, f"line_items[{n}]") for n, each in enumerate(lines)]
    kinds = {call.require("price", each["price"])["type"] for each in wished}
    mode = "subscription" if "recurring" in kinds else "payment"
    code = f"test_{ids.random_text(_CODE_LENGTH)}"
    known = [each["price"] for each in wished]
    link: Thing = {
        "id": ids.new("plink"),
        "object": "payment_link",
        "active": True,
        "livemode": False,
        "url": f"{call.base_url}/b/{code}",
        "_code": code,
        "_given": {name: given[name] for name in (*_FIELDS, "currency") if name in given},
        "_lines": lines_of(call, wished, mode, given.get("currency"), known),
        "_mode": mode,
    }
    return _settle(call, link, "payment_link.created")


@route("GET", "/v1/payment_links/{id}", "PaymentLinkRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("payment_link", call.path["id"])


@route("POST", "/v1/payment_links/{id}", "PaymentLinkUpdateParams")
def change(call: Call) -> Thing:
    link = call.require("payment_link", call.path["id"])
    given = call.params
    _check(given)
    link["active"] = given.get("active", link["active"])
    for name in _FIELDS:
        if name == "metadata" or name not in given:
            continue
        link["_given"][name] = given[name] if given[name] != "" else None
    link["_given"]["metadata"] = merged(link["metadata"], given.get("metadata"))
    for n, each in enumerate(given.get("line_items") or []):
        _change_line(link, each, f"line_items[{n}]")
    return _settle(call, link, "payment_link.updated")


@route("GET", "/v1/payment_links", "PaymentLinkListParams")
def list_all(call: Call) -> Thing:
    only(call, ("active",), "lists of payment links")
    active = call.params.get("active")
    wanted = int(active) if active is not None else None
    return listing.page(call, "payment_link", "/v1/payment_links", active=wanted)


@route("GET", "/v1/payment_links/{id}/line_items", "PaymentLinkListLineItemsParams")
def list_lines(call: Call) -> Thing:
    link = call.require("payment_link", call.path["id"])
    return listing.of_items(call, _lines_url(link), link["_lines"])


@expand.computed("payment_link", "line_items")
def _line_items(_call: Call, link: Thing) -> Thing:
    lines = link["_lines"]
    return {
        "object": "list",
        "data": [complete(each) for each in lines[:_FIRST_LINES]],
        "has_more": len(lines) > _FIRST_LINES,
        "url": _lines_url(link),
    }


def _lines_url(link: Thing) -> str:
    return f"/v1/payment_links/{link['id']}/line_items"


def _settle(call: Call, link: Thing, event: str) -> Thing:
    """Shows what was given, tries it, stores it."""
    link.update(_shown(call, link))
    linking.try_out(call, link)
    for line in link["_lines"]:
        amounts = line["_unit"]["unit_amount"]
        line["amount_subtotal"] = line["amount_total"] = (amounts or 0) * (line["quantity"] or 0)
    call.tx.put(link)
    call.emit(event, link)
    return link


def _shown(call: Call, link: Thing) -> Thing:
    given = link["_given"]
    currency = link["_lines"][0]["currency"]
    is_payment = link["_mode"] == "payment"
    names = fields.names(given)
    tax_ids = given.get("tax_id_collection") or {"enabled": False}
    rates = [_rate(each) for each in given.get("shipping_options") or []]
    given["shipping_options"] = rates
    return {
        **_as_sent(given),
        "after_completion": _after(given),
        "currency": currency,
        "custom_fields": [_without_value(each) for each in fields.custom_fields(given)],
        "custom_text": fields.texts({"custom_text": given.get("custom_text") or {}}),
        "customer_creation": given.get("customer_creation")
        or ("if_required" if is_payment else "always"),
        "invoice_creation": fields.invoice(given) if is_payment else None,
        "metadata": merged(None, given.get("metadata")),
        "payment_intent_data": _intent_data(given) if is_payment else None,
        "restrictions": _restrictions(link, given),
        "shipping_options": options_of(call, rates, currency),
        "subscription_data": None if is_payment else _subscription_data(given),
        "tax_id_collection": {
            "enabled": tax_ids["enabled"],
            "required": tax_ids.get("required", "never"),
        },
        **({"name_collection": names} if names else {}),
        **({"optional_items": _options(given)} if given.get("optional_items") else {}),
    }


def _as_sent(given: Given) -> Thing:
    """What comes back as it was sent, or with Stripe's usual value."""
    tax = given.get("automatic_tax") or {"enabled": False}
    return {
        "allow_promotion_codes": given.get("allow_promotion_codes", False),
        "automatic_tax": {
            "enabled": tax["enabled"],
            "liability": {"type": "self"} if tax["enabled"] else None,
        },
        "billing_address_collection": given.get("billing_address_collection", "auto"),
        "consent_collection": fields.consents(given),
        "inactive_message": given.get("inactive_message"),
        "payment_method_collection": given.get("payment_method_collection", "always"),
        "payment_method_options": given.get("payment_method_options"),
        "payment_method_types": given.get("payment_method_types"),
        "phone_number_collection": given.get("phone_number_collection") or {"enabled": False},
        "shipping_address_collection": given.get("shipping_address_collection"),
        "submit_type": given.get("submit_type", "auto"),
    }


def _after(given: Given) -> Thing:
    after = given.get("after_completion") or {"type": "hosted_confirmation"}
    redirects = after["type"] == "redirect"
    if redirects and not after.get("redirect"):
        param = "after_completion[redirect]"
        raise invalid(f"Missing required param: {param}.", code="parameter_missing", param=param)
    if redirects:
        return {"redirect": {"url": after["redirect"]["url"]}, "type": "redirect"}
    message = (after.get("hosted_confirmation") or {}).get("custom_message")
    return {"hosted_confirmation": {"custom_message": message}, "type": "hosted_confirmation"}


def _intent_data(given: Given) -> Thing | None:
    data = given.get("payment_intent_data")
    if not data:
        return None
    names = (
        *("capture_method", "description", "setup_future_usage", "statement_descriptor"),
        *("statement_descriptor_suffix", "transfer_group"),
    )
    shown = {name: data.get(name) or None for name in names}
    return {**shown, "metadata": merged(None, data.get("metadata"))}


def _subscription_data(given: Given) -> Thing | None:
    data = given.get("subscription_data")
    if not data:
        return None
    settings = data.get("invoice_settings") or {}
    names = ("account_tax_ids", "custom_fields", "description", "footer")
    return {
        "description": data.get("description"),
        "invoice_settings": {
            **{name: settings.get(name) or None for name in names},
            "issuer": settings.get("issuer") or {"type": "self"},
        },
        "metadata": merged(None, data.get("metadata")),
        "trial_period_days": data.get("trial_period_days") or None,
        "trial_settings": data.get("trial_settings") or None,
    }


def _restrictions(link: Thing, given: Given) -> Thing | None:
    asked = given.get("restrictions")
    if not asked:
        return None
    limit = asked["completed_sessions"]["limit"]
    if limit < 1:
        param = "restrictions[completed_sessions][limit]"
        raise invalid("This value must be greater than or equal to 1.", param=param)
    before = (link.get("restrictions") or {}).get("completed_sessions") or {"count": 0}
    return {"completed_sessions": {"count": before["count"], "limit": limit}}


def _options(given: Given) -> list[Thing]:
    return [
        {
            "adjustable_quantity": adjustable(each, f"optional_items[{n}]"),
            "price": each["price"],
            "quantity": each["quantity"],
        }
        for n, each in enumerate(given["optional_items"])
    ]


def _rate(option: Given) -> Given:
    if "shipping_rate" not in option:
        param = "shipping_options[0][shipping_rate]"
        raise invalid(f"Missing required param: {param}.", code="parameter_missing", param=param)
    return {"shipping_rate": option["shipping_rate"]}


def _without_value(field: Thing) -> Thing:
    """A link's fields are filled in on its sessions."""
    kind = field["type"]
    rules = {name: value for name, value in field[kind].items() if name != "value"}
    return {**field, kind: rules}


def _priced(call: Call, given: Given, where: str) -> Given:
    price = price_of(call, given, where)
    rest = {name: value for name, value in given.items() if name != "price_data"}
    return {**rest, "price": price["id"]}


def _change_line(link: Thing, given: Given, where: str) -> None:
    line = next((each for each in link["_lines"] if each["id"] == given["id"]), None)
    if line is None:
        raise invalid(
            f"No such line item: '{given['id']:.100}'",
            code="resource_missing",
            param=f"{where}[id]",
        )
    line["quantity"] = given.get("quantity", line["quantity"])
    if "adjustable_quantity" in given:
        line["adjustable_quantity"] = adjustable({**given, "quantity": line["quantity"]}, where)


def _check(given: Given) -> None:
    for name in _CONNECT:
        if given.get(name):
            raise not_here_yet("Stripe Connect", name)
    if (given.get("managed_payments") or {}).get("enabled"):
        raise not_here_yet("managed payments", "managed_payments")
    if len(given.get("inactive_message") or "") > _LONGEST_MESSAGE:
        raise invalid(
            f"The message has at most {_LONGEST_MESSAGE} characters.", param="inactive_message"
        )
