"""Multibanco: entity and reference, paid at a cash machine or in a bank's app in Portugal."""

from typing import TYPE_CHECKING

from stripe_emulator import ids
from stripe_emulator.methods import voucher
from stripe_emulator.methods.kind import Fee, Flow, Kind
from stripe_emulator.store import Thing

if TYPE_CHECKING:
    from stripe_emulator.call import Call

_USUAL_DAYS = 7
_ENTITY = "12345"


def _voucher(call: "Call", intent: Thing, url: str) -> tuple[Thing, int]:
    until = voucher.end_of_day(call, intent, "multibanco", _USUAL_DAYS)
    intent["_voucher_number"] = ids.random_digits(9)
    return {
        "entity": _ENTITY,
        "expires_at": until,
        "hosted_voucher_url": url,
        "reference": intent["_voucher_number"],
    }, until


MULTIBANCO = Kind(
    name="multibanco",
    label="Multibanco",
    flow=Flow.VOUCHER,
    currencies=frozenset({"eur"}),
    fee=Fee(29, 30),
    charged=lambda _method, intent: {
        "entity": _ENTITY,
        "reference": intent.get("_voucher_number"),
    },
    settlement=voucher.settlement,
    voucher=_voucher,
)
