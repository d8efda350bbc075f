"""Payouts: money leaves the balance for the account's bank ("Payouts").

    pending ──> in_transit ──> paid | failed
       └──> canceled

By default nothing is paid out unless it is asked for, so that a balance stays what the shop's own
books say; a daily schedule is set as at Stripe, with `/v1/balance_settings`.
"""

from typing import Any

from stripe_emulator import ids
from stripe_emulator.booking import balance_of, book
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid
from stripe_emulator.schedule import task
from stripe_emulator.store import Thing, Tx

_DAY = 24 * 3600
_INSTANT_SECONDS = 30 * 60
_GOOD_ACCOUNT = "000123456789"
# "Testing", payouts: account numbers that fail.
_FAILURES = {
    "000111111116": ("no_account", "The bank account could not be located."),
    "000111111113": ("account_closed", "The bank account has been closed."),
    "000222222227": ("insufficient_funds", "The account lacks the funds."),
    "000333333335": ("debit_not_authorized", "Debits are not authorised on the bank account."),
    "000444444440": ("invalid_currency", "The bank could not take the payout's currency."),
}
_FAILED = ("could_not_process", "The bank could not process this payout.")
_MOST_AT_ONCE = 100_000


def schedule_of(tx: Tx) -> str:
    """`manual` unless somebody wants payouts `daily`."""
    return str(tx.recall("payout_interval") or "manual")


def set_schedule(call: Call, interval: str) -> None:
    """From now on; the first automatic payout is made at the next midnight UTC."""
    turn = (call.tx.recall("payout_turn") or 0) + 1
    call.tx.remember("payout_interval", interval)
    call.tx.remember("payout_turn", turn)
    if interval == "daily":
        call.at(_midnight(call), "pay_out_daily", turn=turn)


def bank_account(tx: Tx) -> str:
    """The number of the account's bank account, a test number."""
    return str(tx.recall("bank_account") or _GOOD_ACCOUNT)


def set_bank_account(call: Call, number: str) -> None:
    """Payouts from now on go there. Raises a StripeFault for what is no number."""
    if not (number.isascii() and number.isdigit() and 4 <= len(number) <= 17):
        raise invalid("The account number provided is not valid.", code="account_number_invalid")
    call.tx.remember("bank_account", number)


def new_payout(call: Call, amount: int, currency: str, **more: Any) -> Thing:
    """Pay out a part of what is available; the stored payout.

    Raises the StripeFault of a balance that does not hold so much.
    """
    has = balance_of(call.tx).get(currency, {}).get("available", 0)
    if amount > has:
        raise invalid(
            "You have insufficient funds in your Stripe account for this transfer. Your card "
            "balance is too low. You can use the the /v1/balance endpoint to view your Stripe "
            "balance (for more details, see stripe.com/docs/api#balance).",
            code="balance_insufficient",
            param="amount",
        )
    return _begin(call, amount, currency, automatic=False, **more)


def _begin(call: Call, amount: int, currency: str, *, automatic: bool, **more: Any) -> Thing:
    payout_id = ids.new("po")
    instant = more.get("method") == "instant"
    arrival = call.now + _INSTANT_SECONDS if instant else _midnight(call) + _DAY
    txn = book(
        call,
        kind="payout",
        amount=-amount,
        currency=currency,
        source=payout_id,
        available=True,
        description=more.get("description") or "STRIPE PAYOUT",
    )
    payout: Thing = {
        "id": payout_id,
        "object": "payout",
        "amount": amount,
        "arrival_date": arrival,
        "automatic": automatic,
        "balance_transaction": txn["id"],
        "created": call.now,
        "currency": currency,
        "destination": _destination(call.tx),
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "reconciliation_status": "completed" if automatic else "not_applicable",
        "source_type": "card",
        "status": "pending",
        "type": "bank_account",
        "_account": bank_account(call.tx),
        **{name: value for name, value in more.items() if value is not None},
    }
    call.tx.put(payout)
    call.emit("payout.created", payout)
    sent = call.now if instant else _midnight(call)
    call.at(sent, "send_payout", payout_id=payout_id)
    call.at(arrival, "end_payout", payout_id=payout_id)
    return payout


