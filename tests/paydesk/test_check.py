"""`paydesk check`: one thing wrong is one thing named, and what is right is not."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from paydesk.foundation.money import Money
from paydesk.payments.refund import Wish
from paydesk.reports.checking import check
from tests.fake_gateway import unreachable
from tests.paydesk.test_inbox import parsed
from tests.paydesk.test_placing import wish


@pytest.fixture
def books(shop, gateway, clock):
    """A shop in which everything has happened once: number 1001 is paid, and so on."""

    def place(slug: str = "arduino-board") -> str:
        placed = shop.placing.place(wish(shop, slug))
        shop.checkouts.start(placed.id)
        return str(placed.id)

    paid, refunded, expired, _awaiting, pending = (place() for _ in range(5))
    for n, order_id in ((1, paid), (2, refunded)):
        thing = gateway.pay(f"cs_test_000{n}")
        shop.inbox.receive(parsed(thing, "checkout.session.completed", f"evt_{n}"))
        assert order_id
    shop.refunds.request(refunded, Wish(Money(100, "usd")))
    shop.checkouts.cancel(expired)
    gateway.pay("cs_test_0005")["payment_status"] = "unpaid"
    shop.checkouts.ask(pending)
    shop.pulling.run()
    return shop


def findings(shop) -> list[str]:
    progress: list[tuple[int, int]] = []
    found = list(check(shop.database, shop.clock, lambda *at: progress.append(at)))
    assert all(each.text and each.advice for each in found)
    return [each.code for each in found]


def run(shop, statement: str) -> None:
    with shop.database.transaction() as tx:
        if shop.database.is_sqlite:
            # As a tool that does not know our rules would have it.
            tx.execute(text("PRAGMA defer_foreign_keys=ON"))
        tx.execute(text(statement))


def test_books_in_order_are_clean(books):
    assert findings(books) == []


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        (
            "UPDATE paydesk_order_lines SET quantity = 2, unit_minor = 1950",
            "holds_differ_from_lines",
        ),
        ("UPDATE paydesk_order_lines SET unit_minor = 1", "lines_differ_from_total"),
        ("UPDATE paydesk_orders SET paid_minor = 3899", "order_differs_from_facts"),
        ("UPDATE paydesk_orders SET refunded_minor = 1", "order_differs_from_facts"),
        ("UPDATE paydesk_orders SET disputed_minor = 1", "order_differs_from_facts"),
        ("""UPDATE paydesk_orders SET flags = '["paid_twice"]'""", "order_differs_from_facts"),
        (
            "DELETE FROM paydesk_facts WHERE order_id = (SELECT id FROM paydesk_orders",
            "order_differs_from_facts",
        ),
        ("UPDATE paydesk_orders SET paid_at = NULL", "paid_at_differs"),
        ("DELETE FROM paydesk_effects", "effect_missing"),
        ("UPDATE paydesk_effects SET state = 'failed', error = 'x'", "effect_given_up"),
    ],
)
def test_a_paid_order_that_was_tampered_with(books, statement, code):
    of = "order_id" if " paydesk_orders " not in statement else "id"
    if statement.endswith("FROM paydesk_orders"):
        run(books, f"{statement} WHERE number = 1001)")
    else:
        one = "(SELECT id FROM paydesk_orders WHERE number = 1001)"
        run(books, f"{statement} WHERE {of} = {one}")
    assert code in findings(books)
    expected = {code}
    if code == "paid_at_differs":
        expected.add("effect_unfounded")
    if "order_lines" in statement or "paid_at" in statement:
        # What was sold when is kept beside the orders.
        expected.add("sum_differs")
    assert set(findings(books)) == expected


@pytest.mark.parametrize(
    ("number", "statement", "codes"),
    [
        (
            1001,
            "UPDATE paydesk_holds SET state = 'released' WHERE order_id = :id",
            ["hold_in_wrong_state"],
        ),
        (
            1003,
            "UPDATE paydesk_holds SET state = 'held' WHERE order_id = :id",
            ["hold_in_wrong_state", "held_differs_from_holds"],
        ),
        (1004, "UPDATE paydesk_orders SET look_at = NULL WHERE id = :id", ["nobody_looks"]),
        (1002, "UPDATE paydesk_refunds SET amount_minor = 99", ["refund_differs_from_fact"]),
        (1002, "UPDATE paydesk_refunds SET state = 'pending'", ["refund_differs_from_fact"]),
        (1001, "UPDATE paydesk_variants SET held = 7 WHERE held = 2", ["held_differs_from_holds"]),
        (
            1001,
            "UPDATE paydesk_variants SET on_hand = 1 WHERE held = 2",
            ["more_held_than_there_is"],
        ),
        (
            1001,
            "UPDATE paydesk_events SET state = 'failed' WHERE id = 'evt_1'",
            ["event_not_applied"],
        ),
        (1001, "UPDATE paydesk_counters SET value = 1002 WHERE name = 'order'", ["counter_behind"]),
        (1001, "DELETE FROM paydesk_letters WHERE order_id = :id", ["letter_missing"]),
        (
            1001,
            "UPDATE paydesk_letters SET state = 'failed'"
            " WHERE order_id = :id AND kind = 'new_order'",
            ["letter_not_delivered"],
        ),
        (
            1001,
            "UPDATE paydesk_counters SET value = 7 WHERE name LIKE 'receipt:%'",
            ["receipt_numbers_have_a_gap"],
        ),
        (1001, "UPDATE paydesk_pulls SET gap_from = 1, gap_until = 2", ["events_may_be_missing"]),
    ],
)
def test_one_row_that_is_wrong_is_named_and_nothing_else(books, number, statement, codes):
    query = f"(SELECT id FROM paydesk_orders WHERE number = {number})"
    run(books, statement.replace(":id", query))
    assert findings(books) == codes


def test_a_job_the_engine_lost_is_named(books):
    table = "workflow_status" if books.database.is_sqlite else "dbos.workflow_status"
    key = "'paid:' || (SELECT id FROM paydesk_orders WHERE number = 1001)"
    run(books, f"DELETE FROM {table} WHERE workflow_uuid = {key}")
    assert findings(books) == ["job_missing"]


def without_receipts_triggers(shop) -> None:
    names = ("are_not_edited", "are_not_deleted") if shop.database.is_sqlite else ("stay",)
    table = "" if shop.database.is_sqlite else " ON paydesk_receipts"
    for name in names:
        run(shop, f"DROP TRIGGER paydesk_receipts_{name}{table}")


def test_a_receipt_that_is_gone_leaves_a_gap(books):
    without_receipts_triggers(books)
    run(books, "DELETE FROM paydesk_receipts WHERE position = 1")
    assert findings(books) == ["receipt_missing", "receipt_numbers_have_a_gap"]


def test_a_receipt_that_does_not_add_up_is_named(books):
    without_receipts_triggers(books)
    cast = "" if books.database.is_sqlite else "::text"
    back = "" if books.database.is_sqlite else "::json"
    run(
        books,
        f"UPDATE paydesk_receipts SET content = replace(content{cast}, '3900', '3901'){back}"
        " WHERE position = 1",
    )
    with books.database.transaction() as tx:
        content = tx.scalar(text("SELECT content FROM paydesk_receipts WHERE position = 1"))
    # Line, total and payment are all 39.01 now: it agrees with itself.
    assert "3901" in str(content)
    assert findings(books) == []
    run(
        books,
        f"UPDATE paydesk_receipts SET content = replace(content{cast}, '\"quantity\": 1', "
        f"'\"quantity\": 2'){back} WHERE position = 1",
    )
    assert findings(books) == ["receipt_does_not_add_up"]


def test_two_prices_at_once_are_named(books):
    run(books, "DROP INDEX paydesk_one_current_price")
    run(
        books,
        "INSERT INTO paydesk_prices (id, variant_id, amount_minor, currency, active_from) SELECT "
        "'price_2', variant_id, 1, currency, active_from FROM paydesk_prices WHERE id = "
        "(SELECT min(id) FROM paydesk_prices WHERE superseded_at IS NULL)",
    )
    assert findings(books) == ["two_current_prices"]


def test_what_waits_for_too_long_is_named(books, gateway, clock):
    gateway.trouble = unreachable()
    with books.database.transaction() as tx:
        refunded = tx.scalar(text("SELECT id FROM paydesk_orders WHERE number = 1002"))
    books.refunds.request(refunded, Wish(Money(5, "usd")))
    clock.travel(timedelta(hours=3))
    assert sorted(findings(books)) == [
        # Two paid, one refunded.
        *["effect_late"] * 3,
        "look_overdue",
        "look_overdue",
        "refund_late",
    ]


def test_a_refund_that_came_back_is_named(books, gateway):
    refund = {**gateway.refunds["re_0001"], "status": "failed"}
    books.inbox.receive(parsed(refund, "refund.failed", "evt_9"))
    assert findings(books) == ["refund_owed"]


def test_many_pages_are_read(books, monkeypatch):
    monkeypatch.setattr("paydesk.payments.checking_orders._PAGE", 2)
    run(books, "UPDATE paydesk_orders SET paid_minor = 1 WHERE number IN (1001, 1002)")
    assert findings(books) == ["order_differs_from_facts"] * 2
