"""Control calls that stand in for holders and their banks: approve, warn, take payouts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Response, jsonify

from stripe_emulator import answering, disputing, paying_out
from stripe_emulator.api import running
from stripe_emulator.call import Call
from stripe_emulator.control.asking import Bad, body, only, refused
from stripe_emulator.errors import StripeFault
from stripe_emulator.shapes import complete
from stripe_emulator.store import Thing


def answer(intent_id: str) -> Response:
    """What the holder says on the bank's or wallet's page: `approve` true or false."""
    given = body()
    only(given, "approve")
    asked = answering.question_of(running(), intent_id)
    if asked is None:
        return refused("there is no such intent", 404)
    if not asked.waits:
        raise Bad(f"the intent is {asked.intent['status']}: it asks nothing")
    answering.give(running(), intent_id, approved=_flag(given, "approve"))
    now = answering.question_of(running(), intent_id)
    return jsonify(now.intent if now is not None else {})


def warn(charge_id: str) -> Response:
    """The issuer's early fraud warning."""
    only(body())
    return _on("charge", charge_id, disputing.warn_of_fraud)


def end_payout(payout_id: str) -> Response:
    """A payout arrives (`succeed`), or the bank sends it back with a `code`."""
    given = body()
    only(given, "succeed", "code")
    succeed, code = _flag(given, "succeed"), given.get("code", "could_not_process")
    if not isinstance(code, str):
        raise Bad("code is text, such as account_closed")

    def act(call: Call, payout: Thing) -> Thing:
        if payout["status"] not in ("pending", "in_transit"):
            raise Bad(f"this payout is {payout['status']}")
        paying_out.end_payout(call, payout, None if succeed else paying_out.refused_by_bank(code))
        return payout

    return _on("payout", payout_id, act)


def bank_account() -> Response:
    """The account's bank account for payouts to come: a test `account_number`."""
    given = body()
    only(given, "account_number")
    with _said(), running().call() as call:
        paying_out.set_bank_account(call, str(given.get("account_number", "")))
        return jsonify({"account_number": paying_out.bank_account(call.tx)})


def _on(kind: str, thing_id: str, act: Callable[[Call, Thing], Thing]) -> Response:
    with _said(), running().call() as call:
        found = call.tx.get(kind, thing_id)
        if found is None:
            return refused(f"there is no such {kind.replace('_', ' ')}", 404)
        return jsonify(complete(act(call, found)))


@contextmanager
def _said() -> Iterator[None]:
    """A refusal of Stripe's is one of ours here."""
    try:
        yield
    except StripeFault as fault:
        raise Bad(fault.message) from None


def _flag(given: dict[str, object], name: str) -> bool:
    value = given.get(name, True)
    if not isinstance(value, bool):
        raise Bad(f"{name} must be true or false")
    return value
