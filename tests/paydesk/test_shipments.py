"""Shipments: what was paid for leaves once, in as many parcels as it takes."""

import threading
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from paydesk.catalogue import product as products
from paydesk.foundation.errors import Invalid, NotFound, Refused
from paydesk.foundation.money import Money
from paydesk.fulfilment import shipments
from paydesk.fulfilment.carriers import CARRIERS, code_of, tracking_url
from paydesk.fulfilment.shipments import Parcel, Shipment, ShipmentLine, fulfilment_of
from paydesk.orders.order import Fulfilment, Order, OrderLine
from paydesk.payments.refund import Wish
from tests.paydesk.test_inbox import now_of
from tests.paydesk.test_placing import wish


def paid_order(shop, gateway, quantity: int = 3, **more: Any) -> Order:
    placed = shop.placing.place(wish(shop, quantity=quantity, **more))
    opened = shop.checkouts.start(placed.id)
    gateway.pay(opened.stripe_id)
    shop.checkouts.ask(placed.id)
    return now_of(shop, placed)


def ship(shop, order: Order, items: dict[int, int] | None = None, **more: Any) -> Shipment:
    with shop.database.transaction() as tx:
        parcel = Parcel(items=items, **more)
        return shipments.ship(tx, order.id, parcel, "anna", shop.clock.now())


def change(shop, deed: Any, shipment: Shipment) -> Shipment:
    with shop.database.transaction() as tx:
        changed: Shipment = deed(tx, shipment.id, shop.clock.now())
        return changed


def state(shop, order: Order) -> str:
    return now_of(shop, order).fulfilment


def test_an_order_is_to_be_shipped_once_it_is_paid(shop, gateway):
    placed = shop.placing.place(wish(shop))
    assert state(shop, placed) == "none"
    with pytest.raises(Refused, match="is not paid"):
        ship(shop, placed)
    opened = shop.checkouts.start(placed.id)
    gateway.pay(opened.stripe_id)
    shop.checkouts.ask(placed.id)
    assert state(shop, placed) == "unfulfilled"


def test_in_parts_undone_and_shipped_again(shop, gateway):
    order = paid_order(shop, gateway)
    first = ship(shop, order, {0: 1}, carrier="DHL", tracking="JD 0146 0000")
    assert state(shop, order) == "partly"
    rest = ship(shop, order)
    assert [each.quantity for each in rest.lines] == [2]
    assert state(shop, order) == "shipped"
    with pytest.raises(Refused, match="Nothing is left"):
        ship(shop, order)
    change(shop, shipments.undo, first)
    assert state(shop, order) == "partly"
    again = change(shop, shipments.undo, first)
    assert again.undone_at == first.shipped_at
    change(shop, shipments.deliver, rest)
    last = ship(shop, order)
    assert [each.quantity for each in last.lines] == [1]
    assert state(shop, order) == "shipped"
    change(shop, shipments.deliver, last)
    assert state(shop, order) == "delivered"
    with pytest.raises(Refused, match="was undone"):
        change(shop, shipments.deliver, first)


@pytest.mark.parametrize(
    ("items", "error"),
    [({0: 4}, Refused), ({1: 1}, Invalid), ({0: 0}, Invalid), ({0: -1}, Invalid), ({}, Invalid)],
)
def test_what_cannot_be_shipped_is_refused_and_nothing_written(shop, gateway, items, error):
    order = paid_order(shop, gateway)
    with pytest.raises(error):
        ship(shop, order, items)
    assert state(shop, order) == "unfulfilled"


def test_what_was_refunded_and_put_back_is_not_sent(shop, gateway):
    order = paid_order(shop, gateway)
    with shop.database.transaction() as tx:
        tx.execute(update(OrderLine).where(OrderLine.order_id == order.id).values(returned=1))
    with pytest.raises(Refused, match="2 × Arduino Board, not"):
        ship(shop, order, {0: 3})
    ship(shop, order, {0: 2})
    assert state(shop, order) == "shipped"


def test_an_order_that_was_given_back_is_not_to_be_shipped_any_more(shop, gateway):
    order = paid_order(shop, gateway)
    shop.refunds.request(order.id, Wish(Money(100, "usd")))
    assert state(shop, order) == "unfulfilled"
    shop.refunds.request(order.id, Wish())
    assert state(shop, order) == "none"
    with pytest.raises(Refused, match="Nothing is left"):
        ship(shop, order)


def test_what_is_paid_anew_each_month_is_not_sent(shop):
    with shop.database.transaction() as tx:
        club = products.by_slug(tx, "parts-club").variants[0].name
    placed = shop.placing.place(wish(shop, "parts-club", club))
    assert [line.ships for line in placed.lines] == [False]


def test_the_same_form_sent_twice_is_one_shipment(shop, gateway):
    order = paid_order(shop, gateway)
    ids = {ship(shop, order, {0: 1}, attempt="a form").id for _ in range(2)}
    assert len(ids) == 1
    assert state(shop, order) == "partly"


def test_who_ship_at_once_send_no_more_than_was_ordered(shop, gateway):
    order = paid_order(shop, gateway, 3)
    outcomes = []

    def send() -> None:
        try:
            outcomes.append(ship(shop, order, {0: 2}).id)
        except Refused:
            outcomes.append("refused")

    threads = [threading.Thread(target=send) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(outcomes)[:3] == ["refused"] * 3
    assert state(shop, order) == "partly"


def test_a_shipment_nobody_made_is_not_found(shop):
    with pytest.raises(NotFound), shop.database.transaction() as tx:
        shipments.undo(tx, "shp_nothing", shop.clock.now())


def test_a_number_leads_to_its_carriers_page():
    assert tracking_url("ups", "1Z 99/x") == "https://www.ups.com/track?tracknum=1Z%2099%2Fx"
    assert tracking_url("", "1Z") is None
    assert tracking_url("Bike courier", "1") is None
    assert code_of(" royal  MAIL ") == "royal_mail"
    assert code_of("Bike courier") == "Bike courier"
    assert all(each.page.count("{}") == 1 for each in CARRIERS.values())


LINES = st.lists(
    st.tuples(st.integers(1, 3), st.integers(0, 3), st.integers(0, 3), st.booleans()),
    min_size=1,
    max_size=3,
)


@given(lines=LINES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_the_status_follows_from_what_was_ordered_returned_and_sent(lines):
    order = Order(
        payment="paid",
        paid_minor=100,
        refunded_minor=0,
        flags=[],
        lines=[
            OrderLine(position=n, quantity=ordered, returned=min(back, ordered), ships=ships)
            for n, (ordered, back, _, ships) in enumerate(lines)
        ],
    )
    due = {
        n: ordered - min(back, ordered) if ships else 0
        for n, (ordered, back, _, ships) in enumerate(lines)
    }
    sent = {n: min(out, due[n]) for n, (_, _, out, _) in enumerate(lines) if min(out, due[n])}
    parcel = Shipment(lines=[ShipmentLine(position=n, quantity=out) for n, out in sent.items()])
    parcel.delivered_at = order.paid_at = None
    left = sum(due.values()) - sum(sent.values())
    expected = {
        (False, False): Fulfilment.NONE,
        (False, True): Fulfilment.UNFULFILLED,
        (True, True): Fulfilment.PARTLY,
        (True, False): Fulfilment.SHIPPED,
    }[bool(sent), left > 0]
    assert fulfilment_of(order, [parcel] if sent else []) == expected
    order.refunded_minor = 100
    assert fulfilment_of(order, [parcel] if sent else []) == (
        Fulfilment.SHIPPED if sent else Fulfilment.NONE
    )
