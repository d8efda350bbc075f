"""How the databases look for events, movements, customers and sums: by an index, always."""

from datetime import date

import pytest

from paydesk.reports import paging, sums
from paydesk.reports.customers import customers
from paydesk.reports.events import Filter, events
from paydesk.reports.movements import movements, payouts
from paydesk.reports.paging import Place
from paydesk.reports.sales import Period, sales
from tests.paydesk.test_order_list import NOW, filled
from tests.paydesk.test_order_list_plans import full_scans, plans, statements

__all__ = ["filled"]

_PLACE = Place(NOW, "evt_5")


@pytest.mark.parametrize(
    "wanted",
    [
        Filter(),
        Filter(type="charge.refunded"),
        Filter(state="failed"),
        Filter(state="handled"),
        Filter(order="1042"),
        Filter(id="evt_1"),
        Filter(type="charge.refunded", state="ignored"),
    ],
    ids=str,
)
def test_the_event_log(filled, wanted):
    with filled.transaction() as tx, statements(tx) as asked:
        events(tx, wanted)
        events(tx, wanted, _PLACE)
        assert full_scans(plans(tx, asked)) == []


@pytest.mark.parametrize("movement", ["", "payment", "refund", "dispute"])
def test_what_moved(filled, movement):
    with filled.transaction() as tx, statements(tx) as asked:
        movements(tx, movement, _PLACE)
        payouts(tx)
        assert full_scans(plans(tx, asked)) == []


@pytest.mark.parametrize("text", ["", "cus_1"])
def test_who_has_ordered(filled, text):
    with filled.transaction() as tx, statements(tx) as asked:
        customers(tx, text, after="anna")
        assert full_scans(plans(tx, asked)) == []


def test_sums_and_counts(filled):
    with filled.transaction() as tx, statements(tx) as asked:
        sales(tx, Period(date(2026, 1, 1), date(2026, 12, 31)), "usd")
        sums.counts(tx)
        sums.currencies(tx)
        plan = plans(tx, asked)
    assert full_scans(plan) == []


def test_a_place_is_read_as_it_was_written():
    assert paging.read(str(_PLACE)) == _PLACE
    assert paging.read("") is None
