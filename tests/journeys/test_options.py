"""What a shop chooses about Stripe's page: captured later, delayed, taxed, shipped, discounted."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from stripe import StripeClient

from tests.journeys.buyer import Buyer
from tests.journeys.ways_of_paying import BY_NAME, Way
from tests.journeys.world import World, until

pytestmark = pytest.mark.browser


@pytest.fixture
def started(tmp_path: Path, request: pytest.FixtureRequest):
    """Starts a shop with these settings; Stripe is there first."""
    worlds = []

    def start(**settings: str) -> World:
        world = World(tmp_path, f"sqlite:///{tmp_path / 'shop.sqlite3'}", settings=settings)
        worlds.append(world)
        world.start()
        return world

    yield start
    for each in worlds:
        each.stop()


@pytest.fixture
def page(chromium: Browser):
    context = chromium.new_context()
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page
    context.close()


def stripe(world: World) -> StripeClient:
    return StripeClient("sk_test_journeys", base_addresses={"api": world.stripe_url})


ALL = {
    "PAYDESK_WAYS": "hosted,embedded,element",
    "PAYDESK_LEGACY_CHARGES": "true",
    "PAYDESK_CHECKOUT_CAPTURE_LATER": "true",
}


@pytest.mark.slow
def test_captured_later_in_full_in_part_or_not_at_all_by_every_way(started, page):
    world = started(**ALL)
    links = []
    for number, name in enumerate(BY_NAME, 1001):
        way: Way = BY_NAME[name](Buyer(page, world))
        way.chooses()
        way.pays()
        way.buyer.sees("Your bank keeps $39.00")
        way.buyer.sees("it is let go")
        shown = world.told("orders", "show", str(number))
        assert (shown["payment"], shown["authorised_minor"]) == ("pending", 3900)
        assert shown["capture_before"] is not None
        links.append(page.url)
    # All, a part, nothing; the last one of a lone charge.
    captured = world.told("payments", "capture", "1001")
    assert (captured["payment"], captured["paid_minor"]) == ("paid", 3900)
    part = world.told("payments", "capture", "1002", "--amount", "20.00")
    assert (part["payment"], part["paid_minor"]) == ("paid", 2000)
    for held in ("1003", "1004"):
        let_go = world.told("payments", "cancel", held)
        assert (let_go["payment"], let_go["paid_minor"]) == ("failed", 0)
    again = world.command("payments", "capture", "1003", "--yes")
    assert (again.returncode, "Nothing is authorised" in again.stderr) == (1, True)
    page.goto(links[1])
    Buyer(page, world).sees("We took $20.00 of it")
    until(lambda: world.handler_runs() == 2, "the handlers' runs")
    world.told("events", "pull")
    for what in ("check", "reconcile"):
        found = world.command(what)
        assert found.returncode == 0, found.stdout


def test_an_authorisation_nobody_captures_is_let_go_after_a_week(started, page):
    world = started(PAYDESK_CHECKOUT_CAPTURE_LATER="true")
    Buyer(page, world).buys()
    Buyer(page, world).sees("Your bank keeps $39.00")
    world.travel(8)
    page.reload()
    Buyer(page, world).sees("The payment did not go through")


def totals(world: World, number: int = 1001) -> tuple[str, int, int]:
    shown = world.told("orders", "show", str(number))
    return shown["payment"], shown["total_minor"], shown["paid_minor"]


def test_what_stripes_page_adds_and_takes_off_is_the_orders_total(started, page):
    world = started()
    client = stripe(world)
    rate = client.v1.tax_rates.create({"display_name": "VAT", "percentage": 20, "inclusive": False})
    post = client.v1.shipping_rates.create(
        {
            "display_name": "Post",
            "type": "fixed_amount",
            "fixed_amount": {"amount": 500, "currency": "usd"},
        }
    )
    coupon = client.v1.coupons.create({"percent_off": 10, "duration": "once"})
    client.v1.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "SPRING"}
    )
    world.kill("shop")
    world.settings |= {
        "PAYDESK_CHECKOUT_TAX_RATES": rate.id,
        "PAYDESK_CHECKOUT_SHIPPING_RATES": post.id,
        "PAYDESK_CHECKOUT_SHIPPING_COUNTRIES": "US,DE",
        "PAYDESK_CHECKOUT_PROMOTION_CODES": "true",
        "PAYDESK_CHECKOUT_BILLING_ADDRESS": "required",
        "PAYDESK_CHECKOUT_LOCALE": "en",
    }
    world.start_shop()
    buyer = Buyer(page, world)
    buyer.opens()
    buyer.purchases()
    session = world.sessions()[0]["id"]
    world.pay(session, promotion_code="SPRING")
    page.goto(f"{world.shop_url}/success?session_id={session}")
    buyer.sees_paid()
    # 3900 less 390, taxed by a fifth, and the post.
    payment, total, paid = totals(world)
    assert (payment, total) == ("paid", paid)
    assert client.v1.checkout.sessions.retrieve(session).amount_total == paid
    buyer.sees("Shipping")
    buyer.sees("Tax")
    assert world.command("check").returncode == 0


@pytest.mark.parametrize("arrives", [True, False])
def test_a_bank_debit_is_pending_and_then_paid_or_failed(started, page, arrives):
    world = started()
    buyer = Buyer(page, world)
    buyer.opens()
    buyer.purchases()
    session = world.sessions()[0]["id"]
    world.pay(session, kind="us_bank_account")
    page.goto(f"{world.shop_url}/success?session_id={session}")
    buyer.sees("Your payment is on its way")
    intent = stripe(world).v1.checkout.sessions.retrieve(session).payment_intent
    world.post(
        f"{world.stripe_url}/_emulator/payment_intents/{intent}/settle", {"succeed": arrives}
    )
    if arrives:
        buyer.sees_paid()
    else:
        buyer.sees("The payment did not go through")
        # Once more: the same order, by another trip.
        page.get_by_role("button", name="Try again").click()
        page.wait_for_url(f"{world.stripe_url}/c/pay/**")
        # Stripe's page knows the address already.
        expect(page.locator("[name=email]")).to_have_value("buyer@example.com")
        world.pay(world.sessions()[0]["id"])
        page.goto(f"{world.shop_url}/success?session_id={world.sessions()[0]['id']}")
        buyer.sees_paid()


@pytest.mark.slow
def test_an_expired_session_has_a_link_that_takes_it_up_again(started, page):
    world = started(PAYDESK_CHECKOUT_RECOVERY="true")
    buyer = Buyer(page, world)
    buyer.opens()
    buyer.purchases()
    session = world.sessions()[0]["id"]
    client = stripe(world)
    client.v1.checkout.sessions.expire(session)
    until(lambda: world.told("orders", "show", "1001")["payment"] == "expired", "the expiry")
    link = world.told("orders", "show", "1001")["recovery_url"]
    page.goto(link)
    buyer.pays()
    until(lambda: world.told("orders", "show", "1001")["payment"] == "paid", "the late payment")
    assert world.told("orders", "show", "1001")["flags"] == ["paid_after_expiry"]
