"""What Stripe writes to a buyer: the receipt of a charge, the mandate of a debit."""

from flask import Response, abort

from stripe_emulator.pages.checkout import emulator
from stripe_emulator.pages.rendering import page
from stripe_emulator.store import Thing


def receipt(charge_id: str) -> Response:
    """GET: what was paid, when and how, and what was given back."""
    charge = _found("charge", charge_id)
    if charge["status"] != "succeeded":
        abort(404)
    details = charge["payment_method_details"]
    shown = details.get(details["type"]) or {}
    rows = [
        ("Receipt for", charge["receipt_email"] or charge["billing_details"]["email"]),
        ("Description", charge["description"]),
        ("Paid with", " ".join(filter(None, (shown.get("brand", details["type"]),
                                             shown.get("last4"))))),
        ("Charge", charge["id"]),
    ]  # fmt: skip
    return page(
        "paper.html",
        business=emulator().business_name,
        heading="Receipt",
        amount=(charge["amount"], charge["currency"]),
        refunded=charge["amount_refunded"],
        at=charge["created"],
        rows=[row for row in rows if row[1]],
    )


def mandate(mandate_id: str) -> Response:
    """GET: who may debit which account."""
    found = _found("mandate", mandate_id)
    details = found["payment_method_details"]
    rows = [
        ("Kind", "for payments to come" if found["type"] == "multi_use" else "for one payment"),
        ("Reference", details[details["type"]].get("reference")),
        ("Status", found["status"]),
    ]
    return page(
        "paper.html",
        business=emulator().business_name,
        heading="Mandate",
        amount=None,
        refunded=0,
        at=found["customer_acceptance"]["accepted_at"],
        rows=[row for row in rows if row[1]],
    )


def _found(kind: str, thing_id: str) -> Thing:
    with emulator().store.reading() as tx:
        found = tx.get(kind, thing_id)
    return found if found is not None else abort(404)
