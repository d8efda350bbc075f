"""An order's page through its whole life: parcels, what went back, and being told by the server."""

import re
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from paydesk.business import shipping
from paydesk.business.shipping import RateTerms
from paydesk.fulfilment import shipments
from paydesk.fulfilment.shipments import Parcel
from paydesk.orders.order import Order
from paydesk.payments.facts import Fact, Kind
from paydesk.web import order_page
from paydesk.web.order_words import method_text
from tests.fake_gateway import event_of
from tests.web.test_buying import bought

TRACKED = "00340434161094015902"


@pytest.fixture
def link(visitor, gateway) -> str:
    """The address of an order whose session `cs_test_0001` is open."""
    session_id = bought(visitor, gateway)
    return str(visitor.http.get(f"/success?session_id={session_id}").location)


@pytest.fixture
def paid_link(visitor, stripe, gateway, link) -> str:
    thing = gateway.pay("cs_test_0001", email="ada@example.com")
    stripe.sends(event_of(thing, "checkout.session.completed", "evt_paid"))
    return link


def change(shop, **values: object) -> Order:
    with shop.database.transaction() as tx:
        order = tx.scalars(select(Order)).one()
        for name, value in values.items():
            setattr(order, name, value)
        return order


def settle(shop, order: Order, *facts: Fact) -> None:
    with shop.database.transaction() as tx:
        shop.settling.settle(tx, order.id, facts)


def text(visitor, link: str) -> str:
    """The page's own content, as read."""
    answer = visitor.http.get(link)
    assert answer.status_code == 200
    main = answer.text[answer.text.index("<main") : answer.text.index("</main")]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def test_parcels_are_followed_from_packing_to_arrival(visitor, shop, clock, paid_link):
    order = change(shop)
    assert "Paid on 23 November 2026. We are packing it." in text(visitor, paid_link)
    clock.travel(timedelta(days=1))
    with shop.database.transaction() as tx:
        parcel = shipments.ship(tx, order.id, Parcel(None, "dhl", TRACKED), "x", clock.now())
    sent = text(visitor, paid_link)
    assert "Shipped Paid on 23 November 2026. Your parcel left on 24 November 2026." in sent
    assert f"DHL {TRACKED} · Follow it at DHL" in sent
    assert "1 × Arduino Board" in sent
    clock.travel(timedelta(days=2))
    with shop.database.transaction() as tx:
        shipments.deliver(tx, parcel.id, clock.now())
    assert "It arrived on 26 November 2026." in text(visitor, paid_link)


def test_a_parcel_is_expected_as_its_way_was_offered_when_it_was_ordered(
    visitor, shop, clock, paid_link
):
    with shop.database.transaction() as tx:
        rate = shipping.add_rate(tx, clock, RateTerms("Parcel", ("DE",), {"usd": 490}, {}, 1, 4))
    clock.travel(timedelta(hours=1))
    at = clock.now()
    order = change(shop, shipping_name="Parcel", ship_to={"country": "DE"}, created_at=at)
    clock.travel(timedelta(days=2))
    with shop.database.transaction() as tx:
        shipping.change_rate(
            tx, clock, rate.id, RateTerms("Parcel", ("DE",), {"usd": 490}, {}, 9, 9)
        )
        shipments.ship(tx, order.id, Parcel(None, "dhl", TRACKED), "x", clock.now())
    # From Wednesday on, over a weekend.
    assert "Left on 25 November 2026 · Expected by 1 December 2026" in text(visitor, paid_link)
    clock.travel(timedelta(days=7))
    assert "Expected" not in text(visitor, paid_link)


def test_a_shipment_that_was_undone_is_not_shown(visitor, shop, clock, paid_link):
    order = change(shop)
    with shop.database.transaction() as tx:
        parcel = shipments.ship(tx, order.id, Parcel(None, "dhl", TRACKED), "x", clock.now())
        shipments.undo(tx, parcel.id, clock.now())
    assert "We are packing it." in text(visitor, paid_link)
    assert TRACKED not in text(visitor, paid_link)


def test_a_refund_names_day_amount_and_card(visitor, shop, paid_link):
    order = change(shop)
    card = Fact(
        Kind.CHARGE,
        "ch_1",
        "succeeded",
        3900,
        "usd",
        intent_id="pi_cs_test_0001",
        paid_by="visa 4242",
    )
    back = Fact(Kind.REFUND, "re_1", "succeeded", 3900, "usd", intent_id="pi_cs_test_0001")
    settle(shop, order, card, back)
    said = text(visitor, paid_link)
    assert "We returned $39.00 on 23 November 2026 to Visa ••4242." in said
    assert "It can take 5 to 10 days" in said
    assert "Shipped" not in said


