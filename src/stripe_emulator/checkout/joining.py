"""What a completed session makes elsewhere: a subscription, or an invoice for a payment."""

from stripe_emulator.call import Call
from stripe_emulator.store import Thing


def make_followers(
    call: Call, session: Thing, customer: Thing | None, method: Thing | None, payment: Thing | None
) -> None:
    """Sets `subscription` and `invoice` of the session, where its mode makes them."""
    # Billing knows sessions too; hence so late.
    if session["mode"] == "subscription":
        from stripe_emulator.billing.subscribing import start_from_checkout

        assert customer is not None, "a subscription session always has a customer"
        subscription = start_from_checkout(call, session, customer, method, payment)
        session["subscription"] = subscription["id"]
        session["invoice"] = subscription["latest_invoice"]
    elif session["mode"] == "payment" and session["invoice_creation"]["enabled"]:
        from stripe_emulator.billing.invoicing import invoice_for_session

        invoice = invoice_for_session(call, session, payment)
        session["invoice"] = invoice["id"]
