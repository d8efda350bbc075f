"""Control calls that stand in for banks: they settle delayed payments and dispute charges."""

from typing import Any

from flask import Response, jsonify

from stripe_emulator import attempting, disputing
from stripe_emulator.api import running
from stripe_emulator.call import Call
from stripe_emulator.control.asking import Bad, body, only, refused
from stripe_emulator.errors import StripeFault
from stripe_emulator.shapes import complete
from stripe_emulator.store import Thing


def settle(intent_id: str) -> Response:
    """A bank debit or voucher that is on its way arrives now, or fails (`succeed` is false)."""
    given = body()
    only(given, "succeed")
    succeed = _switch(given, "succeed", default=True)
    with running().call() as call:
        intent = call.tx.get("payment_intent", intent_id)
        if intent is None:
            return refused("there is no such payment intent", 404)
        if not attempting.is_on_its_way(intent):
            raise Bad(f"this payment is not on its way: it is {intent['status']}")
        _on_clock_of_customer(call, intent)
        attempting.settle(call, intent, succeed=succeed)
    return jsonify(complete(intent))


def dispute(charge_id: str) -> Response:
    """The holder disputes a charge: `reason`, `amount` in minor units, or only an `inquiry`."""
    given = body()
    only(given, "reason", "amount", "inquiry")
    reason, amount = given.get("reason", "fraudulent"), given.get("amount")
    if not isinstance(reason, str):
        raise Bad("reason must be a word")
    if amount is not None and (isinstance(amount, bool) or not isinstance(amount, int)):
        raise Bad("amount must be a whole number of minor units")
    inquiry = _switch(given, "inquiry", default=False)
    with running().call() as call:
        charge = call.tx.get("charge", charge_id)
        if charge is None:
            return refused("there is no such charge", 404)
        _on_clock_of_customer(call, charge)
        try:
            made = disputing.open_dispute(call, charge, reason, amount, inquiry=inquiry)
        except StripeFault as fault:
            raise Bad(fault.message) from None
    return jsonify(complete(made))


def decide(dispute_id: str) -> Response:
    """The bank decides: `won` by the shop, or not. An inquiry is closed, or becomes a dispute."""
    given = body()
    only(given, "won")
    won = _switch(given, "won", default=True)
    with running().call() as call:
        found = call.tx.get("dispute", dispute_id)
        if found is None:
            return refused("there is no such dispute", 404)
        if found["status"] not in (*disputing.WAITING, *disputing.UNDER_REVIEW):
            raise Bad(f"this dispute is decided: it is {found['status']}")
        lost = (
            "escalate_inquiry_evidence"
            if found["status"].startswith("warning")
            else "losing_evidence"
        )
        disputing.decide(call, dispute_id, "winning_evidence" if won else lost)
        decided = call.require("dispute", dispute_id)
    return jsonify(complete(decided))


def _switch(given: dict[str, Any], name: str, *, default: bool) -> bool:
    value = given.get(name, default)
    if not isinstance(value, bool):
        raise Bad(f"{name} must be true or false")
    return value


def _on_clock_of_customer(call: Call, thing: Thing) -> None:
    if thing.get("customer"):
        call.on_clock_of(call.tx.get("customer", thing["customer"]))
