"""The event log, handlers that were given up, what moved, and who has ordered."""

import html
import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from paydesk.fulfilment.hooks import Effect
from paydesk.fulfilment.jobs import EffectState, OwedEffect
from paydesk.orders.order import Order
from paydesk.payments.event import StoredEvent
from paydesk.payments.refund import Wish
from paydesk.reports import events as event_log
from paydesk.reports import movements as moved
from paydesk.staff.audit import AuditEntry
from tests.paydesk.test_inbox import parsed
from tests.paydesk.test_placing import wish


@pytest.fixture
def paid(shop, gateway) -> str:
    return buy(shop, gateway)


def buy(shop, gateway, email: str = "ada@example.com") -> str:
    placed = shop.placing.place(wish(shop))
    opened = shop.checkouts.start(placed.id)
    thing = gateway.pay(opened.stripe_id, email=email)
    shop.inbox.receive(parsed(thing, "checkout.session.completed", f"evt_{opened.stripe_id}"))
    return str(placed.id)


def rows(page: str) -> list[str]:
    body = re.search(r"<tbody>(.*?)</tbody>", page, re.DOTALL)
    found = re.findall(r"<tr>.*?</tr>", body[1], re.DOTALL) if body is not None else []
    return [" ".join(html.unescape(re.sub(r"<[^>]+>", " ", row)).split()) for row in found]


def test_each_event_says_what_it_was_about_and_what_came_of_it(reader, shop, gateway, paid):
    shop.inbox.receive(parsed({"id": "cus_1", "object": "customer"}, "customer.created", "evt_c"))
    found = rows(reader.page("/admin/events"))
    assert any("checkout.session.completed cs_test_0001 → 1001 Handled 1" in row for row in found)
    assert any("customer.created" in row and "Ignored" in row for row in found)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("type=customer.created", 1),
        ("state=ignored", 1),
        ("order=1001", 1),
        ("order=%231001", 1),
        ("order=9", 0),
        ("order=none", 0),
        ("id=evt_c", 1),
        ("id=cs_test_0001", 1),
        ("type=customer.created&state=handled", 0),
    ],
)
def test_the_log_is_filtered_by_what_the_address_says(reader, shop, paid, query, count):
    shop.inbox.receive(parsed({"id": "cus_1", "object": "customer"}, "customer.created", "evt_c"))
    assert len(rows(reader.page(f"/admin/events?{query}"))) == count


def test_pages_go_on_where_the_last_one_ended(reader, shop, clock, monkeypatch):
    monkeypatch.setattr(event_log, "PAGE", 3)
    for n in range(8):
        # Three of one moment each: the id tells them apart.
        if n % 3 == 0:
            clock.travel(timedelta(seconds=1))
        shop.inbox.receive(parsed({"id": "cus_1", "object": "customer"}, "customer.x", f"evt_{n}"))
    path, seen = "/admin/events", []
    for _ in range(3):
        page = reader.page(path)
        seen += re.findall(r'/admin/events/(evt_\d)"', page)
        further = re.search(r'rel="next" href="([^"]+)"', page)
        path = html.unescape(further[1]) if further else ""
    assert path == ""
    assert sorted(seen) == [f"evt_{n}" for n in range(8)]
    assert seen[:2] == ["evt_7", "evt_6"]


@pytest.mark.parametrize("place", ["x", "2026-11-23~evt", "2026-11-23T10:00:00+00:00~"])
def test_a_page_that_is_none_is_refused(reader, place):
    assert reader.http.get("/admin/events", query_string={"from": place}).status_code == 422
    assert reader.http.get("/admin/payments", query_string={"from": place}).status_code == 422


def test_a_failed_event_is_replayed_once_the_cause_is_mended(clerk, shop, gateway, monkeypatch):
    placed = shop.placing.place(wish(shop))
    opened = shop.checkouts.start(placed.id)
    thing = gateway.pay(opened.stripe_id)

    def breaks(*_):
        raise ValueError("the host's code is broken")

    with monkeypatch.context() as broken:
        broken.setattr(shop.settling, "settle", breaks)
        shop.inbox.receive(parsed(thing, "checkout.session.completed", "evt_1"))
        page = clerk.page("/admin/events/evt_1")
        assert "It could not be applied" in page
        assert "the host&#39;s code is broken" in page
        clerk.sends("/admin/events/evt_1/replay")
        assert "It fails still" in clerk.page("/admin/events/evt_1")
    clerk.sends("/admin/events/evt_1/replay")
    page = clerk.page("/admin/events/evt_1")
    assert "Applied. What it says is taken into account now." in page
    assert "Handled" in page
    with shop.database.transaction() as tx:
        assert tx.get_one(Order, placed.id).payment == "paid"
        notes = tx.scalars(select(AuditEntry).where(AuditEntry.what == "event.replayed")).all()
    assert [(note.before, note.after) for note in notes] == [
        ({}, {}),
        ({"state": "failed"}, {"state": "handled"}),
    ]


def test_replaying_what_was_applied_changes_nothing(clerk, shop, paid):
    def everything() -> list[tuple[object, ...]]:
        with shop.database.transaction() as tx:
            return [
                tuple(row)
                for table in ("orders", "facts", "ledger", "effects", "holds", "sum_changes")
                for row in tx.execute(text(f"SELECT * FROM paydesk_{table}")).all()
            ]

    before = everything()
    clerk.sends("/admin/events/evt_cs_test_0001/replay")
    assert "nothing has changed" in clerk.page("/admin/events/evt_cs_test_0001")
    assert everything() == before


