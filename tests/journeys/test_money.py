"""Money at the desk, in a browser and with real processes: refunds, two tabs, a replay."""

import sqlite3
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database
from paydesk.staff import member, sessions
from paydesk.staff.member import Role
from paydesk.staff.sessions import Browser as Where
from tests.browser import tab
from tests.journeys.test_commands import open_session
from tests.journeys.world import World, until

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Iterator[World]:
    """On SQLite alone: the rooms below are tested on both."""
    folder = tmp_path_factory.mktemp("money")
    world = World(folder, f"sqlite:///{folder / 'shop.sqlite3'}")
    try:
        world.start()
        yield world
    finally:
        world.stop()


@pytest.fixture
def number(world: World) -> int:
    """A paid order of one mug, 12 dollars."""
    session = open_session(world)
    world.pay(session)
    return until(lambda: paid_number(world, session), "the payment")


def paid_number(world: World, session: str) -> int | None:
    sql = (
        "SELECT number FROM paydesk_orders o JOIN paydesk_checkouts c ON c.order_id = o.id "
        "WHERE c.stripe_id = ? AND o.payment = 'paid'"
    )
    found = asked(world, sql, session)
    return int(found[0][0]) if found else None


def order_of(world: World, number: int) -> dict[str, Any]:
    """What the database says of an order: a command would take seconds to start."""
    sql = "SELECT refunded_minor, flags FROM paydesk_orders WHERE number = ?"
    refunded, flags = asked(world, sql, number)[0]
    return {"refunded_minor": refunded, "flags": flags}


def asked(world: World, statement: str, *values: object) -> list[Any]:
    file = world.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, timeout=10)) as raw:
        return raw.execute(statement, values).fetchall()


@pytest.fixture
def desk(chromium: Browser, world: World) -> Iterator[Page]:
    """Somebody who may refund, signed in lately."""
    database = Database(world.database_url)
    with database.transaction() as tx:
        staff = member.by_email(tx, "ann@shop.example") or member.hire(
            tx, Clock(), "ann@shop.example", "Ann", Role.ORDERS
        )
        staff.password_hash = "of no password"
        token = sessions.open_session(tx, Clock(), staff, Where("Test"))
    database.close()
    with tab(chromium, base_url=world.shop_url) as page:
        page.context.add_cookies([{"name": "paydesk-desk", "value": token, "url": world.shop_url}])
        yield page


def presses_until(page: Page, focused: str) -> None:
    """Presses Tab until what has the focus is what `focused` selects."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", focused):
            return
    raise AssertionError(f"nobody comes to {focused} by the keyboard")


def test_a_line_is_refunded_with_the_keyboard_alone(desk, world, number):
    desk.goto(f"/admin/orders/{number}/refund")
    presses_until(desk, "#f-quantity-0")
    desk.keyboard.type("1")
    desk.get_by_text("The buyer gets $12.00.").wait_for()
    presses_until(desk, ".desk-main button")
    desk.keyboard.press("Enter")
    desk.get_by_role("heading", name="Refund $12.00?").wait_for()
    presses_until(desk, ".desk-main button")
    desk.keyboard.press("Enter")
    desk.get_by_text("went back to the buyer").wait_for()
    assert order_of(world, number)["refunded_minor"] == 1200


def test_the_second_tab_is_told_and_nothing_is_refunded_twice(desk, world, number):
    other = desk.context.new_page()
    for page in (desk, other):
        page.goto(f"/admin/orders/{number}/refund")
        page.locator("#f-quantity-0").fill("1")
        page.get_by_role("button", name="Look at it once more").click()
        page.get_by_role("button", name="Refund $12.00").wait_for()
    desk.get_by_role("button", name="Refund $12.00").dblclick()
    desk.get_by_text("went back to the buyer").wait_for()
    other.get_by_role("button", name="Refund $12.00").click()
    other.get_by_text(f"Something has happened to order {number}").wait_for()
    sql = "SELECT r.id FROM paydesk_refunds r JOIN paydesk_orders o ON o.id = r.order_id"
    assert len(asked(world, f"{sql} WHERE o.number = ?", number)) == 1


def test_what_was_done_in_stripes_dashboard_appears_by_itself(desk, world, number):
    # Newest first: it is the charge of this order.
    charge = world.get(f"{world.stripe_url}/v1/charges")["data"][0]
    form = f"charge={charge['id']}&amount=500".encode()
    key = {"Authorization": "Bearer sk_test_journeys"}
    request = urllib.request.Request(f"{world.stripe_url}/v1/refunds", form, key)
    with urllib.request.urlopen(request, timeout=30):
        pass
    until(lambda: order_of(world, number)["refunded_minor"] == 500, "the refund")
    desk.goto(f"/admin/orders/{number}/refund")
    desk.get_by_text("$7.00 of $12.00 paid can still be refunded").wait_for()
    world.post(f"{world.stripe_url}/_emulator/charges/{charge['id']}/dispute", {})
    until(lambda: "disputed" in order_of(world, number)["flags"], "the dispute")
    desk.goto("/admin/")
    desk.get_by_text("1 dispute waits for your answer").wait_for()
    desk.goto("/admin/payments?kind=dispute")
    assert desk.get_by_role("link", name=str(number)).count() == 1


def test_an_event_that_failed_is_replayed_once_the_cause_is_mended(desk, world):
    session = open_session(world)
    # Somebody's mishap: no order can be given its receipt.
    asked(world, "ALTER TABLE paydesk_receipts RENAME TO mislaid")
    try:
        world.pay(session)
        desk.goto("/admin/events?state=failed")
        until(lambda: desk.reload() and desk.locator("table.rows").count(), "the failed event")
        desk.locator("tbody th a").first.click()
        desk.get_by_role("heading", name="It could not be applied").wait_for()
    finally:
        asked(world, "ALTER TABLE mislaid RENAME TO paydesk_receipts")
    desk.get_by_role("button", name="Replay").click()
    desk.get_by_text("Applied").wait_for()
    assert "Handled" in desk.locator("dl.pairs").inner_text()
    until(lambda: paid_number(world, session), "the payment")
