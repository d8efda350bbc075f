"""New invoices, before they are final ("The Invoice object")."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from stripe_emulator import ids
from stripe_emulator.billing import lines
from stripe_emulator.billing.periods import DAY
from stripe_emulator.billing.reckoning import reckon
from stripe_emulator.call import Call
from stripe_emulator.schedule import task
from stripe_emulator.shapes import may_be_missing
from stripe_emulator.store import Thing

may_be_missing(
    "invoice",
    "amount_paid_off_stripe auto_advance confirmation_secret customer_tax_ids "
    "hosted_invoice_url invoice_pdf payments status_details threshold_reason",
)

# "Subscription invoices": a draft can be changed for an hour.
DRAFT_SECONDS = 3600
USUAL_DAYS_UNTIL_DUE = 30
NO_TAX: Thing = {
    "disabled_reason": None,
    "enabled": False,
    "liability": None,
    "provider": None,
    "status": None,
}

_AS_ALWAYS: Thing = {
    "account_country": "US",
    "account_name": "Paydesk demo shop",
    "account_tax_ids": None,
    "attempt_count": 0,
    "attempted": False,
    "auto_advance": False,
    "automatic_tax": NO_TAX,
    "automatically_finalizes_at": None,
    "customer_tax_ids": [],
    "default_tax_rates": [],
    "discounts": [],
    "due_date": None,
    "ending_balance": None,
    "issuer": {"type": "self"},
    "livemode": False,
    "metadata": {},
    "parent": None,
    "payment_settings": dict.fromkeys(
        ("default_mandate", "payment_method_options", "payment_method_types")
    ),
    "_lines": [],
    "_subscription": None,
}


def new_invoice(call: Call, customer: Thing, currency: str, reason: str, **more: Any) -> Thing:
    """A draft without lines; not stored. `more` are fields of the invoice."""
    invoice_id = ids.new("in")
    invoice: Thing = {
        "id": invoice_id,
        "object": "invoice",
        **dict.fromkeys(_AMOUNTS, 0),
        **deepcopy(_AS_ALWAYS),
        "billing_reason": reason,
        "collection_method": "charge_automatically",
        "created": call.now,
        "currency": currency,
        "customer": customer["id"],
        "period_end": call.now,
        "period_start": call.now,
        "status": "draft",
        "status_transitions": dict.fromkeys(_TRANSITIONS),
        "test_clock": customer.get("test_clock"),
    }
    invoice.update(_as_customer_is(customer))
    invoice.update(more)
    return invoice


_AMOUNTS = (
    *("amount_due", "amount_overpaid", "amount_paid", "amount_remaining", "amount_shipping"),
    *("post_payment_credit_notes_amount", "pre_payment_credit_notes_amount"),
    *("starting_balance", "subtotal", "total"),
)
_TRANSITIONS = ("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")


def _as_customer_is(customer: Thing) -> Thing:
    """Copied at this moment; they follow the customer until the invoice is final."""
    return {
        "customer_address": customer.get("address"),
        "customer_email": customer.get("email"),
        "customer_name": customer.get("name"),
        "customer_phone": customer.get("phone"),
        "customer_shipping": customer.get("shipping"),
        "customer_tax_exempt": customer.get("tax_exempt") or "none",
    }


def of_subscription(call: Call, subscription: Thing, reason: str, period: tuple[int, int]) -> Thing:
    """A draft of a subscription, without lines; not stored."""
    customer = call.require("customer", subscription["customer"])
    settings = subscription["invoice_settings"]
    return new_invoice(
        call,
        customer,
        subscription["currency"],
        reason,
        auto_advance=True,
        automatic_tax=_tax_of(subscription),
        collection_method=subscription["collection_method"],
        default_payment_method=None,
        default_tax_rates=subscription["default_tax_rates"] or [],
        description=settings.get("description"),
        footer=settings.get("footer") or customer["invoice_settings"].get("footer"),
        custom_fields=customer["invoice_settings"].get("custom_fields"),
        parent={
            "type": "subscription_details",
            "quote_details": None,
            "subscription_details": {
                "metadata": dict(subscription["metadata"]),
                "subscription": subscription["id"],
            },
        },
        period_start=period[0],
        period_end=period[1],
        _days_until_due=subscription["days_until_due"],
        _subscription=subscription["id"],
    )


def _tax_of(subscription: Thing) -> Thing:
    if not subscription["automatic_tax"]["enabled"]:
        return dict(NO_TAX)
    liability = {"type": "self"}
    return {
        **NO_TAX, "enabled": True, "liability": liability, "provider": "stripe",
        "status": "complete",
    }  # fmt: skip


def pending_items(
    call: Call, customer: str, currency: str, subscription: str | None
) -> list[Thing]:
    """Invoice items that wait for the customer's next invoice, oldest first."""
    found = call.tx.find(
        "invoiceitem",
        customer=customer,
        where="json_extract(body, '$.invoice') IS NULL AND json_extract(body, '$.deleted') IS NULL",
        newest_first=False,
    )
    return [
        each
        for each in found
        if each["currency"] == currency
        and (each["_subscription"] is None or each["_subscription"] == subscription)
    ]


def take_items(call: Call, invoice: Thing, items: Sequence[Thing]) -> None:
    """Invoice items become lines of a draft, and are bound to it."""
    for each in items:
        each["invoice"] = invoice["id"]
        call.tx.put(each)
        invoice["_lines"].append(lines.of_invoice_item(each))


def store_draft(call: Call, invoice: Thing, *, finalize_in: int | None = DRAFT_SECONDS) -> None:
    """Keep a new draft and say so; it becomes final by itself if it advances."""
    reckon(call, invoice)
    if invoice["auto_advance"] and finalize_in is not None:
        invoice["automatically_finalizes_at"] = call.now + finalize_in
        call.at(call.moment + finalize_in, "finalize_invoice", invoice_id=invoice["id"])
    call.tx.put(invoice)
    call.emit("invoice.created", invoice)


def due_date(call: Call, invoice: Thing) -> int | None:
    """When an invoice that is sent is to be paid."""
    if invoice["collection_method"] != "send_invoice":
        return None
    if invoice["due_date"] is not None:
        return int(invoice["due_date"])
    days = invoice.get("_days_until_due")
    return call.now + (USUAL_DAYS_UNTIL_DUE if days is None else int(days)) * DAY


@task("finalize_invoice")
def _finalize_in_time(call: Call, invoice_id: str) -> None:
    from stripe_emulator.billing.invoicing import finalize_and_collect

    invoice = call.tx.get("invoice", invoice_id)
    if invoice is not None and invoice.get("status") == "draft" and invoice["auto_advance"]:
        finalize_and_collect(call, invoice)
