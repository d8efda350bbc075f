"""The five events of a card payment, as the emulator tells them, for any number of orders."""

import json
import time
from typing import Any

import stripe
from stripe.params.checkout import SessionCreateParamsLineItem

from bench.webhook.fill import TOTAL_MINOR, spread_of_open
from stripe_emulator import paying
from stripe_emulator.server import running

# In the order in which Stripe tells them; the last follows some two seconds later.
MIX = (
    "charge.succeeded",
    "payment_intent.succeeded",
    "payment_intent.created",
    "checkout.session.completed",
    "charge.updated",
)
_NUMBER, _CHECKOUT, _TAG = "~number~", "~checkout~", "~tag~"
_LONGEST_WAIT_SECONDS = 15


def mix() -> list[str]:
    """The events as Stripe writes them, with marks in place of ids that `of_order` fills in."""
    metadata = {"paydesk_checkout": "chk_~", "order_number": "1001"}
    item: SessionCreateParamsLineItem = {
        "quantity": 1,
        "price_data": {
            "currency": "usd",
            "unit_amount": TOTAL_MINOR,
            "product_data": {"name": "Workshop Mug"},
        },
    }
    card = paying.CardEntry(
        "4242424242424242", 12, 2040, "123", "ada@example.com", "Ada", "US", "10001"
    )
    with running(None) as emulator:
        client = stripe.StripeClient("sk_test_bench", base_addresses={"api": emulator.url})
        session = client.v1.checkout.sessions.create(
            {
                "mode": "payment",
                "success_url": "http://localhost:5000/success",
                "client_reference_id": "ord_~",
                "line_items": [item],
                "metadata": metadata,
                "payment_intent_data": {"metadata": metadata},
            }
        )
        paying.pay_by_card(emulator.emulator, session.id, card)
        told = _told(client)
    charge, intent = (told[kind]["data"]["object"]["id"] for kind in MIX[:2])
    marks = {
        "chk_~": f"chk_{_CHECKOUT}",
        session.id: f"cs_new_{_NUMBER}",
        intent: f"pi_new_{_NUMBER}",
        charge: f"ch_new_{_NUMBER}",
    }
    return [_marked(told[kind], {**marks, told[kind]["id"]: _event_id(kind)}) for kind in MIX]


def of_order(texts: list[str], number: int, tag: str) -> list[bytes]:
    """The events of the open order `number`; `tag` keeps two servers' events apart."""
    checkout = str(spread_of_open(number))
    return [
        text.replace(_TAG, tag).replace(_NUMBER, str(number)).replace(_CHECKOUT, checkout).encode()
        for text in texts
    ]


def _told(client: stripe.StripeClient) -> dict[str, dict[str, Any]]:
    told: dict[str, dict[str, Any]] = {}
    until = time.monotonic() + _LONGEST_WAIT_SECONDS
    while time.monotonic() < until:
        events = client.v1.events.list({"limit": 100}).data
        told = {str(each.type): each.to_dict(for_json=True) for each in events}
        if all(kind in told for kind in MIX):
            return told
        time.sleep(0.1)
    raise RuntimeError(f"the emulator told only of {sorted(told)}")


def _event_id(kind: str) -> str:
    return f"evt_{_TAG}_{_NUMBER}_{MIX.index(kind)}"


def _marked(event: dict[str, Any], marks: dict[str, str]) -> str:
    # Stripe indents what it sends, and so its events are longer than they need be.
    text = json.dumps(event, indent=2)
    for known, mark in marks.items():
        text = text.replace(known, mark)
    return text
