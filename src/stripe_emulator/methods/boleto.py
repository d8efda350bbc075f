"""Boleto: a slip that is paid at a bank or in a shop in Brazil."""

from typing import TYPE_CHECKING

from stripe_emulator import ids
from stripe_emulator.errors import invalid
from stripe_emulator.methods import voucher
from stripe_emulator.methods.kind import Fee, Flow, Kind
from stripe_emulator.store import Thing

if TYPE_CHECKING:
    from stripe_emulator.call import Call

# "Boleto": three days, if the shop says nothing.
_USUAL_DAYS = 3


def _read(_call: "Call", given: Thing) -> tuple[Thing, Thing]:
    written = str(given.get("tax_id", ""))
    digits = "".join(each for each in written if each.isdigit())
    # A CPF has 11 digits, a CNPJ 14.
    if len(digits) not in (11, 14) or not digits.isascii():
        raise invalid(
            "Invalid value for boleto[tax_id]: use a CPF or a CNPJ.",
            code="tax_id_invalid",
            param="boleto[tax_id]",
        )
    return {"tax_id": written[:20]}, {}


def _voucher(call: "Call", intent: Thing, url: str) -> tuple[Thing, int]:
    until = voucher.end_of_day(call, intent, "boleto", _USUAL_DAYS)
    number = ids.random_digits(47)
    return {
        "expires_at": until,
        "hosted_voucher_url": url,
        "number": number,
        "pdf": f"{url}?print=1",
    }, until


BOLETO = Kind(
    name="boleto",
    label="Boleto",
    flow=Flow.VOUCHER,
    currencies=frozenset({"brl"}),
    fee=Fee(0, 345),
    can_be_refunded=False,
    can_be_saved=True,
    read=_read,
    charged=lambda method, _intent: {"tax_id": method["boleto"]["tax_id"]},
    settlement=voucher.settlement,
    voucher=_voucher,
)
