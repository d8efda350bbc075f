"""Refunds ("Refund and cancel payments")."""

from stripe_emulator import ids, listing
from stripe_emulator.api import route
from stripe_emulator.booking import book
from stripe_emulator.call import Call
from stripe_emulator.cards import RefundOutcome, by_number
from stripe_emulator.errors import invalid, not_here_yet
from stripe_emulator.metadata import merged
from stripe_emulator.resources.editing import update
from stripe_emulator.schedule import task
from stripe_emulator.shapes import may_be_missing
from stripe_emulator.store import Thing

may_be_missing(
    "refund",
    "description destination_details failure_balance_transaction failure_reason "
    "instructions_email next_action pending_reason presentment_details",
)

_KNOWN = frozenset({"amount", "charge", "payment_intent", "reason", "metadata"})
# Stripe's test cards take a moment to change their mind.
_CHANGES_AFTER_SECONDS = 2.0


@route("POST", "/v1/refunds", "RefundCreateParams")
def create(call: Call) -> Thing:
    for name in call.params:
        if name not in _KNOWN:
            raise not_here_yet(f"refunds with {name}", name)
    charge = _charge(call)
    amount = _amount(call, charge)
    card = by_number(charge["_number"])
    outcome = card.refund if card is not None else RefundOutcome.SUCCEEDS
    refund = _new(call, charge, amount, outcome)
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    call.tx.put(refund)
    call.tx.put(charge)
    call.emit("refund.created", refund)
    call.emit("charge.refunded", charge)
    if outcome is RefundOutcome.SUCCEEDS:
        _told(call, refund)
    else:
        call.later(_CHANGES_AFTER_SECONDS, "end_refund", refund_id=refund["id"])
    return refund


@route("GET", "/v1/refunds/{id}", "RefundRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("refund", call.path["id"])


@route("POST", "/v1/refunds/{id}", "RefundUpdateParams")
def change(call: Call) -> Thing:
    refund = call.require("refund", call.path["id"])
    return update(call, refund, ("metadata",), "refund.updated")


@route("POST", "/v1/refunds/{id}/cancel", "RefundCancelParams")
def cancel(call: Call) -> Thing:
    call.require("refund", call.path["id"])
    raise invalid("A card refund can be cancelled in Stripe's Dashboard only.")


@route("GET", "/v1/refunds", "RefundListParams")
def list_all(call: Call) -> Thing:
    return listing.page(
        call,
        "refund",
        "/v1/refunds",
        charge=call.params.get("charge"),
        payment_intent=call.params.get("payment_intent"),
    )


def _charge(call: Call) -> Thing:
    given = call.params
    if ("charge" in given) == ("payment_intent" in given):
        raise invalid(
            "Send either charge or payment_intent, and only one of them.",
            code="parameters_exclusive" if "charge" in given else "parameter_missing",
            param="payment_intent",
        )
    if "charge" in given:
        charge = call.require("charge", given["charge"], "charge")
    else:
        intent = call.require("payment_intent", given["payment_intent"], "payment_intent")
        if intent["status"] != "succeeded":
            raise invalid(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                code="payment_intent_unexpected_state",
                param="payment_intent",
            )
        charge = call.require("charge", intent["latest_charge"])
    if charge["status"] != "succeeded" or not charge["captured"]:
        raise invalid(f"Charge {charge['id']} was not captured and cannot be refunded.")
    return charge


def _amount(call: Call, charge: Thing) -> int:
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise invalid(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    amount = int(call.params.get("amount", left))
    if amount < 1:
        raise invalid("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        raise invalid(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left}).",
            param="amount",
        )
    return amount


def _new(call: Call, charge: Thing, amount: int, outcome: RefundOutcome) -> Thing:
    refund_id = ids.new("re")
    txn = book(call, kind="refund", amount=-amount, currency=charge["currency"], source=refund_id)
    return {
        "id": refund_id,
        "object": "refund",
        "amount": amount,
        "balance_transaction": txn["id"],
        "charge": charge["id"],
        "created": call.now,
        "currency": charge["currency"],
        "destination_details": {
            "type": "card",
            "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number",
                     "type": "refund"},
        },
        "metadata": merged(None, call.params.get("metadata")),
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": call.params.get("reason"),
        "status": "pending" if outcome is RefundOutcome.PENDS else "succeeded",
    }  # fmt: skip


def _told(call: Call, refund: Thing) -> None:
    call.emit("refund.updated", refund)
    call.emit("charge.refund.updated", refund)


@task("end_refund")
def _end(call: Call, refund_id: str) -> None:
    refund = call.tx.get("refund", refund_id)
    if refund is None:
        return
    if refund["status"] == "pending":
        refund["status"] = "succeeded"
        call.tx.put(refund)
        _told(call, refund)
        return
    charge = call.require("charge", refund["charge"])
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    back = book(
        call,
        kind="refund_failure",
        amount=refund["amount"],
        currency=refund["currency"],
        source=refund["id"],
    )
    refund.update(
        status="failed",
        failure_reason="expired_or_canceled_card",
        failure_balance_transaction=back["id"],
    )
    call.tx.put(refund)
    call.tx.put(charge)
    call.emit("refund.failed", refund)
    _told(call, refund)
