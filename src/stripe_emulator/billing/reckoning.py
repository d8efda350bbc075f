"""What an invoice comes to: lines, discounts, taxes, and what the customer's balance takes."""

from collections.abc import Sequence

from stripe_emulator import totals
from stripe_emulator.billing import lines
from stripe_emulator.billing.discounts import coupons_of
from stripe_emulator.call import Call
from stripe_emulator.checkout import taxing
from stripe_emulator.store import Thing

_REASON = "standard_rated"


def reckon(call: Call, invoice: Thing) -> None:
    """Brings all amounts of a draft up to date with its lines, discounts and taxes."""
    if invoice.get("_fixed"):
        # Checkout has reckoned it, with the buyer watching.
        return
    found = invoice["_lines"]
    whole = [
        (each, coupon)
        for each, coupon in coupons_of(call, invoice["discounts"], invoice["currency"])
    ]
    _find_taxes(call, invoice)
    sums = _totals(call, invoice, whole)
    for line, priced in zip(found, sums.lines, strict=True):
        line.update(
            invoice=invoice.get("id"),
            subtotal=line["amount"],
            discount_amounts=_discounts(priced.discounts, line["_coupons"]),
            taxes=[_tax(each) for each in priced.taxes],
        )
        del line["_coupons"]
    invoice.update(
        lines=lines.shown(invoice),
        subtotal=sums.subtotal,
        subtotal_excluding_tax=sums.subtotal - sums.tax + _exclusive(sums),
        total=sums.total,
        total_excluding_tax=sums.total - sums.tax,
        total_discount_amounts=_all_discounts(found),
        total_taxes=_all_taxes(found),
        total_pretax_credit_amounts=[],
    )
    owe(invoice, invoice["starting_balance"])


def owe(invoice: Thing, balance: int) -> None:
    """What is due with a customer's balance of `balance` (negative: they have credit)."""
    total = invoice["total"]
    due = max(0, total + balance)
    invoice.update(amount_due=due, amount_remaining=max(0, due - invoice["amount_paid"]))


def lacks_location(invoice: Thing) -> bool:
    """Whether automatic tax does not know where the customer is."""
    return bool(invoice["automatic_tax"]["status"] == "requires_location_inputs")


def _find_taxes(call: Call, invoice: Thing) -> None:
    """The rates of each line: its own, else the invoice's, else those of automatic tax."""
    exempt = invoice.get("customer_tax_exempt") in ("exempt", "reverse")
    automatic = invoice["automatic_tax"]["enabled"]
    address = (invoice.get("customer_shipping") or {}).get("address")
    if not taxing.is_enough(address):
        address = invoice.get("customer_address")
    known = taxing.is_enough(address)
    if automatic:
        status = "complete" if known else "requires_location_inputs"
        invoice["automatic_tax"]["status"] = status
    for line in invoice["_lines"]:
        rates = list(line["_tax_rates"] or invoice["default_tax_rates"])
        if automatic and not rates and known:
            inclusive = taxing.is_inclusive(line.get("_tax_behavior"), line["currency"])
            rate = taxing.rate_at(call, address or {}, inclusive=inclusive)
            rates = [rate] if rate else []
        line["_taxed_by"] = [] if exempt else rates


def _totals(call: Call, invoice: Thing, whole: Sequence[tuple[Thing, Thing]]) -> totals.Totals:
    """Discounts of lines first, each on its own line, then those of the whole invoice."""
    priced = []
    for line in invoice["_lines"]:
        own = coupons_of(call, line["discounts"], line["currency"]) if line["discountable"] else []
        taxed = tuple(line.pop("_taxed_by"))
        line["_coupons"] = [each for each, _ in own] + [each for each, _ in whole]
        part = totals.Part(line["amount"], line["_product"], taxed, line["discountable"])
        priced.append((part, [coupon for _, coupon in own]))
    # Without taxes first: what a line's own coupons leave is what the invoice's are taken from.
    own_totals = [
        totals.total([totals.Part(part.amount, part.product)], own) for part, own in priced
    ]
    left = [
        totals.Part(one.lines[0].total, part.product, part.tax_rates, part.discountable)
        for (part, _), one in zip(priced, own_totals, strict=True)
    ]
    together = totals.total(left, [coupon for _, coupon in whole])
    return totals.Totals(
        tuple(
            totals.Priced(part.amount, (*one.lines[0].discounts, *all_.discounts), all_.taxes)
            for (part, _), one, all_ in zip(priced, own_totals, together.lines, strict=True)
        )
    )


def _exclusive(sums: totals.Totals) -> int:
    return sum(each.exclusive_tax for each in sums.lines)


def _discounts(amounts: Sequence[int], discounts: Sequence[Thing]) -> list[Thing]:
    return [
        {"amount": amount, "discount": each["id"]}
        for amount, each in zip(amounts, discounts, strict=True)
    ]


def _tax(taken: totals.TaxOf) -> Thing:
    return {
        "amount": taken.amount,
        "tax_behavior": "inclusive" if taken.rate["inclusive"] else "exclusive",
        "tax_rate_details": {"tax_rate": taken.rate["id"]},
        "taxability_reason": _REASON,
        "taxable_amount": taken.taxable,
        "type": "tax_rate_details",
    }


def _all_discounts(found: Sequence[Thing]) -> list[Thing]:
    by_discount: dict[str, int] = {}
    for line in found:
        for each in line["discount_amounts"]:
            by_discount[each["discount"]] = by_discount.get(each["discount"], 0) + each["amount"]
    return [{"amount": amount, "discount": name} for name, amount in by_discount.items()]


def _all_taxes(found: Sequence[Thing]) -> list[Thing]:
    by_rate: dict[str, Thing] = {}
    for line in found:
        for each in line["taxes"]:
            name = each["tax_rate_details"]["tax_rate"]
            known = by_rate.setdefault(name, {**each, "amount": 0, "taxable_amount": 0})
            known["amount"] += each["amount"]
            known["taxable_amount"] += each["taxable_amount"]
    return list(by_rate.values())
