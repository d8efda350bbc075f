"""Checkouts: one session per try, the same key for the same try, and a payment always wins."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from paydesk.catalogue.stock import SoldOut
from paydesk.orders.order import Order
from paydesk.payments.checkout import NothingToPay
from paydesk.payments.gateway import StripeRefused
from paydesk.payments.trip import Checkout
from paydesk.wiring import Shop
from tests.fake_gateway import unreachable
from tests.paydesk.test_placing import variant, wish


@pytest.fixture
def order(shop) -> Order:
    placed: Order = shop.placing.place(wish(shop, quantity=2))
    return placed


def now_of(shop: Shop, order: Order) -> Order:
    with shop.database.transaction() as tx:
        return tx.get_one(Order, order.id)


def trips(shop: Shop) -> int:
    with shop.database.transaction() as tx:
        return int(tx.scalar(select(func.count()).select_from(Checkout)) or 0)


def test_stripe_is_asked_for_exactly_what_was_ordered(shop, order, gateway, clock):
    opened = shop.checkouts.start(order.id)
    ((key, (request, session_id)),) = gateway.by_key.items()
    assert session_id == opened.stripe_id
    assert [(line.name, line.unit_minor, line.quantity) for line in request.lines] == [
        ("Arduino Board", 3900, 2)
    ]
    assert request.currency == "usd"
    assert request.client_reference_id == order.id
    assert request.metadata == {"paydesk_checkout": key, "order_number": "1001"}
    assert request.success_url == ("http://localhost:5000/success?session_id={CHECKOUT_SESSION_ID}")
    assert request.cancel_url == "http://localhost:5000/cancelled?order=1001"
    # Stripe takes no less than 30 minutes.
    assert request.expires_at - clock.timestamp() > 30 * 60


def test_a_second_start_is_the_same_session_without_asking(shop, order, gateway):
    first = shop.checkouts.start(order.id)
    assert shop.checkouts.start(order.id) == first
    assert gateway.calls == ["create"]


def test_clicks_at_the_same_time_are_one_session(shop, order, gateway):
    start = threading.Barrier(6)

    def click(_hand: int) -> str:
        start.wait()
        return str(shop.checkouts.start(order.id).stripe_id)

    with ThreadPoolExecutor(6) as hands:
        assert set(hands.map(click, range(6))) == {"cs_test_0001"}
    assert len(gateway.by_key) == 1
    assert trips(shop) == 1


def test_an_unanswered_try_keeps_its_key_while_stripe_would_take_the_same_request(
    shop, order, gateway, clock
):
    keys = keys_tried(gateway)
    for later in (0, 44, 2):
        clock.travel(timedelta(seconds=later))
        gateway.trouble = unreachable()
        with pytest.raises(type(gateway.trouble)):
            shop.checkouts.start(order.id)
    # After 46 s its `expires_at` might be too soon for Stripe: a new try under a new key.
    assert keys[0] == keys[1] != keys[2]
    assert now_of(shop, order).is_open
    assert variant(shop, "arduino-board").held == 2


def keys_tried(gateway) -> list[str]:
    keys: list[str] = []
    create = gateway.create_session

    def noting(request, *, idempotency_key):
        keys.append(idempotency_key)
        return create(request, idempotency_key=idempotency_key)

    gateway.create_session = noting
    return keys


def test_what_stripe_refused_is_not_sent_again_under_the_same_key(shop, order, gateway):
    keys = keys_tried(gateway)
    gateway.trouble = StripeRefused("parameter_invalid")
    with pytest.raises(StripeRefused):
        shop.checkouts.start(order.id)
    gateway.trouble = None
    shop.checkouts.start(order.id)
    assert len(set(keys)) == 2
    assert now_of(shop, order).number == 1001


def test_a_try_whose_answer_was_lost_and_whose_session_was_paid_is_paid(shop, order, gateway):
    create = gateway.create_session

    def lose_the_answer(request, *, idempotency_key):
        create(request, idempotency_key=idempotency_key)
        raise unreachable()

    gateway.create_session = lose_the_answer
    with pytest.raises(type(unreachable())):
        shop.checkouts.start(order.id)
    gateway.pay("cs_test_0001")
    gateway.create_session = create
    with pytest.raises(StripeRefused):
        shop.checkouts.start(order.id)
    assert now_of(shop, order).payment == "paid"
    assert variant(shop, "arduino-board").on_hand == 48


def test_a_session_past_its_time_is_replaced(shop, order, gateway, clock):
    first = shop.checkouts.start(order.id)
    clock.travel(timedelta(minutes=32))
    assert shop.checkouts.start(order.id).stripe_id != first.stripe_id
    assert len(gateway.by_key) == 2


def test_a_paid_order_needs_no_payment(shop, order, gateway):
    gateway.pay(shop.checkouts.start(order.id).stripe_id)
    shop.checkouts.ask(order.id)
    with pytest.raises(NothingToPay):
        shop.checkouts.start(order.id)
    assert trips(shop) == 1


def test_trying_again_after_cancelling_needs_stock_that_is_still_there(shop, gateway):
    irons = shop.placing.place(wish(shop, "soldering-iron", quantity=5))
    shop.checkouts.start(irons.id)
    shop.checkouts.cancel(irons.id)
    shop.placing.place(wish(shop, "soldering-iron"))
    with pytest.raises(SoldOut):
        shop.checkouts.start(irons.id)
    assert now_of(shop, irons).cancelled_at is not None
    assert gateway.calls == ["create", "expire"]


def test_cancelling_closes_the_session_at_stripe_and_gives_the_stock_back(shop, order, gateway):
    shop.checkouts.start(order.id)
    for _ in range(2):
        shop.checkouts.cancel(order.id)
    assert gateway.sessions["cs_test_0001"]["status"] == "expired"
    assert now_of(shop, order).payment == "expired"
    assert variant(shop, "arduino-board").held == 0


def test_cancelling_an_order_that_never_reached_stripe_gives_the_stock_back(shop, order, gateway):
    gateway.trouble = unreachable()
    with pytest.raises(type(gateway.trouble)):
        shop.checkouts.start(order.id)
    shop.checkouts.cancel(order.id)
    assert variant(shop, "arduino-board").held == 0


def test_a_payment_before_the_cancel_wins(shop, order, gateway):
    gateway.pay(shop.checkouts.start(order.id).stripe_id)
    shop.checkouts.cancel(order.id)
    after = now_of(shop, order)
    assert (after.payment, after.cancelled_at) == ("paid", None)
    assert variant(shop, "arduino-board").on_hand == 48


def test_without_stripe_nothing_is_released(shop, order, gateway):
    shop.checkouts.start(order.id)
    gateway.trouble = unreachable()
    with pytest.raises(type(gateway.trouble)):
        shop.checkouts.cancel(order.id)
    # The session may be paid at this moment; the stock stays the buyer's.
    assert variant(shop, "arduino-board").held == 2
    assert now_of(shop, order).payment == "awaiting"


def test_stripe_is_asked_at_most_every_eight_seconds(shop, order, gateway, clock):
    shop.checkouts.start(order.id)
    for seconds in (0, 1, 6, 1, 9):
        clock.travel(timedelta(seconds=seconds))
        shop.checkouts.ask(order.id)
    assert gateway.calls.count("retrieve") == 3


def test_asking_in_vain_raises_nothing(shop, order, gateway):
    shop.checkouts.start(order.id)
    gateway.trouble = unreachable()
    shop.checkouts.ask(order.id)
    assert now_of(shop, order).payment == "awaiting"
