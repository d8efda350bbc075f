"""The desk's orders: the list, one order, and what is done to them there."""

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from bench.desk.loading import load_more
from paydesk.fulfilment import letters
from paydesk.orders import order as orders
from paydesk.orders.order import Order
from paydesk.payments import bookings
from paydesk.staff.audit import AuditEntry
from tests.paydesk.test_inbox import now_of
from tests.paydesk.test_order_list import NOW
from tests.paydesk.test_placing import wish
from tests.paydesk.test_shipments import paid_order


def audited(shop) -> list[tuple[str, str]]:
    with shop.database.reading() as tx:
        rows = tx.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [(row.who, row.what) for row in rows]


def change(shop, order: Order, **values: Any) -> None:
    with shop.database.transaction() as tx:
        row = orders.locked(tx, order.id)
        for name, value in values.items():
            setattr(row, name, value)


def numbers_on(page: str) -> list[int]:
    return [int(each) for each in re.findall(r'name="number" value="(\d+)"', page)]


def test_an_empty_shop_is_not_an_empty_list(owner, shop):
    assert "No orders yet." in owner.page("/admin/orders")
    shop.placing.place(wish(shop))
    assert "No order matches." in owner.page("/admin/orders?from=2030-01-01")
    assert "No order is in this list." in owner.page("/admin/orders?tab=to_ship")
    assert numbers_on(owner.page("/admin/orders")) == [1001]


def test_the_list_shows_how_each_order_stands(owner, shop, gateway):
    order = paid_order(shop, gateway, 2, email="anna@shop.example")
    change(shop, order, refunded_minor=3900, dispute_open=True)
    page = owner.page("/admin/orders?tab=problems")
    for words in ("anna@<wbr>shop.example", "2 × Arduino Board", "Partly refunded", "To ship"):
        assert words in page
    assert "Disputed" in page
    assert re.search(r"<s[^>]*>\$39.00</s>", page)
    assert "$78.00" in page


def test_pages_are_real_links_that_lead_there_and_back(owner, shop):
    load_more(shop.database, 120, NOW)
    first = owner.page("/admin/orders")
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older is not None
    second = owner.page(older[1].replace("&amp;", "&"))
    newer = re.search(r'rel="prev" href="([^"]+)"', second)
    assert newer is not None
    assert numbers_on(owner.page(newer[1].replace("&amp;", "&"))) == numbers_on(first)
    assert numbers_on(first) == list(range(1120, 1070, -1))
    assert numbers_on(second) == list(range(1070, 1020, -1))


def test_whoever_names_one_order_is_shown_that_order(owner, shop):
    order = shop.placing.place(wish(shop))
    for name in ("1001", "%231001", order.id):
        assert owner.http.get(f"/admin/orders?q={name}").location == "/admin/orders/1001"
    assert owner.http.get("/admin/orders?q=1001&tab=to_ship").status_code == 200


def test_a_mistyped_date_is_named_and_shows_orders_all_the_same(owner, shop):
    shop.placing.place(wish(shop))
    page = owner.page("/admin/orders?from=1.2.2026")
    assert "is no day" in page
    assert numbers_on(page) == [1001]


def test_several_are_shipped_at_once_each_with_its_outcome(owner, shop, gateway):
    first = paid_order(shop, gateway)
    shop.placing.place(wish(shop))
    fields = {"number": ["1001", "1002", "999999"], "do": "ship", "attempt": "a", "back": "tab=all"}
    for _ in range(2):
        page = owner.sends("/admin/orders/bulk", fields).get_data(as_text=True)
        assert "Shipped, 3 pieces." in page
        assert "Order 1002 is not paid." in page
        assert "There is no such order." in page
    assert now_of(shop, first).fulfilment == "shipped"
    assert audited(shop) == [("owner@shop.example", "order.shipped")]


def test_a_reader_sees_orders_and_changes_none(reader, shop, gateway):
    order = paid_order(shop, gateway)
    page = reader.page("/admin/orders/1001")
    assert "Mark shipped" not in page
    assert "Mark shipped" not in reader.page("/admin/orders")
    for path in ("bulk", "1001/shipments", "1001/notes", "1001/archive", "1001/effects"):
        assert reader.sends(f"/admin/orders/{path}", {"number": "1001"}).status_code == 403
    assert now_of(shop, order).fulfilment == "unfulfilled"


