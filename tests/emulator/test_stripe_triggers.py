"""`stripe trigger EVENT` of the real Stripe CLI: the event happens, with all that leads to it."""

import re
import time

import pytest

from stripe_emulator.travelling import travel
from tests.emulator.conftest import client_for
from tests.stripe_cli import stripe

_AT_ONCE = """
balance.available
billing_portal.configuration.created billing_portal.configuration.updated
billing_portal.session.created
charge.captured charge.dispute.closed charge.dispute.created charge.dispute.updated charge.failed
charge.refund.updated charge.refunded charge.succeeded
checkout.session.completed checkout.session.expired
coupon.created coupon.deleted coupon.updated
customer.created customer.deleted customer.discount.created customer.discount.deleted
customer.discount.updated customer.source.created customer.source.updated
customer.subscription.created customer.subscription.deleted customer.subscription.paused
customer.subscription.trial_will_end customer.subscription.updated customer.updated
invoice.created invoice.deleted invoice.finalized invoice.marked_uncollectible invoice.paid
invoice.payment_action_required invoice.payment_failed invoice.payment_succeeded invoice.sent
invoice.updated invoice.voided invoiceitem.created invoiceitem.deleted
payment_intent.amount_capturable_updated payment_intent.canceled payment_intent.created
payment_intent.payment_failed payment_intent.processing payment_intent.requires_action
payment_intent.succeeded
payment_link.created payment_link.updated
payment_method.attached payment_method.detached payment_method.updated payout.created payout.updated
plan.created plan.deleted plan.updated price.created price.updated
product.created product.deleted product.updated promotion_code.created promotion_code.updated
setup_intent.canceled setup_intent.created setup_intent.requires_action setup_intent.setup_failed
setup_intent.succeeded
subscription.payment_failed subscription.payment_succeeded
tax_rate.created tax_rate.updated
test_helpers.test_clock.advancing test_helpers.test_clock.created test_helpers.test_clock.deleted
test_helpers.test_clock.ready
"""
AT_ONCE = _AT_ONCE.split()
# A bank takes some days.
LATER = ["checkout.session.async_payment_failed", "checkout.session.async_payment_succeeded"]
_A_WEEK = 7 * 24 * 3600
# These two are no events' names.
NAMES = {
    "subscription.payment_failed": "invoice.payment_failed",
    "subscription.payment_succeeded": "invoice.payment_succeeded",
}


def trigger(tmp_path, emulator, name: str) -> None:
    ran = stripe(tmp_path, emulator.url, "trigger", name)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Trigger succeeded!" in ran.stdout


def happened(emulator, name: str, within_seconds: float = 6.0) -> bool:
    until = time.monotonic() + within_seconds
    with client_for(emulator.url) as client:
        while not client.v1.events.list({"type": NAMES.get(name, name), "limit": 1}).data:
            if time.monotonic() > until:
                return False
            time.sleep(0.05)
    return True


@pytest.mark.parametrize("name", ["payment_intent.succeeded", "checkout.session.completed"])
def test_a_trigger_makes_its_event_happen(tmp_path, emulator, name):
    trigger(tmp_path, emulator, name)
    assert happened(emulator, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", AT_ONCE)
def test_every_trigger_a_shop_may_want_makes_its_event_happen(tmp_path, emulator, name):
    trigger(tmp_path, emulator, name)
    assert happened(emulator, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", LATER)
def test_what_a_bank_decides_happens_in_its_time(tmp_path, emulator, name):
    trigger(tmp_path, emulator, name)
    travel(emulator.emulator, emulator.emulator.clock.precise() + _A_WEEK)
    assert happened(emulator, name)


def test_there_are_sixty_of_them_and_the_cli_knows_them_all(tmp_path, emulator):
    ran = stripe(tmp_path, emulator.url, "trigger", "--help")
    known = set(re.findall(r"^  ([\w.]+)$", ran.stdout, re.MULTILINE))
    assert set(AT_ONCE) | set(LATER) <= known
    assert len(set(AT_ONCE)) >= 60
