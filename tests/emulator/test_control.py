"""The emulator's own calls: looking, waiting, travelling, snapshots and seeds, for any language."""

import json
import time

import pytest

from stripe_emulator.remote import Refused, Remote, Unreachable
from stripe_emulator.server import running
from tests.emulator.conftest import Ask, Shop, client_for
from tests.emulator.test_delivery import JSON, wait_until

DAY = 24 * 3600


@pytest.fixture
def remote(emulator) -> Remote:
    return Remote(emulator.url)


def listen(client, shop: Shop) -> str:
    made = client.v1.webhook_endpoints.create({"url": shop.url, "enabled_events": ["*"]})
    return str(made.id)


# Looking


def test_events_come_with_every_attempt_at_their_deliveries(client, shop, remote):
    listen(client, shop)
    customer = client.v1.customers.create({"name": "x"})
    assert remote.wait(5)
    (found,) = remote.ask("GET", "/_emulator/events")["data"]
    assert found["event"]["data"]["object"]["id"] == customer.id
    (delivery,) = found["deliveries"]
    assert delivery["state"] == "succeeded"
    (attempt,) = delivery["attempts"]
    assert attempt["status"] == 200
    assert "Stripe-Signature: t=" in attempt["request"]
    assert attempt["answer"].startswith("heard: ")


def test_events_are_narrowed_by_type_and_place(client, remote):
    client.v1.products.create({"name": "p"})
    for name in "abc":
        client.v1.customers.create({"name": name})

    def names(query: str) -> list[str]:
        found = remote.ask("GET", f"/_emulator/events?type=customer.created&{query}")["data"]
        return [each["event"]["data"]["object"]["name"] for each in found]

    assert names("limit=2") == ["c", "b"]
    last = remote.ask("GET", "/_emulator/events?type=customer.created&limit=2")["data"][-1]
    assert names(f"before={last['event']['id']}") == ["a"]


def test_objects_are_counted_listed_and_found_with_what_happened_to_them(client, remote):
    first, second = (client.v1.customers.create({"name": name}) for name in "ab")
    client.v1.customers.update(second.id, {"name": "c"})
    assert remote.ask("GET", "/_emulator/objects")["kinds"]["customer"] == 2
    page = remote.ask("GET", "/_emulator/objects?kind=customer&limit=1")
    assert [each["id"] for each in page["data"]] == [second.id]
    assert page["has_more"] is True
    page = remote.ask("GET", f"/_emulator/objects?kind=customer&before={second.id}")
    assert [each["id"] for each in page["data"]] == [first.id]
    assert page["has_more"] is False
    found = remote.ask("GET", f"/_emulator/objects/{second.id}")
    assert found["object"]["name"] == "c"
    assert [each["type"] for each in found["events"]] == ["customer.updated", "customer.created"]
    with pytest.raises(Refused, match="no such object"):
        remote.ask("GET", "/_emulator/objects/cus_none")


def test_what_is_private_is_shown_nowhere(client, shop, ask: Ask):
    endpoint = listen(client, shop)
    for path in ("objects?kind=webhook_endpoint", f"objects/{endpoint}"):
        assert b"_secret" not in ask("GET", f"/_emulator/{path}").body


def test_a_request_is_kept_with_its_parameters_and_its_answer(client, ask: Ask, remote):
    customer = client.v1.customers.create({"name": "x", "metadata": {"a": "1"}})
    ask("POST", "/v1/customers", "nonsense=1")
    refused, made = remote.ask("GET", "/_emulator/requests?limit=2")["data"]
    assert (refused["status"], made["status"]) == (400, 200)
    assert made["params"] == {"name": "x", "metadata": {"a": "1"}}
    assert json.loads(made["answer"])["id"] == customer.id
    assert "nonsense" in refused["answer"]


def test_an_event_is_sent_again_to_the_endpoint_named(client, shop, remote):
    client.v1.customers.create({"name": "x"})
    endpoint = listen(client, shop)
    (found,) = remote.ask("GET", "/_emulator/events")["data"]
    path = f"/_emulator/events/{found['event']['id']}/resend"
    assert remote.ask("POST", path, {"endpoint": "we_other"}) == {"sent": False}
    assert remote.ask("POST", path, {"endpoint": endpoint}) == {"sent": True}
    wait_until(lambda: shop.types() == ["customer.created"])


# Time


def test_waiting_ends_when_every_webhook_is_answered(client, shop, remote):
    listen(client, shop)
    shop.may_answer.clear()
    client.v1.customers.create({"name": "x"})
    wait_until(lambda: shop.heard)
    assert remote.wait(0.1) is False
    shop.may_answer.set()
    assert remote.wait(5) is True


