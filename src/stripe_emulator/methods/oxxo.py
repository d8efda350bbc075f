"""OXXO: a slip that is paid at the till of a convenience shop in Mexico."""

from typing import TYPE_CHECKING

from stripe_emulator import ids
from stripe_emulator.methods import voucher
from stripe_emulator.methods.kind import Fee, Flow, Kind
from stripe_emulator.store import Thing

if TYPE_CHECKING:
    from stripe_emulator.call import Call

_USUAL_DAYS = 3
# "OXXO": 10,000 MXN at most.
_MOST = 1_000_000


def _voucher(call: "Call", intent: Thing, url: str) -> tuple[Thing, int]:
    until = voucher.end_of_day(call, intent, "oxxo", _USUAL_DAYS)
    intent["_voucher_number"] = ids.random_digits(32)
    return {
        "expires_after": until,
        "hosted_voucher_url": url,
        "number": intent["_voucher_number"],
    }, until


OXXO = Kind(
    name="oxxo",
    label="OXXO",
    flow=Flow.VOUCHER,
    currencies=frozenset({"mxn"}),
    most=_MOST,
    fee=Fee(36, 300),
    can_be_refunded=False,
    charged=lambda _method, intent: {"number": intent.get("_voucher_number")},
    settlement=voucher.settlement,
    voucher=_voucher,
)
