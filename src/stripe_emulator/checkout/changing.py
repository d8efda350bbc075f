"""What a shop changes on an open session ("Update a Checkout Session")."""

from typing import Any

from stripe_emulator.address import whole
from stripe_emulator.call import Call
from stripe_emulator.checkout import lines, shipping
from stripe_emulator.checkout.choosing import tax_place
from stripe_emulator.checkout.kinds import note_kinds
from stripe_emulator.checkout.opening import check_total, require_open
from stripe_emulator.checkout.pricing import reprice
from stripe_emulator.errors import invalid
from stripe_emulator.metadata import merged
from stripe_emulator.store import Thing

Given = dict[str, Any]

# In pages of the shop's own its server may change more than on Stripe's.
_ONLY_ON = {
    "line_items": ("embedded_page", "elements", "form"),
    "collected_information": ("embedded_page", "elements", "form"),
    "payment_intent_data": ("elements",),
}


def change(call: Call, session: Thing, given: Given) -> None:
    """Put the parameters into the session and store it. Raises a StripeFault."""
    if "metadata" in given:
        session["metadata"] = merged(session["metadata"], given["metadata"])
    if set(given) - {"metadata"}:
        _change_order(call, session, given)
    call.tx.put(session)


def _change_order(call: Call, session: Thing, given: Given) -> None:
    require_open(session, "updated")
    for name, pages in _ONLY_ON.items():
        if name in given and session["ui_mode"] not in pages:
            raise invalid(
                f"`{name}` can only be updated with `ui_mode` {' or '.join(pages)}.", param=name
            )
    if session["mode"] == "setup":
        raise invalid("There is nothing of that kind in `setup` mode.", param=min(given))
    if "line_items" in given:
        _change_lines(call, session, given["line_items"])
    if "shipping_options" in given:
        options = given["shipping_options"] or []
        session["shipping_options"] = shipping.options_of(call, options, session["currency"])
    if "collected_information" in given:
        _collect(session, given["collected_information"])
    if "payment_intent_data" in given:
        _change_data(session, given["payment_intent_data"])
    reprice(call, session)
    check_total(session, "line_items" if "line_items" in given else "shipping_options")
    note_kinds(call, session)


def _change_lines(call: Call, session: Thing, given: list[Given]) -> None:
    """The whole list is sent again; what has an id stays, changed where it says so."""
    if not given:
        raise invalid("A session needs line items.", code="parameter_missing", param="line_items")
    known = {each["id"]: each for each in session["_lines"]}
    wished = [_wished(each, known, f"line_items[{n}]") for n, each in enumerate(given)]
    sold = {each["price"]["id"] for each in session["_lines"]}
    made = lines.lines_of(call, wished, session["mode"], session["currency"], sold)
    for line, each in zip(made, given, strict=True):
        if "id" in each:
            line["id"] = each["id"]
            line["metadata"] = merged(known[each["id"]]["metadata"], each.get("metadata"))
    session["_lines"] = made


def _wished(given: Given, known: dict[str, Thing], where: str) -> Given:
    if "id" not in given:
        return given
    line = known.get(given["id"])
    if line is None:
        raise invalid(
            f"No such line item: '{given['id']:.100}'",
            code="resource_missing",
            param=f"{where}[id]",
        )
    wish: Given = {name: value for name, value in given.items() if name not in ("id", "metadata")}
    if "price" not in wish and "price_data" not in wish:
        wish["price"] = line["price"]["id"]
    if line["quantity"] is not None:
        wish.setdefault("quantity", line["quantity"])
    if line["adjustable_quantity"]:
        wish.setdefault("adjustable_quantity", line["adjustable_quantity"])
    wish["tax_rates"] = (wish["tax_rates"] or []) if "tax_rates" in wish else line["_tax_rates"]
    return wish


def _collect(session: Thing, given: Given) -> None:
    details = given.get("shipping_details")
    if not details:
        return
    asked = session["shipping_address_collection"]
    country = details["address"]["country"]
    if asked is None or country not in asked["allowed_countries"]:
        raise invalid(
            "This country is not among the session's allowed_countries.",
            param="collected_information[shipping_details][address][country]",
        )
    session["_shipping"] = whole(details["address"])
    session["collected_information"] = {
        "business_name": None,
        "individual_name": None,
        "shipping_details": {"address": whole(details["address"]), "name": details["name"]},
    }
    session["_tax_address"] = tax_place(session)


def _change_data(session: Thing, given: Given) -> None:
    data = session["_payment_intent_data"]
    for name, value in given.items():
        if name == "metadata":
            data["metadata"] = merged(data["metadata"], value)
        else:
            data[name] = value or None
