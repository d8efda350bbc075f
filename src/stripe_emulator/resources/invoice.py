"""Invoices ("The Invoice object"), thin: what becomes of them is in `billing`."""

from typing import Any

from stripe_emulator import expand, listing
from stripe_emulator.api import route
from stripe_emulator.billing import collecting, invoice_editing, invoicing, previewing
from stripe_emulator.billing.drafting import DRAFT_SECONDS
from stripe_emulator.call import Call
from stripe_emulator.cards import Decline
from stripe_emulator.errors import StripeFault, card_error, invalid, not_here_yet
from stripe_emulator.methods.making import resolve
from stripe_emulator.resources.editing import only
from stripe_emulator.shapes import complete
from stripe_emulator.store import Thing

_LIST = ("collection_method", "customer", "status", "subscription", "due_date")
_COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


@route("POST", "/v1/invoices", "InvoiceCreateParams")
def create(call: Call) -> Thing:
    return invoice_editing.create(call, call.params)


@route("POST", "/v1/invoices/create_preview", "InvoiceCreatePreviewParams")
def preview(call: Call) -> Thing:
    return previewing.preview(call, call.params)


@route("GET", "/v1/invoices/{id}", "InvoiceRetrieveParams")
def retrieve(call: Call) -> Thing:
    # Of a deleted draft a stub is left.
    return call.tx.get("invoice", call.path["id"]) or call.require("invoice", call.path["id"])


@route("POST", "/v1/invoices/{id}", "InvoiceUpdateParams")
def change(call: Call) -> Thing:
    return invoice_editing.change(call, _found(call), call.params)


@route("DELETE", "/v1/invoices/{id}", None)
def delete(call: Call) -> Thing:
    return invoice_editing.delete(call, _found(call))


@route("GET", "/v1/invoices", "InvoiceListParams")
def list_all(call: Call) -> Thing:
    given = call.params
    only(call, _LIST, "lists of invoices")
    due = given.get("due_date")
    asked = {"=": due} if isinstance(due, int) else due or {}
    where = [f"json_extract(body, '$.due_date') {_COMPARISONS.get(sign, '=')} ?" for sign in asked]
    return listing.page(
        call,
        "invoice",
        "/v1/invoices",
        (where, list(asked.values())),
        collection_method=given.get("collection_method"),
        customer=given.get("customer"),
        status=given.get("status"),
        _subscription=given.get("subscription"),
    )


@route("POST", "/v1/invoices/{id}/finalize", "InvoiceFinalizeInvoiceParams")
def finalize(call: Call) -> Thing:
    invoice = _found(call, "draft", "finalized")
    if "auto_advance" in call.params:
        invoice["auto_advance"] = call.params["auto_advance"]
    invoice = invoicing.finalize(call, invoice)
    charges = invoice["collection_method"] == "charge_automatically"
    if invoice["status"] == "open" and invoice["auto_advance"] and charges:
        # "About an hour later": the same time that a draft waits.
        invoice["next_payment_attempt"] = call.now + DRAFT_SECONDS
        call.tx.put(invoice)
        call.at(call.moment + DRAFT_SECONDS, "retry_invoice", invoice_id=invoice["id"], tried=0)
    return invoice


@route("POST", "/v1/invoices/{id}/pay", "InvoicePayParams")
def pay(call: Call) -> Thing:
    given = call.params
    only(call, ("payment_method", "source", "paid_out_of_band", "off_session"), "paying")
    invoice = _payable(call)
    if invoice["status"] == "paid":
        return invoice
    if given.get("paid_out_of_band"):
        return invoicing.mark_paid(call, invoice, 0, out_of_band=True)
    named = given.get("payment_method") or given.get("source")
    method = _own(call, invoice, named) if named else collecting.method_for(call, invoice)
    if method is None:
        raise invalid(
            "There is no `default_payment_method` set on this Customer or Invoice. Please set a "
            "`default_payment_method` or pass a `payment_method`.",
            code="missing",
        )
    off_session = given.get("off_session", not given.get("payment_method"))
    decline = collecting.collect(call, invoice, method, off_session=off_session)
    invoice = call.require("invoice", invoice["id"])
    intent = invoicing.intent_of(call, invoice) or {}
    if invoice["status"] != "paid" and intent.get("status") != "processing":
        raise _unpaid(intent, decline)
    return invoice


@route("POST", "/v1/invoices/{id}/send", "InvoiceSendInvoiceParams")
def send(call: Call) -> Thing:
    invoice = _found(call)
    if invoice["status"] == "draft":
        invoice = invoicing.finalize(call, invoice)
    if invoice["status"] not in ("open", "paid", "uncollectible"):
        raise invalid(f"An invoice with a status of {invoice['status']} cannot be sent.")
    invoicing.send(call, invoice)
    return invoice


