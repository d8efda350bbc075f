"""No control call and no page of the dashboard answers nonsense with a failure of its own."""

import json
import re
from typing import Any
from urllib.parse import quote

import pytest

from stripe_emulator.app import create_app
from stripe_emulator.emulator import Emulator
from stripe_emulator.store import Store
from tests.emulator.conftest import Ask
from tests.emulator.test_delivery import JSON

HUGE = 10**400
VALUES: tuple[Any, ...] = (None, [], {}, "", "\x00", -1, HUGE, 1e308, True, "x" * 9000)
BODIES = [
    *("", "{", "null", "[]", "1", '"x"', "[[]]", '{"a": 1}', '{"a": "\\ud800"}', "\xff"),
    *(
        json.dumps({name: value})
        for name in ("seconds", "to", "timeout_seconds", "name", "fault", "url", "endpoint")
        for value in VALUES
    ),
    json.dumps({"fault": "api.fail", "status": HUGE, "times": []}),
    json.dumps({"fault": "api.delay", "seconds": HUGE}),
    '{"fault": "api.delay", "seconds": NaN}',
    json.dumps({"delivery_copies": HUGE}),
    json.dumps({"api_only_paths": [None]}),
    json.dumps({"url": "http://x", "events": [], "secret": "whsec_x"}),
    '{"seconds": NaN}',
    '{"seconds": Infinity}',
    json.dumps([{"path": "/v1/customers", "params": {"name": "${now.x}"}}]),
    json.dumps([{"path": ["/v1/customers"]}]),
    json.dumps([{"path": "/v1/customers", "as": 1}]),
]
WORDS = ["x", "cus_x", "\x00", "ü", "..", "%", "'; --", "x" * 3000]
QUERIES = ["limit=x", "limit=-1", "limit=", "before=\x00", "kind=%00", "type=*", "id=%ff"]


def addresses(prefix: str) -> list[tuple[str, str]]:
    emulator = Emulator(Store(None))
    rules = list(create_app(emulator).url_map.iter_rules())
    emulator.store.close()
    return sorted(
        (method, rule.rule)
        for rule in rules
        if rule.rule.startswith(prefix)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    )


@pytest.mark.parametrize(
    ("method", "rule"), [each for each in addresses("/_emulator") if each[0] != "GET"]
)
def test_a_control_call_refuses_nonsense(ask: Ask, method, rule):
    path = re.sub("<[a-z_]+>", "x", rule)
    for body in BODIES:
        sent = ask(method, path, body.encode("utf-8", "surrogatepass"), headers=JSON)
        assert sent.status < 500, body[:80]
        assert sent.json is not None


@pytest.mark.parametrize(
    "rule",
    [
        rule
        for prefix in ("/_emulator", "/dashboard")
        for method, rule in addresses(prefix)
        if method == "GET"
    ],
)
def test_looking_for_nonsense_finds_nothing(ask: Ask, client, rule):
    client.v1.customers.create()
    for word in WORDS if "<" in rule else ["x"]:
        path = re.sub("<[a-z_]+>", quote(word, safe=""), rule)
        for query in QUERIES if word == "x" else [""]:
            asked = f"{path}?{quote(query, safe='=&%*')}"
            assert ask("GET", asked, key=None).status < 500, asked
