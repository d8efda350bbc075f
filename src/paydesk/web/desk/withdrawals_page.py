"""Withdrawals nobody has dealt with yet, those about orders nobody knows as well."""

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from paydesk.fulfilment import withdrawals
from paydesk.orders.order import Order
from paydesk.staff import audit
from paydesk.staff.member import Role
from paydesk.web.current import current_shop
from paydesk.web.desk.access import current_staff, needs
from paydesk.web.desk.addresses import desk_url
from paydesk.web.desk.saying import say

_MOST = 100
_MARKS = {
    withdrawals.Mark.UNKNOWN_ORDER: "no order has this number and address",
    withdrawals.Mark.NOT_PAID: "the order is not paid",
    withdrawals.Mark.OUTSIDE_PERIOD: "after the 14 days",
    withdrawals.Mark.ALREADY_REFUNDED: "refunded already",
    withdrawals.Mark.WAIVED: "agreed to lose the right for downloads",
    withdrawals.Mark.REPEATED: "not the first one",
}


def add_withdrawals_page(desk: Blueprint) -> None:
    desk.add_url_rule("/withdrawals", "withdrawals", withdrawals_page)
    desk.add_url_rule(
        "/withdrawals/<withdrawal_id>", "deal_with_withdrawal", deal_with, methods=["POST"]
    )


@needs(Role.READ)
def withdrawals_page() -> ResponseReturnValue:
    with current_shop().database.reading() as tx:
        rows = withdrawals.unhandled(tx, _MOST)
        orders = {row.order_id: tx.get_one(Order, row.order_id) for row in rows if row.order_id}
    return render_template(
        "paydesk/desk/withdrawals.html",
        rows=rows,
        orders=orders,
        marks={mark.value: words for mark, words in _MARKS.items()},
        may_work=current_staff().may.covers(Role.ORDERS),
    )


@needs(Role.ORDERS)
def deal_with(withdrawal_id: str) -> ResponseReturnValue:
    """Notes that a withdrawal was dealt with; a second time does nothing."""
    shop, by = current_shop(), current_staff().email
    with shop.database.transaction() as tx:
        row = withdrawals.handle(tx, withdrawal_id[:40], by, shop.clock.now())
        audit.note(tx, shop.clock, by, "withdrawal.handled", f"withdrawal {row.id}")
    say("The withdrawal was dealt with.")
    return redirect(desk_url("withdrawals"), code=303)
