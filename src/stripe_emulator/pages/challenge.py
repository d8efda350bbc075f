"""The buyer's bank asks: stands in for its 3-D Secure page with two buttons."""

from flask import Response, abort, request, url_for

from stripe_emulator.pages import guard, remembered
from stripe_emulator.pages.checkout import address_after, emulator, find, go_to
from stripe_emulator.pages.rendering import page
from stripe_emulator.paying import Declined, authenticate


def show(session_id: str, payment_intent_id: str) -> Response:
    """GET: the question, as long as it waits for an answer."""
    shown = find(session_id)
    if shown.status != "open" or shown.session.get("payment_intent") != payment_intent_id:
        return go_to(url_for("pages.checkout_show", session_id=session_id))
    return page(
        "challenge.html",
        returns_to=[shown.success_url],
        shown=shown,
        payment_intent_id=payment_intent_id,
    )


def answer(session_id: str, payment_intent_id: str) -> Response:
    """POST: the buyer has proved who they are, or has not."""
    guard.require_token(f"authenticate {session_id} {payment_intent_id}")
    verdict = request.form.get("answer")
    if verdict not in {"complete", "fail"}:
        abort(400)
    outcome = authenticate(emulator(), session_id, payment_intent_id, verdict == "complete")
    response = go_to(address_after(outcome, session_id))
    if isinstance(outcome, Declined):
        typed = remembered.recall(session_id).typed
        told = remembered.Remembered(typed, outcome.message, outcome.field or "")
        remembered.keep(response, session_id, told)
    return response
