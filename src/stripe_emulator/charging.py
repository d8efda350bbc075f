"""Money moves: what a payment intent, its charge and their events go through.

    requires_payment_method ──> requires_confirmation ──> requires_action ──┐
              ^  ^                       │    └──> processing ──> succeeded <┤
              └──┴───────── declined ────┘                           ^       │
                                        requires_capture ────────────┘ <─────┘
    anything but succeeded ──> canceled

`attempting` decides which way it goes; here is what going there means.
"""

from typing import Any

from stripe_emulator import ids, methods, watching
from stripe_emulator.booking import book_charge, is_available_at_once
from stripe_emulator.call import Call
from stripe_emulator.cards import Decline
from stripe_emulator.charged import authorised, new_charge, payment_error, refused
from stripe_emulator.methods.kind import FAILED
from stripe_emulator.schedule import task
from stripe_emulator.store import Thing

# Seen in logs of `stripe listen`: the balance transaction follows about two seconds later.
_BALANCE_AFTER_SECONDS = 2.0
# "Place a hold on a payment method": what a shop starts by itself, Visa holds for less long.
_VISA_OFF_SESSION_SECONDS = (4 * 24 + 18) * 3600


def new_intent(call: Call, amount: int, currency: str, **more: Any) -> Thing:
    """A payment intent that waits for a payment method; not stored yet."""
    intent_id = ids.new("pi")
    intent: Thing = {
        "id": intent_id,
        "object": "payment_intent",
        "allowed_payment_method_types": [],
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
        "capture_method": "automatic_async",
        "client_secret": f"{intent_id}_secret_{ids.random_text(25)}",
        "confirmation_method": "automatic",
        "created": call.now,
        "currency": currency,
        "excluded_payment_method_types": [],
        "livemode": False,
        "metadata": {},
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "status": "requires_payment_method",
    }
    intent.update({name: value for name, value in more.items() if value is not None})
    intent["payment_method_types"] = methods.of_intent(intent)
    return intent


def succeed(call: Call, intent: Thing, method: Thing, charge: Thing | None = None) -> Thing:
    """Charge the method, or let its pending `charge` come true; returns the charge."""
    hold = is_held(intent, method)
    charge = charge or new_charge(call, intent, method)
    charge.update(
        amount_captured=0 if hold else intent["amount"],
        captured=not hold,
        outcome=authorised(method),
        paid=True,
        status="succeeded",
    )
    intent.update(
        latest_charge=charge["id"],
        payment_method=method["id"],
        next_action=None,
        last_payment_error=None,
        processing=None,
    )
    if hold:
        _hold(call, intent, charge)
    else:
        intent.update(status="succeeded", amount_received=intent["amount"])
        if intent["capture_method"] == "automatic" or is_available_at_once(charge):
            book_charge(call, charge)
        else:
            call.later(_BALANCE_AFTER_SECONDS, "book_charge", charge_id=charge["id"])
    call.tx.put(charge)
    call.tx.put(intent)
    call.emit("charge.succeeded", charge)
    happened = "amount_capturable_updated" if hold else "succeeded"
    call.emit(f"payment_intent.{happened}", intent)
    return charge


def is_held(intent: Thing, method: Thing) -> bool:
    """Whether the amount is to be captured later, of all methods or of this one's kind."""
    options = (intent.get("payment_method_options") or {}).get(method["type"]) or {}
    return "manual" in (intent["capture_method"], options.get("capture_method"))


def _hold(call: Call, intent: Thing, charge: Thing) -> None:
    details = charge["payment_method_details"]
    kind = methods.named(details["type"]) or methods.CARD
    until = call.now + kind.hold_seconds
    if kind is methods.CARD:
        if intent.get("_off_session") and details["card"]["brand"] == "visa":
            until = call.now + _VISA_OFF_SESSION_SECONDS
        details["card"]["capture_before"] = until
        in_parts = "available" if captures_in_parts(intent) else "unavailable"
        details["card"]["multicapture"] = {"status": in_parts}
    intent.update(status="requires_capture", amount_capturable=intent["amount"])
    call.at(until, "lapse_authorisation", intent_id=intent["id"])


def captures_in_parts(intent: Thing) -> bool:
    """Whether several captures were asked for ("Capture a payment multiple times")."""
    options = (intent.get("payment_method_options") or {}).get("card") or {}
    return bool(options.get("request_multicapture") == "if_available")


def decline(
    call: Call, intent: Thing, method: Thing, refusal: Decline, charge: Thing | None = None
) -> Thing:
    """Refuse the method; returns the failed charge. The intent can be tried again."""
    charge = charge or new_charge(call, intent, method)
    charge.update(
        failure_code=refusal.code,
        failure_message=refusal.message,
        outcome=refused(method, refusal),
        status="failed",
    )
    call.tx.put(charge)
    call.emit("charge.failed", charge)
    fail(call, intent, method, refusal, charge["id"])
    return charge