def test_a_late_payment_says_that_it_went_back(visitor, shop, paid_link):
    order = change(shop, flags=["sold_out_meanwhile"])
    assert "We will return it." in text(visitor, paid_link)
    back = Fact(Kind.REFUND, "re_1", "succeeded", 3900, "usd", intent_id="pi_cs_test_0001")
    settle(shop, order, back)
    said = text(visitor, paid_link)
    assert "Your payment arrived after the items were gone. We returned $39.00 on" in said


def test_to_its_buyer_a_disputed_order_is_paid(visitor, shop, paid_link):
    dispute = Fact(Kind.DISPUTE, "dp_1", "open", 3900, "usd", intent_id="pi_cs_test_0001")
    settle(shop, change(shop), dispute)
    said = text(visitor, paid_link)
    assert "Paid on 23 November 2026." in said
    assert "isput" not in said


def test_a_cancelled_order_says_when(visitor, shop, link):
    shop.checkouts.cancel(change(shop).id)
    assert "You cancelled this order on 23 November 2026." in text(visitor, link)


def test_address_documents_and_help_are_at_hand(visitor, shop, paid_link):
    address = {"name": "Ada", "line1": "Musterstraße 1", "postcode": "50667", "city": "Köln"}
    consent = {"kind": "terms", "version": 2, "language": "de", "at": "2026-11-23T10:00:00+00:00"}
    waiver = {**consent, "kind": "waiver"}
    place = {**address, "country": "DE"}
    change(shop, ship_to=place, phone="+49 221 1", consents=[consent, waiver])
    page = visitor.http.get(paid_link).text
    assert "Musterstraße 1<br>50667 Köln<br>Germany" in page
    assert "Receipt TEST-2026-0001" in page
    assert '<a href="/legal/terms/2?language=de">Terms</a>' in page
    assert f'href="{paid_link}/withdraw"' in page


@pytest.mark.parametrize(
    ("words", "shown"),
    [("visa 4242", "Visa ••4242"), ("sepa_debit 3000", "SEPA ••3000"), ("klarna", "Klarna")],
)
def test_what_was_paid_by_is_told_as_on_the_card(words, shown):
    assert method_text(words) == shown


def seen(visitor, link: str) -> str:
    """The version an open page shows."""
    return str(visitor.http.get(f"{link}/state").json["version"])


def test_where_no_place_is_free_the_browser_is_told_to_ask_by_itself(visitor, shop, link):
    assert visitor.http.get(f"{link}/live").status_code == 204
    shop.watching.allow(1)
    assert shop.watching.take_place()
    assert visitor.http.get(f"{link}/live").status_code == 204
    shop.watching.leave_place()
    with visitor.http.get(f"{link}/live?seen=older") as answer:
        assert answer.status_code == 200
    # The place is free again, however the stream ended.
    assert shop.watching.take_place()


def test_a_page_that_shows_something_old_is_told_at_once(visitor, shop, link):
    shop.watching.allow(1)
    now = seen(visitor, link)
    with visitor.http.get(f"{link}/live?seen=0-x") as answer:
        assert answer.mimetype == "text/event-stream"
        assert answer.headers["Cache-Control"] == "no-store"
        assert f"event: version\nid: {now}\ndata: {now}\n\n" in answer.text
    # What the browser was told last outdoes what the page began with.
    with visitor.http.get(f"{link}/live?seen={now}", headers={"Last-Event-ID": "x"}) as answer:
        assert f"data: {now}" in answer.text


def test_a_change_elsewhere_is_told_while_the_page_waits(visitor, shop, gateway, link):
    shop.watching.allow(1)
    before = seen(visitor, link)
    paid = Fact(Kind.SESSION, "cs_test_0001", "paid", 3900, "usd", intent_id="pi_1")
    timer = threading.Timer(0.3, settle, (shop, change(shop), paid))
    timer.start()
    with visitor.http.get(f"{link}/live?seen={before}") as answer:
        told = answer.text
    timer.join()
    assert "-paid\n\n" in told
    assert f"data: {seen(visitor, link)}" in told


def test_a_stream_without_news_ends_and_says_when_to_come_again(visitor, shop, link, monkeypatch):
    monkeypatch.setattr(order_page, "_STREAM_SECONDS", 0.2)
    monkeypatch.setattr(order_page, "_SIGN_OF_LIFE_SECONDS", 0.1)
    shop.watching.allow(1)
    with visitor.http.get(f"{link}/live?seen={seen(visitor, link)}") as answer:
        assert answer.text == "retry: 1000\n\n: still here\n\n: still here\n\n"
    assert shop.watching.take_place()


def test_a_foreign_link_is_told_nothing(visitor, shop, link):
    shop.watching.allow(1)
    wrong = re.sub(r"[^/]+$", "x" * 26, link)
    assert visitor.http.get(f"{wrong}/live").status_code == 404
    assert shop.watching.take_place()
