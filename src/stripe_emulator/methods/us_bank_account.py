"""ACH direct debit: from a US bank account, in dollars ("ACH Direct Debit", test accounts).

An account counts as verified as soon as it is named: instant verification is assumed, and there
are no microdeposits to wait for.
"""

import hashlib
from typing import TYPE_CHECKING

from stripe_emulator.cards import Decline
from stripe_emulator.errors import invalid
from stripe_emulator.methods.kind import FAILED, Fee, Flow, Kind, Settlement
from stripe_emulator.store import Thing

if TYPE_CHECKING:
    from stripe_emulator.call import Call

_SOON = 3.0


def _refused(why: str, message: str) -> Settlement:
    return Settlement(_SOON, Decline(FAILED.code, why, message))


_BY_NUMBER = {
    "000111111113": _refused("account_closed", "The account has been closed."),
    "000111111116": _refused("no_account", "No such account could be found."),
    "000222222227": _refused("insufficient_funds", "The account lacks the funds."),
    "000333333335": _refused("debit_not_authorized", "The debit was not authorised."),
    "000444444440": _refused("invalid_currency", "The account does not take this currency."),
    "000555555559": Settlement(_SOON, disputed=True),
    "000000000009": Settlement(None),
}


def _read(_call: "Call", given: Thing) -> tuple[Thing, Thing]:
    account, routing = str(given.get("account_number", "")), str(given.get("routing_number", ""))
    _require_digits(account, "account_number", range(4, 18))
    _require_digits(routing, "routing_number", range(9, 10))
    shown = {
        "account_holder_type": given.get("account_holder_type", "individual"),
        "account_type": given.get("account_type", "checking"),
        "bank_name": "STRIPE TEST BANK",
        "financial_connections_account": None,
        "fingerprint": hashlib.sha256(f"{routing} {account}".encode()).hexdigest()[:16],
        "last4": account[-4:],
        "networks": {"preferred": "ach", "supported": ["ach"]},
        "routing_number": routing,
        "status_details": {},
    }
    return shown, {"_account": account}


def _require_digits(value: str, name: str, lengths: range) -> None:
    if not (value.isascii() and value.isdigit() and len(value) in lengths):
        code = "routing_number_invalid" if name == "routing_number" else "account_number_invalid"
        raise invalid(
            f"The {name.replace('_', ' ')} provided is not valid.",
            code=code,
            param=f"us_bank_account[{name}]",
        )


def _charged(method: Thing, intent: Thing) -> Thing:
    kept = ("account_holder_type", "account_type", "bank_name", "fingerprint", "last4")
    shown = {name: method["us_bank_account"][name] for name in kept}
    return {
        **shown,
        "mandate": intent.get("_mandate"),
        "payment_reference": None,
        "routing_number": method["us_bank_account"]["routing_number"],
    }


US_BANK_ACCOUNT = Kind(
    name="us_bank_account",
    label="US bank account",
    flow=Flow.LATER,
    currencies=frozenset({"usd"}),
    fee=Fee(8, 0, 500),
    can_be_saved=True,
    has_mandate=True,
    read=_read,
    charged=_charged,
    settlement=lambda method: _BY_NUMBER.get(method["_account"], Settlement(_SOON)),
)
