"""SEPA direct debit: from an account with an IBAN, in euros ("Test your SEPA integration")."""

import hashlib
from typing import TYPE_CHECKING

from stripe_emulator.cards import Decline
from stripe_emulator.errors import invalid
from stripe_emulator.methods.kind import FAILED, Fee, Flow, Kind, Settlement
from stripe_emulator.store import Thing

if TYPE_CHECKING:
    from stripe_emulator.call import Call

_SOON, _IN_THREE_MINUTES = 3.0, 180.0
_FUNDS = Decline(
    "payment_intent_payment_attempt_failed", "insufficient_funds", "The account lacks the funds."
)
# Any other account pays soon.
_BY_IBAN = {
    "AT861904300235473202": Settlement(_SOON, FAILED),
    "AT591904300235473203": Settlement(_SOON, disputed=True),
    "AT321904300235473204": Settlement(_IN_THREE_MINUTES),
    "AT051904300235473205": Settlement(_IN_THREE_MINUTES, FAILED),
    "AT931904300235473206": Settlement(None),
    "AT981904300000343434": Settlement(_SOON, _FUNDS),
    "DE62370400440532013001": Settlement(_SOON, FAILED),
    "DE35370400440532013002": Settlement(_SOON, disputed=True),
    "DE08370400440532013003": Settlement(_IN_THREE_MINUTES),
    "DE78370400440532013004": Settlement(_IN_THREE_MINUTES, FAILED),
    "FR8420041010050500013M02607": Settlement(_SOON, FAILED),
    "IT60X0542811101000000123456": Settlement(_SOON, FAILED),
}


def _read(_call: "Call", given: Thing) -> tuple[Thing, Thing]:
    iban = str(given.get("iban", "")).replace(" ", "").upper()
    if not _is_iban(iban):
        raise invalid(
            f"The IBAN provided ({iban[:40]}) is invalid.",
            param="sepa_debit[iban]",
        )
    shown = {
        "bank_code": iban[4:9] if iban.startswith("AT") else iban[4:12],
        "branch_code": "",
        "country": iban[:2],
        "fingerprint": hashlib.sha256(iban.encode()).hexdigest()[:16],
        "generated_from": {"charge": None, "setup_attempt": None},
        "last4": iban[-4:],
    }
    return shown, {"_account": iban}


def _is_iban(iban: str) -> bool:
    """Length and alphabet, and the check digits but for those that Stripe's test numbers have."""
    if not (iban.isascii() and iban.isalnum() and 15 <= len(iban) <= 34):
        return False
    if not iban[:2].isalpha() or not iban[2:4].isdigit():
        return False
    turned = iban[4:] + iban[:4]
    return iban in _BY_IBAN or int("".join(str(int(each, 36)) for each in turned)) % 97 == 1


def _charged(method: Thing, intent: Thing) -> Thing:
    kept = ("bank_code", "branch_code", "country", "fingerprint", "last4")
    shown = {name: method["sepa_debit"][name] for name in kept}
    return {**shown, "expected_debit_date": None, "mandate": intent.get("_mandate")}


SEPA_DEBIT = Kind(
    name="sepa_debit",
    label="SEPA Direct Debit",
    flow=Flow.LATER,
    currencies=frozenset({"eur"}),
    fee=Fee(8, 30, 600),
    can_be_saved=True,
    has_mandate=True,
    read=_read,
    charged=_charged,
    settlement=lambda method: _BY_IBAN.get(method["_account"], Settlement(_SOON)),
)
