"""Payments, refunds, disputes and payouts; and who has ordered."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from paydesk.reports import paging
from paydesk.reports.customers import customers
from paydesk.reports.movements import movements, payouts
from paydesk.staff.member import Role
from paydesk.web.current import current_shop
from paydesk.web.desk.access import needs
from paydesk.web.desk.addresses import desk_url

_TABS = {"": "All", "payment": "Payments", "refund": "Refunds", "dispute": "Disputes"}
_PAYOUTS = "payout"
_MAX_TEXT = 320


def add_payments(desk: Blueprint) -> None:
    desk.add_url_rule("/payments", "payments", payments_page)
    desk.add_url_rule("/customers", "customers", customers_page)


@needs(Role.READ)
def payments_page() -> ResponseReturnValue:
    kind = request.args.get("kind", "")[:20]
    place = paging.read(request.args.get("from", ""))
    tabs = [*_TABS.items(), (_PAYOUTS, "Payouts")]
    with current_shop().database.reading() as tx:
        paid_out = payouts(tx) if kind == _PAYOUTS else []
        page = movements(tx, "" if kind == _PAYOUTS else kind, place)
    # Rendered when the transaction is over: the frame opens one of its own.
    if kind == _PAYOUTS:
        return render_template("paydesk/desk/payments.html", tabs=tabs, kind=kind, payouts=paid_out)
    kept = {"kind": kind} if kind else {}
    older = desk_url("payments", **kept, **{"from": str(page.older)}) if page.older else None
    newest = desk_url("payments", **kept) if place is not None else None
    return render_template(
        "paydesk/desk/payments.html",
        tabs=tabs,
        kind=kind,
        rows=page.rows,
        older=older,
        newest=newest,
    )


@needs(Role.READ)
def customers_page() -> ResponseReturnValue:
    text = request.args.get("q", "").strip()[:_MAX_TEXT]
    after = request.args.get("after", "")[:_MAX_TEXT]
    with current_shop().database.reading() as tx:
        page = customers(tx, text, after)
    kept = {"q": text} if text else {}
    return render_template(
        "paydesk/desk/customers.html",
        customers=page.customers,
        text=text,
        first=desk_url("customers", **kept) if after else None,
        next=desk_url("customers", **kept, after=page.after) if page.after else None,
    )
