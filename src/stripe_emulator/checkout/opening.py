"""A new session, from parameters: the shop's own, a payment link's, or those of an expired one."""

from typing import Any

from stripe_emulator import ids
from stripe_emulator.address import whole_shipping
from stripe_emulator.billing.periods import Cycle
from stripe_emulator.call import Call
from stripe_emulator.checkout import asking, discounts, fields, lines, shipping
from stripe_emulator.checkout.kinds import note_kinds
from stripe_emulator.checkout.pricing import reprice
from stripe_emulator.checkout.setups import new_setup
from stripe_emulator.errors import invalid
from stripe_emulator.metadata import merged
from stripe_emulator.money import check_amount, currency_code
from stripe_emulator.resources import tax_rate as tax_rates
from stripe_emulator.store import Thing

Given = dict[str, Any]

# Parameters that come back as they were sent.
_ECHOED = (
    *("allow_promotion_codes", "allowed_payment_method_types", "billing_address_collection"),
    *("cancel_url", "client_reference_id", "customer", "customer_email", "locale", "permissions"),
    *("integration_identifier", "origin_context", "shipping_address_collection", "submit_type"),
    *("success_url", "wallet_options"),
)
_PAGES = {"embedded_page": "always", "elements": None, "form": "always"}


def open_session(call: Call, given: Given, business_name: str = "", **more: Any) -> Thing:
    """A stored session. Raises a StripeFault for parameters that do not go together.

    `more` are fields that no parameter sets: payment_link, recovered_from, and `_known_prices`,
    which may be sold although they are retired.
    """
    asking.check(call, given, from_link=bool(more.get("payment_link")))
    session = _drafted(call, given, business_name)
    session.update(more)
    if session["mode"] == "setup":
        customer = call.tx.get("customer", session["customer"] or "")
        session["setup_intent"] = new_setup(call, session, customer)["id"]
    else:
        _fill(call, session, given)
    note_kinds(call, session)
    call.tx.put(session)
    call.at(session["expires_at"], "expire_session", session_id=session["id"])
    return session


def check_total(session: Thing, param: str) -> None:
    """Raises a StripeFault for a total that can neither be charged nor is nothing at all."""
    if session["amount_total"]:
        check_amount(session["amount_total"], session["currency"], param)


def _drafted(call: Call, given: Given, business_name: str) -> Thing:
    session_id, mode = ids.new("cs_test"), given.get("mode", "payment")
    currency = given.get("currency")
    return {
        **_AS_ALWAYS,
        **{name: given.get(name) for name in _ECHOED},
        "id": session_id,
        "after_expiration": fields.recovery(given),
        "automatic_tax": _tax(given),
        "consent_collection": fields.consents(given),
        "created": call.now,
        "currency": currency_code(currency, "currency") if currency else None,
        "custom_fields": fields.custom_fields(given),
        "custom_text": fields.texts(given),
        "customer_creation": _customer_creation(given, mode),
        "expires_at": given.get("expires_at", asking.usual_expiry(call.now)),
        "invoice_creation": fields.invoice(given) if mode == "payment" else None,
        "metadata": merged(None, given.get("metadata")),
        "mode": mode,
        "payment_method_collection": _method_collection(given, mode),
        "payment_method_configuration_details": _configuration(given),
        "payment_method_options": fields.method_options(given),
        "payment_status": "no_payment_required" if mode == "setup" else "unpaid",
        "phone_number_collection": given.get("phone_number_collection", {"enabled": False}),
        "saved_payment_method_options": fields.saved_methods(given),
        **_page(call, session_id, given),
        **fields.optional_fields(given, business_name),
        **_hidden(call, given),
    }


# What every new session has in common, before its lines are put in.
_AS_ALWAYS: Thing = {
    "object": "checkout.session",
    "adaptive_pricing": {"enabled": False},
    "amount_subtotal": None,
    "amount_total": None,
    "discounts": [],
    "livemode": False,
    "payment_intent": None,
    "setup_intent": None,
    "shipping_options": [],
    "status": "open",
    "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
}


