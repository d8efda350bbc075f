"""Charges without a payment intent ("Charges API"): one call, no authentication, cards only."""

from typing import Any

from stripe_emulator import attempting
from stripe_emulator.booking import book_charge
from stripe_emulator.call import Call
from stripe_emulator.cards import AUTHENTICATION_REQUIRED, Decline
from stripe_emulator.charged import authorised, new_charge, refused
from stripe_emulator.disputing import after_payment
from stripe_emulator.methods.card import card_of
from stripe_emulator.methods.legacy import card_shown
from stripe_emulator.schedule import task
from stripe_emulator.store import Thing

_LAPSE_SECONDS = 7 * 24 * 3600


def charge_card(
    call: Call, method: Thing, draft: dict[str, Any], *, capture: bool
) -> tuple[Thing, Decline | None]:
    """A stored charge and, if it failed, why. `draft`: amount, currency and what else is said."""
    charge = new_charge(call, {"id": None, "metadata": {}, **draft}, method)
    charge["source"] = card_shown(method)
    refusal = _refusal(method, draft)
    if refusal is not None:
        charge.update(
            failure_code=refusal.code,
            failure_message=refusal.message,
            outcome=refused(method, refusal),
            status="failed",
        )
        call.tx.put(charge)
        call.emit("charge.failed", charge)
        return charge, refusal
    charge.update(
        amount_captured=charge["amount"] if capture else 0,
        captured=capture,
        outcome=authorised(method),
        paid=True,
        status="succeeded",
    )
    if capture:
        book_charge(call, charge)
    else:
        until = call.now + _LAPSE_SECONDS
        charge["payment_method_details"]["card"]["capture_before"] = until
        call.at(until, "lapse_charge", charge_id=charge["id"])
    call.tx.put(charge)
    call.emit("charge.succeeded", charge)
    if capture:
        after_payment(call, charge)
    return charge, None


def _refusal(method: Thing, draft: dict[str, Any]) -> Decline | None:
    card = card_of(method)
    off_session = bool(draft.get("customer"))
    set_up = bool(method.get("_set_up"))
    if attempting.asks(card, set_up=set_up, off_session=off_session, forced=False):
        return AUTHENTICATION_REQUIRED
    return card.decline


def capture_charge(call: Call, charge: Thing, amount: int) -> None:
    """Take an authorised amount; what is not taken is released."""
    charge.update(captured=True, amount_captured=amount, amount_refunded=charge["amount"] - amount)
    book_charge(call, charge)
    call.tx.put(charge)
    call.emit("charge.captured", charge)
    after_payment(call, charge)


@task("lapse_charge")
def _lapse(call: Call, charge_id: str) -> None:
    charge = call.tx.get("charge", charge_id)
    if charge is None or charge["captured"] or charge["refunded"]:
        return
    charge.update(amount_refunded=charge["amount"], refunded=True)
    call.tx.put(charge)
    call.emit("charge.expired", charge)
