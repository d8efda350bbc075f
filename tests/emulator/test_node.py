"""Stripe's official library for Node, in a process of its own."""

import json
import subprocess

from tests import npm


def test_a_node_script_sells_refunds_and_reads_events(emulator):
    npm.module("stripe")
    script = str(npm.FOLDER / "purchase.mjs")
    ran = subprocess.run(
        [npm.node(), script, emulator.url], capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    seen = json.loads(ran.stdout)
    events = seen.pop("events")
    assert seen == {
        "customer": "node@example.test",
        "price": [3900, "usd"],
        "session": [7800, "open"],
        "intent": "succeeded",
        "declined": ["StripeCardError", "card_declined", "insufficient_funds", 402],
        "refund": ["succeeded", 1000],
        "webhook": "ping",
        "expired": "expired",
        "balance": "balance",
    }
    # Over three pages of two, newest first.
    assert events[0] == "payment_intent.payment_failed"
    assert events.count("payment_intent.created") == 2
    assert "payment_intent.succeeded" in events
