"""Withdrawing from a contract, in two steps and without signing in, and its acknowledgement."""

import hmac

from flask import Blueprint, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from paydesk.foundation.errors import NotFound
from paydesk.foundation.ids import new_secret
from paydesk.fulfilment import withdrawals
from paydesk.fulfilment.withdrawals import Withdrawal
from paydesk.orders.order import Order
from paydesk.web.current import current_shop, shop_url
from paydesk.web.finding import found_order, private
from paydesk.web.withdrawal_form import Entry, prefilled, sent

_OF_ORDER = "/o/<int:number>/<secret>/withdraw"


def add_withdrawing(pages: Blueprint) -> None:
    both = ["GET", "POST"]
    pages.add_url_rule("/withdraw", "withdraw", withdraw, methods=both)
    pages.add_url_rule("/withdraw/confirm", "confirm_withdrawal", confirm, methods=["POST"])
    pages.add_url_rule(_OF_ORDER, "withdraw_order", withdraw_order, methods=both)
    pages.add_url_rule(
        f"{_OF_ORDER}/confirm", "confirm_withdrawal_of_order", confirm_order, methods=["POST"]
    )
    pages.add_url_rule("/withdrawal/<withdrawal_id>/<secret>", "withdrawal", acknowledgement)


def withdraw() -> ResponseReturnValue:
    """The first step from the footer, where the order is named by hand."""
    return _step(None)


def withdraw_order(number: int, secret: str) -> ResponseReturnValue:
    """The first step from the order's page, where all is known."""
    return _step(found_order(number, secret))


def confirm() -> ResponseReturnValue:
    """The second step: what was shown is declared."""
    return _declare(None)


def confirm_order(number: int, secret: str) -> ResponseReturnValue:
    return _declare(found_order(number, secret))


def acknowledgement(withdrawal_id: str, secret: str) -> ResponseReturnValue:
    """What was declared and when, for whoever declared it."""
    with current_shop().database.transaction() as tx:
        row = tx.get(Withdrawal, withdrawal_id[:40])
    expected = row.secret if row is not None else new_secret()
    if not hmac.compare_digest(secret.encode()[:64], expected.encode()) or row is None:
        raise NotFound("We do not know this withdrawal. Check that the whole link was copied.")
    return private(make_response(render_template("paydesk/withdrawn.html", withdrawal=row)))


def _step(order: Order | None) -> ResponseReturnValue:
    if request.method == "GET":
        return _form(order, prefilled(order))
    entry = sent(order)
    if entry.problems or "edit" in request.form:
        return _form(order, entry)
    return _page("paydesk/withdraw_confirm.html", order, entry)


def _declare(order: Order | None) -> ResponseReturnValue:
    entry = sent(order)
    if entry.problems:
        return _form(order, entry)
    shop = current_shop()
    with shop.database.transaction() as tx:
        row = withdrawals.declare(
            tx, entry.declaration, shop.clock.now(), order_id=order.id if order else None
        )
    where = shop_url("withdrawal", withdrawal_id=row.id, secret=row.secret)
    response = redirect(where, code=303)
    response.headers["Cache-Control"] = "no-store"
    return response


def _form(order: Order | None, entry: Entry) -> ResponseReturnValue:
    status = 422 if entry.problems and "edit" not in request.form else 200
    return _page("paydesk/withdraw.html", order, entry, status=status)


def _page(
    template: str, order: Order | None, entry: Entry, *, status: int = 200
) -> ResponseReturnValue:
    address = {"number": order.number, "secret": order.secret} if order is not None else {}
    endings = ("withdraw_order", "confirm_withdrawal_of_order")
    steps = endings if order is not None else ("withdraw", "confirm_withdrawal")
    page = render_template(
        template,
        order=order,
        entry=entry,
        form_url=shop_url(steps[0], **address),
        confirm_url=shop_url(steps[1], **address),
        back_url=shop_url("order_page", **address) if order is not None else None,
    )
    return private(make_response(page, status))
