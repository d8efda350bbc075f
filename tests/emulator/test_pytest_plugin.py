"""The pytest plugin in suites of its own, as its users would write them."""

from importlib.metadata import entry_points

import pytest

from tests.emulator.conftest import over_the_wire

pytest_plugins = ["pytester"]

NAME = "stripe_emulator.pytest_plugin"
# Installed, pytest finds the plugin by itself.
FOUND = any(each.value == NAME for each in entry_points(group="pytest11"))


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """In a process of its own: pytester's other way imports every module a second time."""
    return pytester.runpytest_subprocess(*(() if FOUND else ("-p", NAME)), *arguments)


TWO_TESTS = """
def buy(emulator):
    client = emulator.client()
    assert client.v1.customers.list().data == []
    client.v1.customers.create({"name": "x"})
    assert len(client.v1.customers.list().data) == 1

def test_one(stripe_emulator):
    stripe_emulator.travel(days=31)
    stripe_emulator.faults("api.delay", seconds=0)
    buy(stripe_emulator)

def test_two(stripe_emulator):
    assert stripe_emulator.remote.clock()["ahead_seconds"] == 0
    assert stripe_emulator.remote.ask("GET", "/_emulator/faults")["rules"] == []
    buy(stripe_emulator)
"""

WHOLE = """
import threading
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import stripe


class Shop(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        event = stripe.Webhook.construct_event(
            body, self.headers["Stripe-Signature"], "whsec_of_the_shop"
        )
        self.server.heard.append(event.type)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def shop():
    server = HTTPServer(("127.0.0.1", 0), Shop)
    server.heard = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def new_session(client):
    price = {"currency": "usd", "unit_amount": 3900, "product_data": {"name": "Lamp"}}
    return client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": "http://127.0.0.1:9/",
            "line_items": [{"quantity": 1, "price_data": price}],
        }
    )


def test_a_payment_is_heard_of(stripe_emulator, shop):
    secret = stripe_emulator.deliver_to(
        f"http://127.0.0.1:{shop.server_port}/hook", "whsec_of_the_shop"
    )
    assert secret == "whsec_of_the_shop"
    client = stripe_emulator.client()
    session = new_session(client)
    assert stripe_emulator.pay(session.id, email="ada@example.com")["outcome"] == "paid"
    assert stripe_emulator.wait_for_deliveries(5)
    assert "checkout.session.completed" in shop.heard
    (event,) = stripe_emulator.events("checkout.session.completed")
    assert event["data"]["object"]["id"] == session.id


def test_a_card_is_authenticated(stripe_emulator):
    client = stripe_emulator.client()
    session = new_session(client)
    outcome = stripe_emulator.pay(session.id, card="4000002760003184")
    assert outcome["outcome"] != "paid"
    assert stripe_emulator.authenticate(session.id)["outcome"] == "paid"


def test_the_next_call_fails_and_the_one_after_does_not(stripe_emulator):
    client = stripe_emulator.client(max_network_retries=0)
    stripe_emulator.fail_next(status=429, path="/v1/customers", method="POST")
    client.v1.products.create({"name": "Lamp"})
    with pytest.raises(stripe.RateLimitError):
        client.v1.customers.create()
    client.v1.customers.create()
    one = stripe_emulator.fail_next(times=9)
    stripe_emulator.clear_faults(one)
    client.v1.customers.create()


def test_time_goes_by(stripe_emulator):
    before = stripe_emulator.now
    assert timedelta(days=31) <= stripe_emulator.travel(days=31) - before < timedelta(days=32)
    far = datetime(2040, 1, 1, tzinfo=timezone.utc)
    assert stripe_emulator.travel(to=far) - far < timedelta(seconds=5)


def test_a_snapshot_is_restored(stripe_emulator):
    known = stripe_emulator.seed([{"path": "/v1/customers", "as": "ada"}])
    stripe_emulator.snapshot()
    client = stripe_emulator.client()
    client.v1.customers.delete(known["ada"]["id"])
    stripe_emulator.restore()
    assert client.v1.customers.retrieve(known["ada"]["id"]).id == known["ada"]["id"]
"""


def test_every_test_begins_with_an_empty_stripe(pytester):
    pytester.makepyfile(TWO_TESTS)
    run(pytester).assert_outcomes(passed=2)


@pytest.mark.parametrize("mode", ["thread", pytest.param("process", marks=pytest.mark.slow)])
def test_all_it_offers_works_and_warns_of_nothing(pytester, mode):
    pytester.makepyfile(WHOLE)
    pytester.makeini(f"[pytest]\nfilterwarnings = error\nstripe_emulator_mode = {mode}\n")
    run(pytester, "-p", "no:cacheprovider").assert_outcomes(passed=5)


def test_an_emulator_that_runs_already_is_used(pytester, emulator):
    pytester.makepyfile(
        """
        def test_there(stripe_emulator):
            stripe_emulator.client().v1.customers.create({"name": "from the suite"})
        """
    )
    run(pytester, "--stripe-emulator-url", emulator.url).assert_outcomes(passed=1)
    found = over_the_wire(emulator.url, "GET", "/v1/customers").json["data"]
    assert [each["name"] for each in found] == ["from the suite"]


def test_a_mode_that_is_none_is_named(pytester):
    pytester.makepyfile("def test_x(stripe_emulator): pass")
    pytester.makeini("[pytest]\nstripe_emulator_mode = cloud\n")
    done = run(pytester)
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["*must be thread or process, not 'cloud'*"])


def test_the_plugin_alone_loads_nothing_of_the_emulators(pytester):
    pytester.makepyfile(
        """
        import sys

        def test_nothing_is_loaded():
            loaded = {name for name in sys.modules if name.startswith(("stripe", "flask"))}
            assert loaded == {"stripe_emulator", "stripe_emulator.pytest_plugin"}
        """
    )
    run(pytester).assert_outcomes(passed=1)
