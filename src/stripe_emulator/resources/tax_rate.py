"""Tax rates ("The TaxRate object"): percentages that shops put on their lines themselves."""

from typing import Any

from stripe_emulator import ids, listing
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid
from stripe_emulator.metadata import merged
from stripe_emulator.resources.editing import only, update
from stripe_emulator.store import Thing

_FIELDS = (
    *("active", "country", "description", "display_name", "jurisdiction", "metadata", "state"),
    "tax_type",
)
# "display_name … shows on invoices", at most so long; percentages have four decimals.
_LONGEST_NAME, _DECIMALS = 50, 4


@route("POST", "/v1/tax_rates", "TaxRateCreateParams")
def create(call: Call) -> Thing:
    return new_rate(call, call.params)


def new_rate(call: Call, given: dict[str, Any]) -> Thing:
    """A stored tax rate, with its event."""
    _check(given)
    percentage = given["percentage"]
    if not 0 <= percentage <= 100 or round(percentage, _DECIMALS) != percentage:
        raise invalid(
            f"percentage is from 0 to 100, with up to {_DECIMALS} decimals.", param="percentage"
        )
    rate: Thing = {
        "id": ids.new("txr"),
        "object": "tax_rate",
        "active": given.get("active", True),
        **{name: given.get(name) for name in ("country", "description", "jurisdiction", "state")},
        "created": call.now,
        "display_name": given["display_name"],
        "effective_percentage": percentage,
        "flat_amount": None,
        "inclusive": given["inclusive"],
        "jurisdiction_level": given.get("jurisdiction_level"),
        "livemode": False,
        "metadata": merged(None, given.get("metadata")),
        "percentage": percentage,
        "rate_type": "percentage",
        "tax_type": given.get("tax_type"),
    }
    call.tx.put(rate)
    call.emit("tax_rate.created", rate)
    return rate


@route("GET", "/v1/tax_rates/{id}", "TaxRateRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("tax_rate", call.path["id"])


@route("POST", "/v1/tax_rates/{id}", "TaxRateUpdateParams")
def change(call: Call) -> Thing:
    rate = call.require("tax_rate", call.path["id"])
    _check(call.params)
    return update(call, rate, _FIELDS, "tax_rate.updated")


@route("GET", "/v1/tax_rates", "TaxRateListParams")
def list_all(call: Call) -> Thing:
    only(call, ("active", "inclusive"), "lists of tax rates")
    switches = {name: call.params.get(name) for name in ("active", "inclusive")}
    wanted = {name: int(value) for name, value in switches.items() if value is not None}
    return listing.page(call, "tax_rate", "/v1/tax_rates", **wanted)


def rates(call: Call, given: list[str], where: str) -> list[Thing]:
    """The rates with these ids, for a line or a subscription; each must be active."""
    found = [call.require("tax_rate", each, f"{where}[{n}]") for n, each in enumerate(given)]
    for n, each in enumerate(found):
        if not each["active"]:
            raise invalid(f"The tax rate {each['id']} is archived.", param=f"{where}[{n}]")
    return found


def _check(given: dict[str, Any]) -> None:
    name = given.get("display_name")
    if name is not None and not 1 <= len(name) <= _LONGEST_NAME:
        raise invalid(
            f"display_name has 1 to {_LONGEST_NAME} characters.",
            code="parameter_invalid_empty" if not name else None,
            param="display_name",
        )
    country = given.get("country")
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise invalid("country is a two-letter code (ISO 3166-1).", param="country")
