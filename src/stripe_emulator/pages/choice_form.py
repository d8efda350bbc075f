"""What a buyer chooses before paying: quantities, extras, a promotion code, how it is delivered."""

from collections.abc import Mapping
from decimal import Decimal

from stripe_emulator.checkout.buyer import Choice
from stripe_emulator.checkout.showing import CheckoutPage, PageLine
from stripe_emulator.money import decimals
from stripe_emulator.pages.address_form import AddressForm
from stripe_emulator.pages.languages.phrase import Phrase, phrase

# Longer is no promotion code.
_LONGEST_CODE = 500


def problems(shown: CheckoutPage, typed: Mapping[str, str]) -> dict[str, Phrase | None]:
    """Quantities and amounts that are none."""
    found: dict[str, Phrase | None] = {}
    for line in shown.lines:
        name = f"quantity.{line.id}"
        if line.adjustable and name in typed:
            found[name] = _quantity_problem(line, typed[name])
        name = f"amount.{line.id}"
        if line.pays_what_they_want and name in typed:
            wanted = minor(typed[name], shown.currency)
            found[name] = phrase("wrong.amount") if wanted is None else None
    return found


def wrong(shown: CheckoutPage, typed: Mapping[str, str], wanted: str) -> dict[str, Phrase]:
    """What stands against pressing the button `wanted`; its own line is not looked at."""
    own = wanted.rpartition(":")[0].replace("quantity:", "quantity.")
    found = {name: each for name, each in problems(shown, typed).items() if name != own}
    if wanted == "apply" and not typed.get("promotionCode"):
        found["promotionCode"] = phrase("wrong.empty")
    return {name: each for name, each in found.items() if each is not None}


def choice(
    shown: CheckoutPage,
    typed: Mapping[str, str],
    shipping: AddressForm | None = None,
    billing: AddressForm | None = None,
) -> Choice:
    """What the form says about the order; what makes no sense is left as it was."""
    rate = typed.get("shippingRate")
    return Choice(
        quantities=_quantities(shown, typed),
        amounts=_amounts(shown, typed),
        shipping_rate=rate if rate and shown.shipping_options else None,
        shipping=(shipping.read(typed) or None) if shipping else None,
        billing=(billing.read(typed) or None) if billing else None,
    )


def deed(shown: CheckoutPage, typed: Mapping[str, str], wanted: str) -> Choice:
    """What one of the buttons beside Pay changes: `quantity:li_1:3`, `add:price_1`, `apply`…"""
    verb, _, rest = wanted.partition(":")
    if verb == "quantity":
        line, _, quantity = rest.rpartition(":")
        number = whole_number(quantity)
        return Choice(quantities={line: number} if number is not None else {})
    if verb == "add":
        offered = next((each for each in shown.options if each.price == rest), None)
        return Choice(optional={rest: offered.quantity} if offered else {})
    if verb == "remove":
        return Choice(optional={rest: 0})
    if verb == "apply":
        return Choice(promotion_code=typed.get("promotionCode", "")[:_LONGEST_CODE] or None)
    return Choice(promotion_code="") if verb == "unapply" else Choice()


def together(first: Choice, then: Choice) -> Choice:
    """Both; where they differ the second counts."""
    return Choice(
        quantities={**first.quantities, **then.quantities},
        optional={**first.optional, **then.optional},
        amounts={**first.amounts, **then.amounts},
        promotion_code=_later(first.promotion_code, then.promotion_code),
        shipping_rate=_later(first.shipping_rate, then.shipping_rate),
        shipping=first.shipping if then.shipping is None else then.shipping,
        billing=first.billing if then.billing is None else then.billing,
    )


def whole_number(written: str) -> int | None:
    """A quantity or an amount in minor units; None for what is none."""
    right = written.isascii() and written.isdigit() and len(written) <= 12
    return int(written) if right else None


def minor(written: str, currency: str) -> int | None:
    """`12,50` in the minor unit of the currency; None for what is no amount."""
    try:
        amount = Decimal(written.replace(",", ".")).scaleb(decimals(currency))
    except ArithmeticError:
        return None
    right = amount.is_finite() and 0 <= amount < 10**12 and amount == amount.to_integral_value()
    return int(amount) if right else None


def major(amount: int, currency: str) -> str:
    """`12.50`, as it may be typed."""
    places = decimals(currency)
    return f"{Decimal(amount).scaleb(-places):.{places}f}"


def _quantities(shown: CheckoutPage, typed: Mapping[str, str]) -> dict[str, int]:
    found = {
        line.id: whole_number(typed.get(f"quantity.{line.id}", ""))
        for line in shown.lines
        if line.adjustable
    }
    kept = {line.id: line.quantity for line in shown.lines}
    return {key: each for key, each in found.items() if each is not None and each != kept[key]}


def _amounts(shown: CheckoutPage, typed: Mapping[str, str]) -> dict[str, int]:
    found = {
        line.id: minor(typed.get(f"amount.{line.id}", ""), shown.currency)
        for line in shown.lines
        if line.pays_what_they_want
    }
    return {key: each for key, each in found.items() if each is not None}


def _quantity_problem(line: PageLine, written: str) -> Phrase | None:
    wanted, allowed = whole_number(written), line.adjustable
    assert allowed, "asked for lines with an adjustable quantity only"
    if wanted is not None and allowed.minimum <= wanted <= allowed.maximum:
        return None
    return phrase("wrong.quantity", least=allowed.minimum, most=allowed.maximum)


def _later(first: str | None, then: str | None) -> str | None:
    return first if then is None else then