def _fill(call: Call, session: Thing, given: Given) -> None:
    mode = session["mode"]
    known = session.get("_known_prices") or ()
    session["_lines"] = lines.lines_of(call, given["line_items"], mode, session["currency"], known)
    currency = session["currency"] = session["_lines"][0]["currency"]
    if "optional_items" in given:
        items = lines.options_of(call, given["optional_items"], session["_lines"], currency)
        session["optional_items"] = items
    options = shipping.options_of(call, given.get("shipping_options") or [], currency)
    session["shipping_options"] = options
    _check_anchor(call, session)
    reprice(call, session)
    if given.get("discounts"):
        discounts.given_discounts(call, session, given["discounts"])
        reprice(call, session)
    check_total(session, "line_items")


def _check_anchor(call: Call, session: Thing) -> None:
    """The first period may be shorter than the others, not longer."""
    anchor = session["_subscription_data"].get("billing_cycle_anchor")
    recurring = [x["price"]["recurring"] for x in session["_lines"] if x["price"]["recurring"]]
    if anchor is None or not recurring:
        return
    first = Cycle(call.now, recurring[0]["interval"], recurring[0]["interval_count"])
    if not call.now < anchor <= first.after(call.now):
        raise invalid(
            "billing_cycle_anchor must be in the future, and before the next natural billing date.",
            param="subscription_data[billing_cycle_anchor]",
        )


def _page(call: Call, session_id: str, given: Given) -> Thing:
    """Where the buyer meets the session: at an address, or inside the shop's own page."""
    page = given.get("ui_mode", "hosted_page")
    if page == "hosted_page":
        url = f"{call.base_url}/c/pay/{session_id}#fid{ids.random_text(40)}"
        return {"ui_mode": page, "url": url, "client_secret": None}
    shown: Thing = {
        "ui_mode": page,
        "url": None,
        "client_secret": f"{session_id}_secret_{ids.random_text(40)}",
        "return_url": given.get("return_url"),
    }
    if _PAGES[page]:
        shown["redirect_on_completion"] = given.get("redirect_on_completion", _PAGES[page])
    return shown


def _hidden(call: Call, given: Given) -> Thing:
    """What the session knows and does not show; most is for the objects that completing makes."""
    customer = call.tx.get("customer", given.get("customer") or "")
    found: Thing = {
        "_discounts": [],
        "_email": given.get("customer_email") or (customer or {}).get("email"),
        "_given": given,
        "_lines": [],
        "_tax_address": asking.tax_address(customer),
        "_tax_exempt": (customer or {}).get("tax_exempt"),
        "_customer_update": given.get("customer_update", {}),
        "_payment_method_data": given.get("payment_method_data", {}),
    }
    for name in ("payment_intent_data", "subscription_data", "setup_intent_data"):
        data = given.get(name, {})
        found[f"_{name}"] = {**data, "metadata": merged(None, data.get("metadata"))}
    found["_payment_intent_data"]["shipping"] = whole_shipping(
        found["_payment_intent_data"].get("shipping")
    )
    rates = found["_subscription_data"].get("default_tax_rates") or []
    tax_rates.rates(call, rates, "subscription_data[default_tax_rates]")
    found["_default_tax_rates"] = rates
    return found


def _tax(given: Given) -> Thing:
    enabled = given.get("automatic_tax", {}).get("enabled", False)
    return {
        "enabled": enabled,
        "liability": {"type": "self"} if enabled else None,
        "provider": "stripe" if enabled else None,
        "status": "requires_location_inputs" if enabled else None,
    }


def _configuration(given: Given) -> Thing | None:
    """Which of the account's settings it is; here all of them allow every kind there is."""
    name = given.get("payment_method_configuration")
    return {"id": name, "parent": None} if name else None


def _customer_creation(given: Given, mode: str) -> str | None:
    if given.get("customer"):
        return None
    usual = "always" if mode == "subscription" else "if_required"
    return str(given.get("customer_creation", usual))


def _method_collection(given: Given, mode: str) -> str:
    usual = "if_required" if mode == "payment" else "always"
    return str(given.get("payment_method_collection", usual))


def require_open(session: Thing, verb: str) -> None:
    """Raises the StripeFault for a session that takes no more changes."""
    if session["status"] != "open":
        raise invalid(
            f'Only Checkout Sessions with a status in ["open"] can be {verb}. This one has a '
            f"status of {session['status']}."
        )
