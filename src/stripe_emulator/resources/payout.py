"""Payouts ("The Payout object"): asked for, called back, fetched back."""

from stripe_emulator import listing, paying_out
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.errors import StripeFault, invalid
from stripe_emulator.metadata import merged
from stripe_emulator.money import MAXIMUM, currency_code, too_large
from stripe_emulator.resources.editing import only, update
from stripe_emulator.store import Thing

_CREATE = ("amount", "currency", "description", "destination", "metadata", "method",
           "source_type", "statement_descriptor")  # fmt: skip


@route("POST", "/v1/payouts", "PayoutCreateParams")
def create(call: Call) -> Thing:
    given = call.params
    only(call, _CREATE, "payouts")
    currency = currency_code(given["currency"], "currency")
    amount = given["amount"]
    if amount < 1:
        raise invalid("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > MAXIMUM:
        raise too_large("amount")
    if currency in ("huf", "twd") and amount % 100:
        raise invalid(f"Payouts in {currency} are in multiples of 100.", param="amount")
    destination = given.get("destination")
    if destination is not None and destination != call.tx.recall("bank_account_id"):
        raise StripeFault(
            f"No such external account: '{destination:.80}'",
            code="resource_missing",
            param="destination",
        )
    return paying_out.new_payout(
        call,
        amount,
        currency,
        description=given.get("description"),
        metadata=merged(None, given.get("metadata")),
        method=given.get("method"),
        statement_descriptor=given.get("statement_descriptor"),
    )


@route("GET", "/v1/payouts/{id}", "PayoutRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("payout", call.path["id"])


@route("POST", "/v1/payouts/{id}", "PayoutUpdateParams")
def change(call: Call) -> Thing:
    payout = call.require("payout", call.path["id"])
    return update(call, payout, ("metadata",), "payout.updated")


@route("POST", "/v1/payouts/{id}/cancel", "PayoutCancelParams")
def cancel(call: Call) -> Thing:
    payout = call.require("payout", call.path["id"])
    if payout["status"] != "pending" or payout["automatic"]:
        raise invalid(
            "Payouts can only be canceled if they have not already been paid out. You may not "
            "cancel automatic Stripe payouts.",
            code="payouts_not_allowed" if payout["automatic"] else None,
        )
    paying_out.cancel_payout(call, payout)
    return payout


@route("POST", "/v1/payouts/{id}/reverse", "PayoutReverseParams")
def reverse(call: Call) -> Thing:
    payout = call.require("payout", call.path["id"])
    is_back = payout.get("original_payout") is not None
    if payout["status"] != "paid" or payout.get("reversed_by") or is_back:
        raise invalid(f"Payout {payout['id']} cannot be reversed.")
    return paying_out.reverse_payout(call, payout, merged(None, call.params.get("metadata")))


@route("GET", "/v1/payouts", "PayoutListParams")
def list_all(call: Call) -> Thing:
    only(call, ("status", "destination", "arrival_date"), "lists of payouts")
    given = call.params
    day = given.get("arrival_date")
    if isinstance(day, dict):
        raise invalid("Send arrival_date as a whole number of seconds.", param="arrival_date")
    return listing.page(
        call,
        "payout",
        "/v1/payouts",
        status=given.get("status"),
        destination=given.get("destination"),
        arrival_date=day,
    )
