"""Refunds by lines: what they come to, what goes back on the shelf, and who was faster."""

import pytest
from sqlalchemy import select

from paydesk.catalogue.product import Variant
from paydesk.foundation.errors import Invalid, Refused
from paydesk.foundation.money import Money
from paydesk.fulfilment import shipments
from paydesk.fulfilment.shipments import Parcel
from paydesk.orders.order import Order
from paydesk.payments.refund import ChangedMeanwhile, LineWish, Refund, TooMuch, Wish
from paydesk.payments.refund_lines import SHIPPING, RefundLine
from paydesk.payments.story import tell
from paydesk.staff.audit import AuditEntry
from tests.paydesk.test_inbox import parsed
from tests.paydesk.test_placing import wish

_LINE = LineWish(0, 1, restock=True)


@pytest.fixture
def paid(shop, gateway) -> str:
    """Three boards, paid: 117 dollars."""
    placed = shop.placing.place(wish(shop, quantity=3))
    opened = shop.checkouts.start(placed.id)
    thing = gateway.pay(opened.stripe_id)
    shop.inbox.receive(parsed(thing, "checkout.session.completed", "evt_paid"))
    return str(placed.id)


def look(shop, order_id: str) -> Order:
    with shop.database.transaction() as tx:
        return tx.get_one(Order, order_id)


def on_hand(shop) -> int:
    with shop.database.transaction() as tx:
        query = select(Variant.on_hand).where(Variant.product.has(slug="arduino-board"))
        return int(tx.scalars(query).one() or 0)


def left(shop, order_id: str) -> dict[int, int]:
    with shop.database.transaction() as tx:
        return shipments.left_to_ship(tx, tx.get_one(Order, order_id))


def test_a_line_is_refunded_put_back_once_and_not_sent_any_more(shop, gateway, paid):
    before = on_hand(shop)
    gateway.refund_status = "pending"
    rows = shop.refunds.request(paid, Wish(lines=(LineWish(0, 2, restock=True),)))
    assert [row.amount_minor for row in rows] == [7800]
    assert on_hand(shop) == before + 2
    assert left(shop, paid) == {0: 1}
    # Stripe says that it has arrived, and says it again.
    thing = gateway.refunds[rows[0].stripe_id]
    thing["status"] = "succeeded"
    for kind in ("refund.created", "refund.updated", "charge.refunded"):
        shop.inbox.receive(parsed(thing, kind, f"evt_{kind}"))
    assert on_hand(shop) == before + 2
    assert look(shop, paid).lines[0].returned == 2


def test_what_is_not_ticked_stays_off_the_shelf(shop, paid):
    before = on_hand(shop)
    shop.refunds.request(paid, Wish(lines=(LineWish(0, 1),)))
    assert on_hand(shop) == before
    assert left(shop, paid) == {0: 2}


def test_what_had_left_comes_back_and_the_rest_is_still_to_be_sent(shop, clock, paid):
    with shop.database.transaction() as tx:
        shipments.ship(tx, paid, Parcel({0: 2}), "ann", clock.now())
    shop.refunds.request(paid, Wish(lines=(LineWish(0, 1, restock=True),)))
    assert left(shop, paid) == {}
    shop.refunds.request(paid, Wish(lines=(LineWish(0, 2, restock=True),)))
    assert look(shop, paid).refunded_minor == 11700


def test_no_more_pieces_than_were_bought(shop, paid):
    shop.refunds.request(paid, Wish(lines=(LineWish(0, 2),)))
    with pytest.raises(Refused, match="Left to refund: 1 × Arduino Board"):
        shop.refunds.request(paid, Wish(lines=(LineWish(0, 2),)))
    for bad in (LineWish(0, 0), LineWish(5, 1), LineWish(SHIPPING, 1)):
        with pytest.raises(Invalid):
            shop.refunds.request(paid, Wish(lines=(bad,)))


def test_one_cent_too_much_is_refused_and_nothing_is_asked_of_stripe(shop, gateway, paid):
    with pytest.raises(TooMuch):
        shop.refunds.request(paid, Wish(Money(11701, "usd")))
    shop.refunds.request(paid, Wish(Money(1, "usd")))
    with pytest.raises(TooMuch):
        shop.refunds.request(paid, Wish(lines=(LineWish(0, 3),)))
    assert gateway.calls.count("refund") == 1


def test_two_who_look_at_once_are_told_apart(shop, paid):
    shown = shop.refunds.preview(paid, Wish()).shown
    shop.refunds.request(paid, Wish(lines=(_LINE,), shown=shown, attempt="one"))
    with pytest.raises(ChangedMeanwhile):
        shop.refunds.request(paid, Wish(lines=(_LINE,), shown=shown, attempt="two"))
    # The first form sent again is the first refund, not a second one, and not refused.
    again = shop.refunds.request(paid, Wish(lines=(_LINE,), shown=shown, attempt="one"))
    assert [row.amount_minor for row in again] == [3900]
    assert look(shop, paid).refunded_minor == 3900


