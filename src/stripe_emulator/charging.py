"""Money moves: what a payment intent, its charge and their events go through."""

from typing import Any

from stripe_emulator import ids
from stripe_emulator.call import Call
from stripe_emulator.cards import NOT_A_TEST_CARD, Card, Decline, by_number
from stripe_emulator.money import fee
from stripe_emulator.schedule import task
from stripe_emulator.store import Thing

# Seen in logs of `stripe listen`: the balance transaction follows about two seconds later.
_BALANCE_AFTER_SECONDS = 2.0
_AVAILABLE_AFTER_SECONDS = 2 * 24 * 3600
_LAPSE_SECONDS = 7 * 24 * 3600


def new_intent(call: Call, amount: int, currency: str, **more: Any) -> Thing:
    """A payment intent that waits for a payment method; not stored yet."""
    intent_id = ids.new("pi")
    intent: Thing = {
        "id": intent_id,
        "object": "payment_intent",
        "allowed_payment_method_types": ["card"],
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
        "capture_method": "automatic_async",
        "client_secret": f"{intent_id}_secret_{ids.random_text(25)}",
        "confirmation_method": "automatic",
        "created": call.now,
        "currency": currency,
        "livemode": False,
        "metadata": {},
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
    }
    intent.update({name: value for name, value in more.items() if value is not None})
    return intent


def card_of(method: Thing) -> Card:
    """The test card behind a payment method."""
    number = method["_number"]
    return by_number(number) or Card(number, method["card"]["brand"], decline=NOT_A_TEST_CARD)


def succeed(call: Call, intent: Thing, method: Thing) -> Thing:
    """Charge the card; returns the charge. Emits charge.succeeded and what follows from it."""
    card = card_of(method)
    manual = intent["capture_method"] == "manual"
    charge = _new_charge(call, intent, method, card)
    charge.update(
        amount_captured=0 if manual else intent["amount"],
        captured=not manual,
        outcome=_outcome(card, "approved_by_network", "authorized", "Payment complete."),
        paid=True,
        status="succeeded",
    )
    intent.update(
        latest_charge=charge["id"],
        payment_method=method["id"],
        next_action=None,
        last_payment_error=None,
    )
    if manual:
        charge["payment_method_details"]["card"]["capture_before"] = call.now + _LAPSE_SECONDS
        intent.update(status="requires_capture", amount_capturable=intent["amount"])
        call.at(call.now + _LAPSE_SECONDS, "lapse_authorisation", intent_id=intent["id"])
    else:
        intent.update(status="succeeded", amount_received=intent["amount"])
        if intent["capture_method"] == "automatic":
            book_charge(call, charge)
        else:
            call.later(_BALANCE_AFTER_SECONDS, "book_charge", charge_id=charge["id"])
    call.tx.put(charge)
    call.tx.put(intent)
    call.emit("charge.succeeded", charge)
    happened = "amount_capturable_updated" if manual else "succeeded"
    call.emit(f"payment_intent.{happened}", intent)
    return charge


def decline(call: Call, intent: Thing, method: Thing, refusal: Decline) -> Thing:
    """Refuse the card; returns the failed charge. The intent can be tried again."""
    charge = _new_charge(call, intent, method, card_of(method))
    blocked = refusal.decline_code == "fraudulent"
    network = "not_sent_to_network" if blocked else "declined_by_network"
    kind = "blocked" if blocked else "issuer_declined"
    charge.update(
        failure_code=refusal.code,
        failure_message=refusal.message,
        outcome={
            **_outcome(card_of(method), network, kind, "The card was declined."),
            "reason": refusal.decline_code,
        },
        status="failed",
    )
    intent.update(
        latest_charge=charge["id"],
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        last_payment_error=payment_error(refusal, charge["id"], method),
    )
    call.tx.put(charge)
    call.tx.put(intent)
    call.emit("charge.failed", charge)
    call.emit("payment_intent.payment_failed", intent)
    return charge


def challenge(call: Call, intent: Thing, method: Thing, url: str, return_url: str | None) -> None:
    """Ask the holder to authenticate."""
    intent.update(
        status="requires_action",
        payment_method=method["id"],
        next_action={
            "type": "redirect_to_url",
            "redirect_to_url": {"return_url": return_url, "url": url},
        },
    )
    call.tx.put(intent)
    call.emit("payment_intent.requires_action", intent)


def fail_authentication(call: Call, intent: Thing, method: Thing) -> Decline:
    """The holder did not authenticate: no charge is made."""
    refusal = Decline(
        "payment_intent_authentication_failure",
        None,
        "We are unable to authenticate your payment method. "
        "Please choose a different payment method and try again.",
    )
    intent.update(
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        last_payment_error={
            **payment_error(refusal, None, method),
            "type": "invalid_request_error",
        },
    )
    call.tx.put(intent)
    call.emit("payment_intent.payment_failed", intent)
    return refusal


def cancel(call: Call, intent: Thing, reason: str | None) -> None:
    """Cancel an intent; an authorisation is released."""
    charge = call.tx.get("charge", intent["latest_charge"]) if intent.get("latest_charge") else None
    if intent["status"] == "requires_capture" and charge is not None:
        charge.update(amount_refunded=charge["amount"], refunded=True)
        call.tx.put(charge)
        call.emit("charge.refunded", charge)
    intent.update(
        status="canceled",
        canceled_at=call.now,
        cancellation_reason=reason,
        amount_capturable=0,
        next_action=None,
    )
    call.tx.put(intent)
    call.emit("payment_intent.canceled", intent)


