"""How the databases look for orders: by an index, whatever is asked; never by reading them all."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from paydesk.orders.tabs import Tab
from paydesk.payments import story, vitals
from paydesk.payments.finding import find_order
from paydesk.reports import attention, events, movements
from paydesk.reports import orders as listing
from paydesk.reports.filtering import Basis, OrderFilter
from paydesk.reports.orders import TOP, Place
from tests.paydesk.test_order_list import NOW, filled

__all__ = ["filled"]

# Reading all of these takes as long as the shop is old.
_LARGE = r"(orders|order_lines|order_terms|checkouts|facts|events|ledger|effects|refunds|shipments)"
_DATES = {"since": date(2026, 1, 1), "until": date(2026, 6, 1)}
PAGES = [
    *(
        (OrderFilter(tab=tab), place)
        for tab in Tab
        for place in (TOP, Place(1100), Place(before=1100))
    ),
    *((OrderFilter(tab=Tab.ALL, by=by, **_DATES), Place(1100)) for by in Basis),  # type: ignore[arg-type]
    (OrderFilter(currency="usd"), Place(1100)),
    (OrderFilter(country="AT"), Place(1100)),
    (OrderFilter(product="breadboard"), Place(1100)),
    (OrderFilter(text="anna"), Place(1100)),
    (OrderFilter(text="anna breadboard"), Place(1100)),
]
TYPED = [
    *("1042", "anna.x@mail1.example", "anna", "anna breadb", "JD000000000000000042", "ref-7"),
    *("cs_test_1", "pi_1", "ch_1", "re_1", "dp_1", "du_1", "in_1", "sub_1", "cus_1", "evt_1"),
    *("ord_1", "chk_1", "rfd_1", "shp_1"),
]


@contextmanager
def statements(tx: Session) -> Iterator[list[tuple[str, Any]]]:
    """What is asked of the database within the block."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        asked.append((statement, parameters))

    connection = tx.connection()
    event.listen(connection, "before_cursor_execute", note)
    yield asked
    event.remove(connection, "before_cursor_execute", note)


def plans(tx: Session, asked: list[tuple[str, Any]]) -> str:
    is_sqlite = tx.get_bind().dialect.name == "sqlite"
    if not is_sqlite:
        # In a small table nothing is quicker than to read it all.
        tx.execute(text("SET LOCAL enable_seqscan = off"))
    found = []
    for statement, parameters in asked:
        if statement.lstrip().startswith("SELECT"):
            cursor = tx.connection().connection.cursor()
            cursor.execute(f"EXPLAIN {'QUERY PLAN ' if is_sqlite else ''}{statement}", parameters)
            found += [f"{row[-1]}" for row in cursor.fetchall()]
    assert found
    return "\n".join(found)


def full_scans(plan: str) -> list[str]:
    """The steps that read a whole table; one that walks an index in its order does not."""
    sqlite = rf"^SCAN paydesk_{_LARGE}(?!.*(USING|COVERING) .*INDEX).*$"
    scans = rf"{sqlite}|^.*Seq Scan on paydesk_{_LARGE}.*$"
    return [found[0] for found in re.finditer(scans, plan, re.MULTILINE)]


def test_a_plan_that_reads_everything_is_seen(filled):
    with filled.reading() as tx, statements(tx) as asked:
        tx.execute(text("SELECT * FROM paydesk_orders WHERE phone = '1'")).all()
        found = full_scans(plans(tx, asked))
    assert len(found) == 1


def test_each_page_of_the_list_is_found_by_an_index(filled):
    for wanted, place in PAGES:
        with filled.reading() as tx, statements(tx) as asked:
            listing.page(tx, wanted, place)
            listing.sums(tx, wanted)
            plan = plans(tx, asked)
        assert full_scans(plan) == [], (wanted, plan)


def test_a_page_is_not_sorted_but_read_in_order(filled):
    for wanted, place in PAGES:
        if wanted.text.count(" ") or not filled.is_sqlite:
            continue
        with filled.reading() as tx, statements(tx) as asked:
            listing.page(tx, wanted, place)
            plan = plans(tx, [each for each in asked if "paydesk_orders.secret" in each[0]])
        assert "TEMP B-TREE" not in plan, (wanted, plan)


@pytest.mark.parametrize("typed", TYPED)
def test_whatever_is_typed_is_looked_up_in_an_index(filled, typed):
    with filled.reading() as tx, statements(tx) as asked:
        listing.page(tx, OrderFilter(text=typed))
        plan = plans(tx, asked)
    assert full_scans(plan) == [], plan


def test_what_needs_attention_is_found_by_indexes(filled):
    with filled.transaction() as tx, statements(tx) as asked:
        attention.attention(tx, NOW)
        vitals.pulse(tx, NOW)
        events.events(tx, events.Filter(state="failed"))
        events.events(tx, events.Filter(type="charge.updated"))
        events.events(tx, events.Filter(id="ch_1"))
        movements.movements(tx)
        movements.movements(tx, "refund")
        plan = plans(tx, asked)
    assert full_scans(plan) == [], plan


def test_the_story_of_an_order_is_read_by_indexes(filled):
    with filled.reading() as tx:
        order = find_order(tx, "1042")
        with statements(tx) as asked:
            story.tell(tx, order)
            plan = plans(tx, asked)
    assert full_scans(plan) == [], plan


def test_the_numbers_of_an_export_are_found_by_an_index(filled):
    with filled.reading() as tx, statements(tx) as asked:
        listing.numbers(tx, OrderFilter(), 1042)
        plan = plans(tx, asked)
    assert full_scans(plan) == [], plan