def test_waiting_does_not_wait_for_what_is_not_due(client, shop, remote):
    listen(client, shop)
    remote.ask("POST", "/_emulator/faults", {"fault": "delivery.delay", "seconds": 60})
    client.v1.customers.create({"name": "x"})
    began = time.monotonic()
    assert remote.wait(5) is True
    assert time.monotonic() - began < 2
    (due,) = remote.clock()["due"]
    assert due["what"] == f"webhook to {shop.url}"
    assert 55 < due["at"] - remote.clock()["now"] <= 60


def test_time_runs_on_and_what_was_due_has_happened(client, shop, remote):
    listen(client, shop)
    remote.ask("POST", "/_emulator/faults", {"fault": "delivery.delay", "seconds": 3600})
    client.v1.customers.create({"name": "x"})
    before = remote.clock()["now"]
    trip = remote.travel(seconds=31 * DAY)
    assert 31 * DAY <= trip["now"] - before < 31 * DAY + 5
    assert shop.types() == ["customer.created"]
    later = client.v1.customers.create({"name": "y"})
    assert later.created >= int(before) + 31 * DAY


@pytest.mark.parametrize("to", ["2031-05-06", "2031-05-06T00:00:00Z", 1935792000])
def test_time_runs_to_a_date(remote, to):
    assert int(remote.travel(to=to)["now"]) == 1935792000


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"seconds": -1},
        {"seconds": "1"},
        {"seconds": True},
        {"to": "1999-01-01"},
        {"to": "tomorrow"},
        {"to": None},
        {"to": 1e300},
        {"seconds": 1, "to": "2031-05-06"},
        {"days": 1},
    ],
)
def test_a_journey_that_makes_no_sense_is_refused(remote, given):
    with pytest.raises(Refused):
        remote.ask("POST", "/_emulator/travel", given)
    assert remote.clock()["ahead_seconds"] == 0


# Snapshots


def test_a_snapshot_brings_back_objects_and_clock(client, remote):
    kept = client.v1.customers.create({"name": "kept"})
    remote.travel(seconds=DAY)
    remote.snapshot("before")
    lost = client.v1.customers.create({"name": "lost"})
    client.v1.customers.delete(kept.id)
    remote.travel(seconds=31 * DAY)
    remote.restore("before")
    assert [each.id for each in client.v1.customers.list().data] == [kept.id]
    assert lost.id not in str(remote.ask("GET", "/_emulator/events"))
    assert 0 <= remote.clock()["ahead_seconds"] - DAY + 1 < 5
    # It is a copy, not the thing itself.
    client.v1.customers.create({"name": "after"})
    remote.restore("before")
    assert len(client.v1.customers.list().data) == 1


def test_snapshots_are_listed_replaced_and_deleted(client, remote):
    for each in remote.snapshots():
        remote.delete_snapshot(each["name"])
    for name in ("b", "a", "b"):
        client.v1.customers.create({"name": name})
        remote.snapshot(name)
    assert [each["name"] for each in remote.snapshots()] == ["a", "b"]
    remote.reset()
    remote.restore("b")
    assert len(client.v1.customers.list().data) == 3
    remote.delete_snapshot("b")
    with pytest.raises(Refused, match="no snapshot b"):
        remote.restore("b")
    with pytest.raises(Refused, match="no snapshot b"):
        remote.delete_snapshot("b")


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "-x", "ü", "a" * 65, "a\x00", None])
def test_a_snapshots_name_leads_nowhere_else(ask: Ask, name):
    body = json.dumps({"name": name})
    answer = ask("POST", "/_emulator/snapshots", body, headers=JSON)
    assert answer.status == 400
    assert "name" in answer.error["message"]


