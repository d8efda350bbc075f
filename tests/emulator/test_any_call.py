"""Every call there is, with parameters of every kind: always Stripe's own sort of answer."""

import json
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from stripe_emulator.api import ROUTES
from tests.emulator.any_call import Caller, any_call
from tests.emulator.shape_checker import answer_problems

FEW, MANY = 1_000, 50_000
# What a call may be answered with; 500 and silence are failures of ours.
ANSWERS = frozenset({200, 400, 402, 404, 409})


def ask_anything(emulator, examples: int) -> Counter[str]:
    """Makes so many calls; how often each answer was given."""
    tally: Counter[str] = Counter()
    caller = Caller(emulator.url)
    caller.furnish()

    @seed(20261125)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(any_call())
    def ask(call):
        route, fields, chosen = call
        answer = caller.make(route, fields, chosen)
        said = f"{route.method} {route.path} {fields!r:.2000}"
        assert answer.status in ANSWERS, f"{said}: {answer.status} {answer.body[:500]!r}"
        # What only Stripe.js and the Stripe CLI ask for has no class in the library.
        is_public = route.params is None or route.params.startswith("stripe.params")
        is_json = answer.headers.get("Content-Type", "").startswith("application/json")
        if is_json and (is_public or answer.status != 200):
            wrong = answer_problems(json.loads(answer.body))
            assert not wrong, f"{said}: {wrong[:5]}"
        code = "" if answer.status == 200 else answer.error.get("code", "")
        tally[f"{answer.status} {code}".strip()] += 1
        tally["routes asked"] += not tally[f"{route.method} {route.path}"]
        tally[f"{route.method} {route.path}"] += 1

    try:
        ask()
    finally:
        caller.close()
    return tally


def test_no_call_fails_the_emulator(emulator):
    tally = ask_anything(emulator, FEW)
    assert tally["routes asked"] > len(ROUTES) // 2
    assert tally["200"] > FEW // 12


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_fifty_thousand_calls_and_none_fails_the_emulator(emulator, capsys):
    tally = ask_anything(emulator, MANY)
    assert tally["routes asked"] == len(ROUTES)
    with capsys.disabled():
        print(f"\n{MANY} calls over {len(ROUTES)} routes:")
        for answer, times in sorted(tally.items(), key=lambda pair: -pair[1]):
            if answer[0].isdigit():
                print(f"{times:>8}  {answer}")
