"""Credit notes ("Credit notes"): less to pay on an open invoice, or money back on a paid one."""

from collections.abc import Sequence
from typing import Any

from stripe_emulator import ids, refunding
from stripe_emulator.billing import invoicing
from stripe_emulator.billing.balances import add_to_balance
from stripe_emulator.billing.invoice_editing import line_of
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid, not_here_yet
from stripe_emulator.metadata import merged
from stripe_emulator.shapes import complete
from stripe_emulator.store import Thing

_NOT_YET = ("refunds", "shipping_cost", "email_type")
_PARTS = ("refund_amount", "credit_amount", "out_of_band_amount")


def make(call: Call, invoice: Thing, given: dict[str, Any]) -> Thing:
    """A credit note as it was asked for; not stored, and nothing is done. Raises a StripeFault."""
    for name in _NOT_YET:
        if given.get(name):
            raise not_here_yet(f"credit notes with {name}", name)
    if invoice["status"] not in ("open", "paid", "uncollectible"):
        raise invalid(
            f"An invoice with a status of {invoice['status']} cannot be credited.", param="invoice"
        )
    lines = [_line(invoice, each, f"lines[{n}]") for n, each in enumerate(given.get("lines") or [])]
    total = sum(each["_total"] for each in lines) if lines else given.get("amount", 0)
    if lines and given.get("amount") not in (None, total):
        raise invalid("The sum of the lines is not the amount.", param="amount")
    if total <= 0:
        raise invalid("A credit note is for at least 1.", param="amount")
    note = _note(call, invoice, given, lines, total)
    _divide(invoice, note, given)
    return note


def issue(call: Call, invoice: Thing, note: Thing) -> None:
    """Store it, and do what it says: less is due, or money goes back."""
    note["number"] = _number(call, invoice)
    if note["type"] == "pre_payment":
        previous = {"amount_remaining": invoice["amount_remaining"]}
        _reduce(call, invoice, note["pre_payment_amount"])
    else:
        _give_back(call, invoice, note)
        name = "post_payment_credit_notes_amount"
        previous = {name: invoice[name]}
        invoice["post_payment_credit_notes_amount"] += note["post_payment_amount"]
        call.tx.put(invoice)
    call.tx.put(note)
    call.emit("credit_note.created", note)
    fresh = call.require("invoice", invoice["id"])
    if fresh["status"] == "open" and fresh["amount_remaining"] == 0:
        invoicing.mark_paid(call, fresh, 0)
    else:
        call.emit("invoice.updated", fresh, previous)


def void(call: Call, note: Thing) -> None:
    """Take back what made an open invoice smaller. Raises a StripeFault if it is too late."""
    invoice = call.require("invoice", note["invoice"])
    if note["type"] != "pre_payment" or invoice["status"] != "open" or note["status"] == "void":
        raise invalid("Only a credit note on an open invoice can be voided.")
    _reduce(call, invoice, -note["pre_payment_amount"])
    note.update(status="void", voided_at=call.now)
    call.tx.put(note)
    call.emit("credit_note.voided", note)


def _line(invoice: Thing, given: dict[str, Any], where: str) -> Thing:
    if given.get("tax_amounts") or given.get("tax_rates"):
        raise not_here_yet("credit note lines with taxes of their own", where)
    if given["type"] == "custom_line_item":
        unit, quantity = given.get("unit_amount", 0), given.get("quantity", 1)
        return _made_line(unit * quantity, given, None, quantity, unit)
    source = line_of(invoice, given.get("invoice_line_item") or "", f"{where}[invoice_line_item]")
    quantity = given.get("quantity")
    amount = given.get("amount")
    if amount is None:
        whole = source["quantity"] or 1
        amount = source["amount"] * (quantity or whole) // whole
    if not 0 < amount <= source["amount"]:
        raise invalid("More than the line's amount cannot be credited.", param=f"{where}[amount]")
    return _made_line(amount, given, source, quantity, None)


def _made_line(
    amount: int, given: dict[str, Any], source: Thing | None, quantity: int | None, unit: int | None
) -> Thing:
    """With the same part of the line's discounts and taxes."""
    found = source or {"discount_amounts": [], "taxes": [], "amount": amount or 1}
    discounts = [_part(each, amount, found["amount"]) for each in found["discount_amounts"]]
    taxes = [_part(each, amount, found["amount"]) for each in found["taxes"]]
    off = sum(each["amount"] for each in discounts)
    on_top = sum(each["amount"] for each in taxes if each["tax_behavior"] == "exclusive")
    return {
        "id": ids.new("cnli"),
        "object": "credit_note_line_item",
        "amount": amount,
        "description": given.get("description") or found.get("description"),
        "discount_amount": off,
        "discount_amounts": discounts,
        "invoice_line_item": source["id"] if source else None,
        "livemode": False,
        "metadata": merged(None, given.get("metadata")),
        "pretax_credit_amounts": [],
        "quantity": quantity,
        "tax_rates": [],
        "taxes": taxes,
        "type": given["type"],
        "unit_amount": unit,
        "unit_amount_decimal": str(unit) if unit is not None else None,
        "_total": amount - off + on_top,
    }


