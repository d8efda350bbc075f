"""A customer's balance ("Customer credit balance"): negative is credit, positive is owed."""

from typing import Any

from stripe_emulator import ids
from stripe_emulator.call import Call
from stripe_emulator.store import Thing


def add_to_balance(call: Call, customer: Thing, amount: int, currency: str, **more: Any) -> Thing:
    """A customer balance transaction of `amount` minor units; the customer is stored too.

    `more`: kind (its type), invoice, description, metadata.
    """
    customer["balance"] += amount
    customer["currency"] = customer.get("currency") or currency
    call.tx.put(customer)
    entry: Thing = {
        "id": ids.new("cbtxn"),
        "object": "customer_balance_transaction",
        "amount": amount,
        "checkout_session": None,
        "created": call.now,
        "credit_note": None,
        "currency": currency,
        "customer": customer["id"],
        "customer_account": None,
        "description": more.get("description"),
        "ending_balance": customer["balance"],
        "invoice": more.get("invoice"),
        "livemode": False,
        "metadata": more.get("metadata") or {},
        "type": more.get("kind", "adjustment"),
    }
    call.tx.put(entry)
    return entry