@route("POST", "/v1/invoices/{id}/void", "InvoiceVoidInvoiceParams")
def void(call: Call) -> Thing:
    invoice = _found(call)
    if invoice["status"] not in ("open", "uncollectible"):
        raise invalid(
            "You can only pass in open or uncollectible invoices. This invoice isn't open or "
            "uncollectible."
        )
    invoicing.void(call, invoice)
    return invoice


@route("POST", "/v1/invoices/{id}/mark_uncollectible", "InvoiceMarkUncollectibleParams")
def mark_uncollectible(call: Call) -> Thing:
    invoice = _found(call, "open", "marked as uncollectible")
    invoicing.mark_uncollectible(call, invoice)
    return invoice


@route("POST", "/v1/invoices/{id}/add_lines", "InvoiceAddLinesParams")
def add_lines(call: Call) -> Thing:
    return invoice_editing.add_lines(call, _found(call, "draft", "changed"), call.params)


@route("POST", "/v1/invoices/{id}/remove_lines", "InvoiceRemoveLinesParams")
def remove_lines(call: Call) -> Thing:
    return invoice_editing.remove_lines(call, _found(call, "draft", "changed"), call.params)


@route("POST", "/v1/invoices/{id}/update_lines", "InvoiceUpdateLinesParams")
def change_lines(call: Call) -> Thing:
    invoice = _found(call, "draft", "changed")
    for each in call.params["lines"]:
        more = {name: value for name, value in each.items() if name != "id"}
        invoice_editing.change_line(call, invoice, each["id"], more)
    return invoice_editing.change(call, invoice, {})


@route("POST", "/v1/invoices/{id}/lines/{line}", "InvoiceLineItemUpdateParams")
def change_line(call: Call) -> Thing:
    invoice = _found(call, "draft", "changed")
    line = invoice_editing.change_line(call, invoice, call.path["line"], call.params)
    invoice_editing.change(call, invoice, {})
    return line


@route("GET", "/v1/invoices/{id}/lines", "InvoiceListLinesParams")
def list_lines(call: Call) -> Thing:
    invoice = _found(call)
    return listing.of_items(call, f"/v1/invoices/{invoice['id']}/lines", invoice["_lines"])


@expand.computed("invoice", "payments")
def _payments(call: Call, invoice: Thing) -> Thing:
    found = call.tx.find("invoice_payment", invoice=invoice["id"])
    return {
        "object": "list",
        "data": [complete(each) for each in found],
        "has_more": False,
        "url": f"/v1/invoice_payments?invoice={invoice['id']}",
    }


@expand.computed("invoice", "confirmation_secret")
def _confirmation_secret(call: Call, invoice: Thing) -> Any:
    intent = invoicing.intent_of(call, invoice)
    if intent is None:
        return None
    return {"client_secret": intent["client_secret"], "type": "payment_intent"}


def _found(call: Call, status: str | None = None, done: str = "") -> Thing:
    """The invoice of the address, on its own clock; only in the status that is asked for."""
    invoice = call.require("invoice", call.path["id"])
    call.on_clock_of(invoice)
    if status is not None and invoice["status"] != status:
        raise invalid(
            f"This invoice could not be {done}: it has a status of {invoice['status']}, not "
            f"{status}.",
            code="invoice_not_editable",
        )
    return invoice


def _payable(call: Call) -> Thing:
    invoice = _found(call)
    if invoice["status"] == "draft":
        invoice = invoicing.finalize(call, invoice)
    elif invoice["status"] == "paid":
        raise invalid("Invoice is already paid")
    elif invoice["status"] == "void":
        raise invalid("This invoice is void and cannot be paid.")
    if call.params.get("forgive"):
        raise not_here_yet("paying with forgive", "forgive")
    return invoice


def _own(call: Call, invoice: Thing, name: str) -> Thing:
    method = resolve(call, name, "payment_method")
    if method["customer"] not in (None, invoice["customer"]):
        raise invalid("The payment method is another customer's.", param="payment_method")
    return method


def _unpaid(intent: Thing, decline: Decline | None) -> StripeFault:
    if decline is None or intent.get("status") == "requires_action":
        fault = card_error(
            "This payment requires additional user action before it can be completed "
            "successfully. Payment can be completed using the PaymentIntent associated with the "
            "invoice.",
            "invoice_payment_intent_requires_action",
        )
    else:
        fault = card_error(decline.message, decline.code, decline_code=decline.decline_code)
    fault.keep = True
    return fault
