"""`paydesk orders show` and `refunds list`, as people read them."""

import sys

import pytest

from paydesk.cli.order_card import card
from paydesk.payments.refund import LineWish, Refund, Wish
from tests.paydesk.test_inbox import now_of
from tests.paydesk.test_shipments import paid_order


@pytest.fixture
def order(shop, gateway):
    return paid_order(shop, gateway)


def test_an_order_is_shown_in_amounts_and_what_is_empty_is_left_out(shop, order):
    shop.refunds.request(order.id, Wish(lines=(LineWish(0, 1),)))
    shown = card(
        now_of(shop, order), {"phone": "", "fields": {"size": "M"}}, {"their page": "/o/1"}
    )
    text = "\n".join(shown)
    assert "total         $117.00" in text
    assert "refunded      $39.00" in text
    assert "fields        size: M" in text
    assert "   1  3 × Arduino Board" in text
    assert "1 not sent any more" in text
    assert "None" not in text
    assert "phone" not in text


def test_a_refund_that_was_refused_does_not_wait_for_an_answer(capsys, order):
    row = Refund(id="rfd_1", amount_minor=100, currency="usd", state="refused", error="No such")
    row.created_at = order.created_at
    sys.modules["paydesk.cli.refunds"]._print([row], as_json=False)
    said = capsys.readouterr().out
    assert "not answered yet" not in said
    assert "No such" in said
