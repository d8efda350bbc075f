"""A subscription in Chromium, from the first payment to its end: Checkout, renewals, portal."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys.buyer import Buyer
from tests.journeys.ways_of_paying import EmbeddedPage, HostedPage
from tests.journeys.world import World

pytestmark = pytest.mark.browser


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    settings = {"PAYDESK_WAYS": "hosted,embedded,element"}
    world = World(tmp_path, f"sqlite:///{tmp_path / 'shop.sqlite3'}", settings=settings)
    try:
        world.start()
        yield world
    finally:
        world.stop()


# Embedded, it is the same page of Stripe's in a frame.
@pytest.fixture(params=[HostedPage, pytest.param(EmbeddedPage, marks=pytest.mark.slow)])
def way(request: pytest.FixtureRequest, chromium: Browser, world: World):
    context = chromium.new_context()
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield request.param(Buyer(page, world))
    context.close()


def subscribes(way, variant: str) -> None:
    way.page.goto(f"{way.world.shop_url}/p/parts-club")
    # What cannot carry a subscription is not offered for one.
    assert way.page.get_by_role("button", name="Pay by card and more").count() == 0
    way.page.get_by_label(re.compile(variant)).check()
    way.page.get_by_role("button", name=way.button).click()


def test_a_yearly_subscription_is_paid_renewed_and_ended_by_its_buyer(way, world):
    subscribes(way, "yearly")
    way.fills()
    way.form.get_by_role("button", name="Subscribe").click()
    way.buyer.sees_paid()
    way.buyer.sees("Your subscription is paid until")
    way.buyer.sees("$90.00")
    order = way.page.url
    way.page.get_by_role("button", name="Manage subscription").click()
    way.page.wait_for_url(f"{world.stripe_url}/**")
    way.page.get_by_role("link", name=re.compile("Cancel")).click()
    way.page.get_by_role("button", name=re.compile("Cancel")).click()
    way.page.goto(order)
    way.buyer.sees("Your subscription ends on")
    world.travel(366)
    way.page.goto(order)
    way.buyer.sees("Your subscription has ended")
    for what in ("check", "reconcile"):
        found = world.command(what)
        assert found.returncode == 0, found.stdout


def test_it_renews_by_itself_and_a_refund_of_a_renewal_is_not_the_orders(way, world):
    subscribes(way, "yearly")
    way.fills()
    way.form.get_by_role("button", name="Subscribe").click()
    way.buyer.sees_paid()
    first = sentence(way)
    world.travel(366)
    way.page.reload()
    way.buyer.sees("Your subscription is paid until")
    assert sentence(way) != first
    shown = world.told("orders", "show", "1001")
    assert (shown["paid_minor"], shown["payment"]) == (9000, "paid")


def sentence(way) -> str:
    text: str = way.page.locator(".subscription p").inner_text()
    return text


def test_a_renewal_that_fails_is_said_to_the_buyer(way, world):
    subscribes(way, "monthly")
    # It can be kept, and every charge is declined ("Testing", declined payments).
    way.fills("4000000000000341")
    way.form.get_by_role("button", name="Start trial").click()
    way.buyer.sees("Your trial runs until")
    world.travel(15)
    way.page.reload()
    way.buyer.sees("The last payment of $9.00 did not go through")


def test_a_trial_begins_for_nothing(way):
    subscribes(way, "monthly")
    way.fills()
    way.form.get_by_role("button", name="Start trial").click()
    way.buyer.sees_paid()
    way.buyer.sees("Your trial runs until")
    way.buyer.sees("after that it costs $9.00")
