"""What vouchers have in common: the buyer's e-mail address says what becomes of a test voucher."""

from typing import TYPE_CHECKING

from stripe_emulator.methods.kind import NOT_PAID_IN_TIME, Settlement
from stripe_emulator.store import Thing

if TYPE_CHECKING:
    from stripe_emulator.call import Call

_DAY = 24 * 3600
_SOON, _IN_THREE_MINUTES = 3.0, 180.0
# "Test your integration" of boleto, OXXO, konbini and Multibanco: the name's end before the @.
_BY_ENDING = {
    "succeed_immediately": Settlement(_SOON),
    "fill_now": Settlement(_SOON),
    "expire_immediately": Settlement(_SOON, NOT_PAID_IN_TIME),
    "expire_with_delay": Settlement(_IN_THREE_MINUTES, NOT_PAID_IN_TIME),
    "fill_never": Settlement(None),
}


def settlement(method: Thing) -> Settlement:
    """Paid after three minutes, unless the address says otherwise."""
    name = (method["billing_details"]["email"] or "").partition("@")[0]
    for ending, meant in _BY_ENDING.items():
        if name.endswith(ending):
            return meant
    return Settlement(_IN_THREE_MINUTES)


def end_of_day(call: "Call", intent: Thing, kind: str, usual_days: int) -> int:
    """When a voucher runs out: at the end of the day, so many days on; seconds UTC."""
    options = (intent.get("payment_method_options") or {}).get(kind) or {}
    days = options.get("expires_after_days", usual_days)
    return (call.now // _DAY + int(days) + 1) * _DAY - 1