def test_a_file_that_is_no_snapshot_is_refused_and_nothing_is_lost(tmp_path):
    with running(tmp_path) as started, client_for(started.url) as client:
        remote = Remote(started.url)
        client.v1.customers.create({"name": "kept"})
        remote.snapshot("good")
        (tmp_path / "snapshots" / "bad.sqlite3").write_bytes(b"no database" * 1000)
        whole = (tmp_path / "snapshots" / "good.sqlite3").read_bytes()
        (tmp_path / "snapshots" / "half.sqlite3").write_bytes(whole[: len(whole) // 2])
        (tmp_path / "snapshots" / "not a name.sqlite3").write_bytes(b"")
        (tmp_path / "snapshots" / "other.sqlite3").write_bytes(b"")
        for name in ("bad", "half", "other"):
            with pytest.raises(Refused, match=f"the snapshot {name} cannot be read"):
                remote.restore(name)
            assert [each.name for each in client.v1.customers.list().data] == ["kept"]
        assert [each["name"] for each in remote.snapshots()] == ["bad", "good", "half", "other"]


def test_an_attempt_on_its_way_is_not_written_into_another_snapshot(client, shop, remote):
    remote.snapshot("empty")
    listen(client, shop)
    shop.may_answer.clear()
    client.v1.customers.create({"name": "x"})
    wait_until(lambda: shop.heard)
    remote.restore("empty")
    listen(client, shop)
    remote.ask("POST", "/_emulator/faults", {"delivery_delay_seconds": 60})
    client.v1.customers.create({"name": "y"})
    shop.may_answer.set()
    time.sleep(0.2)
    (delivery,) = remote.ask("GET", "/_emulator/deliveries")["data"]
    assert (delivery["state"], delivery["attempts"]) == ("pending", 0)


# Seeds


def test_a_seed_makes_its_calls_with_what_the_earlier_ones_answered(client, remote):
    known = remote.seed(
        [
            {"path": "/v1/products", "params": {"name": "Lamp"}, "as": "lamp"},
            {
                "path": "/v1/prices",
                "params": {"product": "${lamp.id}", "currency": "usd", "unit_amount": 3900},
                "as": "price",
            },
            {
                "path": "/v1/checkout/sessions",
                "params": {
                    "mode": "payment",
                    "success_url": "http://127.0.0.1:9/thanks",
                    "line_items": [{"price": "${price.id}", "quantity": 2}],
                    "expires_at": "${now+7200}",
                    "metadata": {"about": "the ${lamp.name} of ${lamp.id}"},
                },
                "as": "session",
            },
            {"path": "/_emulator/checkout/${session.id}/pay", "params": {"email": "a@b.example"}},
            {"method": "GET", "path": "/v1/customers", "params": {"limit": 1}},
        ]
    )
    session = client.v1.checkout.sessions.retrieve(known["session"]["id"])
    assert session.status == "complete"
    assert session.amount_total == 7800
    assert session.metadata is not None
    assert session.metadata["about"] == f"the Lamp of {known['lamp']['id']}"


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (
            {"path": "/v1/prices", "params": {"product": "prod_none"}},
            "step 2 (POST /v1/prices): 400",
        ),
        ({"path": "/v1/customers/${other.id}"}, "nothing before it is called other"),
        ({"path": "/v1/customers/${first.nothing}"}, "there is no nothing"),
        ({"path": "/v1/customers", "params": {"name": "${first.name+1}"}}, "no whole number"),
        ({"path": "http://elsewhere.example/"}, "the path begins with"),
        ({"path": "/_emulator/seed"}, "cannot sow another"),
        ({"path": "/v1/customers", "method": "PATCH"}, "the method is one of"),
        ({"path": "/v1/customers", "as": "no name"}, "a name is made of"),
        ({"path": "/v1/customers", "body": {}}, "a call is an object with"),
        ({"path": "/v1/customers", "params": []}, "params are an object"),
        ("text", "a call is an object with"),
    ],
)
def test_a_seed_stops_at_the_step_that_fails_and_names_it(client, remote, step, said):
    first = {"path": "/v1/customers", "params": {"name": "x"}, "as": "first"}
    with pytest.raises(Refused) as refused:
        remote.seed([first, step, {"path": "/v1/customers", "params": {"name": "never"}}])
    assert said in str(refused.value)
    assert "step 2" in str(refused.value)
    assert [each.name for each in client.v1.customers.list().data] == ["x"]


def test_nothing_there_is_said_so():
    with pytest.raises(Unreachable, match=r"nothing answers at http://127\.0\.0\.1:1"):
        Remote("http://127.0.0.1:1").health()


def test_a_page_that_is_no_emulator_is_said_to_be_none(shop):
    with pytest.raises(Unreachable, match="is no Stripe emulator"):
        Remote(shop.url).health()


@pytest.mark.parametrize("path", ["travel", "wait", "snapshots", "seed", "snapshots/a/restore"])
def test_a_foreign_form_steers_nothing(ask: Ask, path):
    kind = {"Content-Type": "text/plain"}
    refused = ask("POST", f"/_emulator/{path}", "{}", headers=kind)
    assert refused.status == 400
    assert "Content-Type" in refused.error["message"]


def test_an_emulator_that_forgets_may_begin_in_the_past(remote):
    began = time.time() - 60 * 86400
    assert remote.ask("POST", "/_emulator/reset", {"at": began}) == {"ok": True}
    assert abs(remote.ask("GET", "/_emulator/clock")["now"] - began) < 5
    remote.ask("POST", "/_emulator/travel", {"to": time.time()})
    assert abs(remote.ask("GET", "/_emulator/clock")["ahead_seconds"]) < 5
    with pytest.raises(Exception, match="at must be a time"):
        remote.ask("POST", "/_emulator/reset", {"at": "yesterday"})
    remote.reset()
    assert remote.ask("GET", "/_emulator/clock")["ahead_seconds"] == 0
