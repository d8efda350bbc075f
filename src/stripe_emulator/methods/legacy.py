"""Cards as they were before payment methods: tokens, sources of customers and of charges.

A source is a payment method whose id begins with `card_`, shown as a Card object where the older
calls ask for it ("Migrate from the Sources or Cards APIs").
"""

from typing import TYPE_CHECKING, Any

from stripe_emulator import ids
from stripe_emulator.errors import invalid
from stripe_emulator.methods.making import billing, new_card_method
from stripe_emulator.methods.tokens import spent
from stripe_emulator.store import Thing

if TYPE_CHECKING:
    from stripe_emulator.call import Call

_ADDRESS = {
    "address_city": "city", "address_country": "country", "address_line1": "line1",
    "address_line2": "line2", "address_state": "state", "address_zip": "postal_code",
}  # fmt: skip


def card_shown(method: Thing) -> Thing:
    """The Card object of a payment method."""
    card, details = method["card"], method["billing_details"]
    address = details["address"]
    return {
        "id": method["id"],
        "object": "card",
        **{name: address[line] for name, line in _ADDRESS.items()},
        "address_line1_check": card["checks"]["address_line1_check"],
        "address_zip_check": card["checks"]["address_postal_code_check"],
        "allow_redisplay": method["allow_redisplay"],
        "brand": _BRANDS.get(card["brand"], "Unknown"),
        "country": card["country"],
        "customer": method["customer"],
        "cvc_check": card["checks"]["cvc_check"],
        "dynamic_last4": None,
        **{name: card[name] for name in ("exp_month", "exp_year", "fingerprint", "funding")},
        "last4": card["last4"],
        "metadata": method["metadata"],
        "name": details["name"],
        "regulated_status": card["regulated_status"],
        "tokenization_method": None,
    }


# The Card object spells them for people.
_BRANDS = {
    "amex": "American Express", "diners": "Diners Club", "discover": "Discover", "jcb": "JCB",
    "mastercard": "MasterCard", "unionpay": "UnionPay", "visa": "Visa",
}  # fmt: skip


def billing_of(card: dict[str, Any]) -> Thing:
    """Billing details of the parameters of a card's token."""
    address = {line: card.get(name) for name, line in _ADDRESS.items()}
    return billing({"name": card.get("name"), "address": address})


def source_from_token(call: "Call", token: str, param: str) -> Thing:
    """A stored source made of a token, which is used up thereby."""
    if token.startswith("btok_"):
        raise invalid("Bank accounts are charged through payment intents here.", param=param)
    number, month, year = spent(call, token, param)
    known = call.tx.get("token", token)
    details = known["_billing_details"] if known is not None else billing(None)
    card_id = known["card"]["id"] if known is not None else ids.new("card")
    return new_card_method(
        call,
        number=number,
        exp_month=month,
        exp_year=year,
        billing_details=details,
        method_id=card_id,
    )


def default_source(call: "Call", customer: Thing) -> Thing:
    """What an older charge of a customer without a `source` is charged to."""
    settings = customer.get("invoice_settings") or {}
    chosen = customer.get("default_source") or settings.get("default_payment_method")
    found = call.tx.get("payment_method", chosen) if chosen else None
    if found is None:
        raise invalid(
            f"Cannot charge a customer that has no active card: {customer['id']}.",
            code="missing",
            param="customer",
        )
    return found
