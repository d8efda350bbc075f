"""From a filled-in form to a payment that succeeds, waits, or is refused."""

from typing import Any

from stripe_emulator import attempting, charging, setting_up
from stripe_emulator.call import Call
from stripe_emulator.cards import Decline
from stripe_emulator.checkout import choosing, discounts, entering, kinds
from stripe_emulator.checkout.buyer import Challenge, Declined, Entry, Refusal
from stripe_emulator.checkout.completing import complete_session, customer_for
from stripe_emulator.checkout.pricing import reprice
from stripe_emulator.checkout.setups import new_setup
from stripe_emulator.checkout.showing import Asked
from stripe_emulator.errors import StripeFault
from stripe_emulator.methods.making import new_method
from stripe_emulator.store import Thing

# How a card_error names a field, and how the page does.
_FIELDS = {
    "number": "cardNumber",
    "exp_month": "cardExpiry",
    "exp_year": "cardExpiry",
    "cvc": "cardCvc",
}


def try_form(call: Call, session: Thing, entry: Entry) -> Declined | Challenge | Refusal | None:
    """Try to complete an open session; None if it is complete now.

    Nothing is stored of a form that is refused; of a decline the failed charge is.
    """
    email = known_email(call, session)
    asked = entering.asked_by(session, email)
    problems = choosing.choose(call, session, entry.choice)
    problems |= _form_problems(asked, entry)
    if problems:
        return Refusal(problems)
    choosing.remember_place(session, entry.shipping, entry.billing)
    reprice(call, session)
    problems = _state_problems(call, session, entry)
    if problems:
        return _refused(call, session, problems)
    session["_entered"] = entering.kept(asked, entry, email)
    method: Thing | None = None
    if needs_method(session):
        found = _method(call, session, entry)
        if isinstance(found, (Declined, Refusal)):
            return found
        method = found
    return _go(call, session, method)


def give_up_waiting(call: Call, session: Thing) -> None:
    """The order has changed: what the buyer would approve at their bank is not its amount."""
    intent = call.tx.get("payment_intent", session.get("_intent") or "")
    if intent is None or intent["status"] != "requires_action":
        return
    if intent["amount"] != session["amount_total"]:
        intent.update(
            status="requires_payment_method",
            next_action=None,
            payment_method=None,
            amount=session["amount_total"],
        )
        call.tx.put(intent)


def needs_method(session: Thing) -> bool:
    """Whether the buyer has to say how they pay; not if nothing is due and none is to be saved."""
    if session["mode"] == "setup" or session["amount_total"]:
        return True
    saves_for_later = session["payment_method_collection"] == "always"
    return bool(session["mode"] == "subscription" and saves_for_later)


def known_email(call: Call, session: Thing) -> str | None:
    """An address the shop has given; the buyer cannot change it."""
    email: str | None = session["customer_email"]
    if email is None and session["customer"]:
        email = (call.tx.get("customer", session["customer"]) or {}).get("email")
    return email


def _form_problems(asked: Asked, entry: Entry) -> dict[str, str]:
    return entering.problems(asked, entry)


def _refused(call: Call, session: Thing, problems: dict[str, str]) -> Refusal:
    if "amount_changed" in problems.values():
        # The address has changed the tax: the page has to show the new amount.
        call.tx.put(session)
    return Refusal(problems)


def _state_problems(call: Call, session: Thing, entry: Entry) -> dict[str, str]:
    """What only shows when it is tried: a code used up by somebody else, another amount."""
    problem = discounts.problem_now(call, session)
    if problem is not None:
        return {"promotion_code": problem}
    if session["automatic_tax"]["status"] == "requires_location_inputs":
        where = "shipping" if session["shipping_address_collection"] else "billing"
        return {f"{where}.postal_code": "missing"}
    total = choosing.total_problems(session)
    if total:
        return total
    expected = entry.expected_amount
    if expected is not None and expected != (session["amount_total"] or 0):
        return {"": "amount_changed"}
    return {}


def _method(call: Call, session: Thing, entry: Entry) -> Thing | Declined | Refusal:
    if entry.payment_method is not None:
        return _saved(call, session, entry.payment_method)
    if entry.kind not in kinds.kinds_of(session):
        return Refusal({"kind": "method_not_available"})
    method = _typed(call, session, entry)
    if isinstance(method, dict) and kinds.is_blocked(session, method):
        call.tx.delete("payment_method", method["id"])
        return Refusal({"details.number": "card_not_taken"})
    return method


