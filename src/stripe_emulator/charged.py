"""Charge objects: what one says about the payment method that was charged."""

from typing import Any

from stripe_emulator import ids
from stripe_emulator.call import Call
from stripe_emulator.cards import Card, Decline
from stripe_emulator.methods import kind_of
from stripe_emulator.methods.card import card_of
from stripe_emulator.shapes import complete
from stripe_emulator.store import Thing

_RISK_SCORES = {"normal": 20, "elevated": 70}


def new_charge(call: Call, intent: Thing, method: Thing) -> Thing:
    """A charge nothing has come of yet; not stored. `intent` may be a draft of a legacy charge."""
    is_card = method["type"] == "card"
    charge_id = ids.new("ch" if is_card else "py")
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
        "payment_method_details": _details(method, intent),
        "receipt_email": intent.get("receipt_email"),
        "receipt_url": f"{call.base_url}/receipts/{charge_id}",
        "refunded": False,
        "shipping": intent.get("shipping"),
        "statement_descriptor": intent.get("statement_descriptor"),
        "statement_descriptor_suffix": intent.get("statement_descriptor_suffix"),
        "status": "pending",
        "transfer_group": intent.get("transfer_group"),
        **({"_number": method["_number"]} if is_card else {}),
    }


def authorised(method: Thing) -> Thing:
    """`outcome` of a charge the network approved."""
    if method["type"] != "card":
        return {**_outcome("not_assessed", "approved_by_network", "authorized"), "risk_score": None}
    return _outcome(card_of(method).risk_level, "approved_by_network", "authorized")


def refused(method: Thing, refusal: Decline) -> Thing:
    """`outcome` of a charge that was declined, by the issuer or by Radar."""
    blocked = refusal.decline_code == "fraudulent"
    level = card_of(method).risk_level if method["type"] == "card" else "not_assessed"
    outcome = _outcome(
        level,
        "not_sent_to_network" if blocked else "declined_by_network",
        "blocked" if blocked else "issuer_declined",
    )
    if blocked:
        said = "Stripe blocked this payment as too risky."
        return {**outcome, "reason": "highest_risk_level", "risk_level": "highest",
                "risk_score": 90, "seller_message": said}  # fmt: skip
    return {
        **outcome,
        "reason": refusal.decline_code or refusal.code,
        "seller_message": "The bank did not return any further details with this decline."
        if refusal.decline_code == "generic_decline"
        else f"The bank returned the decline code `{refusal.decline_code or refusal.code}`.",
    }


def payment_error(refusal: Decline, charge_id: str | None, method: Thing) -> Thing:
    """`last_payment_error`, and most of a card_error."""
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


def _details(method: Thing, intent: Thing) -> Thing:
    kind = kind_of(method)
    if kind.name == "card":
        return {"type": "card", "card": _card(method, card_of(method), intent)}
    return {"type": kind.name, kind.name: kind.charged(method, intent)}


def _card(method: Thing, card: Card, intent: Thing) -> Thing:
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
        "three_d_secure": _three_d_secure(method, intent),
        "wallet": None,
    }


def _three_d_secure(method: Thing, intent: Thing) -> Thing | None:
    known: dict[str, Any] | None = intent.get("_three_d_secure")
    if known is None or known["method"] != method["id"]:
        return None
    acknowledged = known["result"] == "attempt_acknowledged"
    return {
        "authentication_flow": known["flow"],
        "electronic_commerce_indicator": "06" if acknowledged else "05",
        "exemption_indicator": None,
        "exemption_indicator_applied": None,
        "result": known["result"],
        "result_reason": None,
        "transaction_id": None,
        "version": "2.2.0",
    }


def _outcome(level: str, network: str, kind: str) -> Thing:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": network,
        "reason": None,
        "risk_level": level,
        "risk_score": _RISK_SCORES.get(level, 90),
        "seller_message": "Payment complete.",
        "type": kind,
    }
