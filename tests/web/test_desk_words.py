"""Small words of the desk that once were wrong."""

import pytest
from sqlalchemy import text

from paydesk.staff import audit
from paydesk.web.desk.browser_names import browser_name
from paydesk.web.desk.home import _tile
from tests.paydesk.test_placing import wish

_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
_LINUX = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (f"{_LINUX}Chrome/150.0.0.0 Safari/537.36", "Chrome on Linux"),
        (f"{_LINUX}Chrome/150.0.0.0 Safari/537.36 Edg/150.0", "Edge on Linux"),
        (f"{_MAC}Version/26.1 Safari/605.1.15", "Safari on macOS"),
        (
            "Mozilla/5.0 (Windows NT 10.0; rv:150.0) Gecko/20100101 Firefox/150.0",
            "Firefox on Windows",
        ),
        ("curl/8.1", "curl/8.1"),
        ("", ""),
    ],
)
def test_a_browser_has_the_name_that_people_know(agent, name):
    assert browser_name(agent) == name


def test_the_list_behind_low_in_stock_has_as_many_products_as_home_says(owner, shop):
    with shop.database.transaction() as tx:
        tx.execute(text("UPDATE paydesk_variants SET on_hand = 1"))
        tx.execute(text("UPDATE paydesk_products SET visibility = 'draft' WHERE slug = 'poster'"))
    home, low = owner.page("/admin/"), owner.page("/admin/products?show=low")
    count = low.count('data-label="Seen by buyers"')
    assert count
    assert f"<strong>{count}</strong> product" in home
    assert "/admin/products?show=low" in home


def test_who_may_not_export_is_not_offered_it(reader, clerk, shop):
    shop.placing.place(wish(shop))
    assert "/admin/orders/export" not in reader.page("/admin/orders")
    assert "/admin/orders/export" in clerk.page("/admin/orders")


def test_a_small_change_is_not_called_none():
    assert _tile("Gross", "$1,000.01", 100001, 100000).change == "under 1 % more"
    assert _tile("Gross", "$1.50", 150, 200).change == "25 % less"


def test_the_audit_log_says_which_lines(owner, shop):
    with shop.database.transaction() as tx:
        after = {"lines": {"1": 2, "shipping": 1}}
        audit.note(tx, shop.clock, "ann@shop.example", "refund.requested", "order 1", None, after)
    assert "2 of line 1, the shipping" in owner.page("/admin/audit")
