"""The command line beside a running shop: what an operator asks, and what scripts read."""

import json
import re
from collections.abc import Iterator

import pytest

from tests.journeys.world import World, until
from tests.stress.load import mug


def open_session(world: World) -> str:
    """A buyer presses Purchase; the session they are sent to."""
    url = mug(world).bought(world).json()["url"]
    found = re.search(r"cs_test_\w+", url)
    assert found is not None
    return found[0]


@pytest.fixture
def world(tmp_path) -> Iterator[World]:
    """On SQLite alone: what commands do is tested on both elsewhere."""
    world = World(tmp_path, f"sqlite:///{tmp_path / 'shop.sqlite3'}")
    try:
        world.start()
        yield world
    finally:
        world.stop()


@pytest.fixture
def paid(world) -> str:
    """A paid order's session; number 1001."""
    session = open_session(world)
    world.pay(session)
    until(lambda: "order_settled" in world.log() and world.handler_runs() == 1, "the payment")
    return session


def test_without_webhooks_a_payment_is_seen_by_the_pull_alone(world):
    world.kill("shop")
    world.start_shop("--pull")
    world.faults(delivery_drop=True)
    session = open_session(world)
    world.pay(session)
    # Nobody opens the order's page. It takes 2 s on an idle machine.
    until(lambda: "events_pulled" in world.log() and world.handler_runs() == 1, "the pull", 6)


def test_the_story_of_an_order(world, paid):
    story = world.told("explain", paid)
    assert story["order"] == 1001
    text = json.dumps(story, ensure_ascii=False)
    assert "Stripe told us by webhook: checkout.session.completed; taken into account" in text
    assert paid in text
    assert "all handlers have run" in text
    plain = world.command("explain", "1001").stdout
    assert plain.startswith("Order 1001 over $12.00. It is paid.")


def test_orders_and_events_are_listed_for_people_and_for_scripts(world, paid):
    (order,) = world.told("orders", "list", "--payment", "paid")
    assert (order["number"], order["paid_minor"], order["flags"]) == (1001, 1200, [])
    assert world.told("orders", "list", "--attention") == []
    shown = world.told("orders", "show", "1001")
    assert shown["lines"][0]["quantity"] == 1
    assert "1001" in world.command("orders", "list").stdout
    events = world.told("events", "list", "--order", "1001")
    kinds = {event["type"] for event in events}
    assert "checkout.session.completed" in kinds
    shown = world.told("events", "show", events[0]["id"])
    assert shown["payload"]["id"] == events[0]["id"]
    (replayed,) = world.told("events", "replay", events[0]["id"])
    assert replayed["state"] == "handled"
    assert world.handler_runs() == 1


def test_what_does_not_exist_is_said_with_exit_code_1(world):
    for command in (
        ("explain", "4711"),
        ("orders", "show", "cs_nobody"),
        ("events", "show", "evt_nobody"),
        ("events", "replay", "evt_nobody"),
        ("refunds", "create", "4711", "--yes"),
        ("effects", "repeat", "4711"),
    ):
        answer = world.command(*command)
        assert answer.returncode == 1
        assert answer.stderr.startswith("Error: ")
        assert "Traceback" not in answer.stderr


def test_refunds_by_hand(world, paid):
    made = world.told("refunds", "create", "1001", "--amount", "5.00", "--attempt", "desk 1")
    again = world.told("refunds", "create", "1001", "--amount", "5.00", "--attempt", "desk 1")
    assert [each["id"] for each in made] == [each["id"] for each in again]
    assert made[0]["state"] == "succeeded"
    wrong = world.command("refunds", "create", "1001", "--amount", "7.01", "--yes")
    assert wrong.returncode == 1
    assert "$7.00 left to refund" in wrong.stderr
    for amount in ("0", "-1", "1.234", "x", ""):
        assert world.command("refunds", "create", "1001", "--amount", amount).returncode in (1, 2)
    unasked = world.command("refunds", "create", "1001")
    assert unasked.returncode == 1
    world.told("refunds", "create", "1001")
    assert world.told("orders", "show", "1001")["refunded_minor"] == 1200
    assert len(world.told("refunds", "list", "--order", "1001")) == 2


def test_a_refund_while_stripe_is_away_is_made_when_it_is_back(world, paid):
    world.kill("stripe")
    (made,) = world.told("refunds", "create", "1001")
    assert made["state"] == "requested"
    assert world.told("refunds", "list", "--waiting")[0]["id"] == made["id"]
    away = world.command("events", "pull")
    assert away.returncode == 3
    assert "try again later" in away.stderr
    world.start_stripe()
    until(lambda: world.told("refunds", "list")[0]["state"] == "succeeded", "the refund", 60)


def test_pulling_by_hand_finds_what_no_webhook_brought(world):
    session = open_session(world)
    world.kill("shop")
    world.faults(delivery_drop=True)
    world.pay(session)
    pulled = world.told("events", "pull")
    assert pulled["new"] >= 4
    assert world.told("orders", "show", "1001")["payment"] == "paid"
    # Stripe tells of the fee a little later.
    until(lambda: world.told("events", "pull")["new"] == 0, "an end of news")


def test_check_and_reconcile_say_how_the_books_stand(world, paid):
    assert world.told("check") == {"clean": True, "findings": []}
    until(lambda: world.told("reconcile")["compared"]["balance_transaction"] == 1, "the booking")
    assert world.told("reconcile")["same"] is True
    assert world.command("reconcile").stdout.endswith("No difference.\n")
    # A payment whose word is lost everywhere.
    session = open_session(world)
    world.kill("shop")
    world.faults(delivery_drop=True)
    world.pay(session)
    differs = world.command("reconcile")
    assert differs.returncode == 1
    assert "paid_at_stripe_not_here: Order 1002" in differs.stdout
    assert world.told("reconcile", "--apply")["differences"] == []
    assert world.told("orders", "show", "1002")["payment"] == "paid"
    # The handlers are to run, and nobody runs them: that is not wrong, only late one day.
    assert world.command("check").stdout == "Everything agrees.\n"
    world.kill("stripe")
    assert world.command("reconcile").returncode == 3
