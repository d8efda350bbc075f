"""Paying on a checkout page: from what the buyer typed to the address they are sent back to."""

from collections.abc import Mapping
from dataclasses import dataclass

from stripe_emulator import attempting, setting_up
from stripe_emulator.call import Call
from stripe_emulator.cards import Decline
from stripe_emulator.checkout import choosing, displaying, expiring, linking, trying
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
from stripe_emulator.checkout.completing import session_of
from stripe_emulator.checkout.showing import CheckoutPage, PageLine
from stripe_emulator.delivery import wait_answered
from stripe_emulator.emulator import Emulator
from stripe_emulator.errors import StripeFault
from stripe_emulator.store import Thing

__all__ = [  # What the pages need of the packages below, at one door.
    "CardEntry",
    "Challenge",
    "CheckoutPage",
    "Choice",
    "Closed",
    "Declined",
    "Entry",
    "Outcome",
    "PageLine",
    "Paid",
    "Refusal",
    "Visit",
    "authenticate",
    "intent_of",
    "page_of",
    "pay",
    "pay_by_card",
    "recover",
    "returned",
    "revise",
    "session_of",
    "visit",
]


@dataclass(frozen=True)
class Visit:
    """Where a payment link leads: to a new session, or (no url) to what is said of a closed one."""

    url: str | None
    message: str | None


# "Fulfill orders": so long the page waits for the shop to answer the webhook.
_WAIT_SECONDS = 10.0


def page_of(emulator: Emulator, session_id: str) -> CheckoutPage | None:
    """The page of a session; None if there is no such session. Changes nothing."""
    with emulator.store.reading() as tx:
        session = tx.get("checkout.session", session_id)
        # One of an earlier version's: its page is gone, what it has made is not.
        if session is None or "_given" not in session:
            return None
        looking = Call(tx, emulator.clock.precise(), base_url=emulator.base_url)
        return displaying.page_for(looking, session, emulator.business_name)


def revise(emulator: Emulator, session_id: str, choice: Choice) -> Refusal | None:
    """What the buyer changes before paying; nothing is changed if anything is refused."""
    try:
        with emulator.call() as call:
            session = call.require("checkout.session", session_id)
            if displaying.status_now(call, session) != "open":
                return Refusal({"": "closed"})
            problems = choosing.choose(call, session, choice)
            if problems:
                return Refusal(problems)
            trying.give_up_waiting(call, session)
            call.tx.put(session)
    except StripeFault:
        # What the API would refuse, a price that is gone for example.
        return Refusal({"": "invalid"})
    return None


def pay(emulator: Emulator, session_id: str, entry: Entry) -> Outcome:
    """Try to pay a session as a buyer on its page does."""
    try:
        with emulator.call() as call:
            session = call.require("checkout.session", session_id)
            if (status := displaying.status_now(call, session)) != "open":
                return Closed(status)
            outcome = trying.try_form(call, session, entry)
    except StripeFault as fault:
        # What the API would refuse, a page says; nothing of the try is kept.
        return Declined(fault.message, fault.code, fault.fields.get("decline_code"), None)
    return outcome or _back(emulator, session_id)


def pay_by_card(emulator: Emulator, session_id: str, entry: CardEntry) -> Outcome:
    """Try to pay a session with a card and no more than a card's holder types beside it."""
    return pay(emulator, session_id, entry.as_entry())


def authenticate(emulator: Emulator, session_id: str, intent_id: str, complete: bool) -> Outcome:
    """The buyer's answer to their bank or wallet; of a payment or a setup intent."""
    try:
        with emulator.call() as call:
            outcome = _authenticated(call, session_id, intent_id, complete)
    except StripeFault as fault:
        return Declined(fault.message, fault.code, fault.fields.get("decline_code"), None)
    return outcome or _back(emulator, session_id)


def _authenticated(call: Call, session_id: str, intent_id: str, complete: bool) -> Outcome | None:
    session = call.require("checkout.session", session_id)
    kind = "setup_intent" if intent_id.startswith("seti_") else "payment_intent"
    intent = call.require(kind, intent_id)
    if (status := displaying.status_now(call, session)) != "open":
        return Closed(status)
    mine = session_of(call.tx, intent_id) or {}
    if mine.get("id") != session_id or intent["status"] != "requires_action":
        return Declined("There is nothing to authenticate.", "intent_invalid_state", None, None)
    refusal = _answer(call, intent, approved=complete)
    if refusal is None:
        return None
    return Declined(refusal.message, refusal.code, refusal.decline_code, refusal.field)


def intent_of(emulator: Emulator, session_id: str) -> str | None:
    """The payment or setup intent that a buyer of this session was asked about, if any."""
    with emulator.store.reading() as tx:
        session = tx.get("checkout.session", session_id) or {}
    setup = session.get("setup_intent") or session.get("_setup_intent")
    found: str | None = session.get("_intent") or setup
    return found


def returned(emulator: Emulator, session_id: str) -> Outcome:
    """What came of it, for a buyer who comes back from their bank or wallet."""
    with emulator.store.reading() as tx:
        session = tx.get("checkout.session", session_id) or {}
        intent = tx.get("payment_intent", session.get("_intent") or "") or {}
        setup_id = session.get("setup_intent") or session.get("_setup_intent")
        setup = tx.get("setup_intent", setup_id or "") or {}
    if session.get("status") == "complete":
        return _back(emulator, session_id)
    error = intent.get("last_payment_error") or setup.get("last_setup_error")
    if session.get("status") == "open" and error:
        return Declined(error["message"], error["code"], error.get("decline_code"), None)
    return Closed(session.get("status") or "expired")


def recover(emulator: Emulator, session_id: str, secret: str) -> str | None:
    """The address of a new session in place of an expired one; None if the link is not good.

    `secret` is the last part of `after_expiration.recovery.url`. It makes a session, so a page
    asks for it by POST: Stripe's own makes one on GET, where crawlers and previews make some too.
    """
    with emulator.call() as call:
        expired = call.tx.get("checkout.session", session_id)
        recovery = ((expired or {}).get("after_expiration") or {}).get("recovery") or {}
        if expired is None or not str(recovery.get("url")).endswith(f"/{session_id}/{secret}"):
            return None
        session = expiring.recover(call, expired)
        return session["url"] if session else None


def visit(emulator: Emulator, code: str, query: Mapping[str, str]) -> Visit | None:
    """Opens a payment link, the last part of whose address is `code`; None if there is none."""
    with emulator.call() as call:
        link, session = linking.visit(call, code, query)
    if link is None:
        return None
    return Visit(session["url"] if session else None, link["inactive_message"])


def _answer(call: Call, intent: Thing, *, approved: bool) -> Decline | None:
    if intent["object"] == "payment_intent":
        return attempting.answer(call, intent, approved=approved)
    return setting_up.answer_setup(call, intent, approved=approved)


def _back(emulator: Emulator, session_id: str) -> Paid:
    with emulator.store.reading() as tx:
        session: Thing = tx.get("checkout.session", session_id) or {}
    event = session.get("_completed_event")
    if event is not None:
        wait_answered(emulator, event, _WAIT_SECONDS)
    page = f"{emulator.base_url}/c/pay/{session_id}"
    return Paid(displaying.return_url(session) or page)