def _part(each: Thing, amount: int, whole: int) -> Thing:
    part = (2 * each["amount"] * amount + whole) // (2 * whole)
    taxable = {"taxable_amount": amount} if "taxable_amount" in each else {}
    return {**each, "amount": part, **taxable}


def _note(
    call: Call, invoice: Thing, given: dict[str, Any], lines: Sequence[Thing], total: int
) -> Thing:
    off = sum(each["discount_amount"] for each in lines)
    taxes = [tax for each in lines for tax in each["taxes"]]
    subtotal = sum(each["amount"] for each in lines) if lines else total
    note_id = ids.new("cn")
    return {
        "id": note_id,
        "object": "credit_note",
        "amount": total,
        "amount_shipping": 0,
        "created": call.now,
        "currency": invoice["currency"],
        "customer": invoice["customer"],
        "discount_amount": off,
        "discount_amounts": [one for each in lines for one in each["discount_amounts"]],
        "effective_at": given.get("effective_at", call.now),
        "invoice": invoice["id"],
        "lines": _shown(note_id, lines),
        "livemode": False,
        "memo": given.get("memo"),
        "metadata": merged(None, given.get("metadata")),
        "number": "",
        "out_of_band_amount": given.get("out_of_band_amount"),
        "pdf": f"{invoice['hosted_invoice_url']}/credit_notes/{note_id}/pdf",
        "pretax_credit_amounts": [],
        "reason": given.get("reason"),
        "refunds": [],
        "status": "issued",
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal,
        "total": total,
        "total_excluding_tax": total - sum(each["amount"] for each in taxes),
        "total_taxes": taxes,
        "_lines": list(lines),
    }


def _shown(note_id: str, lines: Sequence[Thing]) -> Thing:
    return {
        "object": "list",
        "data": [complete(each) for each in lines[:10]],
        "has_more": len(lines) > 10,
        "url": f"/v1/credit_notes/{note_id}/lines",
    }


def _divide(invoice: Thing, note: Thing, given: dict[str, Any]) -> None:
    """Before the payment all of it makes the invoice smaller; after it, it goes three ways."""
    total = note["total"]
    parts = {name: given.get(name) or 0 for name in _PARTS}
    if invoice["status"] != "paid":
        if any(parts.values()):
            raise invalid("Before an invoice is paid nothing can be given back.", param="amount")
        if total > invoice["amount_remaining"]:
            raise invalid("That is more than what is left to pay.", param="amount")
        note.update(type="pre_payment", pre_payment_amount=total, post_payment_amount=0)
        return
    left = invoice["total"] - invoice["post_payment_credit_notes_amount"]
    if total > left:
        raise invalid("That is more than what can be credited.", param="amount")
    if sum(parts.values()) != total or min(parts.values()) < 0:
        raise invalid(
            "The sum of refund_amount, credit_amount and out_of_band_amount must equal the credit "
            "note's amount.",
            param="amount",
        )
    note.update(type="post_payment", pre_payment_amount=0, post_payment_amount=total, _parts=parts)


def _reduce(call: Call, invoice: Thing, amount: int) -> None:
    invoice["pre_payment_credit_notes_amount"] += amount
    invoice["amount_due"] -= amount
    invoice["amount_remaining"] -= amount
    call.tx.put(invoice)
    intent = invoicing.intent_of(call, invoice)
    if intent is not None and invoice["amount_due"] > 0:
        intent["amount"] = invoice["amount_due"]
        call.tx.put(intent)
    payment = call.tx.get("invoice_payment", invoice.get("_payment") or "")
    if payment is not None and payment["status"] == "open":
        payment["amount_requested"] = invoice["amount_due"]
        call.tx.put(payment)


def _give_back(call: Call, invoice: Thing, note: Thing) -> None:
    parts = note["_parts"]
    if parts["credit_amount"]:
        customer = call.require("customer", invoice["customer"])
        entry = add_to_balance(
            call,
            customer,
            -parts["credit_amount"],
            invoice["currency"],
            kind="credit_note",
            invoice=invoice["id"],
        )
        note["customer_balance_transaction"] = entry["id"]
    if parts["refund_amount"]:
        intent = invoicing.intent_of(call, invoice)
        charge = call.tx.get("charge", (intent or {}).get("latest_charge") or "")
        if charge is None or parts["refund_amount"] > charge["amount"] - charge["amount_refunded"]:
            raise invalid("There is not so much to refund.", param="refund_amount")
        amount = parts["refund_amount"]
        refund = refunding.new_refund(call, charge, amount, reason=None, metadata={})
        back = {"amount_refunded": amount, "refund": refund["id"], "type": "refund"}
        note["refunds"] = [{**back, "payment_record_refund": None}]


def _number(call: Call, invoice: Thing) -> str:
    """The invoice's number, CN and a number of its own."""
    before = call.tx.find("credit_note", invoice=invoice["id"])
    return f"{invoice['number']}-CN-{len(before) + 1:02d}"
