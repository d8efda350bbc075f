"""Refunds ("Refund and cancel payments"): asked for, read, called back."""

from stripe_emulator import listing, methods, refunding
from stripe_emulator.address import check_email
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid, missing
from stripe_emulator.metadata import merged
from stripe_emulator.resources.editing import only, update
from stripe_emulator.shapes import may_be_missing
from stripe_emulator.store import Thing

may_be_missing(
    "refund",
    "description destination_details failure_balance_transaction failure_reason "
    "instructions_email next_action pending_reason presentment_details",
)

_KNOWN = ("amount", "charge", "payment_intent", "reason", "metadata", "instructions_email")


@route("POST", "/v1/refunds", "RefundCreateParams")
def create(call: Call) -> Thing:
    only(call, _KNOWN, "refunds")
    charge = _charge(call)
    if not charge["captured"]:
        return _released(call, charge)
    _refuse_disputed(call, charge)
    return refunding.new_refund(
        call,
        charge,
        _amount(call, charge),
        reason=call.params.get("reason"),
        metadata=merged(None, call.params.get("metadata")),
        instructions_email=_instructions_email(call, charge),
    )


@route("POST", "/v1/charges/{charge}/refunds", "RefundCreateParams")
def create_on_charge(call: Call) -> Thing:
    call.params["charge"] = call.path["charge"]
    return create(call)


@route("GET", "/v1/refunds/{id}", "RefundRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("refund", call.path["id"])


@route("POST", "/v1/refunds/{id}", "RefundUpdateParams")
def change(call: Call) -> Thing:
    refund = call.require("refund", call.path["id"])
    return update(call, refund, ("metadata",), "refund.updated")


@route("POST", "/v1/refunds/{id}/cancel", "RefundCancelParams")
def cancel(call: Call) -> Thing:
    refund = call.require("refund", call.path["id"])
    if refund["status"] != "requires_action":
        raise invalid(
            "You can only cancel a refund with a status of requires_action; a card refund can be "
            "canceled in Stripe's Dashboard only."
        )
    refunding.cancel_refund(call, refund)
    return refund


@route("GET", "/v1/refunds", "RefundListParams")
def list_all(call: Call) -> Thing:
    return _page(call, "/v1/refunds", call.params.get("charge"))


@route("GET", "/v1/charges/{charge}/refunds", "RefundListParams")
def list_of_charge(call: Call) -> Thing:
    charge = call.require("charge", call.path["charge"])
    return _page(call, f"/v1/charges/{charge['id']}/refunds", charge["id"])


@route("GET", "/v1/charges/{charge}/refunds/{id}", "ChargeRetrieveRefundParams")
def retrieve_of_charge(call: Call) -> Thing:
    charge = call.require("charge", call.path["charge"])
    refund = call.require("refund", call.path["id"])
    if refund["charge"] != charge["id"]:
        raise missing("refund", refund["id"])
    return refund


def _page(call: Call, url: str, charge: str | None) -> Thing:
    intent = call.params.get("payment_intent")
    return listing.page(call, "refund", url, charge=charge, payment_intent=intent)


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
    is_held = not charge["captured"] and charge["payment_intent"] is not None
    if charge["status"] != "succeeded" or is_held:
        raise invalid(f"Charge {charge['id']} was not captured and cannot be refunded.")
    return charge


def _released(call: Call, charge: Thing) -> Thing:
    if charge["refunded"]:
        raise _refunded_already(charge)
    if call.params.get("amount", charge["amount"]) != charge["amount"]:
        raise invalid(
            "You cannot partially refund an uncaptured charge. Instead, capture the charge for an "
            "amount less than the original amount.",
            param="amount",
        )
    return refunding.release(call, charge)


def _refuse_disputed(call: Call, charge: Thing) -> None:
    """What the bank has taken back already must not be given back once more."""
    if not charge["disputed"]:
        return
    for dispute in call.tx.find("dispute", charge=charge["id"]):
        if not dispute["is_charge_refundable"]:
            raise invalid(
                f"Charge {charge['id']} has been charged back; cannot issue a refund.",
                code="refund_disputed_payment",
            )


def _instructions_email(call: Call, charge: Thing) -> str | None:
    """Who paid in cash has to be asked where the money is to go."""
    kind = methods.named(charge["payment_method_details"]["type"]) or methods.CARD
    if not kind.can_be_refunded:
        raise invalid(
            f"Payments with {kind.label} cannot be refunded through Stripe.",
            code="charge_not_refundable",
        )
    email = call.params.get("instructions_email")
    check_email(email, "instructions_email")
    if kind.flow is not methods.Flow.VOUCHER:
        return None
    found: str | None = email or charge["billing_details"]["email"] or charge["receipt_email"]
    if not found:
        raise invalid(
            "An `instructions_email` is needed to refund this payment.",
            code="parameter_missing",
            param="instructions_email",
        )
    return found


def _amount(call: Call, charge: Thing) -> int:
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise _refunded_already(charge)
    amount = int(call.params.get("amount", left))
    if amount < 1:
        raise invalid("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        raise invalid(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left}).",
            param="amount",
        )
    return amount


def _refunded_already(charge: Thing) -> Exception:
    return invalid(
        f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
    )
