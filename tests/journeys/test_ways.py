"""Every way to pay, bought by a person in Chromium: the same journeys for all."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests import axe
from tests.journeys.buyer import ASKS, DECLINED, Buyer
from tests.journeys.ways_of_paying import BY_NAME, Way
from tests.journeys.world import World, until

pytestmark = pytest.mark.browser

SETTINGS = {"PAYDESK_WAYS": "hosted,embedded,element", "PAYDESK_LEGACY_CHARGES": "true"}
SURE = {"delivery_drop": False}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One shop and one Stripe for all of them, as it is in life; the rooms run on both bases."""
    folder = tmp_path_factory.mktemp("ways")
    world = World(folder, f"sqlite:///{folder / 'shop.sqlite3'}", settings=SETTINGS)
    try:
        world.start()
        yield world
        # What was dropped on purpose, heard of after all.
        world.told("events", "pull")
        for what in ("check", "reconcile"):
            found = world.command(what)
            assert found.returncode == 0, found.stdout
    finally:
        world.stop()


@pytest.fixture(params=list(BY_NAME))
def way(request: pytest.FixtureRequest, chromium: Browser, world: World) -> Iterator[Way]:
    context = chromium.new_context()
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield BY_NAME[request.param](Buyer(page, world))
    context.close()
    world.faults(**SURE)


def number(way: Way) -> int:
    way.page.wait_for_url(f"{way.world.shop_url}/o/**")
    found = re.search(r"/o/(\d+)/", way.page.url)
    assert found is not None
    return int(found[1])


def handled(way: Way, order: int) -> int:
    return len(re.findall(rf"Payment was successful.*order={order}\b", way.world.log()))


def charged(way: Way, order: int) -> int:
    """How often Stripe took money for an order."""
    charges = way.world.get(f"{way.world.stripe_url}/v1/charges?limit=100")["data"]
    return sum(
        each["status"] == "succeeded" and each["metadata"].get("order_number") == str(order)
        for each in charges
    )


def is_paid_once(way: Way) -> int:
    order = number(way)
    way.buyer.sees_paid()
    until(lambda: handled(way, order) == 1, "the handler's run")
    assert charged(way, order) == 1
    return order


def test_a_purchase_is_paid_once_and_can_be_refunded(way, world):
    way.chooses()
    way.pays()
    order = is_paid_once(way)
    (refund,) = world.told("refunds", "create", str(order))
    assert refund["state"] == "succeeded"
    way.page.reload()
    way.buyer.sees("We returned $39.00")
    # Wherever it was typed.
    way.buyer.sees("ada@example.com")


def test_a_declined_card_is_said_and_another_one_pays(way):
    way.chooses()
    way.pays(DECLINED)
    expect(way.complaint()).to_contain_text("declined")
    way.pays()
    is_paid_once(way)


def test_the_bank_asks_the_cards_holder(way):
    way.chooses()
    way.pays(ASKS)
    if not way.can_be_asked:
        expect(way.complaint()).to_contain_text("this older way to pay cannot do that")
        way.page.get_by_role("button", name="Pay on Stripe’s page").click()
        way.page.wait_for_url(f"{way.world.stripe_url}/c/pay/**")
        return
    way.tells_the_bank("Fail")
    expect(way.complaint()).to_contain_text("unable to authenticate")
    way.pays(ASKS)
    way.tells_the_bank("Complete")
    is_paid_once(way)


@pytest.mark.parametrize("scheme", [pytest.param("light", marks=pytest.mark.slow), "dark"])
@pytest.mark.parametrize("way", ["embedded", "element", "charge"], indirect=True)
def test_axe_finds_nothing_on_the_page_that_takes_the_payment(way, scheme):
    way.page.emulate_media(color_scheme=scheme)
    way.chooses()
    # What the shop says of a card that is incomplete is a part of it.
    if way.name != "embedded":
        way.pay_button().press("Enter")
        expect(way.complaint()).to_be_visible()
    assert axe.complaints(way.page) == []


def test_a_double_click_pays_once(way):
    way.chooses()
    way.fills()
    way.pay_button().evaluate("button => { button.click(); button.click(); }")
    is_paid_once(way)


def test_a_lost_webhook_is_made_good(way, world):
    world.faults(delivery_drop=True)
    way.chooses()
    way.pays()
    is_paid_once(way)
