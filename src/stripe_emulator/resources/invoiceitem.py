"""Invoice items on the API ("The Invoice Item object")."""

from stripe_emulator import listing
from stripe_emulator.api import route
from stripe_emulator.billing import invoice_items
from stripe_emulator.billing.lines import of_invoice_item
from stripe_emulator.billing.reckoning import reckon
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid, not_here_yet
from stripe_emulator.resources.editing import only
from stripe_emulator.store import Thing


@route("POST", "/v1/invoiceitems", "InvoiceItemCreateParams")
def create(call: Call) -> Thing:
    given = call.params
    for name in ("customer_account", "tax_code"):
        if given.get(name):
            raise not_here_yet(f"invoice items with {name}", name)
    customer = call.require("customer", given.get("customer") or "", "customer")
    call.on_clock_of(customer)
    subscription = _subscription(call, customer, given)
    invoice = _draft(call, given["invoice"], customer) if given.get("invoice") else None
    item = invoice_items.make(
        call,
        customer,
        given,
        invoice=invoice["id"] if invoice else None,
        _subscription=subscription,
        parent=_parent(subscription),
    )
    if invoice is not None:
        if item["currency"] != invoice["currency"]:
            raise invalid("The invoice is in another currency.", param="currency")
        invoice_items.bind(invoice, item)
        _store(call, invoice)
    return item


@route("GET", "/v1/invoiceitems/{id}", "InvoiceItemRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("invoiceitem", call.path["id"])


@route("POST", "/v1/invoiceitems/{id}", "InvoiceItemUpdateParams")
def change(call: Call) -> Thing:
    item = call.require("invoiceitem", call.path["id"])
    for name in ("tax_code", "invoicing_rules"):
        if call.params.get(name):
            raise not_here_yet(f"changing {name} of invoice items", name)
    invoice = _draft(call, item["invoice"]) if item["invoice"] else None
    invoice_items.rewrite(call, item, call.params)
    if invoice is not None:
        invoice["_lines"] = [
            {**of_invoice_item(item), "id": each["id"]} if _is_of(each, item) else each
            for each in invoice["_lines"]
        ]
        _store(call, invoice)
    return item


@route("DELETE", "/v1/invoiceitems/{id}", None)
def delete(call: Call) -> Thing:
    item = call.require("invoiceitem", call.path["id"])
    invoice = _draft(call, item["invoice"]) if item["invoice"] else None
    stub = {"id": item["id"], "object": "invoiceitem", "deleted": True}
    call.tx.put(stub)
    call.emit("invoiceitem.deleted", item)
    if invoice is not None:
        invoice["_lines"] = [each for each in invoice["_lines"] if not _is_of(each, item)]
        _store(call, invoice)
    return stub


@route("GET", "/v1/invoiceitems", "InvoiceItemListParams")
def list_all(call: Call) -> Thing:
    given = call.params
    only(call, ("customer", "invoice", "pending"), "lists of invoice items")
    where = []
    if "pending" in given:
        where.append(f"json_extract(body, '$.invoice') IS {'' if given['pending'] else 'NOT '}NULL")
    return listing.page(
        call,
        "invoiceitem",
        "/v1/invoiceitems",
        (where, ()),
        customer=given.get("customer"),
        invoice=given.get("invoice"),
    )


def _is_of(line: Thing, item: Thing) -> bool:
    parent = line["parent"] or {}
    details = parent.get("invoice_item_details") or parent.get("subscription_item_details") or {}
    return bool(details.get("invoice_item") == item["id"])


def _store(call: Call, invoice: Thing) -> None:
    before = invoice["total"]
    reckon(call, invoice)
    call.tx.put(invoice)
    call.emit("invoice.updated", invoice, {"total": before})


def _draft(call: Call, name: str, customer: Thing | None = None) -> Thing:
    invoice = call.require("invoice", name, "invoice")
    call.on_clock_of(invoice)
    if invoice["status"] != "draft":
        raise invalid(
            "Items can be added to, changed on and taken from an invoice only while it is a draft.",
            param="invoice",
        )
    if customer is not None and invoice["customer"] != customer["id"]:
        raise invalid("The invoice is of another customer.", param="invoice")
    return invoice


def _subscription(call: Call, customer: Thing, given: Thing) -> str | None:
    if not given.get("subscription"):
        return None
    found = call.require("subscription", given["subscription"], "subscription")
    if found["customer"] != customer["id"]:
        raise invalid("The subscription is of another customer.", param="subscription")
    return str(found["id"])


def _parent(subscription: str | None) -> Thing | None:
    if subscription is None:
        return None
    details = {"subscription": subscription, "subscription_item": None}
    return {"type": "subscription_details", "subscription_details": details}
