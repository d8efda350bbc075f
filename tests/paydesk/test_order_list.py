"""The order list: what a filter finds, page by page, and what is found by what somebody types."""

import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select, text

from bench.desk.loading import load_more
from paydesk.foundation.database import Database
from paydesk.orders.order import Order, OrderLine
from paydesk.orders.tabs import Tab, tabs_of
from paydesk.reports import orders as listing
from paydesk.reports import sums
from paydesk.reports.filtering import Basis, OrderFilter, read_filter
from paydesk.reports.orders import TOP
from tests.conftest import new_postgres

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
MANY = 160


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def filled(request, tmp_path_factory) -> Iterator[Database]:
    """A shop with the orders of three years; no test changes it."""
    if request.param == "sqlite":
        file = tmp_path_factory.mktemp("filled") / "shop.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_to_copy"), file)
        url = f"sqlite:///{file}"
    else:
        server, template = (
            request.getfixturevalue(f"postgres_{each}") for each in ("server", "to_copy")
        )
        url = new_postgres(server, template)
    database = Database(url)
    load_more(database, MANY, NOW)
    yield database
    database.close()


def walked(database: Database, wanted: OrderFilter, size: int = 7) -> list[int]:
    """The numbers on all pages, by the links from one to the next."""
    found, place = [], TOP
    while True:
        with database.reading() as tx:
            page = listing.page(tx, wanted, place, size)
        found += [order.number for order in page.orders]
        if page.older is None or not page.orders:
            return found
        place = page.older


def truth(database: Database) -> list[tuple[Order, list[OrderLine]]]:
    with database.reading() as tx:
        orders = list(tx.scalars(select(Order).order_by(Order.number.desc())))
        return [(order, list(order.lines)) for order in orders]


FILTERS = [
    *(OrderFilter(tab=tab) for tab in Tab),
    OrderFilter(currency="usd"),
    OrderFilter(country="AT", tab=Tab.TO_SHIP),
    OrderFilter(product="breadboard"),
    OrderFilter(product="breadboard", currency="usd", since=date(2025, 1, 1)),
    OrderFilter(since=date(2025, 6, 1), until=date(2026, 2, 1)),
    OrderFilter(since=date(2025, 6, 1), by=Basis.PAYMENT),
    OrderFilter(until=date(2026, 2, 1), by=Basis.SHIPPING, tab=Tab.REFUNDED),
]


def is_wanted(wanted: OrderFilter, order: Order, lines: list[OrderLine]) -> bool:
    moment = {
        Basis.ORDER: order.created_at,
        Basis.PAYMENT: order.paid_at,
        Basis.SHIPPING: order.shipped_at,
    }[wanted.by]
    day = moment.date() if moment else None
    return (
        wanted.tab.value in tabs_of(order)
        and (not wanted.currency or order.currency == wanted.currency)
        and (not wanted.country or order.country == wanted.country)
        and (not wanted.product or wanted.product in {line.product_slug for line in lines})
        and (not wanted.since or (day is not None and day >= wanted.since))
        and (not wanted.until or (day is not None and day <= wanted.until))
    )


def test_each_filter_finds_what_it_says_page_by_page_with_its_sum(filled):
    everything = truth(filled)
    for wanted in FILTERS:
        expected = [order for order, lines in everything if is_wanted(wanted, order, lines)]
        assert sorted(walked(filled, wanted)) == sorted(order.number for order in expected), wanted
        with filled.reading() as tx:
            found = listing.sums(tx, wanted)
        assert found is not None
        minor = Counter({each.ordered.currency: each.ordered.minor for each in found})
        for order in expected:
            minor[order.currency] -= order.total_minor
        assert not any(minor.values()), wanted
        chunks = [order.number for chunk in listing.each_chunk(filled, wanted) for order in chunk]
        assert chunks == sorted(order.number for order in expected)


def test_the_newest_come_first_by_the_date_that_was_chosen(filled):
    wanted = OrderFilter(since=date(2024, 1, 1), by=Basis.SHIPPING)
    with filled.reading() as tx:
        rows = listing.page(tx, wanted, size=50).orders
    dates = [row.shipped_at for row in rows if row.shipped_at]
    assert len(dates) == len(rows)
    assert dates == sorted(dates, reverse=True)


