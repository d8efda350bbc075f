"""The five events of a card payment, as the emulator tells them, for any number of orders."""

import json
import time
from typing import Any

from bench.webhook.fill import TOTAL_MINOR
from stripe_emulator import paying
from stripe_emulator.server import running
from tests.emulator.conftest import client_for

_KINDS = (
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "checkout.session.completed",
    "charge.updated",
)


def mix() -> list[tuple[str, str]]:
    """(type, event as text) in the order they are told, with ids that `of_order` replaces."""
    metadata = {"paydesk_checkout": "chk_tpl", "order_number": "1001"}
    with running(None) as emulator, client_for(emulator.url) as client:
        session = client.v1.checkout.sessions.create(
            {
                "mode": "payment",
                "success_url": "http://localhost:5000/success",
                "client_reference_id": "ord_tpl",
                "line_items": [
                    {
                        "quantity": 1,
                        "price_data": {
                            "currency": "usd",
                            "unit_amount": TOTAL_MINOR,
                            "product_data": {"name": "Workshop Mug"},
                        },
                    }
                ],
                "metadata": metadata,
                "payment_intent_data": {"metadata": metadata},
            }
        )
        card = paying.CardEntry(
            "4242424242424242", 12, 2040, "123", "ada@example.com", "Ada", "US", "10001"
        )
        paying.pay_by_card(emulator.emulator, session.id, card)
        told: list[Any] = []
        until = time.monotonic() + 30
        while len(told) < len(_KINDS):
            assert time.monotonic() < until, "not all of the five events were told"
            told = [e for e in client.v1.events.list({"limit": 100}).data if e.type in _KINDS]
            time.sleep(0.05)
        paid = client.v1.checkout.sessions.retrieve(session.id)
        events = [each.to_dict(for_json=True) for each in reversed(told)]
    names = {session.id: "cs_new_@", str(paid.payment_intent): "pi_new_@", "chk_tpl": "chk_new_@"}
    charge = next(e for e in events if e["type"] == "charge.succeeded")["data"]["object"]["id"]
    names[charge] = "ch_new_@"
    texts = []
    for n, event in enumerate(events):
        names[event["id"]] = f"evt_new_@_{n}"
        text = json.dumps(event)
        for known, name in names.items():
            text = text.replace(known, name)
        texts.append((event["type"], text))
    return texts


def of_order(texts: list[tuple[str, str]], number: int, tag: str) -> list[bytes]:
    """The events of the order `number`; `tag` keeps the ids of two servers' events apart."""
    return [
        text.replace("evt_new_@", f"evt_{tag}_{number}").replace("@", str(number)).encode()
        for _, text in texts
    ]
