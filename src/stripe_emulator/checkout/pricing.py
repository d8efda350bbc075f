"""What a session costs: its lines, discount, taxes and shipping, reckoned in one place.

What the page shows and what is charged both come from here.
"""

from typing import Any

from stripe_emulator import expand
from stripe_emulator.billing.for_checkout import first_amounts
from stripe_emulator.call import Call
from stripe_emulator.checkout import discounts, taxing
from stripe_emulator.price_amounts import amount_of
from stripe_emulator.shapes import complete
from stripe_emulator.store import Thing
from stripe_emulator.totals import Part, Priced, TaxOf, Totals, total


def reprice(call: Call, session: Thing) -> None:
    """Reckon the amounts of a session and of its lines anew; nothing is stored but line details."""
    if session["mode"] == "setup":
        return
    taxed_at = _taxed_at(session)
    parts = [_part(call, session, each, taxed_at) for each in session["_lines"]]
    shipping = _shipping_part(call, session, taxed_at)
    # A discount may depend on the amount before it: that one must be known first.
    session["amount_subtotal"] = sum(each.amount for each in parts)
    sums = total(parts, discounts.coupons(call, session), shipping)
    for line, priced in zip(session["_lines"], sums.lines, strict=True):
        _put_on_line(call, session, line, priced)
    _put_on_session(session, sums)
    _note_tax_status(session)


def later_amount(call: Call, session: Thing) -> int:
    """What each period after the first costs, by what is known today; minor units."""
    taxed_at = _taxed_at(session)
    recurring = [each for each in session["_lines"] if each["price"]["recurring"]]
    parts = [_part(call, session, each, taxed_at, whole=True) for each in recurring]
    lasting = [
        each
        for each in discounts.coupons(call, session)
        if each.get("duration") in ("forever", "repeating")
    ]
    return total(parts, lasting).total


def _part(
    call: Call, session: Thing, line: Thing, taxed_at: Thing | None, *, whole: bool = False
) -> Part:
    recurring = line["price"]["recurring"] is not None
    amount = amount_of(line["_unit"], line["quantity"] or 0, line["_amount"])
    if session["mode"] == "subscription" and not whole:
        whole_line = {**line, "amount_subtotal": amount}
        (amount,) = first_amounts(call, [whole_line], session["_subscription_data"])
    if session["automatic_tax"]["enabled"]:
        rates = _automatic_rates(call, session, taxed_at, line["price"]["tax_behavior"])
        line["_automatic"] = [each["id"] for each in rates]
    else:
        ids = line["_tax_rates"] or (recurring and session.get("_default_tax_rates")) or []
        rates = tuple(found for each in ids if (found := call.tx.get("tax_rate", each)))
    if is_exempt(session):
        rates = ()
    return Part(amount, line["price"]["product"], rates)


def _shipping_part(call: Call, session: Thing, taxed_at: Thing | None) -> Part | None:
    option = chosen_shipping(session)
    if option is None:
        return None
    rates: tuple[Thing, ...] = ()
    rate = call.tx.get("shipping_rate", option["shipping_rate"]) or {}
    if session["automatic_tax"]["enabled"]:
        rates = _automatic_rates(call, session, taxed_at, rate.get("tax_behavior"))
    return Part(option["shipping_amount"], None, rates)


def chosen_shipping(session: Thing) -> Thing | None:
    """The shipping option the buyer has chosen; the first until they choose."""
    options: list[Thing] = session["shipping_options"]
    chosen = session.get("_shipping_rate")
    found = [each for each in options if each["shipping_rate"] == chosen]
    return next(iter([*found, *options]), None)


def is_exempt(session: Thing) -> bool:
    """Whether the customer pays no tax; as on invoices, that holds for rates set by hand too."""
    return session.get("_tax_exempt") in ("exempt", "reverse")


def _automatic_rates(
    call: Call, session: Thing, taxed_at: Thing | None, behavior: str | None
) -> tuple[Thing, ...]:
    if taxed_at is None or is_exempt(session):
        return ()
    inclusive = taxing.is_inclusive(behavior, session["currency"])
    rate = taxing.rate_at(call, taxed_at, inclusive=inclusive)
    return (rate,) if rate else ()