def capture(call: Call, intent: Thing, amount: int) -> None:
    """Take an authorised amount; what is not taken is released."""
    charge = call.require("charge", intent["latest_charge"])
    charge.update(
        captured=True,
        amount_captured=amount,
        # Stripe shows the released part as refunded.
        amount_refunded=charge["amount"] - amount,
    )
    book_charge(call, charge)
    intent.update(status="succeeded", amount_received=amount, amount_capturable=0)
    call.tx.put(charge)
    call.tx.put(intent)
    call.emit("charge.captured", charge)
    call.emit("payment_intent.succeeded", intent)


def book_charge(call: Call, charge: Thing) -> None:
    """The balance transaction of a captured charge."""
    amount = charge["amount_captured"]
    card = by_number(charge["_number"])
    at_once = card is not None and card.bypasses_pending
    txn = book(
        call,
        kind="charge",
        amount=amount,
        currency=charge["currency"],
        source=charge["id"],
        fee_minor=fee(amount),
        available=at_once,
    )
    charge["balance_transaction"] = txn["id"]


def book(  # noqa: PLR0913 - a row of a ledger has so many columns
    call: Call,
    *,
    kind: str,
    amount: int,
    currency: str,
    source: str,
    fee_minor: int = 0,
    available: bool = False,
) -> Thing:
    """A balance transaction; `amount` is negative for money that leaves."""
    txn: Thing = {
        "id": ids.new("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": call.now if available else call.now + _AVAILABLE_AFTER_SECONDS,
        "balance_type": "payments",
        "created": call.now,
        "currency": currency,
        "description": None,
        "exchange_rate": None,
        "fee": fee_minor,
        "fee_details": _fee_details(fee_minor, currency),
        "net": amount - fee_minor,
        "reporting_category": kind,
        "source": source,
        "status": "available" if available else "pending",
        "type": kind,
    }
    call.tx.put(txn)
    if not available:
        call.at(txn["available_on"], "make_available", txn_id=txn["id"])
    return txn


def _fee_details(fee_minor: int, currency: str) -> list[Thing]:
    if not fee_minor:
        return []
    return [
        {
            "amount": fee_minor,
            "application": None,
            "currency": currency,
            "description": "Stripe processing fees",
            "type": "stripe_fee",
        }
    ]


def payment_error(refusal: Decline, charge_id: str | None, method: Thing) -> Thing:
    """`last_payment_error`, and most of a card_error."""
    from stripe_emulator.shapes import complete

    error: Thing = {
        "code": refusal.code,
        "doc_url": f"https://stripe.com/docs/error-codes/{refusal.code.replace('_', '-')}",
        "message": refusal.message,
        "payment_method": complete(method),
        "type": "card_error",
    }
    if refusal.decline_code is not None:
        error["decline_code"] = refusal.decline_code
    if charge_id is not None:
        error["charge"] = charge_id
    return error


@task("book_charge")
def _book_later(call: Call, charge_id: str) -> None:
    charge = call.tx.get("charge", charge_id)
    if charge is None or charge["balance_transaction"] is not None:
        return
    book_charge(call, charge)
    call.tx.put(charge)
    call.emit("charge.updated", charge, {"balance_transaction": None})


@task("make_available")
def _make_available(call: Call, txn_id: str) -> None:
    txn = call.tx.get("balance_transaction", txn_id)
    if txn is not None:
        txn["status"] = "available"
        call.tx.put(txn)


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


def _new_charge(call: Call, intent: Thing, method: Thing, card: Card) -> Thing:
    charge_id = ids.new("ch")
    return {
        "id": charge_id,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "captured": False,
        "created": call.now,
        "currency": intent["currency"],
        "customer": intent.get("customer"),
        "description": intent.get("description"),
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        # As Stripe does: the intent's metadata of this moment.
        "metadata": dict(intent["metadata"]),
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {"type": "card", "card": _charged_card(method, card, intent)},
        "receipt_email": intent.get("receipt_email"),
        "refunded": False,
        "shipping": intent.get("shipping"),
        "status": "pending",
        "_number": card.number,
    }


def _charged_card(method: Thing, card: Card, intent: Thing) -> Thing:
    shown = method["card"]
    return {
        "amount_authorized": intent["amount"],
        "authorization_code": ids.random_text(6).upper(),
        "brand": card.brand,
        "checks": shown["checks"],
        "country": card.country,
        "electronic_commerce_indicator": None,
        "exp_month": shown["exp_month"],
        "exp_year": shown["exp_year"],
        "fingerprint": shown["fingerprint"],
        "funding": card.funding,
        "installments": None,
        "last4": card.last4,
        "mandate": None,
        "network": card.brand,
        "network_transaction_id": ids.random_text(15),
        "regulated_status": "unregulated",
        "three_d_secure": _AUTHENTICATED if intent.get("_authenticated") == method["id"] else None,
        "wallet": None,
    }


_AUTHENTICATED: Thing = {
    "authentication_flow": "challenge",
    "electronic_commerce_indicator": "05",
    "exemption_indicator": None,
    "exemption_indicator_applied": None,
    "result": "authenticated",
    "result_reason": None,
    "transaction_id": None,
    "version": "2.2.0",
}


def _outcome(card: Card, network: str, kind: str, message: str) -> Thing:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": network,
        "reason": None,
        "risk_level": card.risk_level,
        "risk_score": {"normal": 20, "elevated": 70}.get(card.risk_level, 90),
        "seller_message": message,
        "type": kind,
    }
