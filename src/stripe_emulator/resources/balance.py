"""The balance, its transactions and its settings ("Balance")."""

from typing import Any

from stripe_emulator import booking, listing, paying_out
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid, not_here_yet
from stripe_emulator.resources.editing import only
from stripe_emulator.shapes import may_be_missing
from stripe_emulator.store import Thing

may_be_missing(
    "balance",
    "connect_reserved instant_available issuing refund_and_dispute_prefunding",
)


@route("GET", "/v1/balance", "BalanceRetrieveParams")
def retrieve(call: Call) -> Thing:
    return booking.balance_shown(call.tx)


@route("GET", "/v1/balance_transactions/{id}", "BalanceTransactionRetrieveParams")
def retrieve_transaction(call: Call) -> Thing:
    return call.require("balance_transaction", call.path["id"])


@route("GET", "/v1/balance_transactions", "BalanceTransactionListParams")
def list_all(call: Call) -> Thing:
    given = call.params
    only(call, ("currency", "payout", "source", "type"), "lists of balance transactions")
    if "payout" in given:
        payout = call.require("payout", given["payout"], "payout")
        if not payout["automatic"]:
            raise invalid(
                "Balance transaction history can only be filtered on automatic transfers, not "
                "manual.",
                param="payout",
            )
    return listing.page(
        call,
        "balance_transaction",
        "/v1/balance_transactions",
        currency=given.get("currency"),
        source=given.get("source"),
        type=given.get("type"),
        _payout=given.get("payout"),
    )


@route("GET", "/v1/balance_settings", "BalanceSettingsRetrieveParams")
def retrieve_settings(call: Call) -> Thing:
    return {
        "object": "balance_settings",
        "payments": {
            "debit_negative_balances": True,
            "payouts": {
                "automatic_transfer_rules_by_currency": {},
                "minimum_balance_by_currency": {},
                "schedule": {"interval": paying_out.schedule_of(call.tx)},
                "statement_descriptor": None,
                "status": "enabled",
            },
            "settlement_timing": {"delay_days": 2},
        },
    }


@route("POST", "/v1/balance_settings", "BalanceSettingsUpdateParams")
def change_settings(call: Call) -> Thing:
    """Of all settings the schedule of payouts is here: daily, or only when asked for."""
    payments: dict[str, Any] = call.params.get("payments", {})
    payouts = payments.get("payouts", {})
    for where, given, known in (
        ("payments", payments, ("payouts",)),
        ("payments[payouts]", payouts, ("schedule",)),
        ("payments[payouts][schedule]", payouts.get("schedule", {}), ("interval",)),
    ):
        for name in sorted(set(given) - set(known)):
            raise not_here_yet(f"balance settings with {name}", f"{where}[{name}]")
    interval = payouts.get("schedule", {}).get("interval")
    if interval in ("weekly", "monthly"):
        raise not_here_yet(f"{interval} payouts", "payments[payouts][schedule][interval]")
    if interval is not None:
        paying_out.set_schedule(call, interval)
    return retrieve_settings(call)
