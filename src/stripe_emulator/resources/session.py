"""Checkout sessions ("The Checkout Session object"), mode payment, hosted page."""

from typing import Any

from stripe_emulator import address, charging, expand, ids, listing
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid, not_here_yet
from stripe_emulator.metadata import merged
from stripe_emulator.money import check_amount
from stripe_emulator.resources.price import new_price
from stripe_emulator.schedule import task
from stripe_emulator.shapes import complete, may_be_missing
from stripe_emulator.store import Thing
from stripe_emulator.watching import watches

may_be_missing(
    "item",
    "discounts taxes",
)

may_be_missing(
    "checkout.session",
    "branding_settings excluded_payment_method_types line_items name_collection "
    "optional_items phone_number_collection presentment_details "
    "redirect_on_completion return_url tax_id_collection",
)

_LEAST_SECONDS, _MOST_SECONDS = 30 * 60, 24 * 3600
# A client's clock and the way here: Stripe is not that strict either.
_GRACE_SECONDS = 10
_MOST_LINES, _MOST_QUANTITY, _LONGEST_REFERENCE = 100, 999_999, 200
_FIRST_LINES = 10
_BEHAVES = frozenset(
    {
        *("line_items", "mode", "success_url", "cancel_url", "client_reference_id", "metadata"),
        *("customer", "customer_email", "customer_creation", "expires_at", "payment_intent_data"),
        *("ui_mode", "submit_type", "integration_identifier", "custom_text"),
        *("allowed_payment_method_types", "automatic_tax", "adaptive_pricing"),
    }
)
_INTENT_DATA = frozenset(
    {
        *("capture_method", "description", "metadata", "receipt_email", "setup_future_usage"),
        "statement_descriptor",
    }
)


_NO_INVOICE: Thing = {
    "enabled": False,
    "invoice_data": {
        "account_tax_ids": None,
        "custom_fields": None,
        "description": None,
        "footer": None,
        "issuer": None,
        "metadata": {},
        "rendering_options": None,
    },
}
_NO_TEXT: Thing = dict.fromkeys(
    ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
)
# Parameters that come back as they were sent.
_ECHOED = (
    *("allowed_payment_method_types", "cancel_url", "client_reference_id", "customer"),
    *("customer_email", "integration_identifier", "submit_type", "success_url"),
)
# What every new session here has in common.
_AS_ALWAYS: Thing = {
    "object": "checkout.session",
    "adaptive_pricing": {"enabled": False},
    "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
    "custom_fields": [],
    "discounts": [],
    "invoice_creation": _NO_INVOICE,
    "livemode": False,
    "mode": "payment",
    "payment_intent": None,
    "payment_method_collection": "if_required",
    "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
    "payment_method_types": ["card"],
    "payment_status": "unpaid",
    "phone_number_collection": {"enabled": False},
    "shipping_options": [],
    "status": "open",
    "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
    "ui_mode": "hosted_page",
}


@route("POST", "/v1/checkout/sessions", "checkout.SessionCreateParams")
def create(call: Call) -> Thing:
    given = call.params
    _check(call, given)
    lines = _lines(call, given["line_items"])
    currency = lines[0]["currency"]
    total = sum(each["amount_total"] for each in lines)
    if total == 0:
        raise not_here_yet("sessions that cost nothing", "line_items")
    check_amount(total, currency, "line_items")
    session_id = ids.new("cs_test")
    intent_data = given.get("payment_intent_data", {})
    session: Thing = {
        **_AS_ALWAYS,
        **{name: given.get(name) for name in _ECHOED},
        "id": session_id,
        "amount_subtotal": total,
        "amount_total": total,
        "created": call.now,
        "currency": currency,
        "custom_text": {**_NO_TEXT, **given.get("custom_text", {})},
        "customer_creation": given.get("customer_creation", "if_required"),
        "expires_at": given.get("expires_at", call.now + _MOST_SECONDS),
        "metadata": merged(None, given.get("metadata")),
        "url": f"{call.base_url}/c/pay/{session_id}#fid{ids.random_text(40)}",
        "_lines": lines,
        "_payment_intent_data": {
            **intent_data,
            "metadata": merged(None, intent_data.get("metadata")),
        },
    }
    call.tx.put(session)
    call.at(session["expires_at"], "expire_session", session_id=session_id)
    return session


