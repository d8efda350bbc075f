"""A person buys: shop and Stripe as real processes, Chromium, both databases."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.buyer import ASKS, DECLINED, NO_FUNDS
from tests.journeys.world import until
from tests.marks import slow_on_postgres

pytestmark = pytest.mark.browser
# The order page asks Stripe itself; with this switch it gets no answer, only the webhook helps.
NO_RETRIEVING = {"api_status": 500, "api_only_paths": ["/v1/checkout/sessions/"]}


def test_a_purchase_ends_on_a_paid_order_page(buyer, world):
    buyer.buys()
    buyer.sees_paid()
    buyer.sees("$39.00")
    until(lambda: world.handler_runs() == 1, "the handler's run")
    assert "order=1001" in world.log()


@slow_on_postgres
def test_the_order_page_turns_paid_without_a_reload(buyer, world):
    world.faults(delivery_delay_seconds=4, **NO_RETRIEVING)
    buyer.buys()
    buyer.sees("We are confirming your payment")
    buyer.does_not_see("Paid on")
    buyer.does_not_see("Continue payment")
    buyer.page.evaluate("window.sameDocument = true")
    buyer.sees_paid()
    assert buyer.page.evaluate("window.sameDocument") is True


@slow_on_postgres
@pytest.mark.parametrize("seconds", [8, pytest.param(20, marks=pytest.mark.slow)])
def test_a_webhook_is_delayed_while_the_buyer_waits(buyer, world, seconds):
    world.faults(delivery_delay_seconds=seconds, **NO_RETRIEVING)
    buyer.buys()
    buyer.sees("We are confirming your payment")
    buyer.page.wait_for_timeout(seconds * 500)
    buyer.does_not_see("Paid on")
    buyer.sees_paid(seconds=40)
    until(lambda: world.handler_runs() == 1, "the handler's run")


@slow_on_postgres
def test_a_lost_webhook_is_made_good_by_the_return_page(buyer, world):
    world.faults(delivery_drop=True)
    buyer.buys()
    buyer.sees_paid()
    until(lambda: world.handler_runs() == 1, "the handler's run")
    assert world.deliveries("checkout.session.completed")[0]["state"] == "dropped"


@slow_on_postgres
def test_a_webhook_sent_three_times_at_once_is_one_payment(buyer, world):
    world.faults(delivery_copies=3)
    buyer.buys()
    buyer.sees_paid()
    until(lambda: world.log().count("type=checkout.session.completed") == 3, "three deliveries")
    until(lambda: world.handler_runs() == 1, "the handler's run")
    buyer.page.wait_for_timeout(1500)
    assert world.handler_runs() == 1


@slow_on_postgres
@pytest.mark.parametrize("card", [DECLINED, pytest.param(NO_FUNDS, marks=pytest.mark.slow)])
def test_a_decline_then_success_on_the_same_page(buyer, world, card):
    buyer.opens()
    buyer.purchases()
    where = buyer.page.url
    buyer.pays(card)
    # The page's list of test cards speaks of insufficient funds, too.
    expect(buyer.page.locator("#card-notice")).to_contain_text(
        re.compile("card was declined|insufficient funds")
    )
    assert buyer.page.url == where
    buyer.pays()
    buyer.sees_paid()
    until(lambda: world.handler_runs() == 1, "the handler's run")


@slow_on_postgres
def test_three_d_secure(buyer, world):
    buyer.opens()
    buyer.purchases()
    buyer.pays(ASKS)
    buyer.page.get_by_role("button", name="Fail").click()
    expect(buyer.page.locator("body")).to_contain_text("unable to authenticate")
    buyer.pays(ASKS)
    buyer.page.get_by_role("button", name="Complete").click()
    buyer.sees_paid()
    until(lambda: world.handler_runs() == 1, "the handler's run")


@slow_on_postgres
def test_going_back_from_stripe_gives_the_product_back(buyer, world):
    buyer.opens("Soldering Iron")
    buyer.purchases("Soldering Iron")
    assert "5 left" not in card_of(buyer, world, "Soldering Iron")
    buyer.page.get_by_role("link", name=re.compile("Back")).click()
    buyer.page.wait_for_url(f"{world.shop_url}/cancelled**")
    buyer.sees("Nothing was charged")
    buyer.sees("Soldering Iron")
    assert "5 left" in card_of(buyer, world, "Soldering Iron")
    # The same form, once more: a new order, paid.
    buyer.purchases("Soldering Iron")
    buyer.pays()
    buyer.sees_paid()
    until(lambda: world.handler_runs() == 1, "the handler's run")


def card_of(buyer, world, name: str) -> str:
    """The product's card on the home page, as another visitor sees it."""
    page = buyer.page.context.browser.new_page()
    page.goto(world.shop_url)
    text: str = page.get_by_role("listitem").filter(has_text=name).inner_text()
    page.close()
    return text


@slow_on_postgres
def test_without_javascript(buyer_without_script, world):
    buyer = buyer_without_script
    buyer.buys()
    buyer.sees_paid()
    until(lambda: world.handler_runs() == 1, "the handler's run")


@slow_on_postgres
def test_the_shop_killed_between_payment_and_webhook(buyer, world):
    buyer.opens()
    buyer.purchases()
    world.kill("shop")
    buyer.page.route("**/success**", lambda route: route.abort())
    buyer.pays()
    until(lambda: world.deliveries("checkout.session.completed"), "the first try")
    world.start_shop()
    until(
        lambda: world.deliveries("checkout.session.completed")[0]["state"] == "succeeded",
        "the retried webhook",
    )
    until(lambda: world.handler_runs() == 1, "the handler's run")
    buyer.page.unroute("**/success**")
    buyer.page.goto(f"{world.shop_url}/success")
    buyer.sees_paid()
    # Everything Stripe has to say, said again: nothing happens twice.
    world.kill("shop")
    world.start_shop()
    buyer.page.reload()
    buyer.sees_paid()
    buyer.page.wait_for_timeout(1500)
    assert world.handler_runs() == 1


@slow_on_postgres
def test_stripe_down_and_up_again(buyer, world):
    world.kill("stripe")
    buyer.opens()
    buyer.page.get_by_role("button", name="Purchase Arduino Board").click()
    buyer.sees("Nothing was charged")
    world.start_stripe()
    buyer.purchases()
    buyer.pays()
    buyer.sees_paid()
    assert "order=1001" in world.log()
    assert "order=1002" not in world.log()


@slow_on_postgres
def test_a_double_click_is_one_order_and_one_session(buyer, world):
    world.faults(api_delay_seconds=1)
    buyer.opens()
    buyer.page.get_by_role("button", name="Purchase Arduino Board").dblclick()
    buyer.page.wait_for_url(f"{world.stripe_url}/c/pay/**")
    assert len(world.sessions()) == 1


@slow_on_postgres
def test_the_same_form_sent_eight_times_at_once_is_one_session(buyer, world):
    buyer.opens()
    urls = buyer.page.evaluate(EIGHT_CLICKS)
    assert len(set(urls)) == 1
    assert urls[0].startswith(world.stripe_url)
    assert len(world.sessions()) == 1


EIGHT_CLICKS = """async () => {
  const form = document.querySelector("form[data-ask]");
  const click = async () => {
    const answer = await fetch(form.action, {
      method: "POST", body: new URLSearchParams(new FormData(form)),
      headers: {"Accept": "application/json"},
    });
    return (await answer.json()).url;
  };
  return Promise.all(Array.from({length: 8}, click));
}"""