def _typed(call: Call, session: Thing, entry: Entry) -> Thing | Declined | Refusal:
    details = entering.billing_details(session["_entered"])
    try:
        return new_method(call, entry.kind, _details(entry), details)
    except StripeFault as fault:
        said: Any = fault.fields.get
        field = str(said("param") or "").removeprefix(f"{entry.kind}[").removesuffix("]")
        if fault.kind == "card_error":
            return Declined(fault.message, fault.code, said("decline_code"), _FIELDS.get(field))
        missing = fault.code == "parameter_missing"
        return Refusal({f"details.{field}": "missing" if missing else "invalid"})


def _details(entry: Entry) -> Thing:
    """As Stripe's parameters have them: forms send numbers as text."""
    numbers = ("exp_month", "exp_year")
    return {
        name: int(value) if name in numbers and str(value).isdecimal() else value
        for name, value in entry.details.items()
    }


def _saved(call: Call, session: Thing, method_id: str) -> Thing | Refusal:
    found = call.tx.get("payment_method", method_id)
    customer = session["customer"] or session.get("_customer")
    # A session without a customer takes what the page has just made.
    if found is None or found["customer"] not in (None, customer):
        return Refusal({"payment_method": "method_not_saved"})
    if found["type"] not in kinds.kinds_of(session) or kinds.is_blocked(session, found):
        return Refusal({"kind": "method_not_available"})
    return found


def _go(call: Call, session: Thing, method: Thing | None) -> Declined | Challenge | None:
    customer = customer_for(call, session)
    if method is None:
        complete_session(call, session, None, None)
        return None
    if not session["amount_total"]:
        return _set_up(call, session, customer, method)
    page = f"{call.base_url}/c/pay/{session['id']}"
    intent, is_new = _intent(call, session, customer, method["type"])
    session["_intent"] = intent["id"]
    # A subscription's is found through its invoice alone ("The Checkout Session object").
    session["payment_intent"] = intent["id"] if session["mode"] == "payment" else None
    call.tx.put(session)
    refusal = attempting.attempt(call, intent, method, return_url=page, announce=is_new)
    return _said(intent, refusal)


def _said(intent: Thing, refusal: Decline | None) -> Declined | Challenge | None:
    if refusal is not None:
        return Declined(refusal.message, refusal.code, refusal.decline_code, refusal.field)
    action = (intent.get("next_action") or {}).get("redirect_to_url")
    if intent["status"] != "requires_action" or action is None:
        return None
    return Challenge(intent["id"], action["url"])


def _set_up(
    call: Call, session: Thing, customer: Thing | None, method: Thing
) -> Declined | Challenge | None:
    """Nothing is due now, in setup mode or because of a trial: the method is for later."""
    if session["mode"] == "setup":
        setup = call.require("setup_intent", session["setup_intent"])
        setup["customer"] = customer["id"] if customer else None
    else:
        setup = new_setup(call, session, customer)
    call.tx.put(session)
    page = f"{call.base_url}/c/pay/{session['id']}"
    return _said(setup, setting_up.attempt_setup(call, setup, method, return_url=page))


def _intent(call: Call, session: Thing, customer: Thing | None, kind: str) -> tuple[Thing, bool]:
    """The session's payment intent, made at the first try ("How Checkout works")."""
    data = session["_payment_intent_data"]
    form = session["_entered"]
    now = {
        "amount": session["amount_total"],
        "customer": customer["id"] if customer else None,
        "shipping": data.get("shipping") or _shipping(form),
    }
    if session.get("_intent"):
        known = call.require("payment_intent", session["_intent"])
        known.update(now)
        return known, False
    intent = charging.new_intent(
        call,
        now.pop("amount"),
        session["currency"],
        **now,
        allowed_payment_method_types=session["allowed_payment_method_types"],
        excluded_payment_method_types=session.get("excluded_payment_method_types"),
        capture_method="manual" if kinds.is_held(session) else data.get("capture_method"),
        description=data.get("description") or _description(session),
        metadata=data.get("metadata"),
        payment_method_options=session["payment_method_options"],
        receipt_email=data.get("receipt_email"),
        setup_future_usage=kinds.saves(session, kind),
        statement_descriptor=data.get("statement_descriptor"),
        statement_descriptor_suffix=data.get("statement_descriptor_suffix"),
        transfer_group=data.get("transfer_group"),
    )
    intent["_session"] = session["id"]
    return intent, True


def _description(session: Thing) -> str | None:
    return "Subscription creation" if session["mode"] == "subscription" else None


def _shipping(form: Thing) -> Thing | None:
    if not form["shipping"]:
        return None
    more = {"carrier": None, "phone": form["phone"], "tracking_number": None}
    return {**form["shipping"], **more}