@route("GET", "/v1/checkout/sessions/{id}", "checkout.SessionRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("checkout.session", call.path["id"])


@route("POST", "/v1/checkout/sessions/{id}", "checkout.SessionUpdateParams")
def change(call: Call) -> Thing:
    session = call.require("checkout.session", call.path["id"])
    for name in call.params:
        if name != "metadata":
            raise not_here_yet(f"changing {name} of a session", name)
    session["metadata"] = merged(session["metadata"], call.params.get("metadata"))
    call.tx.put(session)
    return session


@route("POST", "/v1/checkout/sessions/{id}/expire", "checkout.SessionExpireParams")
def expire(call: Call) -> Thing:
    session = call.require("checkout.session", call.path["id"])
    if session["status"] != "open":
        raise invalid(
            'Only Checkout Sessions with a status in ["open"] can be expired. This one has a '
            f"status of {session['status']}."
        )
    _expire(call, session)
    return session


@route("GET", "/v1/checkout/sessions", "checkout.SessionListParams")
def list_all(call: Call) -> Thing:
    given = call.params
    for name in ("customer_account", "customer_details", "payment_link", "subscription"):
        if name in given:
            raise not_here_yet(f"listing sessions by {name}", name)
    return listing.page(
        call,
        "checkout.session",
        "/v1/checkout/sessions",
        customer=given.get("customer"),
        payment_intent=given.get("payment_intent"),
        status=given.get("status"),
    )


@route("GET", "/v1/checkout/sessions/{id}/line_items", "checkout.SessionListLineItemsParams")
def list_lines(call: Call) -> Thing:
    session = call.require("checkout.session", call.path["id"])
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    return listing.of_items(call, url, session["_lines"])


@expand.computed("checkout.session", "line_items")
def _line_items(_call: Call, session: Thing) -> Thing:
    lines = session["_lines"]
    return {
        "object": "list",
        "data": [complete(each) for each in lines[:_FIRST_LINES]],
        "has_more": len(lines) > _FIRST_LINES,
        "url": f"/v1/checkout/sessions/{session['id']}/line_items",
    }


def complete_session(call: Call, session: Thing, intent: Thing, details: Thing) -> None:
    """The buyer has paid, or has authorised a payment to be captured later."""
    session.update(
        status="complete",
        payment_status="paid" if intent["status"] == "succeeded" else "unpaid",
        payment_intent=intent["id"],
        url=None,
        collected_information={
            "business_name": None,
            "individual_name": None,
            "shipping_details": None,
        },
        customer_details={
            "address": details["address"],
            "business_name": None,
            "email": session["customer_email"] or details["email"],
            "individual_name": None,
            "name": details["name"],
            "phone": None,
            "tax_exempt": "none",
            "tax_ids": [],
        },
    )
    call.tx.put(session)


@watches("payment_intent")
def _mark_paid(call: Call, intent: Thing, before: str) -> None:
    if before == "requires_capture" and intent["status"] == "succeeded":
        for session in call.tx.find("checkout.session", payment_intent=intent["id"]):
            session["payment_status"] = "paid"
            call.tx.put(session)


@task("expire_session")
def _expire_in_time(call: Call, session_id: str) -> None:
    session = call.tx.get("checkout.session", session_id)
    if session is not None and session["status"] == "open":
        _expire(call, session)


def _expire(call: Call, session: Thing) -> None:
    session.update(status="expired", url=None)
    call.tx.put(session)
    call.emit("checkout.session.expired", session)
    if session["payment_intent"] is not None:
        intent = call.require("payment_intent", session["payment_intent"])
        charging.cancel(call, intent, "automatic")


def _check(call: Call, given: dict[str, Any]) -> None:
    _check_scope(given)
    for name in ("line_items", "success_url"):
        if not given.get(name):
            raise invalid(f"Missing required param: {name}.", code="parameter_missing", param=name)
    _check_addresses(given)
    _check_buyer(call, given)
    _check_expiry(call, given)


def _check_scope(given: dict[str, Any]) -> None:
    """What Stripe does and we do not is said, never passed over."""
    for name, ours in (("mode", "payment"), ("ui_mode", "hosted_page")):
        if given.get(name, ours) != ours:
            raise not_here_yet(f"{name} {given[name]}", name)
    for switch in ("automatic_tax", "adaptive_pricing"):
        if given.get(switch, {}).get("enabled"):
            raise not_here_yet(switch, switch)
    if "card" not in given.get("allowed_payment_method_types", ["card"]):
        raise not_here_yet("payment methods other than cards", "allowed_payment_method_types")
    for name in sorted(set(given) - _BEHAVES):
        raise not_here_yet(f"sessions with {name}", name)
    for name in sorted(set(given.get("payment_intent_data", {})) - _INTENT_DATA):
        raise not_here_yet(f"payment_intent_data with {name}", f"payment_intent_data[{name}]")


def _check_addresses(given: dict[str, Any]) -> None:
    for name in ("success_url", "cancel_url"):
        url = given.get(name)
        if url is not None and not url.startswith(("http://", "https://")):
            raise invalid(
                "Not a valid URL: an explicit scheme (such as https) must be provided.",
                code="url_invalid",
                param=name,
            )
    if len(given.get("client_reference_id", "")) > _LONGEST_REFERENCE:
        raise invalid(
            f"client_reference_id has at most {_LONGEST_REFERENCE} characters.",
            param="client_reference_id",
        )


def _check_buyer(call: Call, given: dict[str, Any]) -> None:
    if "customer" in given and "customer_email" in given:
        raise invalid(
            "You may only specify one of these parameters: customer, customer_email.",
            code="parameters_exclusive",
            param="customer",
        )
    if "customer" in given:
        call.require("customer", given["customer"], "customer")
    address.check_email(given.get("customer_email"), "customer_email")


def _check_expiry(call: Call, given: dict[str, Any]) -> None:
    if "expires_at" not in given:
        return
    ahead = given["expires_at"] - call.now
    if not _LEAST_SECONDS - _GRACE_SECONDS <= ahead <= _MOST_SECONDS + _GRACE_SECONDS:
        raise invalid(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout "
            "Session creation.",
            param="expires_at",
        )


def _lines(call: Call, given: list[dict[str, Any]]) -> list[Thing]:
    if len(given) > _MOST_LINES:
        raise invalid(f"A session has at most {_MOST_LINES} line items.", param="line_items")
    lines = [_line(call, each, f"line_items[{n}]") for n, each in enumerate(given)]
    if len({each["currency"] for each in lines}) > 1:
        raise invalid("All line items of a session have one currency.", param="line_items")
    return lines


def _line(call: Call, given: dict[str, Any], where: str) -> Thing:
    for name in given:
        if name not in ("price", "price_data", "quantity", "metadata"):
            raise not_here_yet(f"line items with {name}", f"{where}[{name}]")
    price = _price(call, given, where)
    quantity = given.get("quantity")
    if quantity is None:
        param = f"{where}[quantity]"
        raise invalid(f"Missing required param: {param}.", code="parameter_missing", param=param)
    if not 1 <= quantity <= _MOST_QUANTITY:
        raise invalid(
            f"The quantity must be from 1 to {_MOST_QUANTITY}.", param=f"{where}[quantity]"
        )
    product = call.tx.get("product", price["product"]) or {}
    amount = price["unit_amount"] * quantity
    return {
        "id": ids.new("li"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": product.get("name"),
        "metadata": merged(None, given.get("metadata")),
        "price": complete(price),
        "quantity": quantity,
    }


def _price(call: Call, given: dict[str, Any], where: str) -> Thing:
    if ("price" in given) == ("price_data" in given):
        raise invalid(
            "Send either price or price_data for a line item, and only one of them.",
            code="parameters_exclusive" if "price" in given else "parameter_missing",
            param=f"{where}[price]",
        )
    if "price" not in given:
        if "recurring" in given["price_data"]:
            raise not_here_yet("recurring prices", f"{where}[price_data][recurring]")
        return new_price(call, given["price_data"], f"{where}[price_data]")
    price = call.require("price", given["price"], f"{where}[price]")
    if price["type"] != "one_time":
        raise invalid("A recurring price needs mode `subscription`.", param=f"{where}[price]")
    if not price["active"]:
        raise invalid("The price is not active.", param=f"{where}[price]")
    return price