def test_an_order_leaves_in_parts_and_a_parcel_is_undone(clerk, shop, gateway):
    order = paid_order(shop, gateway)
    fields = {"line-0": "1", "carrier": "dhl", "tracking": "JD 12", "attempt": "x"}
    for _ in range(2):
        assert clerk.sends("/admin/orders/1001/shipments", fields).status_code == 303
    page = clerk.page("/admin/orders/1001")
    assert "Partly shipped" in page
    assert "tracking-id=JD%2012" in page
    parcel = re.search(r"/shipments/(shp_\w+)", page)
    assert parcel is not None
    too_many = clerk.sends("/admin/orders/1001/shipments", {"line-0": "3", "attempt": "y"})
    assert too_many.status_code == 409
    assert "Left to ship of order 1001: 2 × Arduino Board, not" in too_many.get_data(as_text=True)
    clerk.sends(f"/admin/orders/1001/shipments/{parcel[1]}", {"do": "undo"})
    assert now_of(shop, order).fulfilment == "unfulfilled"
    assert [what for _, what in audited(shop)] == ["order.shipped", "shipment.undone"]


def test_a_parcel_of_another_order_is_not_undone_from_this_one(clerk, shop, gateway):
    paid_order(shop, gateway)
    paid_order(shop, gateway)
    clerk.sends("/admin/orders/1002/shipments", {"attempt": "x"})
    parcel = re.search(r"/shipments/(shp_\w+)", clerk.page("/admin/orders/1002"))
    assert parcel is not None
    clerk.sends(f"/admin/orders/1001/shipments/{parcel[1]}", {"do": "undo"})
    assert "There is no such shipment of this order." in clerk.page("/admin/orders/1001")


def test_notes_days_and_the_archive_are_kept_and_audited(clerk, shop, gateway):
    order = paid_order(shop, gateway)
    clerk.sends("/admin/orders/1001/notes", {"note": "<b>Ring</b> twice"})
    clerk.sends("/admin/orders/1001/follow-up", {"day": "2026-12-24"})
    clerk.sends("/admin/orders/1001/archive", {"do": "archive"})
    page = clerk.page("/admin/orders/1001")
    assert "Note: &lt;b&gt;Ring&lt;/b&gt; twice" in page
    assert 'value="2026-12-24"' in page
    assert now_of(shop, order).archived_at is not None
    empty = clerk.sends("/admin/orders/1001/notes", {"note": " "})
    assert empty.status_code == 422
    assert "Please look at this again" in empty.get_data(as_text=True)
    assert [what for _, what in audited(shop)] == [
        "order.note-written",
        "order.follow-up",
        "order.archived",
    ]


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"dispute_open": False, "payment": "review"}, "Give the money back|not what was agreed"),
        ({"owed_minor": 3900}, "Refund it again"),
        ({"flags": ["paid_twice"], "paid_minor": 999_999}, "paid more than once"),
        ({"flags": ["sold_out_meanwhile"]}, "Do not ship it"),
    ],
)
def test_what_is_wrong_is_said_with_what_mends_it(owner, shop, gateway, how, words):
    order = paid_order(shop, gateway)
    change(shop, order, **how)
    assert re.search(words, owner.page("/admin/orders/1001"))


def test_the_page_tells_the_story_that_explain_tells(owner, shop, gateway):
    paid_order(shop, gateway)
    shop.order_desk.write_note(now_of_number(shop, 1001).id, "A word.", "anna@shop.example")
    page = owner.page("/admin/orders/1001")
    assert "Ordered: 3 × Arduino Board. Stock held." in page
    assert "anna@shop.example" in page
    assert "Note: A word." not in owner.page("/admin/orders/1001?only=system")
    told = owner.http.get("/admin/orders/1001.json").get_json()
    assert (told["number"], told["fulfilment"], told["lines"][0]["quantity"]) == (
        1001,
        "unfulfilled",
        3,
    )
    assert {each["who"] for each in told["story"]} >= {"buyer", "Paydesk", "anna@shop.example"}
    assert owner.http.get("/admin/orders/7").status_code == 404
    assert owner.http.get(f"/admin/orders/{10**30}").status_code == 404


