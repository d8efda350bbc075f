"""Tokens of cards and bank accounts: each is used once ("The Token object")."""

from typing import TYPE_CHECKING

from stripe_emulator.cards import by_name
from stripe_emulator.errors import invalid, missing

if TYPE_CHECKING:
    from stripe_emulator.call import Call


def spent(call: "Call", token: str, param: str) -> tuple[str, int, int]:
    """Number, month and year behind a card's token, which cannot be used again.

    Names such as `tok_visa` can, as often as one likes. Raises the StripeFault of a token that is
    unknown, used, or no card's.
    """
    named = by_name(token) if token.startswith("tok_") else None
    if named is not None:
        return named.number, 12, 2034
    found = call.tx.get("token", token)
    if found is None or found["type"] != "card":
        raise missing("token", token, param)
    if found["used"]:
        raise invalid(
            f"You cannot use a Stripe token more than once: {token:.60}.",
            code="token_already_used",
            param=param,
        )
    found["used"] = True
    call.tx.put(found)
    return found["_number"], found["card"]["exp_month"], found["card"]["exp_year"]
