"""Konbini: paid at the till of a convenience shop in Japan."""

from typing import TYPE_CHECKING

from stripe_emulator import ids
from stripe_emulator.methods import voucher
from stripe_emulator.methods.kind import Fee, Flow, Kind
from stripe_emulator.store import Thing

if TYPE_CHECKING:
    from stripe_emulator.call import Call

_USUAL_DAYS = 3
# "Konbini": 300,000 JPY at most.
_MOST = 300_000
_CHAINS = ("familymart", "lawson", "ministop", "seicomart")


def _voucher(call: "Call", intent: Thing, url: str) -> tuple[Thing, int]:
    until = voucher.end_of_day(call, intent, "konbini", _USUAL_DAYS)
    stores = {
        chain: {"confirmation_number": ids.random_digits(11), "payment_code": ids.random_digits(6)}
        for chain in _CHAINS
    }
    return {"expires_at": until, "hosted_voucher_url": url, "stores": stores}, until


KONBINI = Kind(
    name="konbini",
    label="Konbini",
    flow=Flow.VOUCHER,
    currencies=frozenset({"jpy"}),
    most=_MOST,
    fee=Fee(36, 0),
    charged=lambda _method, _intent: {"store": {"chain": "lawson"}},
    settlement=voucher.settlement,
    voucher=_voucher,
)
