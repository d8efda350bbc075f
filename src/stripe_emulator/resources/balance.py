"""The balance and its transactions ("Balance")."""

from stripe_emulator import listing
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.errors import not_here_yet
from stripe_emulator.shapes import may_be_missing
from stripe_emulator.store import Thing

may_be_missing(
    "balance",
    "connect_reserved instant_available issuing refund_and_dispute_prefunding",
)


@route("GET", "/v1/balance", "BalanceRetrieveParams")
def retrieve(call: Call) -> Thing:
    return {
        "object": "balance",
        "available": _sums(call, "available"),
        "livemode": False,
        "pending": _sums(call, "pending"),
    }


@route("GET", "/v1/balance_transactions/{id}", "BalanceTransactionRetrieveParams")
def retrieve_transaction(call: Call) -> Thing:
    return call.require("balance_transaction", call.path["id"])


@route("GET", "/v1/balance_transactions", "BalanceTransactionListParams")
def list_all(call: Call) -> Thing:
    given = call.params
    if "payout" in given:
        raise not_here_yet("payouts", "payout")
    return listing.page(
        call,
        "balance_transaction",
        "/v1/balance_transactions",
        currency=given.get("currency"),
        source=given.get("source"),
        type=given.get("type"),
    )


def _sums(call: Call, status: str) -> list[Thing]:
    rows = call.tx.sql.execute(
        "SELECT json_extract(body, '$.currency'), SUM(json_extract(body, '$.net')) FROM objects "
        "WHERE kind = 'balance_transaction' AND json_extract(body, '$.status') = ? "
        "GROUP BY 1 ORDER BY 1",
        (status,),
    ).fetchall()
    found = [
        {"amount": amount, "currency": currency, "source_types": {"card": amount}}
        for currency, amount in rows
    ]
    # An account always has a balance in its own currency.
    return found or [{"amount": 0, "currency": "usd", "source_types": {"card": 0}}]
