"""What a customer sees and does on the page of an invoice."""

from dataclasses import dataclass
from typing import Any

from stripe_emulator.billing import collecting, invoicing
from stripe_emulator.call import Call
from stripe_emulator.checkout.buyer import Challenge, Closed, Declined, Paid
from stripe_emulator.emulator import Emulator
from stripe_emulator.errors import StripeFault
from stripe_emulator.methods.making import billing, new_method
from stripe_emulator.store import Thing


@dataclass(frozen=True)
class InvoicePage:
    """An invoice as its customer sees it; `lines` are all of them."""

    invoice: Thing
    lines: list[Thing]
    business_name: str
    # The method that would pay it by itself, if there is one.
    saved: Thing | None


def page_of(emulator: Emulator, secret: str) -> InvoicePage | None:
    """The page behind an invoice's address; None if there is none."""
    with emulator.call() as call:
        invoice = invoicing.by_secret(call.tx, secret)
        if invoice is None:
            return None
        return InvoicePage(
            invoice=invoice,
            lines=invoice["_lines"],
            business_name=emulator.business_name,
            saved=collecting.method_for(call, invoice),
        )


def note_of(emulator: Emulator, secret: str, note_id: str) -> Thing | None:
    """A credit note of the invoice with this address; None if there is none."""
    with emulator.store.reading() as tx:
        invoice = invoicing.by_secret(tx, secret)
        note = tx.get("credit_note", note_id)
    if invoice is None or note is None or note["invoice"] != invoice["id"]:
        return None
    return note


def pay(
    emulator: Emulator, secret: str, details: dict[str, Any] | None, name: str = ""
) -> Paid | Declined | Challenge | Closed:
    """Pay with a card as it was typed; `details` None pays with the customer's saved method."""
    with emulator.call() as call:
        invoice = invoicing.by_secret(call.tx, secret)
        if invoice is None or invoice["status"] not in ("open", "uncollectible"):
            return Closed(str((invoice or {}).get("status", "void")))
        call.on_clock_of(invoice)
        method = _method(call, invoice, details, name)
        if isinstance(method, Declined):
            return method
        return _collected(call, invoice, method)


def _collected(call: Call, invoice: Thing, method: Thing) -> Paid | Declined | Challenge:
    url = str(invoice["hosted_invoice_url"])
    decline = collecting.collect(call, invoice, method, off_session=False, return_url=url)
    if decline is not None:
        return Declined(decline.message, decline.code, decline.decline_code, decline.field)
    intent = invoicing.intent_of(call, call.require("invoice", invoice["id"])) or {}
    if intent.get("status") == "requires_action":
        action = intent["next_action"].get("redirect_to_url") or {}
        return Challenge(intent["id"], action.get("url") or url)
    return Paid(url)


def _method(
    call: Call, invoice: Thing, details: dict[str, Any] | None, name: str
) -> Thing | Declined:
    if details is None:
        saved = collecting.method_for(call, invoice)
        return saved or Declined("There is no saved payment method.", "missing", None, "cardNumber")
    try:
        person = billing({"name": name, "email": invoice["customer_email"]})
        return new_method(call, "card", details, person)
    except StripeFault as fault:
        return Declined(fault.message, fault.code, None, "cardNumber")
