"""Credit notes on the API ("The Credit Note object")."""

from stripe_emulator import listing
from stripe_emulator.api import route
from stripe_emulator.billing import crediting
from stripe_emulator.call import Call
from stripe_emulator.resources.editing import only, update
from stripe_emulator.store import Thing

_PATH = "/v1/credit_notes"


@route("POST", _PATH, "CreditNoteCreateParams")
def create(call: Call) -> Thing:
    invoice = _invoice(call)
    note = crediting.make(call, invoice, call.params)
    crediting.issue(call, invoice, note)
    return note


@route("GET", f"{_PATH}/preview", "CreditNotePreviewParams")
def preview(call: Call) -> Thing:
    note = crediting.make(call, _invoice(call), call.params)
    return {**note, "number": "preview"}


@route("GET", f"{_PATH}/{{id}}", "CreditNoteRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("credit_note", call.path["id"])


@route("POST", f"{_PATH}/{{id}}", "CreditNoteUpdateParams")
def change(call: Call) -> Thing:
    note = call.require("credit_note", call.path["id"])
    return update(call, note, ("memo", "metadata"), "credit_note.updated")


@route("POST", f"{_PATH}/{{id}}/void", "CreditNoteVoidCreditNoteParams")
def void(call: Call) -> Thing:
    note = call.require("credit_note", call.path["id"])
    call.on_clock_of(call.tx.get("invoice", note["invoice"]))
    crediting.void(call, note)
    return note


@route("GET", _PATH, "CreditNoteListParams")
def list_all(call: Call) -> Thing:
    given = call.params
    only(call, ("customer", "invoice"), "lists of credit notes")
    return listing.page(
        call,
        "credit_note",
        _PATH,
        customer=given.get("customer"),
        invoice=given.get("invoice"),
    )


@route("GET", f"{_PATH}/{{id}}/lines", "CreditNoteLineItemListParams")
def list_lines(call: Call) -> Thing:
    note = call.require("credit_note", call.path["id"])
    return listing.of_items(call, f"{_PATH}/{note['id']}/lines", note["_lines"])


def _invoice(call: Call) -> Thing:
    invoice = call.require("invoice", call.params["invoice"], "invoice")
    call.on_clock_of(invoice)
    return invoice