def _destination(tx: Tx) -> str:
    known = tx.recall("bank_account_id")
    if known is None:
        known = ids.new("ba")
        tx.remember("bank_account_id", known)
    return str(known)


def _midnight(call: Call) -> int:
    return (call.now // _DAY + 1) * _DAY


def cancel_payout(call: Call, payout: Thing) -> None:
    """Call a payout back that has not been sent yet."""
    _bring_back(call, payout, "payout_cancel")
    payout["status"] = "canceled"
    call.tx.put(payout)
    call.emit("payout.canceled", payout)
    call.emit("payout.updated", payout, {"status": "pending"})


def reverse_payout(call: Call, payout: Thing, metadata: dict[str, str]) -> Thing:
    """Fetch the money of a paid payout back; the stored payout that does."""
    back = _begin(
        call,
        -payout["amount"],
        payout["currency"],
        automatic=False,
        metadata=metadata,
        original_payout=payout["id"],
    )
    payout["reversed_by"] = back["id"]
    call.tx.put(payout)
    call.emit("payout.updated", payout, {"reversed_by": None})
    return back


def end_payout(call: Call, payout: Thing, failure: tuple[str, str] | None) -> None:
    """It has arrived, or the bank has sent it back: code and message."""
    before = {"status": payout["status"]}
    if failure is None:
        payout["status"] = "paid"
    else:
        _bring_back(call, payout, "payout_failure")
        payout.update(status="failed", failure_code=failure[0], failure_message=failure[1])
    call.tx.put(payout)
    call.emit(f"payout.{payout['status']}", payout)
    call.emit("payout.updated", payout, before)
    if payout["automatic"] and failure is None:
        call.emit("payout.reconciliation_completed", payout)


def refused_by_bank(code: str) -> tuple[str, str]:
    """A failure by its code, in the words of the test accounts that have it."""
    return next((each for each in _FAILURES.values() if each[0] == code), (code, _FAILED[1]))


def _bring_back(call: Call, payout: Thing, kind: str) -> None:
    txn = book(
        call,
        kind=kind,
        amount=payout["amount"],
        currency=payout["currency"],
        source=payout["id"],
        available=True,
    )
    payout["failure_balance_transaction"] = txn["id"]


@task("send_payout")
def _send(call: Call, payout_id: str) -> None:
    payout = call.tx.get("payout", payout_id)
    if payout is None or payout["status"] != "pending":
        return
    payout["status"] = "in_transit"
    call.tx.put(payout)
    call.emit("payout.updated", payout, {"status": "pending"})


@task("end_payout")
def _end(call: Call, payout_id: str) -> None:
    payout = call.tx.get("payout", payout_id)
    if payout is not None and payout["status"] in ("pending", "in_transit"):
        end_payout(call, payout, _FAILURES.get(payout["_account"]))


@task("pay_out_daily")
def _pay_out_daily(call: Call, turn: int) -> None:
    """Everything that has become available goes out, one payout a currency."""
    # The schedule was set anew since: that has a task of its own.
    if turn != call.tx.recall("payout_turn"):
        return
    call.at(_midnight(call), "pay_out_daily", turn=turn)
    for currency in sorted(balance_of(call.tx)):
        found = call.tx.find("balance_transaction", _unpaid=currency, limit=_MOST_AT_ONCE)
        amount = sum(each["net"] for each in found)
        # What is owed to Stripe waits for payments to come.
        if amount > 0:
            payout = _begin(call, amount, currency, automatic=True)
            own = call.require("balance_transaction", payout["balance_transaction"])
            for each in (*found, own):
                each.update(_payout=payout["id"], _unpaid=None)
                call.tx.put(each)
