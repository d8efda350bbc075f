"""The hosted page as `stripe trigger` pays on it: with a payment method made by the API."""

from typing import NotRequired, TypedDict

from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.checkout import displaying, trying
from stripe_emulator.checkout.buyer import PROBLEMS, Challenge, Declined, Entry, Refusal
from stripe_emulator.errors import card_error, invalid
from stripe_emulator.store import Thing


class ConfirmParams(TypedDict):
    """What the page sends; the amount is the one it shows, in minor units."""

    payment_method: str
    expected_amount: NotRequired[int]


@route("GET", "/v1/payment_pages/{id}", None)
def retrieve(call: Call) -> Thing:
    return _page(call.require("checkout.session", call.path["id"]))


@route("POST", "/v1/payment_pages/{id}/confirm", f"{__name__}.ConfirmParams")
def confirm(call: Call) -> Thing:
    session = call.require("checkout.session", call.path["id"])
    status = displaying.status_now(call, session)
    if status != "open":
        raise invalid(f"This Checkout Session is no longer open. It is {status}.")
    method = call.require("payment_method", call.params["payment_method"], "payment_method")
    outcome = trying.try_form(call, session, _entry(method, call.params.get("expected_amount")))
    if isinstance(outcome, Refusal):
        [(field, code), *_] = outcome.problems.items()
        raise invalid(PROBLEMS[code], code=code, param=field or None)
    if isinstance(outcome, Declined):
        raise card_error(
            outcome.message, code=outcome.code, decline_code=outcome.decline_code, keep=True
        )
    page = _page(session)
    if isinstance(outcome, Challenge):
        page["next_action"] = {"type": "redirect_to_url", "redirect_to_url": {"url": outcome.url}}
    return page


def _entry(method: Thing, expected_amount: int | None) -> Entry:
    """The form as its holder would fill it in."""
    details = method["billing_details"]
    address = {name: value for name, value in (details["address"] or {}).items() if value}
    return Entry(
        payment_method=method["id"],
        email=details["email"] or "",
        name=details["name"] or "",
        phone=details["phone"] or "",
        billing=address,
        shipping_name=details["name"] or "",
        shipping=address,
        accepts_terms=True,
        expected_amount=expected_amount,
    )


def _page(session: Thing) -> Thing:
    return {
        "id": session["id"],
        "session_id": session["id"],
        "amount": session["amount_total"],
        "currency": session["currency"],
        "livemode": False,
        "mode": session["mode"],
        "payment_intent": session["payment_intent"],
        "payment_method_types": session["payment_method_types"],
        "payment_status": session["payment_status"],
        "status": session["status"],
        "success_url": session["success_url"],
    }
