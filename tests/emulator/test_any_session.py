"""Sessions of every kind, bought by buyers of every kind: nothing fails, and the books balance."""

import json
from collections import Counter

import pytest
import stripe

from tests.emulator.any_session import Maker
from tests.emulator.buying import JSON
from tests.emulator.conftest import over_the_wire
from tests.emulator.shape_checker import answer_problems

FEW, MANY = 60, 3000


def buy_anything(client, emulator, wishes: int, seed: int) -> Counter[str]:
    """Makes and pays so many sessions; how often each outcome was had."""
    maker, tally = Maker(client, seed), Counter[str]()
    for _ in range(wishes):
        wish = maker.wish(int(emulator.emulator.clock.precise()))
        try:
            made = client.v1.checkout.sessions.create(wish)
        except stripe.InvalidRequestError:
            tally["refused"] += 1
            continue
        tally[f"made {made.mode}"] += 1
        _control(emulator, made, "choose", maker.choice(_page(emulator, made)))
        outcome = _control(emulator, made, "pay", maker.payment())
        if outcome == "challenge":
            outcome = _control(emulator, made, "authenticate", {"complete": True})
        tally[outcome] += 1
        _look(client, emulator, made, f"{wish!r:.1500}")
    return tally


def _page(emulator, made):
    path = f"/_emulator/checkout/{made.id}"
    return over_the_wire(emulator.url, "GET", path).json


def _control(emulator, made, verb, given):
    path = f"/_emulator/checkout/{made.id}/{verb}"
    answer = over_the_wire(emulator.url, "POST", path, json.dumps(given), headers=JSON)
    assert answer.status == 200, (verb, given, answer.body)
    return answer.json["outcome"]


def _look(client, emulator, made, said):
    """What was charged and invoiced is what the session costs; its page can be looked at."""
    expand = ["payment_intent", "invoice", "total_details.breakdown"]
    found = client.v1.checkout.sessions.retrieve(made.id, {"expand": expand})
    assert answer_problems(found.to_dict()) == [], said
    assert over_the_wire(emulator.url, "GET", f"/c/pay/{made.id}").status == 200, said
    if found.status != "complete":
        return
    for paid, amount in ((found.payment_intent, "amount"), (found.invoice, "total")):
        assert paid is None or paid[amount] == found.amount_total, said
    if found.invoice is not None and found.payment_status == "paid":
        assert found.invoice.status == "paid", said


def test_no_session_fails_and_its_books_balance(client, emulator):
    tally = buy_anything(client, emulator, FEW, seed=20261125)
    assert tally["paid"] > FEW // 10


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_thousands_of_sessions_and_their_books_balance(client, emulator):
    tally = buy_anything(client, emulator, MANY, seed=1)
    assert {"made payment", "made subscription", "made setup", "paid", "declined"} <= set(tally)
