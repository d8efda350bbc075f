"""The amounts of a price as shops send them, made into what a price keeps and shows."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from stripe_emulator.errors import StripeFault, invalid
from stripe_emulator.money import MAXIMUM, currency_code, too_large
from stripe_emulator.store import Thing

Given = Mapping[str, Any]
_DECIMALS = 12
_AMOUNTS = ("unit_amount", "unit_amount_decimal", "custom_unit_amount", "tiers")
_NAMES_ONE = "Send one of unit_amount, unit_amount_decimal, custom_unit_amount and tiers."


def amounts(given: Given, where: str) -> Thing:
    """unit_amount, unit_amount_decimal, custom_unit_amount, tiers and what belongs to them."""
    tiered = given.get("billing_scheme") == "tiered"
    _one_kind(given, where, tiered=tiered)
    shown: Thing = {
        "billing_scheme": "tiered" if tiered else "per_unit",
        "custom_unit_amount": None,
        "tiers_mode": given.get("tiers_mode"),
        "transform_quantity": _transform(given, where),
        **unit(given, where, "unit_amount"),
        "_tiers": None,
    }
    if tiered:
        shown["_tiers"] = _tiers(given["tiers"], under(where, "tiers"))
    elif given.get("custom_unit_amount", {}).get("enabled"):
        shown["custom_unit_amount"] = _custom(given["custom_unit_amount"], where)
    return shown


def options(given: Given, where: str) -> Thing:
    """`currency_options`: the amounts in other currencies."""
    found = {}
    for name, each in (given.get("currency_options") or {}).items():
        here = f"{under(where, 'currency_options')}[{name}]"
        custom = each.get("custom_unit_amount")
        tiers = each.get("tiers")
        found[currency_code(name, here)] = {
            "custom_unit_amount": _custom(custom, here) if custom else None,
            "tax_behavior": each.get("tax_behavior", "unspecified"),
            "tiers": _tiers(tiers, f"{here}[tiers]") if tiers else None,
            **unit(each, here, "unit_amount"),
        }
    return found


def own_option(price: Thing) -> Thing:
    """The entry of the price's own currency among its `currency_options`."""
    return {
        "custom_unit_amount": price["custom_unit_amount"],
        "tax_behavior": price["tax_behavior"],
        "tiers": price["_tiers"],
        "unit_amount": price["unit_amount"],
        "unit_amount_decimal": price["unit_amount_decimal"],
    }


def unit(given: Given, where: str, name: str) -> Thing:
    """An amount and its exact twin; both null if nothing was sent."""
    whole, exact = given.get(name), given.get(f"{name}_decimal")
    param = under(where, name)
    if whole is not None and exact is not None:
        raise invalid(
            f"You can only specify one of these parameters: {name}, {name}_decimal.",
            code="parameters_exclusive",
            param=param,
        )
    if whole is None and exact is None:
        return {name: None, f"{name}_decimal": None}
    amount = Decimal(whole if exact is None else exact)  # type: ignore[arg-type]
    if amount < 0:
        raise invalid("Invalid non-negative integer", code="parameter_invalid_integer", param=param)
    if amount > MAXIMUM:
        raise too_large(param)
    if -int(amount.as_tuple().exponent) > _DECIMALS:
        raise invalid(f"Amounts have at most {_DECIMALS} decimals.", param=f"{param}_decimal")
    is_whole = amount == amount.to_integral_value()
    text = str(int(amount)) if is_whole else f"{amount.normalize():f}"
    return {name: int(amount) if is_whole else None, f"{name}_decimal": text}


def under(where: str, name: str) -> str:
    return f"{where}[{name}]" if where else name


def _one_kind(given: Given, where: str, *, tiered: bool) -> None:
    sent = [name for name in _AMOUNTS if name in given and given[name] not in (None, [])]
    if tiered:
        _tiers_alone(given, where, sent)
        return
    for name in ("tiers", "tiers_mode"):
        if name in given:
            raise invalid(f"{name} is only for billing_scheme=tiered.", param=under(where, name))
    if not sent:
        raise _missing(under(where, "unit_amount"))
    if "custom_unit_amount" in sent and len(sent) > 1:
        raise invalid(_NAMES_ONE, code="parameters_exclusive", param=under(where, sent[0]))
    _custom_is_enabled(given, where)


def _tiers_alone(given: Given, where: str, sent: list[str]) -> None:
    for name in ("tiers", "tiers_mode"):
        if not given.get(name):
            raise _missing(under(where, name))
    if sent != ["tiers"]:
        raise invalid(_NAMES_ONE, code="parameters_exclusive", param=under(where, sent[0]))


def _missing(param: str) -> StripeFault:
    return invalid(f"Missing required param: {param}.", code="parameter_missing", param=param)


def _custom_is_enabled(given: Given, where: str) -> None:
    custom = given.get("custom_unit_amount")
    if custom is None:
        return
    if not custom["enabled"]:
        param = f"{under(where, 'custom_unit_amount')}[enabled]"
        raise invalid("custom_unit_amount[enabled] must be true.", param=param)
    if "recurring" in given:
        # "Pay what you want": one-time prices alone.
        raise invalid(
            "A recurring price cannot have a custom_unit_amount.",
            param=under(where, "custom_unit_amount"),
        )


def _custom(given: Given, where: str) -> Thing:
    shown = {name: given.get(name) for name in ("maximum", "minimum", "preset")}
    param = under(where, "custom_unit_amount")
    if any(each is not None and not 0 <= each <= MAXIMUM for each in shown.values()):
        raise invalid("Invalid non-negative integer", code="parameter_invalid_integer", param=param)
    least, most = shown["minimum"] or 0, shown["maximum"]
    preset = shown["preset"] if shown["preset"] is not None else least
    if (most is not None and most < least) or preset < least or preset > (most or MAXIMUM):
        raise invalid("minimum, preset and maximum must be in this order.", param=param)
    return shown


def _transform(given: Given, where: str) -> Thing | None:
    transform = given.get("transform_quantity")
    if not transform:
        return None
    param = under(where, "transform_quantity")
    if transform["divide_by"] < 1:
        raise invalid("This value must be greater than or equal to 1.", param=f"{param}[divide_by]")
    if given.get("billing_scheme") == "tiered":
        raise invalid("transform_quantity cannot be combined with tiers.", param=param)
    return {"divide_by": transform["divide_by"], "round": transform["round"]}


def _tiers(given: list[Given], where: str) -> list[Thing]:
    tiers, below = [], 0
    for n, each in enumerate(given):
        here = f"{where}[{n}]"
        up_to = None if each["up_to"] == "inf" else each["up_to"]
        if up_to is not None and up_to <= below:
            raise invalid(
                "Each tier must reach higher than the one before.", param=f"{here}[up_to]"
            )
        if (up_to is None) != (n == len(given) - 1):
            raise invalid("The last tier, and no other, is up_to=inf.", param=f"{here}[up_to]")
        below = up_to or below
        tier = {**unit(each, here, "flat_amount"), **unit(each, here, "unit_amount")}
        if tier["flat_amount_decimal"] is None and tier["unit_amount_decimal"] is None:
            raise invalid("A tier needs a flat_amount or a unit_amount.", param=here)
        tiers.append({**tier, "up_to": up_to})
    return tiers
