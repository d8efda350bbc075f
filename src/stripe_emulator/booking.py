"""The account's books: a balance transaction for everything that moves money."""

from stripe_emulator import ids
from stripe_emulator.call import Call
from stripe_emulator.cards import by_number
from stripe_emulator.methods import CARD, named
from stripe_emulator.schedule import task
from stripe_emulator.store import Thing, Tx

_AVAILABLE_AFTER_SECONDS = 2 * 24 * 3600
# "Reporting categories".
_CATEGORIES = {
    "payment": "charge",
    "payment_refund": "refund",
    "adjustment": "dispute",
    "payment_failure_refund": "charge_failure",
}


def book_charge(call: Call, charge: Thing, amount: int | None = None) -> None:
    """The balance transaction of a captured charge, or of a captured `amount` of it."""
    amount = charge["amount_captured"] if amount is None else amount
    kind = charge["payment_method_details"]["type"]
    txn = book(
        call,
        kind="charge" if kind == "card" else "payment",
        amount=amount,
        currency=charge["currency"],
        source=charge["id"],
        fee_minor=(named(kind) or CARD).fee.of(amount),
        available=is_available_at_once(charge),
        description=charge["description"],
    )
    charge["balance_transaction"] = txn["id"]


def is_available_at_once(charge: Thing) -> bool:
    """Of the test cards whose money need not wait ("Available balance")."""
    card = by_number(charge.get("_number", ""))
    return card is not None and card.bypasses_pending


def book(  # noqa: PLR0913 - a row of a ledger has so many columns
    call: Call,
    *,
    kind: str,
    amount: int,
    currency: str,
    source: str,
    fee_minor: int = 0,
    available: bool = False,
    available_on: int | None = None,
    description: str | None = None,
) -> Thing:
    """A balance transaction; `amount` is negative for money that leaves."""
    when = available_on if available_on is not None else call.now + _AVAILABLE_AFTER_SECONDS
    txn: Thing = {
        "id": ids.new("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": call.now if available else when,
        "balance_type": "payments",
        "created": call.now,
        "currency": currency,
        "description": description,
        "exchange_rate": None,
        "fee": fee_minor,
        "fee_details": _fee_details(fee_minor, currency, kind),
        "net": amount - fee_minor,
        "reporting_category": _category(kind, amount),
        "source": source,
        "status": "available" if available else "pending",
        "type": kind,
        **({"_unpaid": currency} if available else {}),
    }
    if not available:
        call.at(txn["available_on"], "make_available", txn_id=txn["id"])
    elif amount > 0:
        call.later(0, "tell_of_balance")
    _add(call, currency, **{txn["status"]: txn["net"]})
    call.tx.put(txn)
    return txn


def balance_of(tx: Tx) -> dict[str, dict[str, int]]:
    """What the account has, by currency: `available` and `pending` in minor units.

    Kept as a sum, so that asking for it costs the same after a million payments.
    """
    known: dict[str, dict[str, int]] | None = tx.recall(_BALANCE)
    return known if known is not None else _summed(tx)


_BALANCE, _TOLD = "balance", "balance_told_on"
_DAY = 24 * 3600


def balance_shown(tx: Tx) -> Thing:
    """The Balance object."""
    # An account always has a balance in its own currency.
    balance = balance_of(tx) or {"usd": {"available": 0, "pending": 0}}
    shown: Thing = {"object": "balance", "livemode": False}
    for status in ("available", "pending"):
        shown[status] = [
            {"amount": each[status], "currency": currency, "source_types": {"card": each[status]}}
            for currency, each in sorted(balance.items())
        ]
    return shown


def _summed(tx: Tx) -> dict[str, dict[str, int]]:
    """For files of earlier versions, which kept no sum."""
    rows = tx.sql.execute(
        "SELECT json_extract(body, '$.currency'), json_extract(body, '$.status'), "
        "SUM(json_extract(body, '$.net')) FROM objects "
        "WHERE kind = 'balance_transaction' GROUP BY 1, 2"
    ).fetchall()
    found: dict[str, dict[str, int]] = {}
    for currency, status, net in rows:
        found.setdefault(currency, {"available": 0, "pending": 0})[status] = net
    return found


def _add(call: Call, currency: str, **amounts: int) -> None:
    balance = balance_of(call.tx)
    mine = balance.setdefault(currency, {"available": 0, "pending": 0})
    for status, amount in amounts.items():
        mine[status] += amount
    call.tx.remember(_BALANCE, balance)


def _category(kind: str, amount: int) -> str:
    if kind == "adjustment" and amount > 0:
        return "dispute_reversal"
    return _CATEGORIES.get(kind, kind)


def _fee_details(fee_minor: int, currency: str, kind: str) -> list[Thing]:
    if not fee_minor:
        return []
    return [
        {
            "amount": fee_minor,
            "application": None,
            "currency": currency,
            "description": "Dispute fee" if kind == "adjustment" else "Stripe processing fees",
            "type": "stripe_fee",
        }
    ]


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
    if txn is not None and txn["status"] == "pending":
        txn.update(status="available", _unpaid=txn["currency"])
        _add(call, txn["currency"], pending=-txn["net"], available=txn["net"])
        call.tx.put(txn)
        _tell(call)


@task("tell_of_balance")
def _tell(call: Call) -> None:
    """`balance.available`, once a day however many payments have become available."""
    today = call.now // _DAY
    if call.tx.recall(_TOLD) != today:
        call.tx.remember(_TOLD, today)
        call.emit("balance.available", balance_shown(call.tx))
