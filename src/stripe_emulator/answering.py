"""What an intent asks its buyer to do on a page: authenticate, approve, or pay a voucher."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from stripe_emulator import attempting, paying, setting_up
from stripe_emulator.call import Call
from stripe_emulator.emulator import Emulator
from stripe_emulator.methods import Kind, kind_of
from stripe_emulator.shapes import complete
from stripe_emulator.store import Thing, Tx


@dataclass(frozen=True)
class Question:
    """One intent and what its buyer may do about it.

    `waits`: there is something to answer. `flow`: AT_ONCE for 3-D Secure, REDIRECT for a wallet,
    VOUCHER for a slip. `amount` in minor units; None for what is only set up. `onward`: where the
    buyer goes from here, once there is nothing to answer any more.
    """

    intent: dict[str, Any]
    kind: Kind | None
    waits: bool
    business_name: str
    amount: int | None
    currency: str | None
    onward: str | None
    # The Checkout Session it is paid on, and the addresses the buyer may be sent to.
    session_id: str | None
    returns_to: list[str | None]


def question_of(emulator: Emulator, intent_id: str) -> Question | None:
    """What the intent asks; None if there is no such intent."""
    with emulator.store.reading() as tx:
        intent = _intent(tx, intent_id)
        if intent is None:
            return None
        method = tx.get("payment_method", intent.get("_method") or "")
        session = paying.session_of(tx, intent_id) or {}
        return Question(
            intent=complete(intent),
            kind=kind_of(method) if method is not None else None,
            waits=intent["status"] == "requires_action",
            business_name=emulator.business_name,
            amount=intent.get("amount"),
            currency=intent.get("currency"),
            onward=_onward(intent),
            session_id=session.get("id"),
            returns_to=[
                intent.get("_return_url"),
                session.get("success_url"),
                session.get("return_url"),
            ],
        )


def give(emulator: Emulator, intent_id: str, *, approved: bool) -> paying.Outcome | None:
    """The buyer's answer. The outcome if the intent is a Checkout Session's, else None.

    Does nothing about an intent that asks nothing any more.
    """
    with emulator.call() as call:
        intent = _intent(call.tx, intent_id)
        if intent is None or intent["status"] != "requires_action":
            return None
        is_voucher = attempting.is_on_its_way(intent)
        session = None if is_voucher else paying.session_of(call.tx, intent_id)
        if session is None:
            _give(call, intent, approved=approved)
            return None
    return paying.authenticate(emulator, session["id"], intent_id, approved)


def _give(call: Call, intent: Thing, *, approved: bool) -> None:
    if intent["object"] == "setup_intent":
        setting_up.answer_setup(call, intent, approved=approved)
    elif attempting.is_on_its_way(intent):
        attempting.settle(call, intent, succeed=approved)
    else:
        attempting.answer(call, intent, approved=approved)


def _intent(tx: Tx, intent_id: str) -> Thing | None:
    kind = "setup_intent" if intent_id.startswith("seti_") else "payment_intent"
    return tx.get(kind, intent_id)


def _onward(intent: Thing) -> str | None:
    """The shop's return address, told what came of it ("Complete the payment on your page")."""
    url: str | None = intent.get("_return_url")
    if not url:
        return None
    kind = intent["object"]
    said = {
        kind: intent["id"],
        f"{kind}_client_secret": intent["client_secret"],
        "redirect_status": _REDIRECT_STATUS.get(intent["status"], "failed"),
    }
    parts = urlsplit(url)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *said.items()])
    return urlunsplit(parts._replace(query=query))


_REDIRECT_STATUS = {
    "succeeded": "succeeded",
    "requires_capture": "succeeded",
    "processing": "pending",
    "requires_action": "pending",
}