def now_of_number(shop, number: int) -> Order:
    with shop.database.reading() as tx:
        order = orders.by_number(tx, number)
        assert order is not None
        return order


def test_packing_slips_have_no_prices_and_speak_the_buyers_language(owner, shop, gateway):
    order = paid_order(shop, gateway, 3)
    place = {"name": "Zoë Müller", "line1": "Weg 1", "postcode": "10115", "city": "Berlin"}
    change(shop, order, language="de", ship_to={**place, "country": "DE"}, country="DE")
    page = owner.page("/admin/orders/packing-slips?number=1001")
    assert "Zoë Müller" in page
    assert "Deutschland" in page
    assert "$" not in page.split("<article")[1]
    answer = owner.http.get("/admin/orders/packing-slips.pdf?number=1001")
    assert answer.mimetype == "application/pdf"
    words = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages)
    assert "Zoë Müller" in words
    assert "Arduino Board" in words
    # What has left already is not packed again.
    clerk_sends = owner.sends("/admin/orders/1001/shipments", {"line-0": "2", "attempt": "x"})
    assert clerk_sends.status_code == 303
    assert re.search(r"</span>1</td>", owner.page("/admin/orders/packing-slips?number=1001"))
    assert owner.http.get("/admin/orders/packing-slips?number=7").status_code == 404
    back = owner.sends("/admin/orders/bulk", {"number": ["1001"], "do": "slips"})
    assert back.location == "/admin/orders/packing-slips?number=1001"


def test_an_export_is_a_file_for_spreadsheets_and_stands_in_the_audit_log(owner, reader, shop):
    shop.placing.place(wish(shop, email="anna@shop.example"))
    assert "Download" in owner.page("/admin/orders/export?from=2026-01-01&tab=to_ship")
    answer = owner.sends("/admin/orders/export", {"what": "orders", "by": "order"})
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == "attachment; filename=orders.csv"
    assert answer.data.startswith(b"\xef\xbb\xbfnumber,")
    assert b"anna@shop.example" in answer.data
    assert ("owner@shop.example", "orders.exported") in audited(shop)
    assert owner.sends("/admin/orders/export", {"what": "all"}).status_code == 422
    assert reader.sends("/admin/orders/export", {"what": "orders"}).status_code == 403


def test_a_letter_is_sent_again_from_the_order(owner, shop, gateway):
    order = paid_order(shop, gateway, email="anna@shop.example")
    with shop.database.transaction() as tx:
        letter = letters.of_order(tx, order.id)[0]
        letter.state = "sent"
    page = owner.page("/admin/orders/1001")
    assert "Send again" in page
    owner.sends(f"/admin/orders/1001/letters/{letter.id}")
    with shop.database.reading() as tx:
        assert letters.of_order(tx, order.id)[0].state == "queued"
    assert ("owner@shop.example", "letter.sent-again") in audited(shop)


def test_stripes_fee_is_shown_once_it_is_known_in_its_own_currency(owner, shop, gateway, clock):
    order = paid_order(shop, gateway)
    assert "not known yet" in owner.page("/admin/orders/1001")
    shop.bookings.run()
    with shop.database.transaction() as tx:
        (row,) = bookings.of_orders(tx, [order.id])
    empty = owner.http.get("/admin/orders/1001.json").json["bookings"]
    assert [(each["payment_id"], each["fee_minor"]) for each in empty] == [(row.payment_id, None)]
    booking = {"id": "txn_1", "currency": "eur", "amount": 3580, "fee": 131, "net": 3449}
    gateway.bookings[row.payment_id] = booking
    clock.travel(timedelta(minutes=2))
    shop.bookings.run()
    page = owner.page("/admin/orders/1001")
    assert "settled in EUR" in page
    assert re.search(r"Stripe’s fee.*?-€1\.31.*?Net of the payment.*?€34\.49", page, re.DOTALL)
    assert "not known yet" not in page
    (known,) = owner.http.get("/admin/orders/1001.json").json["bookings"]
    assert known == {
        "payment_id": row.payment_id,
        "balance_transaction": "txn_1",
        "currency": "eur",
        "gross_minor": 3580,
        "fee_minor": 131,
        "net_minor": 3449,
    }
