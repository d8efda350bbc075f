"""The page where a buyer authenticates, approves in a wallet, or looks at a voucher.

It stands in for the bank's, the wallet's and Stripe's own voucher page. In a frame (`?frame=1`)
it stays there and tells the page around it when it is done.
"""

from flask import Response, abort, request, url_for

from stripe_emulator import answering
from stripe_emulator.answering import Question
from stripe_emulator.methods import Flow
from stripe_emulator.pages import guard
from stripe_emulator.pages.checkout import back, emulator, go_to
from stripe_emulator.pages.rendering import page


def show(intent_id: str) -> Response:
    """GET: the question, as long as it waits for an answer; then onward."""
    asked = _find(intent_id)
    framed = "frame" in request.args
    if not asked.waits and asked.onward and not framed:
        return go_to(asked.onward)
    return page(
        _template(asked),
        returns_to=asked.returns_to,
        framed=True,
        asked=asked,
        in_frame=framed,
    )


def answer(intent_id: str) -> Response:
    """POST: the buyer has said yes or no."""
    guard.require_token(f"authenticate {intent_id}")
    asked = _find(intent_id)
    verdict = request.form.get("answer")
    if verdict not in {"complete", "fail"}:
        abort(400)
    outcome = answering.give(emulator(), intent_id, approved=verdict == "complete")
    here = url_for("pages.challenge_show", intent_id=intent_id)
    if "frame" in request.args:
        return go_to(f"{here}?frame=1")
    if outcome is None or asked.session_id is None:
        return go_to(_find(intent_id).onward or here)
    return back(outcome, asked.session_id)


def _template(asked: Question) -> str:
    if not asked.waits:
        return "answered.html"
    if asked.kind is not None and asked.kind.flow is Flow.VOUCHER:
        return "voucher.html"
    return "challenge.html"


def _find(intent_id: str) -> Question:
    found = answering.question_of(emulator(), intent_id)
    return found if found is not None else abort(404)
