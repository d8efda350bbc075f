"""Paying on the hosted page: from what the buyer typed to the address they are sent back to."""

from stripe_emulator import address, attempting, charging
from stripe_emulator.call import Call
from stripe_emulator.checkout.buyer import (
    CardEntry,
    Challenge,
    Choice,
    Closed,
    Declined,
    Entry,
    Outcome,
    Paid,
    Refusal,
)
from stripe_emulator.checkout.showing import CheckoutPage, PageLine
from stripe_emulator.delivery import wait_answered
from stripe_emulator.emulator import Emulator
from stripe_emulator.resources import session as sessions
from stripe_emulator.resources.customer import new_customer
from stripe_emulator.resources.payment_method import new_card_method
from stripe_emulator.shapes import complete
from stripe_emulator.store import Thing, Tx

__all__ = [  # What the pages need of the packages below, at one door.
    "CardEntry",
    "Challenge",
    "CheckoutPage",
    "Choice",
    "Closed",
    "Declined",
    "Entry",
    "Outcome",
    "Paid",
    "Refusal",
    "authenticate",
    "page_of",
    "pay",
    "pay_by_card",
    "returned",
    "revise",
]

# "Fulfill orders": so long the page waits for the shop to answer the webhook.
_WAIT_SECONDS = 10.0


def page_of(emulator: Emulator, session_id: str) -> CheckoutPage | None:
    """The page of a session; None if there is no such session."""
    with emulator.store.reading() as tx:
        session = tx.get("checkout.session", session_id)
        if session is None:
            return None
        products = {
            item["price"]["product"]: tx.get("product", item["price"]["product"])
            for item in session["_lines"]
        }
    return CheckoutPage(
        session=complete(session),
        lines=[_page_line(item, products[item["price"]["product"]]) for item in session["_lines"]],
        amount_total=session["amount_total"],
        currency=session["currency"],
        status=session["status"],
        business_name=emulator.business_name,
        success_url=_return_url(session),
    )


def revise(emulator: Emulator, session_id: str, choice: Choice) -> Refusal | None:
    """What the buyer changes before paying; nothing is changed if anything is refused."""
    with emulator.call() as call:
        session = call.require("checkout.session", session_id)
        if _status(call, session) != "open":
            return Refusal({"": "closed"})
    # So far no session lets anything be chosen.
    fixed = {f"quantities.{each}": "quantity_fixed" for each in choice.quantities}
    if choice.promotion_code:
        fixed["promotion_code"] = "codes_not_allowed"
    if choice.shipping_rate:
        fixed["shipping_rate"] = "not_an_option"
    return Refusal(fixed) if fixed else None


def pay(emulator: Emulator, session_id: str, entry: Entry) -> Outcome:
    """Try to pay a session as a buyer on the page does."""
    refusal = revise(emulator, session_id, entry.choice)
    if refusal is not None and "" not in refusal.problems:
        return refusal
    if entry.kind != "card" or entry.payment_method:
        return Refusal({"kind": "method_not_available"})
    card = CardEntry(
        number=str(entry.details["number"]),
        exp_month=int(entry.details["exp_month"]),
        exp_year=int(entry.details["exp_year"]),
        cvc=str(entry.details["cvc"]),
        email=entry.email,
        name=entry.name,
        country=entry.billing.get("country", ""),
        postal_code=entry.billing.get("postal_code", ""),
    )
    return pay_by_card(emulator, session_id, card)


def returned(emulator: Emulator, session_id: str) -> Outcome:
    """What came of it, for a buyer who comes back from their bank or wallet.

    Banks and wallets send them to `/c/pay/<session_id>/return`.
    """
    with emulator.store.reading() as tx:
        session = tx.get("checkout.session", session_id) or {}
        intent = tx.get("payment_intent", session.get("payment_intent") or "")
    if session.get("status") == "complete":
        return Paid(_return_url(session) or f"{emulator.base_url}/c/pay/{session_id}")
    error = (intent or {}).get("last_payment_error")
    if session.get("status") == "open" and error:
        return Declined(error["message"], error["code"], error.get("decline_code"), None)
    return Closed(session.get("status") or "expired")


