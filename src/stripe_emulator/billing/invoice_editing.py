"""Invoices that are made and changed by hand, as long as they are drafts."""

from typing import Any

from stripe_emulator.billing import drafting, invoice_items, items
from stripe_emulator.billing.discounts import new_discounts
from stripe_emulator.billing.drafting import NO_TAX
from stripe_emulator.billing.reckoning import reckon
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid, missing, not_here_yet
from stripe_emulator.metadata import merged
from stripe_emulator.money import currency_code
from stripe_emulator.resources.editing import blanks_cleared
from stripe_emulator.store import Thing

_NOT_YET = (
    *("account_tax_ids", "application_fee_amount", "from_invoice", "on_behalf_of"),
    *("shipping_cost", "shipping_details", "transfer_data", "customer_account"),
)
_AS_GIVEN = (
    *("auto_advance", "collection_method", "custom_fields", "default_payment_method"),
    *("default_source", "description", "due_date", "effective_at", "footer", "number"),
    *("statement_descriptor", "rendering"),
)
# What can still be changed when an invoice is final.
_OF_THE_FINAL = frozenset(
    {"metadata", "auto_advance", "default_payment_method", "default_source", "payment_settings"}
    | {"description", "footer", "days_until_due", "due_date", "collection_method"}
)
_LONGEST_NUMBER = 26


def create(call: Call, given: dict[str, Any]) -> Thing:
    """A draft by its parameters; with what waits for it if that is asked. Raises a StripeFault."""
    _refuse(given)
    subscription = None
    if given.get("subscription"):
        subscription = call.require("subscription", given["subscription"], "subscription")
    named = given.get("customer") or (subscription or {}).get("customer") or ""
    customer = call.require("customer", named, "customer")
    call.on_clock_of(customer)
    invoice = _new(call, customer, subscription, given)
    _set(call, invoice, given)
    _check_due(call, invoice, given)
    # Stored before its items are bound to it; the event comes when it has its lines.
    waits = given.get("pending_invoice_items_behavior", "exclude") == "include"
    if waits or subscription is not None:
        found = drafting.pending_items(
            call, customer["id"], invoice["currency"], given.get("subscription")
        )
        drafting.take_items(call, invoice, found)
    finalize_in = drafting.DRAFT_SECONDS
    if given.get("automatically_finalizes_at"):
        finalize_in = max(0, given["automatically_finalizes_at"] - call.now)
    drafting.store_draft(call, invoice, finalize_in=finalize_in)
    return invoice


def change(call: Call, invoice: Thing, given: dict[str, Any]) -> Thing:
    """Other values of an invoice. Raises a StripeFault for what it is too late for."""
    _refuse(given)
    late = sorted(set(given) - _OF_THE_FINAL)
    if invoice["status"] != "draft" and late:
        raise invalid(
            f"This invoice is finalized: {late[0]} can no longer be changed.", param=late[0]
        )
    before = {name: value for name, value in invoice.items() if not name.startswith("_")}
    _set(call, invoice, given)
    _check_due(call, invoice, given)
    if invoice["status"] == "draft":
        _advance(call, invoice, given)
        reckon(call, invoice)
    return told(call, invoice, before)


def told(call: Call, invoice: Thing, before: Thing) -> Thing:
    """Stored, and `invoice.updated` if something that is shown is different."""
    previous = {name: was for name, was in before.items() if invoice.get(name) != was}
    call.tx.put(invoice)
    if previous:
        call.emit("invoice.updated", invoice, previous)
    return invoice


def add_lines(call: Call, invoice: Thing, given: dict[str, Any]) -> Thing:
    """`add_lines`: invoice items that wait, or new ones."""
    customer = call.require("customer", invoice["customer"])
    for n, each in enumerate(given["lines"]):
        where = f"lines[{n}]"
        if each.get("invoice_item"):
            item = call.require("invoiceitem", each["invoice_item"], f"{where}[invoice_item]")
            if item["invoice"] is not None or item["customer"] != customer["id"]:
                raise invalid(
                    "The invoice item is on an invoice already, or another customer's.",
                    param=f"{where}[invoice_item]",
                )
            drafting.take_items(call, invoice, [item])
            continue
        wanted = {"currency": invoice["currency"], **each}
        item = invoice_items.make(call, customer, wanted, f"{where}.", invoice=invoice["id"])
        invoice_items.bind(invoice, item)
    return _reckoned(call, invoice, given)


def remove_lines(call: Call, invoice: Thing, given: dict[str, Any]) -> Thing:
    """`remove_lines`: taken off, and their items deleted or free for another invoice."""
    for n, each in enumerate(given["lines"]):
        line = line_of(invoice, each["id"], f"lines[{n}][id]")
        invoice["_lines"].remove(line)
        item = _item_of(call, line)
        if item is None:
            continue
        if each["behavior"] == "unassign":
            call.tx.put({**item, "invoice": None})
        else:
            call.tx.put({"id": item["id"], "object": "invoiceitem", "deleted": True})
            call.emit("invoiceitem.deleted", item)
    return _reckoned(call, invoice, given)


def change_line(call: Call, invoice: Thing, name: str, given: dict[str, Any]) -> Thing:
    """One line with other values; the line as it is now."""
    line = line_of(invoice, name, "id")
    item = _item_of(call, line)
    if item is None:
        if set(given) - {"metadata", "tax_rates", "discounts", "discountable"}:
            raise invalid("Lines of a subscription keep their amount and description.", param="id")
        _change_in_place(call, line, given)
        return line
    invoice_items.rewrite(call, item, given)
    place = invoice["_lines"].index(line)
    from stripe_emulator.billing.lines import of_invoice_item

    made = {**of_invoice_item(item), "id": name}
    invoice["_lines"][place] = made
    return made


