"""What a buyer changes on the page: quantities, extras, a code, the way of delivery, addresses."""

from stripe_emulator.address import whole
from stripe_emulator.call import Call
from stripe_emulator.checkout import discounts
from stripe_emulator.checkout.buyer import Address, Choice
from stripe_emulator.checkout.kinds import kinds_of
from stripe_emulator.checkout.lines import line_at
from stripe_emulator.checkout.pricing import reprice
from stripe_emulator.errors import StripeFault
from stripe_emulator.money import MAXIMUM, check_amount
from stripe_emulator.store import Thing

Problems = dict[str, str]


def choose(call: Call, session: Thing, choice: Choice) -> Problems:
    """Puts a choice on a session, which is not stored; what is wrong with it, by field."""
    problems: Problems = {}
    _set_quantities(session, choice, problems)
    _set_amounts(session, choice, problems)
    _set_options(call, session, choice, problems)
    _set_shipping(session, choice, problems)
    if problems:
        return problems
    _set_place(session, choice)
    reprice(call, session)
    _set_code(call, session, choice, problems)
    if not problems and session["mode"] != "setup":
        problems |= total_problems(session)
        session["payment_method_types"] = kinds_of(session)
    return problems


def _set_quantities(session: Thing, choice: Choice, problems: Problems) -> None:
    lines = {each["id"]: each for each in session["_lines"]}
    for line_id, quantity in choice.quantities.items():
        line = lines.get(line_id)
        field = f"quantities.{line_id}"
        if line is None:
            problems[field] = "not_an_option"
        elif quantity == line["quantity"]:
            continue
        elif line["adjustable_quantity"] is None:
            problems[field] = "quantity_fixed"
        elif not _allows(line["adjustable_quantity"], quantity):
            problems[field] = "quantity_not_allowed"
        else:
            line["quantity"] = quantity
    # "If the quantity is 0 the item is taken off": an order of nothing is none.
    if session["_lines"] and not any(each["quantity"] != 0 for each in session["_lines"]):
        problems.setdefault("quantities", "nothing_left")


def _allows(bounds: Thing, quantity: int) -> bool:
    return bool(bounds["minimum"] <= quantity <= bounds["maximum"])


def _set_amounts(session: Thing, choice: Choice, problems: Problems) -> None:
    lines = {each["id"]: each for each in session["_lines"]}
    for line_id, amount in choice.amounts.items():
        line = lines.get(line_id)
        field = f"amounts.{line_id}"
        custom = line["_unit"]["custom_unit_amount"] if line else None
        if line is None or custom is None:
            problems[field] = "not_an_option"
        elif amount < max(custom["minimum"] or 0, 0):
            problems[field] = "amount_too_small"
        elif amount > (custom["maximum"] or MAXIMUM):
            problems[field] = "amount_too_large"
        else:
            line["_amount"] = amount


def _set_options(call: Call, session: Thing, choice: Choice, problems: Problems) -> None:
    offered = {each["price"]: each for each in session.get("optional_items") or []}
    for price_id, quantity in choice.optional.items():
        option = offered.get(price_id)
        field = f"optional.{price_id}"
        if option is None:
            problems[field] = "not_an_option"
            continue
        bounds = option["adjustable_quantity"] or {
            "minimum": option["quantity"],
            "maximum": option["quantity"],
        }
        if quantity and not _allows(bounds, quantity):
            problems[field] = "quantity_not_allowed"
            continue
        _put_option(call, session, option, quantity)


def _put_option(call: Call, session: Thing, option: Thing, quantity: int) -> None:
    lines: list[Thing] = session["_lines"]
    taken = [each for each in lines if each.get("_optional") == option["price"]]
    if not quantity:
        session["_lines"] = [each for each in lines if each not in taken]
    elif taken:
        taken[0]["quantity"] = quantity
    else:
        price = call.require("price", option["price"])
        line = line_at(call, price, quantity, session["currency"], "optional_items")
        line["adjustable_quantity"] = option["adjustable_quantity"]
        session["_lines"] = [*lines, {**line, "_optional": price["id"]}]


def _set_shipping(session: Thing, choice: Choice, problems: Problems) -> None:
    rate = choice.shipping_rate
    if rate is None:
        return
    if rate not in [each["shipping_rate"] for each in session["shipping_options"]]:
        problems["shipping_rate"] = "not_an_option"
    else:
        session["_shipping_rate"] = rate


def _set_place(session: Thing, choice: Choice) -> None:
    """Remember addresses; taxes are those of where the order goes, else of where the bill goes."""
    for name, given in (("shipping", choice.shipping), ("billing", choice.billing)):
        if given is not None:
            session[f"_{name}"] = whole(dict(given))
    session["_tax_address"] = tax_place(session)


def tax_place(session: Thing) -> Thing | None:
    """The address that taxes are reckoned by, as far as there is one."""
    asked = session["shipping_address_collection"] is not None
    shipping: Thing | None = session.get("_shipping") if asked else None
    found: Thing | None = shipping or session.get("_billing") or session.get("_tax_address")
    return found


def remember_place(session: Thing, shipping: Address, billing: Address) -> None:
    """The addresses of a whole form, as `choose` remembers those of a choice."""
    if shipping:
        session["_shipping"] = whole(dict(shipping))
    if billing:
        session["_billing"] = whole(dict(billing))
    session["_tax_address"] = tax_place(session)


def _set_code(call: Call, session: Thing, choice: Choice, problems: Problems) -> None:
    code = choice.promotion_code
    if code is None:
        return
    if not code.strip():
        if session["allow_promotion_codes"]:
            discounts.take_off(session)
            reprice(call, session)
        return
    problem = discounts.type_code(call, session, code)
    if problem is not None:
        problems["promotion_code"] = problem
    else:
        reprice(call, session)


def total_problems(session: Thing) -> Problems:
    """What is wrong with a total that can neither be charged nor is nothing at all."""
    if not session["amount_total"]:
        return {}
    try:
        check_amount(session["amount_total"], session["currency"])
    except StripeFault as fault:
        small = fault.code == "amount_too_small"
        return {"": "amount_too_small" if small else "amount_too_large"}
    return {}