def test_looking_is_for_readers_and_replaying_is_not(reader, paid):
    assert reader.page("/admin/events/evt_cs_test_0001")
    assert reader.sends("/admin/events/evt_cs_test_0001/replay").status_code == 403
    assert reader.http.get("/admin/events/evt_unknown").status_code == 404


def test_the_payload_is_a_tree_and_shows_no_key(reader, shop, settings, paid):
    deep: dict[str, object] = {"a<b>": [1, None, True, {}, []]}
    for _ in range(40):
        deep = {"deeper": deep}
    thing: dict[str, object] = {"id": "cus_1", "object": "customer", "metadata": deep}
    shop.inbox.receive(parsed(thing, "customer.updated", "evt_deep"))
    page = reader.page("/admin/events/evt_deep")
    assert "<b>" not in page.partition('class="tree"')[2]
    assert page.count("<details") > 5
    assert 'curl https://api.stripe.com/v1/events/evt_deep -u "$STRIPE_SECRET_KEY:"' in (
        html.unescape(page)
    )
    assert settings.secret_key not in page


def test_when_events_stay_away_the_log_says_so(reader, shop, gateway, clock):
    placed = shop.placing.place(wish(shop))
    gateway.pay(shop.checkouts.start(placed.id).stripe_id)
    assert "The newest event is older" not in reader.page("/admin/events")
    shop.checkouts.ask(placed.id)
    assert "The newest event is older than the newest order" in reader.page("/admin/events")


def test_handlers_that_were_given_up_run_again(clerk, reader, shop, paid):
    with shop.database.transaction() as tx:
        row = tx.get_one(OwedEffect, (paid, Effect.PAID, ""))
        row.state, row.error, row.ended_at = EffectState.FAILED, "boom", shop.clock.now()
    assert "boom" in reader.page("/admin/events/handlers")
    form = {"order": paid, "effect": "paid"}
    assert reader.sends("/admin/events/handlers", form).status_code == 403
    assert clerk.sends("/admin/events/handlers", form).status_code == 303
    with shop.database.transaction() as tx:
        assert tx.get_one(OwedEffect, (paid, Effect.PAID, "")).state == EffectState.PENDING
    assert "No handler was given up" in clerk.page("/admin/events/handlers")
    assert clerk.sends("/admin/events/handlers", form).status_code == 409
    assert clerk.sends("/admin/events/handlers", form | {"effect": "x"}).status_code == 404


def test_what_moved_is_listed_with_its_sign_and_its_order(reader, shop, gateway, paid, monkeypatch):
    row = shop.refunds.request(paid, Wish())[0]
    found = rows(reader.page("/admin/payments"))
    assert len(found) == 2
    assert any("Refund" in each and "-$39.00" in each and "1001" in each for each in found)
    assert [each for each in found if "Payment" in each and each.endswith(" $39.00")]
    assert len(rows(reader.page("/admin/payments?kind=refund"))) == 1
    thing = gateway.refunds[row.stripe_id] | {"status": "failed"}
    shop.inbox.receive(parsed(thing, "refund.failed", "evt_f"))
    assert any("undone" in each for each in rows(reader.page("/admin/payments?kind=refund")))
    monkeypatch.setattr(moved, "PAGE", 2)
    page = reader.page("/admin/payments")
    further = re.search(r'rel="next" href="([^"]+)"', page)
    assert further is not None
    assert len(rows(reader.page(html.unescape(further[1])))) == 1
    assert reader.http.get("/admin/payments?kind=nonsense").status_code == 422


def test_payouts_are_what_stripes_events_told_of(reader, shop):
    assert "No payout has been told of" in reader.page("/admin/payments?kind=payout")
    thing = {"id": "po_1", "object": "payout", "amount": 12345, "currency": "eur"}
    thing |= {"status": "in_transit", "arrival_date": 1_795_600_000}
    shop.inbox.receive(parsed(thing, "payout.created", "evt_1"))
    shop.inbox.receive(parsed(thing | {"status": "paid"}, "payout.paid", "evt_2"))
    with shop.database.transaction() as tx:
        # One of no shape at all, from who knows where.
        event = tx.get_one(StoredEvent, "evt_1")
        event.payload = json.dumps({"data": {"object": {"id": "po_2"}}})
    (row,) = rows(reader.page("/admin/payments?kind=payout"))
    assert "po_1 Paid" in row
    assert row.endswith("€123.45")


def test_customers_are_who_ordered_with_how_often_and_how_much(reader, shop, gateway):
    for email in ("ada@example.com", "bob@example.com"):
        buy(shop, gateway, email)
    order_id = buy(shop, gateway, "ada@example.com")
    shop.refunds.request(order_id, Wish())
    shop.placing.place(wish(shop, email="bob@example.com"))
    found = rows(reader.page("/admin/customers"))
    assert found == [
        "ada@example.com – 2 2 1003 $39.00",
        "bob@example.com – 2 1 1004 $39.00",
    ]
    assert len(rows(reader.page("/admin/customers?q=bo"))) == 1
    assert rows(reader.page("/admin/customers?q=%25")) == []
    assert len(rows(reader.page("/admin/customers?after=ada@example.com"))) == 1
