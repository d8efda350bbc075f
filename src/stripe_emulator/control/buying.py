"""Control calls that stand in for a buyer on the checkout page."""

from dataclasses import asdict

from flask import Response, jsonify

from stripe_emulator import paying
from stripe_emulator.api import running
from stripe_emulator.checkout.buyer import Choice, Entry, Refusal
from stripe_emulator.checkout.usual import Nonsense, choice_from, entry_for
from stripe_emulator.control.asking import Bad, body, refused


def see(session_id: str) -> Response:
    """What the page of a session shows."""
    page = paying.page_of(running(), session_id)
    if page is None:
        return _no_session()
    return jsonify(asdict(page))


def choose(session_id: str) -> Response:
    """Change quantities, codes, delivery and addresses before paying."""
    choice = _choice()
    if paying.page_of(running(), session_id) is None:
        return _no_session()
    refusal = paying.revise(running(), session_id, choice)
    if refusal is not None:
        return _outcome(refusal)
    return jsonify({"outcome": "chosen"})


def pay(session_id: str) -> Response:
    """Pay without a browser, the way the page does; all that is asked for is filled in."""
    given = body()
    page = paying.page_of(running(), session_id)
    if page is None:
        return _no_session()
    try:
        entry: Entry = entry_for(page, given)
    except Nonsense as error:
        raise Bad(str(error)) from None
    return _outcome(paying.pay(running(), session_id, entry))


def authenticate(session_id: str) -> Response:
    """The buyer's answer to their bank or wallet: `complete` is true or false."""
    complete = body().get("complete", True) is True
    intent = paying.intent_of(running(), session_id)
    if intent is None:
        return refused("there is nothing to authenticate", 404)
    return _outcome(paying.authenticate(running(), session_id, intent, complete))


def _choice() -> Choice:
    try:
        return choice_from(body())
    except Nonsense as error:
        raise Bad(str(error)) from None


def _outcome(outcome: paying.Outcome) -> Response:
    shown = asdict(outcome)
    if isinstance(outcome, Refusal):
        shown = {"problems": dict(outcome.problems)}
    return jsonify({"outcome": type(outcome).__name__.lower(), **shown})


def _no_session() -> Response:
    return refused("there is no such checkout session", 404)
