"""What an operator's machines see of a running shop: its log, its metrics, whether it is ready."""

import json
import re
import sqlite3
import urllib.request
from collections.abc import Iterator

import pytest

from tests.journeys.world import SECRET, World, free_port, until
from tests.stress.load import ask, mug

EMAIL = "grace.hopper@navy.example"
PASSWORD = "a-password-nobody-may-read"


@pytest.fixture
def metrics_port() -> int:
    return free_port()


@pytest.fixture
def world(tmp_path, metrics_port) -> Iterator[World]:
    """On SQLite alone: what is watched is the process."""
    world = World(tmp_path, f"sqlite:///{tmp_path / 'shop.sqlite3'}")
    world.settings = {
        "PAYDESK_LOG_FORMAT": "json",
        "PAYDESK_SECRET_KEY": PASSWORD,
        "STRIPE_SECRET_KEY": "sk_test_nobody_may_read_this",
        "STRIPE_PUBLISHABLE_KEY": "pk_test_anybody_may",
    }
    try:
        world.start("--metrics-port", str(metrics_port))
        yield world
    finally:
        world.stop()


def metrics(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    pairs = [line.rsplit(" ", 1) for line in lines if not line.startswith("#")]
    return {name: float(value) for name, value in pairs}


def order_link(world: World, number: int) -> str:
    with sqlite3.connect(world.folder / "shop.sqlite3") as database:
        (secret,) = database.execute(
            "SELECT secret FROM paydesk_orders WHERE number = ?", (number,)
        ).fetchone()
    return f"/o/{number}/{secret}"


def journey(world: World) -> str:
    """A buyer buys, looks, and is refunded; somebody forges; the link of the order."""
    session = mug(world).bought(world).json()["sessionId"]
    world.pay(session, email=EMAIL)
    until(lambda: world.handler_runs() == 1, "the payment")
    link = order_link(world, 1001)
    assert EMAIL.encode() in ask(world, "GET", link).body
    ask(world, "GET", f"/success?session_id={session}")
    ask(world, "GET", link[:-3] + "abc")
    ask(world, "GET", f"/nowhere?email={EMAIL}")
    ask(world, "POST", "/webhook", body=b"{}", headers={"Stripe-Signature": "t=1,v1=0"})
    assert world.command("refunds", "create", "1001", "--yes").returncode == 0
    world.kill("stripe")
    assert mug(world).bought(world).status == 503
    return link


def test_a_whole_journey_is_logged_and_counted_without_anybodys_secrets(world, metrics_port):
    link = journey(world)
    text = world.log()
    secrets = (EMAIL, link.rpartition("/")[2], SECRET, PASSWORD, "sk_test_nobody", "pk_test_any")
    assert [each for each in secrets if each in text] == []
    began = text.index('{"')
    lines = [json.loads(line) for line in text[began:].splitlines() if line]
    # From start to end, whatever wrote them: one JSON object a line.
    assert {"request", "webhook_received", "order_settled"} <= {line["event"] for line in lines}
    for line in lines:
        assert {"event", "level", "timestamp"} <= line.keys()
        if line["event"] == "request":
            assert line["request_id"].startswith("req_")
    (settled, *_) = [line for line in lines if line["event"] == "order_settled"]
    assert settled["event_id"].startswith("evt_")
    of_order_page = [line for line in lines if line.get("route", "").startswith("/o/<")]
    assert {line["status"] for line in of_order_page} == {200, 404}

    must_be_counted(world, metrics_port)


def must_be_counted(world: World, metrics_port: int) -> None:
    """What the journey did, on a port of its own."""
    seen = until(
        lambda: (
            found
            if (found := metrics(metrics_port)).get('paydesk_orders{state="paid"}') == 1
            or 'paydesk_orders{state="refunded"}' in found
            else None
        ),
        "the order in the metrics",
    )
    purchase = 'route="/create-checkout-session"'
    assert seen[f'paydesk_requests_total{{method="POST",{purchase},status="200"}}'] == 1
    assert seen[f'paydesk_requests_total{{method="POST",{purchase},status="503"}}'] == 1
    assert seen['paydesk_requests_total{method="GET",route="none",status="404"}'] == 1
    assert seen['paydesk_events_total{door="webhook",outcome="handled"}'] >= 1
    assert seen['paydesk_events_total{door="webhook",outcome="refused"}'] == 1
    created = 'paydesk_stripe_calls_total{call="checkout.sessions.create",'
    assert seen[created + 'outcome="ok"}'] == 1
    assert seen[created + 'outcome="unreachable"}'] == 1
    assert seen['paydesk_stripe_call_seconds_count{call="checkout.sessions.create"}'] == 2
    assert seen['paydesk_handlers_total{effect="paid",outcome="ok"}'] == 1
    assert seen["paydesk_worker_alive"] == 1
    assert seen["paydesk_database_up"] == 1
    assert not [name for name in seen if re.search(r"/o/\d", name)]
    # Buyers do not see them.
    assert ask(world, "GET", "/metrics").status == 404


def test_a_shop_is_ready_only_with_somebody_who_does_the_work(world, metrics_port):
    taken = world.command("worker", "--metrics-port", str(metrics_port))
    assert taken.returncode == 1
    assert f"Port {metrics_port} on 127.0.0.1 is in use" in taken.stderr

    def ready() -> int:
        answer = ask(world, "GET", "/readyz", headers={"X-Request-Id": "of-the-client"})
        assert answer.headers["X-Request-Id"].startswith("req_")
        return answer.status

    until(lambda: ready() == 200, "the first round")
    answer = ask(world, "GET", "/readyz").json()
    assert answer == {
        "ready": True,
        "checks": {"database": True, "migrations": True, "worker": True},
    }
    with sqlite3.connect(world.folder / "shop.sqlite3", timeout=10) as database:
        database.execute("UPDATE paydesk_schema_version SET version_num = '0001'")
    until(lambda: ready() == 503, "the old schema")
    assert ask(world, "GET", "/healthz").status == 200
    checks = ask(world, "GET", "/readyz").json()["checks"]
    assert (checks["database"], checks["migrations"]) == (True, False)