def _taxed_at(session: Thing) -> Thing | None:
    address: Thing | None = session.get("_tax_address")
    return address if taxing.is_enough(address) else None


def _note_tax_status(session: Thing) -> None:
    tax = session["automatic_tax"]
    if tax["enabled"]:
        tax["status"] = "complete" if _taxed_at(session) else "requires_location_inputs"


def _put_on_line(call: Call, session: Thing, line: Thing, priced: Priced) -> None:
    line.update(
        amount_discount=priced.discount,
        amount_subtotal=priced.subtotal,
        amount_tax=priced.tax,
        amount_total=priced.total,
    )
    details: Thing = {
        "id": line["id"],
        "object": "item",
        "created": session["created"],
        "_discounts": _discounts_shown(session, priced.discounts),
        "_taxes": _taxes_shown(session, priced.taxes),
    }
    if details["_discounts"] or details["_taxes"] or call.tx.get("item", line["id"]):
        call.tx.put(details)


def _put_on_session(session: Thing, sums: Totals) -> None:
    has_shipping = bool(session["shipping_options"])
    session["amount_subtotal"] = sums.subtotal
    session["amount_total"] = sums.total
    session["total_details"] = {
        "amount_discount": sums.discount,
        "amount_shipping": sums.shipping.subtotal,
        "amount_tax": sums.tax,
    }
    session["shipping_cost"] = None
    if has_shipping:
        option = chosen_shipping(session) or {}
        session["shipping_cost"] = {
            "amount_subtotal": sums.shipping.subtotal,
            "amount_tax": sums.shipping.tax,
            "amount_total": sums.shipping.total,
            "shipping_rate": option["shipping_rate"],
        }
    session["_shipping_taxes"] = _taxes_shown(session, sums.shipping.taxes)
    all_taxes = [tax for each in (*sums.lines, sums.shipping) for tax in each.taxes]
    session["_breakdown"] = {
        "discounts": _discounts_shown(
            session,
            tuple(sum(amounts) for amounts in zip(*(x.discounts for x in sums.lines), strict=True)),
        ),
        "taxes": _taxes_shown(session, _by_rate(all_taxes)),
    }


def _by_rate(taxes: list[TaxOf]) -> tuple[TaxOf, ...]:
    found: dict[str, TaxOf] = {}
    for each in taxes:
        known = found.get(each.rate["id"], TaxOf(each.rate, 0, 0))
        found[each.rate["id"]] = TaxOf(
            each.rate, known.amount + each.amount, known.taxable + each.taxable
        )
    return tuple(found.values())


def _discounts_shown(session: Thing, amounts: tuple[int, ...]) -> list[Thing]:
    pairs = zip(session["_discounts"], amounts, strict=False)
    return [{"amount": amount, "discount": discount} for discount, amount in pairs]


def _taxes_shown(session: Thing, taxes: tuple[TaxOf, ...]) -> list[Thing]:
    automatic = session["automatic_tax"]["enabled"]
    return [
        {
            "amount": each.amount,
            "rate": each.rate,
            "taxability_reason": "standard_rated" if automatic else None,
            "taxable_amount": each.taxable,
        }
        for each in taxes
    ]


@expand.computed("checkout.session", "total_details.breakdown")
def _breakdown(_call: Call, session: Thing) -> Thing:
    found = session.get("_breakdown") or {"discounts": [], "taxes": []}
    return {
        "discounts": [_whole(each, "discount") for each in found["discounts"]],
        "taxes": [_whole(each, "rate") for each in found["taxes"]],
    }


@expand.computed("checkout.session", "shipping_cost.taxes")
def _shipping_taxes(_call: Call, session: Thing) -> list[Thing]:
    return [_whole(each, "rate") for each in session.get("_shipping_taxes") or []]


@expand.computed("item", "discounts")
def _line_discounts(_call: Call, line: Thing) -> list[Thing]:
    return [_whole(each, "discount") for each in line.get("_discounts") or []]


@expand.computed("item", "taxes")
def _line_taxes(_call: Call, line: Thing) -> list[Thing]:
    return [_whole(each, "rate") for each in line.get("_taxes") or []]


def _whole(thing: Thing, name: str) -> dict[str, Any]:
    return {**thing, name: complete(thing[name])}
