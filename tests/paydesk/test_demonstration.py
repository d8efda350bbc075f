"""The demonstration: sixty days in every state, and books that agree with themselves and Stripe."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from paydesk.business import demonstration as business
from paydesk.catalogue.demonstration import MARK
from paydesk.cli.demonstrating import demonstrate
from paydesk.cli.demonstration_script import SCRIPT, UNUSUAL
from paydesk.orders.order import Order
from paydesk.payments.bookings import KnownBooking
from paydesk.payments.checking_case import Severity
from paydesk.payments.refund import Wish
from paydesk.payments.subscription import Subscription
from paydesk.reports import sums
from paydesk.reports.attention import Need, attention
from paydesk.reports.checking import check
from tests.paydesk.emulated import _running, emulated, real_shop, stripe_here

__all__ = ("_running", "emulated", "real_shop", "stripe_here")


@pytest.fixture
def database_url(stocked_sqlite: str) -> str:
    """The shop's own code writes everything, and is tested on both."""
    return stocked_sqlite


def by_state(shop) -> dict[str, int]:
    with shop.database.transaction() as tx:
        query = select(Order.payment, func.count()).group_by(Order.payment)
        return {state: int(n) for state, n in tx.execute(query)}


def test_every_state_is_there_and_the_books_agree(emulated, real_shop):
    with real_shop.database.transaction() as tx:
        business.load(tx, real_shop.clock)
    assert demonstrate(emulated, script=UNUSUAL) == len(UNUSUAL)
    assert {*by_state(real_shop)} == {"awaiting", "pending", "paid", "failed", "expired"}
    now = real_shop.clock.now()
    with real_shop.database.transaction() as tx:
        orders = tx.scalars(select(Order).order_by(Order.number)).all()
        counts = sums.counts(tx)
        needs = {item.need for item in attention(tx, now)}
        assert tx.scalar(select(func.count()).select_from(Subscription)) == 1
        assert sums.wrong(tx) == []
    assert {order.buyer for order in orders} == {MARK}
    shipped = [order for order in orders if order.shipping_name and order.ship_to]
    assert {order.ship_to["country"] for order in shipped} == {"AT", "DE", "GB", "US"}
    assert all(order.country == order.ship_to["country"] for order in shipped)
    assert any(order.taxes for order in orders)
    assert now - orders[0].created_at > timedelta(days=45)
    fulfilments = {"none", "unfulfilled", "partly", "shipped", "delivered"}
    assert {order.fulfilment for order in orders} == fulfilments
    assert any(0 < order.refunded_minor < order.paid_minor for order in orders)
    assert any(order.refunded_minor == order.paid_minor > 0 for order in orders)
    assert any("paid_after_expiry" in order.flags for order in orders)
    assert counts["problem:disputed"] == 1
    assert {Need.DISPUTES, Need.TO_SHIP, Need.WITHDRAWALS} <= needs
    found = check(real_shop.database, real_shop.clock, lambda *_: None)
    assert [each for each in found if each.severity is Severity.ERROR] == []
    since = int(orders[0].created_at.timestamp()) - 1
    reconciled = real_shop.reconciling.compare(since, lambda *_: None)
    assert [each.text for each in reconciled.differences] == []


def test_what_it_made_is_at_stripe_and_can_be_worked_on(emulated, real_shop):
    demonstrate(emulated, script=SCRIPT[-2:])
    with real_shop.database.transaction() as tx:
        paid = tx.scalars(select(Order).where(Order.payment == "paid")).all()[-1]
    rows = real_shop.refunds.request(paid.id, Wish())
    assert [row.state for row in rows] == ["succeeded"]
    assert real_shop.bookings.run() > 0
    with real_shop.database.transaction() as tx:
        for row in tx.scalars(select(KnownBooking)):
            assert row.net_minor == row.amount_minor - row.fee_minor < row.amount_minor
    # The emulator's clock has come back to the machine's.
    assert abs(real_shop.clock.timestamp() - stripe_now(real_shop)) < 60


def test_on_a_shelf_of_somebodys_own_nothing_is_bought_that_is_not_there(emulated, real_shop):
    with real_shop.database.transaction() as tx:
        tx.execute(text("UPDATE paydesk_products SET slug = 'mine' WHERE slug = 'breadboard'"))
        tx.execute(text("UPDATE paydesk_variants SET on_hand = held WHERE on_hand > 0"))
    demonstrate(emulated, script=SCRIPT[-2:])
    assert by_state(real_shop) == {}


def stripe_now(shop) -> int:
    return int(next(iter(shop.gateway.list_events(0, 2**31)))["created"])