def test_a_refund_that_is_still_on_its_way_counts_as_seen(shop, gateway, paid):
    """Stripe cannot be reached: nothing has changed about the order, and yet something has."""
    shown = shop.refunds.preview(paid, Wish()).shown
    gateway.answers_are_lost = True
    shop.refunds.request(paid, Wish(lines=(_LINE,), shown=shown))
    with pytest.raises(ChangedMeanwhile):
        shop.refunds.request(paid, Wish(lines=(_LINE,), shown=shown))


def test_after_a_late_failure_it_is_made_again_for_the_same_things_put_back_once(
    shop, gateway, paid
):
    before = on_hand(shop)
    row = shop.refunds.request(paid, Wish(lines=(_LINE,)))[0]
    thing = gateway.refunds[row.stripe_id]
    thing["status"] = "failed"
    shop.inbox.receive(parsed(thing, "refund.failed", "evt_failed"))
    assert look(shop, paid).owed_minor == 3900
    again = shop.refunds.repeat(paid, "ann")[0]
    assert (again.state, again.amount_minor) == ("succeeded", 3900)
    assert on_hand(shop) == before + 1
    assert look(shop, paid).owed_minor == 0
    with shop.database.transaction() as tx:
        lines = tx.scalars(select(RefundLine).where(RefundLine.refund_id == again.id)).all()
        assert [(line.position, line.quantity, line.restocked) for line in lines] == [(0, 1, 0)]
    with pytest.raises(Refused, match="Left to refund: 2 × Arduino Board"):
        shop.refunds.request(paid, Wish(lines=(LineWish(0, 3),)))


def test_a_refusal_of_stripes_leaves_the_things_to_be_refunded(shop, gateway, paid):
    before = on_hand(shop)
    # Somebody was faster in Stripe's Dashboard, and we have not heard of it.
    gateway.dashboard_refund(f"pi_{next(iter(gateway.sessions))}", 11700)
    with pytest.raises(Refused, match="Stripe did not make"):
        shop.refunds.request(paid, Wish(lines=(_LINE,)))
    assert on_hand(shop) == before
    with shop.database.transaction() as tx:
        assert tx.scalars(select(Refund.state)).all() == ["refused"]
    assert left(shop, paid) == {0: 3}


def test_who_refunded_what_is_in_the_audit_log(shop, paid):
    shop.refunds.request(paid, Wish(lines=(_LINE,), who="ann@shop.example", reason="duplicate"))
    with shop.database.transaction() as tx:
        entry = tx.scalars(select(AuditEntry)).one()
    assert (entry.who, entry.what, entry.about) == (
        "ann@shop.example",
        "refund.requested",
        "order 1001",
    )
    assert entry.after is not None
    assert (entry.after["amount"], entry.after["restocked"]) == ("$39.00", ["1"])


def test_what_was_refunded_is_not_sent_again_when_its_parcel_is_undone(shop, paid):
    parcel = shop.order_desk.ship(paid, Parcel(), "ann@shop.example")
    shop.refunds.request(paid, Wish(lines=(_LINE,)))
    assert left(shop, paid) == {}
    shop.order_desk.undo_shipment(parcel.id, "ann@shop.example")
    assert left(shop, paid) == {0: 2}
    first = shop.order_desk.ship(paid, Parcel(items={0: 1}), "ann@shop.example")
    assert left(shop, paid) == {0: 1}
    shop.order_desk.undo_shipment(first.id, "ann@shop.example")
    assert left(shop, paid) == {0: 2}


def test_the_story_says_who_refunded_what_and_who_undid_a_parcel(shop, paid):
    parcel = shop.order_desk.ship(paid, Parcel(), "ann@shop.example")
    shop.order_desk.deliver(parcel.id, "bob@shop.example")
    shop.order_desk.undo_shipment(parcel.id, "cid@shop.example")
    shop.refunds.request(paid, Wish(lines=(_LINE,), who="dan@shop.example"))
    shop.order_desk.archive(paid, "eve@shop.example", put_away=True)
    with shop.database.transaction() as tx:
        told = {each.who: each.text for each in tell(tx, tx.get_one(Order, paid)).entries}
    assert told["bob@shop.example"] == "Arrived."
    assert told["cid@shop.example"].startswith("Shipment undone")
    assert told["dan@shop.example"] == "Refund of $39.00 for 1 × Arduino Board: made."
    assert told["eve@shop.example"].startswith("Put away")
