"""Saving a payment method without charging it: what a setup intent goes through.

requires_payment_method ──> requires_confirmation ──> requires_action ──> succeeded
^                            │                    │
└──────── declined ──────────┴────────────────────┘
"""

from typing import Any

from stripe_emulator import attempting, ids, methods, watching
from stripe_emulator.call import Call
from stripe_emulator.cards import Decline
from stripe_emulator.charged import payment_error
from stripe_emulator.methods import Flow, kind_of
from stripe_emulator.methods.card import card_of
from stripe_emulator.methods.kind import NOT_AUTHENTICATED
from stripe_emulator.methods.making import attach_to
from stripe_emulator.methods.mandates import mandate_for
from stripe_emulator.store import Thing

_NOT_SET_UP = Decline(
    "setup_intent_authentication_failure",
    None,
    NOT_AUTHENTICATED.message,
)


def new_setup_intent(call: Call, **more: Any) -> Thing:
    """A setup intent that waits for a payment method; not stored yet."""
    setup_id = ids.new("seti")
    setup: Thing = {
        "id": setup_id,
        "object": "setup_intent",
        "allowed_payment_method_types": [],
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
        "client_secret": f"{setup_id}_secret_{ids.random_text(25)}",
        "created": call.now,
        "excluded_payment_method_types": [],
        "livemode": False,
        "metadata": {},
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "status": "requires_payment_method",
        "usage": "off_session",
    }
    setup.update({name: value for name, value in more.items() if value is not None})
    setup["payment_method_types"] = methods.of_setup(setup)
    return setup


def attempt_setup(
    call: Call, setup: Thing, method: Thing, *, return_url: str | None = None
) -> Decline | None:
    """Try to set `method` up for later payments.

    Afterwards `setup["status"]` is succeeded, requires_action (3-D Secure or a wallet's page), or
    requires_payment_method: declined, and the Decline is returned. Stores, emits, tells watchers.
    """
    before = setup["status"]
    setup.update(_method=method["id"], _return_url=return_url)
    refusal: Decline | None = None
    if _asks(setup, method):
        _ask(call, setup, method)
    else:
        refusal = _end(call, setup, method)
    watching.tell(call, setup, before)
    return refusal


def answer_setup(call: Call, setup: Thing, *, approved: bool) -> Decline | None:
    """The holder has authenticated or approved on the page, or has not."""
    before = setup["status"]
    method = call.require("payment_method", setup["_method"])
    if approved:
        refusal = _end(call, setup, method)
    else:
        kind = kind_of(method)
        refusal = kind.refused if kind.flow is Flow.REDIRECT else _NOT_SET_UP
        _fail(call, setup, method, refusal)
    watching.tell(call, setup, before)
    return refusal


def cancel_setup(call: Call, setup: Thing, reason: str | None) -> None:
    """Give it up; nothing is saved."""
    before = setup["status"]
    setup.update(status="canceled", cancellation_reason=reason, next_action=None)
    call.tx.put(setup)
    call.emit("setup_intent.canceled", setup)
    watching.tell(call, setup, before)


def _asks(setup: Thing, method: Thing) -> bool:
    if kind_of(method).flow is Flow.REDIRECT:
        return True
    if method["type"] != "card":
        return False
    forced = attempting.is_forced(setup)
    return attempting.asks(card_of(method), set_up=False, off_session=False, forced=forced)


def _ask(call: Call, setup: Thing, method: Thing) -> None:
    setup.update(
        status="requires_action",
        payment_method=method["id"],
        last_setup_error=None,
        next_action=attempting.page_of(call, setup),
    )
    _note_attempt(call, setup, method, "requires_action")
    call.tx.put(setup)
    call.emit("setup_intent.requires_action", setup)


def _end(call: Call, setup: Thing, method: Thing) -> Decline | None:
    refusal = _refusal(method)
    if refusal is not None:
        _fail(call, setup, method, refusal)
        return refusal
    _succeed(call, setup, method)
    return None


def _refusal(method: Thing) -> Decline | None:
    """The cards that are declined only when they pay are set up like any other."""
    if method["type"] != "card":
        return None
    card = card_of(method)
    return None if card.attaches_all_the_same or card.asks_its_holder else card.decline


def _succeed(call: Call, setup: Thing, method: Thing) -> None:
    if setup["usage"] == "off_session":
        method["_set_up"] = True
        call.tx.put(method)
    setup.update(
        status="succeeded",
        mandate=mandate_for(call, setup, method),
        payment_method=method["id"],
        next_action=None,
        last_setup_error=None,
    )
    if setup.get("customer"):
        attach_to(call, method, call.require("customer", setup["customer"]))
    _note_attempt(call, setup, method, "succeeded")
    call.tx.put(setup)
    call.emit("setup_intent.succeeded", setup)


def _fail(call: Call, setup: Thing, method: Thing, refusal: Decline) -> None:
    setup.update(
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        last_setup_error=payment_error(refusal, None, method),
    )
    if refusal is _NOT_SET_UP:
        setup["last_setup_error"]["type"] = "invalid_request_error"
    _note_attempt(call, setup, method, "failed")
    call.tx.put(setup)
    call.emit("setup_intent.setup_failed", setup)


def _note_attempt(call: Call, setup: Thing, method: Thing, status: str) -> None:
    """The setup attempt: a new one unless this goes on with one that asked the holder."""
    known = call.tx.get("setup_attempt", setup.get("latest_attempt") or "")
    asked = known is not None and known["status"] == "requires_action"
    attempt: Thing = {
        "id": known["id"] if known is not None and asked else ids.new("setatt"),
        "object": "setup_attempt",
        "created": call.now,
        "customer": setup.get("customer"),
        "livemode": False,
        "payment_method": method["id"],
        "payment_method_details": {"type": method["type"], method["type"]: _details(method)},
        "setup_error": setup.get("last_setup_error"),
        "setup_intent": setup["id"],
        "status": status,
        "usage": setup["usage"],
    }
    setup["latest_attempt"] = attempt["id"]
    call.tx.put(attempt)


def _details(method: Thing) -> Thing:
    if method["type"] != "card":
        return {}
    card = method["card"]
    shown = {name: card[name] for name in ("brand", "country", "exp_month", "exp_year",
                                           "fingerprint", "funding", "last4")}  # fmt: skip
    return {**shown, "checks": card["checks"], "network": card["brand"], "three_d_secure": None,
            "wallet": None}  # fmt: skip