def fail(
    call: Call, intent: Thing, method: Thing, refusal: Decline, charge_id: str | None = None
) -> None:
    """Nothing came of a try; without `charge_id` no charge was even made."""
    error = payment_error(refusal, charge_id, method)
    if charge_id is None:
        error["type"] = "invalid_request_error"
    else:
        intent["latest_charge"] = charge_id
    intent.update(
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        processing=None,
        last_payment_error=error,
        # An authentication is good for one charge.
        _three_d_secure=None,
    )
    call.tx.put(intent)
    call.emit("payment_intent.payment_failed", intent)


def ask(call: Call, intent: Thing, method: Thing, next_action: Thing) -> None:
    """Wait for the holder, who has to do something on a page."""
    intent.update(
        status="requires_action",
        payment_method=method["id"],
        next_action=next_action,
        last_payment_error=None,
    )
    call.tx.put(intent)
    call.emit("payment_intent.requires_action", intent)


def process(intent: Thing, method: Thing) -> None:
    """Wait for a bank that takes its time."""
    intent.update(
        status="processing",
        payment_method=method["id"],
        next_action=None,
        last_payment_error=None,
    )


def pend(call: Call, intent: Thing, method: Thing) -> Thing:
    """The charge of a payment that takes its time; returns it."""
    charge = new_charge(call, intent, method)
    charge["outcome"] = authorised(method)
    intent["latest_charge"] = charge["id"]
    call.tx.put(charge)
    call.tx.put(intent)
    return charge


def give_up_voucher(call: Call, intent: Thing) -> None:
    """The buyer pays in another way: what was shown before can no longer be paid."""
    if intent["status"] == "requires_action" and intent.get("latest_charge"):
        _give_up(call, call.tx.get("charge", intent["latest_charge"]))


def _give_up(call: Call, charge: Thing | None) -> None:
    if charge is not None and charge["status"] == "pending":
        charge.update(status="failed", failure_code=FAILED.code, failure_message=FAILED.message)
        call.tx.put(charge)
        call.emit("charge.failed", charge)


def cancel(call: Call, intent: Thing, reason: str | None) -> None:
    """Cancel an intent; an authorisation is released."""
    before = intent["status"]
    charge = call.tx.get("charge", intent["latest_charge"]) if intent.get("latest_charge") else None
    if before == "requires_capture" and charge is not None:
        charge.update(amount_refunded=charge["amount"], refunded=True)
        call.tx.put(charge)
        call.emit("charge.refunded", charge)
    else:
        _give_up(call, charge)
    intent.update(
        status="canceled",
        canceled_at=call.now,
        cancellation_reason=reason,
        amount_capturable=0,
        next_action=None,
        processing=None,
    )
    call.tx.put(intent)
    call.emit("payment_intent.canceled", intent)
    watching.tell(call, intent, before)


def capture(call: Call, intent: Thing, amount: int, *, final: bool = True) -> None:
    """Take an authorised amount; what is not taken is released, if this is the `final` time."""
    before = intent["status"]
    charge = call.require("charge", intent["latest_charge"])
    done = final or amount == intent["amount_capturable"]
    taken = charge["amount_captured"] + amount
    charge.update(captured=True, amount_captured=taken)
    if done:
        # Stripe shows the released part as refunded.
        charge["amount_refunded"] = charge["amount"] - taken
    intent.update(
        amount_received=taken,
        amount_capturable=0 if done else intent["amount_capturable"] - amount,
        status="succeeded" if done else before,
    )
    book_charge(call, charge, amount)
    call.tx.put(charge)
    call.tx.put(intent)
    call.emit("charge.captured", charge)
    happened = "succeeded" if done else "amount_capturable_updated"
    call.emit(f"payment_intent.{happened}", intent)
    watching.tell(call, intent, before)


def raise_hold(call: Call, intent: Thing, amount: int) -> None:
    """Authorise more than before."""
    charge = call.require("charge", intent["latest_charge"])
    before = {"amount": charge["amount"]}
    charge["amount"] = charge["payment_method_details"]["card"]["amount_authorized"] = amount
    intent.update(amount=amount, amount_capturable=amount)
    call.tx.put(charge)
    call.tx.put(intent)
    call.emit("charge.updated", charge, before)
    call.emit("payment_intent.amount_capturable_updated", intent)


@task("lapse_authorisation")
def _lapse(call: Call, intent_id: str) -> None:
    intent = call.tx.get("payment_intent", intent_id)
    if intent is None or intent["status"] != "requires_capture":
        return
    charge = call.require("charge", intent["latest_charge"])
    charge.update(amount_refunded=charge["amount"], refunded=True)
    call.tx.put(charge)
    call.emit("charge.expired", charge)
    intent.update(
        status="canceled",
        canceled_at=call.now,
        cancellation_reason="automatic",
        amount_capturable=0,
    )
    call.tx.put(intent)
    call.emit("payment_intent.canceled", intent)
    watching.tell(call, intent, "requires_capture")