def line_of(invoice: Thing, name: str, param: str | None = None) -> Thing:
    """The invoice's line with this id. Raises a StripeFault if it has none."""
    for each in invoice["_lines"]:
        if each["id"] == name:
            found: Thing = each
            return found
    raise missing("line_item", name, param)


def delete(call: Call, invoice: Thing) -> Thing:
    """A draft that was made by hand is gone; its items wait again."""
    if invoice["status"] != "draft" or invoice["_subscription"]:
        raise invalid(
            "You can only delete draft invoices that do not belong to a subscription. Void it "
            "instead."
        )
    for item in call.tx.find("invoiceitem", invoice=invoice["id"]):
        call.tx.put({**item, "invoice": None})
    stub = {"id": invoice["id"], "object": "invoice", "deleted": True}
    call.tx.put(stub)
    call.emit("invoice.deleted", invoice)
    return stub


def _refuse(given: dict[str, Any]) -> None:
    for name in _NOT_YET:
        if given.get(name):
            raise not_here_yet(f"invoices with {name}", name)


def _new(call: Call, customer: Thing, subscription: Thing | None, given: dict[str, Any]) -> Thing:
    currency = given.get("currency") or customer.get("currency") or "usd"
    if subscription is not None:
        start = min(each["current_period_start"] for each in subscription["items"]["data"])
        invoice = drafting.of_subscription(call, subscription, "manual", (start, call.now))
        invoice["auto_advance"] = False
        return invoice
    held = customer.get("discount")
    return drafting.new_invoice(
        call,
        customer,
        currency_code(currency, "currency"),
        "manual",
        footer=customer["invoice_settings"].get("footer"),
        custom_fields=customer["invoice_settings"].get("custom_fields"),
        discounts=[held["id"]] if held else [],
    )


def _set(call: Call, invoice: Thing, given: dict[str, Any]) -> None:
    for name in set(_AS_GIVEN) & set(given):
        invoice[name] = blanks_cleared(given[name])
    if len(invoice.get("number") or "") > _LONGEST_NUMBER:
        raise invalid(f"A number has at most {_LONGEST_NUMBER} characters.", param="number")
    if given.get("default_payment_method"):
        call.require("payment_method", given["default_payment_method"], "default_payment_method")
    invoice["metadata"] = merged(invoice["metadata"], given.get("metadata"))
    invoice["payment_settings"] = {
        **invoice["payment_settings"],
        **blanks_cleared(given.get("payment_settings", {})),
    }
    _set_what_counts(call, invoice, given)


def _set_what_counts(call: Call, invoice: Thing, given: dict[str, Any]) -> None:
    """What an invoice's sums depend on."""
    if "default_tax_rates" in given:
        rates = items.rates_of(call, given["default_tax_rates"], "default_tax_rates")
        invoice["default_tax_rates"] = rates
    if "discounts" in given:
        invoice["discounts"] = new_discounts(
            call, given["discounts"], customer=invoice["customer"], invoice=invoice["id"]
        )
    if "automatic_tax" in given:
        invoice["automatic_tax"] = _tax(bool(given["automatic_tax"].get("enabled")))


def _tax(enabled: bool) -> Thing:
    if not enabled:
        return dict(NO_TAX)
    return {**NO_TAX, "enabled": True, "liability": {"type": "self"}, "provider": "stripe",
            "status": "complete"}  # fmt: skip


def _check_due(call: Call, invoice: Thing, given: dict[str, Any]) -> None:
    days, due = given.get("days_until_due"), given.get("due_date")
    if days is None and due is None:
        return
    if invoice["collection_method"] != "send_invoice":
        raise invalid(
            "You can only pass days_until_due or due_date if collection_method is send_invoice.",
            param="days_until_due" if days is not None else "due_date",
        )
    if due is not None and due <= call.now:
        raise invalid("The due date must be in the future.", param="due_date")
    if days is not None:
        invoice["_days_until_due"] = days


def _advance(call: Call, invoice: Thing, given: dict[str, Any]) -> None:
    """A draft that is told to advance becomes final in an hour, or when it is said."""
    at = given.get("automatically_finalizes_at")
    if given.get("auto_advance") and not invoice["automatically_finalizes_at"] and at is None:
        at = call.now + drafting.DRAFT_SECONDS
    if at is not None:
        invoice["automatically_finalizes_at"] = at
        call.at(at, "finalize_invoice", invoice_id=invoice["id"])
    if given.get("auto_advance") is False:
        invoice["automatically_finalizes_at"] = None


def _change_in_place(call: Call, line: Thing, given: dict[str, Any]) -> None:
    if "metadata" in given:
        line["metadata"] = merged(line["metadata"], given["metadata"])
    if "tax_rates" in given:
        line["_tax_rates"] = items.rates_of(call, given["tax_rates"], "tax_rates")
    if "discountable" in given:
        line["discountable"] = given["discountable"]
    if "discounts" in given:
        line["discounts"] = new_discounts(call, given["discounts"])


def _item_of(call: Call, line: Thing) -> Thing | None:
    details = (line["parent"] or {}).get("invoice_item_details") or {}
    return call.tx.get("invoiceitem", details.get("invoice_item") or "")


def _reckoned(call: Call, invoice: Thing, given: dict[str, Any]) -> Thing:
    before = {name: value for name, value in invoice.items() if not name.startswith("_")}
    if "invoice_metadata" in given:
        invoice["metadata"] = merged(invoice["metadata"], given["invoice_metadata"])
    reckon(call, invoice)
    return told(call, invoice, before)
