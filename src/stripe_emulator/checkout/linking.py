"""Payment links: an address that opens a new session for everybody who comes."""

from collections.abc import Mapping
from typing import Any

from stripe_emulator.call import Call
from stripe_emulator.checkout.opening import open_session
from stripe_emulator.errors import StripeFault
from stripe_emulator.store import Thing

Given = dict[str, Any]

# What a link's parameters mean for each of its sessions, word for word.
_ALIKE = (
    *("allow_promotion_codes", "automatic_tax", "billing_address_collection", "currency"),
    *("consent_collection", "custom_fields", "custom_text", "invoice_creation", "metadata"),
    *("name_collection", "optional_items", "payment_intent_data", "payment_method_options"),
    *("phone_number_collection", "shipping_address_collection", "shipping_options"),
    *("submit_type", "tax_id_collection"),
)
# "Payment links" puts the session's id where the shop wants it.
_LONGEST_REFERENCE, _LONGEST = 200, 500


def session_parameters(link: Thing) -> Given:
    """The parameters of a session of this link."""
    given = link["_given"]
    mode = link["_mode"]
    wish: Given = {name: given[name] for name in _ALIKE if given.get(name) not in (None, "", [])}
    wish["mode"] = mode
    wish["line_items"] = [_wish(each) for each in link["_lines"]]
    if given.get("payment_method_types"):
        wish["allowed_payment_method_types"] = given["payment_method_types"]
    if mode == "subscription":
        for name in ("subscription_data", "payment_method_collection"):
            if given.get(name):
                wish[name] = given[name]
    elif given.get("customer_creation"):
        wish["customer_creation"] = given["customer_creation"]
    after = link["after_completion"]
    if after["type"] == "redirect":
        wish["success_url"] = after["redirect"]["url"]
    return wish


def try_out(call: Call, link: Thing) -> None:
    """Raises a StripeFault for a link whose sessions could not be opened; leaves nothing behind."""
    call.tx.sql.execute("SAVEPOINT link")
    try:
        open_of(call, link, {})
    finally:
        call.tx.sql.execute("ROLLBACK TO link")
        call.tx.sql.execute("RELEASE link")


def open_of(call: Call, link: Thing, query: Mapping[str, str]) -> Thing:
    """A new session of a link. `query` is that of its address; what is none of ours is ignored."""
    wish = session_parameters(link)
    reference = query.get("client_reference_id", "")
    if reference and len(reference) <= _LONGEST_REFERENCE:
        wish["client_reference_id"] = reference
    if locked := query.get("locked_prefilled_email", "")[:_LONGEST]:
        wish["customer_email"] = locked
    more: Given = {
        "payment_link": link["id"],
        "_known_prices": [each["price"]["id"] for each in link["_lines"]],
        "_confirmation": (link["after_completion"].get("hosted_confirmation") or {}).get(
            "custom_message"
        ),
        "_prefilled": {"email": query.get("prefilled_email", "")[:_LONGEST] or None},
    }
    try:
        return open_session(call, wish, **more)
    except StripeFault:
        # An address that is none, typed into the link: the buyer may still order.
        for name in ("customer_email", "client_reference_id"):
            wish.pop(name, None)
        return open_session(call, wish, **more)


def visit(call: Call, code: str, query: Mapping[str, str]) -> tuple[Thing | None, Thing | None]:
    """Who opens a link: the link, if there is one, and a new session, if it is active."""
    found = call.tx.find("payment_link", _code=code, limit=1)
    if not found:
        return None, None
    link = found[0]
    if not link["active"]:
        return link, None
    try:
        return link, open_of(call, link, query)
    except StripeFault:
        # A price, a rate or a coupon of it is gone.
        return link, None


def _wish(line: Thing) -> Given:
    wish: Given = {"price": line["price"]["id"]}
    if line["quantity"] is not None:
        wish["quantity"] = line["quantity"]
    if line["adjustable_quantity"]:
        wish["adjustable_quantity"] = line["adjustable_quantity"]
    return wish