def pay_by_card(emulator: Emulator, session_id: str, entry: CardEntry) -> Outcome:
    """Try to pay a session with a card, as a buyer on the page does."""
    with emulator.call() as call:
        session = call.require("checkout.session", session_id)
        if (status := _status(call, session)) != "open":
            return Closed(status)
        method = new_card_method(
            call,
            number=entry.number,
            exp_month=entry.exp_month,
            exp_year=entry.exp_year,
            billing_details=_billing(entry),
        )
        intent, is_new = _intent(call, session)
        session["payment_intent"] = intent["id"]
        call.tx.put(session)
        page = f"{emulator.base_url}/c/pay/{session_id}"
        refusal = attempting.attempt(call, intent, method, return_url=page, announce=is_new)
        if refusal is not None:
            return Declined(refusal.message, refusal.code, refusal.decline_code, refusal.field)
        if intent["status"] == "requires_action":
            return Challenge(intent["id"], intent["next_action"]["redirect_to_url"]["url"])
        event = _complete(call, session, intent, method)
    return _back(emulator, session, event)


def authenticate(
    emulator: Emulator, session_id: str, payment_intent_id: str, complete: bool
) -> Outcome:
    """The buyer's answer to the bank's question."""
    with emulator.call() as call:
        session = call.require("checkout.session", session_id)
        intent = call.require("payment_intent", payment_intent_id)
        if (status := _status(call, session)) != "open":
            return Closed(status)
        if session["payment_intent"] != intent["id"] or intent["status"] != "requires_action":
            return Declined("There is nothing to authenticate.", "intent_invalid_state", None, None)
        method = call.require("payment_method", intent["_method"])
        refusal = attempting.answer(call, intent, approved=complete)
        if refusal is not None:
            return Declined(refusal.message, refusal.code, refusal.decline_code, refusal.field)
        event = _complete(call, session, intent, method)
    return _back(emulator, session, event)


def session_of(tx: Tx, payment_intent_id: str) -> Thing | None:
    """The session an intent is paid on, if it is one's."""
    found = tx.find("checkout.session", payment_intent=payment_intent_id, limit=1)
    return found[0] if found else None


def _status(call: Call, session: Thing) -> str:
    # The schedule looks a few times a second: a buyer may come between the hour and its look.
    late = session["status"] == "open" and session["expires_at"] <= call.now
    return "expired" if late else str(session["status"])


def _intent(call: Call, session: Thing) -> tuple[Thing, bool]:
    """The session's payment intent, made at the first try ("How Checkout works")."""
    if session["payment_intent"] is not None:
        return call.require("payment_intent", session["payment_intent"]), False
    data = session["_payment_intent_data"]
    intent = charging.new_intent(
        call,
        session["amount_total"],
        session["currency"],
        capture_method=data.get("capture_method"),
        customer=session["customer"],
        description=data.get("description"),
        metadata=data.get("metadata"),
        receipt_email=data.get("receipt_email"),
        setup_future_usage=data.get("setup_future_usage"),
        statement_descriptor=data.get("statement_descriptor"),
    )
    return intent, True


def _complete(call: Call, session: Thing, intent: Thing, method: Thing) -> Thing:
    """Close the session; returns the event the page waits for."""
    if session["customer_creation"] == "always" and session["customer"] is None:
        _make_customer(call, session, intent, method["billing_details"])
    sessions.complete_session(call, session, intent, method["billing_details"])
    return call.emit("checkout.session.completed", session)


def _make_customer(call: Call, session: Thing, intent: Thing, details: Thing) -> None:
    customer = new_customer(call, email=details["email"], name=details["name"])
    charge = call.require("charge", intent["latest_charge"])
    session["customer"] = intent["customer"] = charge["customer"] = customer["id"]
    call.tx.put(intent)
    call.tx.put(charge)


def _back(emulator: Emulator, session: Thing, event: Thing) -> Paid:
    wait_answered(emulator, event["id"], _WAIT_SECONDS)
    return Paid(_return_url(session) or f"{emulator.base_url}/c/pay/{session['id']}")


def _return_url(session: Thing) -> str | None:
    url: str | None = session["success_url"]
    return url.replace("{CHECKOUT_SESSION_ID}", session["id"]) if url else None


def _billing(entry: CardEntry) -> Thing:
    return {
        "address": address.whole({"country": entry.country, "postal_code": entry.postal_code}),
        "email": entry.email,
        "name": entry.name,
        "phone": None,
        "tax_id": None,
    }


def _page_line(item: Thing, product: Thing | None) -> PageLine:
    images = (product or {}).get("images") or [None]
    return PageLine(
        name=item["description"],
        description=(product or {}).get("description"),
        quantity=item["quantity"],
        unit_amount=item["price"]["unit_amount"],
        amount_total=item["amount_total"],
        image=images[0],
    )
