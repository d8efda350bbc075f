"""What a completed session makes elsewhere: a subscription, or an invoice for a payment."""

from stripe_emulator.billing.invoicing import invoice_for_session
from stripe_emulator.billing.subscribing import start_from_checkout
from stripe_emulator.call import Call
from stripe_emulator.store import Thing


def make_followers(
    call: Call, session: Thing, customer: Thing | None, method: Thing | None, payment: Thing | None
) -> None:
    """Sets `subscription` and `invoice` of the session, where its mode makes them."""
    if session["mode"] == "subscription":
        assert customer is not None, "a subscription session always has a customer"
        paid_by = payment if payment and payment["object"] == "payment_intent" else None
        subscription = start_from_checkout(call, _taxed(session), customer, method, paid_by)
        session["subscription"] = subscription["id"]
        session["invoice"] = subscription["latest_invoice"]
    elif session["mode"] == "payment" and session["invoice_creation"]["enabled"]:
        invoice = invoice_for_session(call, session, payment)
        session["invoice"] = invoice["id"]


def _taxed(session: Thing) -> Thing:
    """The session with the rates on its lines that automatic tax has found for them."""
    if not session["automatic_tax"]["enabled"]:
        return session
    lines = [{**each, "_tax_rates": each.get("_automatic") or []} for each in session["_lines"]]
    return {**session, "_lines": lines}
