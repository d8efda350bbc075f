"""The ways to deliver that a session offers."""

from typing import Any

from stripe_emulator.call import Call
from stripe_emulator.errors import invalid
from stripe_emulator.resources import shipping_rate as rates
from stripe_emulator.store import Thing

MOST_OPTIONS = 5


def options_of(call: Call, given: list[Any], currency: str) -> list[Thing]:
    """`shipping_options` as they are shown, each with its price in the session's currency."""
    if len(given) > MOST_OPTIONS:
        raise invalid(
            f"A session has at most {MOST_OPTIONS} shipping options.", param="shipping_options"
        )
    return [_option(call, each, currency, f"shipping_options[{n}]") for n, each in enumerate(given)]


def _option(call: Call, given: dict[str, Any], currency: str, where: str) -> Thing:
    if ("shipping_rate" in given) == ("shipping_rate_data" in given):
        raise invalid(
            "Send either shipping_rate or shipping_rate_data, and only one of them.",
            code="parameters_exclusive" if "shipping_rate" in given else "parameter_missing",
            param=f"{where}[shipping_rate]",
        )
    if "shipping_rate_data" in given:
        rate = rates.new_rate(call, given["shipping_rate_data"], f"{where}[shipping_rate_data]")
    else:
        rate = call.require("shipping_rate", given["shipping_rate"], f"{where}[shipping_rate]")
        if not rate["active"]:
            raise invalid("The shipping rate is archived.", param=f"{where}[shipping_rate]")
    amount = rates.amount_in(rate, currency)
    if amount is None:
        raise invalid(
            f"The shipping rate has no amount in {currency}, the session's currency.",
            param=f"{where}[shipping_rate]",
        )
    return {"shipping_amount": amount, "shipping_rate": rate["id"]}
