"""Invoice payments ("The InvoicePayment object"): which payment paid which invoice."""

from stripe_emulator import listing
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.resources.editing import only
from stripe_emulator.store import Thing


@route("GET", "/v1/invoice_payments/{id}", "InvoicePaymentRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("invoice_payment", call.path["id"])


@route("GET", "/v1/invoice_payments", "InvoicePaymentListParams")
def list_all(call: Call) -> Thing:
    given = call.params
    only(call, ("invoice", "payment", "status"), "lists of invoice payments")
    invoice = given.get("invoice")
    named = (given.get("payment") or {}).get("payment_intent")
    if named:
        intent = call.tx.get("payment_intent", named) or {}
        paid = intent.get("_invoice") or ""
        invoice = paid if invoice in (None, paid) else ""
    return listing.page(
        call, "invoice_payment", "/v1/invoice_payments", invoice=invoice, status=given.get("status")
    )