@pytest.mark.parametrize("wanted", [OrderFilter(), OrderFilter(since=date(2024, 1, 1))])
def test_pages_stay_where_they_are_when_somebody_orders_meanwhile(shop, wanted):
    filled = shop.database
    load_more(filled, 30, NOW)
    with filled.reading() as tx:
        first = listing.page(tx, wanted, size=10)
        assert first.newer is None
        assert first.older is not None
        second = listing.page(tx, wanted, first.older, 10)
    load_more(filled, 5, NOW, first=30)
    with filled.reading() as tx:
        again = listing.page(tx, wanted, first.older, 10)
        assert [o.number for o in again.orders] == [o.number for o in second.orders]
        assert second.newer is not None
        back = listing.page(tx, wanted, second.newer, 10)
        assert [o.number for o in back.orders] == [o.number for o in first.orders]
        # What came meanwhile is one page further up.
        assert back.newer is not None
        top = listing.page(tx, wanted, back.newer, 10)
        assert len(top.orders) == 5
        assert top.newer is None


def test_the_tabs_count_what_they_list(filled):
    with filled.transaction() as tx:
        counts = sums.counts(tx)
    for tab in Tab:
        assert counts.get(tab.value, 0) == len(walked(filled, OrderFilter(tab=tab))), tab


def name_of(order: Order) -> str:
    return str((order.ship_to or {})["name"])


def city_of(order: Order) -> str:
    return str((order.ship_to or {})["city"])


def found_by(database: Database, typed: str) -> list[int]:
    return walked(database, read_filter({"q": typed})[0], 50)


def test_an_order_is_found_by_whatever_somebody_has_in_hand(filled):
    order = next(o for o, _ in truth(filled) if o.shipped_at and o.refunded_minor)
    tag = f"{order.number - 1001:024}"
    with filled.reading() as tx:
        tracking = tx.scalar(
            text("SELECT tracking FROM paydesk_shipments WHERE order_id = :id"), {"id": order.id}
        )
    for typed in (
        *(str(order.number), f"#{order.number}", order.id, tracking, f" {tracking} ".lower()),
        *(f"cs_test_{tag}", f"pi_{tag}", f"ch_{tag}", f"re_{tag}"),
        f"evt_{order.number - 1001:018}00",
    ):
        assert found_by(filled, typed) == [order.number], typed
    assert order.number in found_by(filled, str(order.customer_id))
    assert order.email is not None
    domain = order.email.partition("@")[2]
    for typed in (
        domain,
        f"@{domain}",
        order.email,
        order.email.upper(),
        order.email[:9],
        name_of(order),
    ):
        assert order.number in found_by(filled, typed), typed


@pytest.mark.parametrize(
    "typed", ["99999", "#99999", "pi_nothing", "xyzzy", "a@b", "%", "é", "cus_"]
)
def test_what_nobody_has_finds_nothing(filled, typed):
    assert found_by(filled, typed) == []


def test_words_together_find_orders_that_have_them_all(filled):
    both = [
        order.number
        for order, lines in truth(filled)
        if city_of(order) == "Berlin" and any(line.name == "Breadboard" for line in lines)
    ]
    assert both
    assert found_by(filled, "berlin breadboard") == both
    assert found_by(filled, "BERLIN breadb") == both


def test_a_filter_is_read_from_its_address_and_written_back():
    words = {"tab": "to_ship", "q": "a b", "from": "2026-01-01", "by": "payment", "country": "DE"}
    wanted, errors = read_filter(words)
    assert (wanted.words(), errors) == (words, {})
    wanted, errors = read_filter({"from": "1.2.2026", "tab": "x", "by": "y", "to": "2026-01-01"})
    assert set(errors) == {"from"}
    assert wanted == OrderFilter(until=date(2026, 1, 1))
    assert set(read_filter({"from": "2026-02-01", "to": "2026-01-01"})[1]) == {"to"}
