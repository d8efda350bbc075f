"""A refund in three pages: what goes back, whether that is meant, and what has come of it."""

from flask import Blueprint, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from paydesk.foundation.errors import Invalid, NotFound, Refused, ShopError
from paydesk.foundation.ids import new_secret
from paydesk.orders import order as orders
from paydesk.orders.order import Order
from paydesk.payments import refund, refund_lines
from paydesk.payments.refund import ChangedMeanwhile, Refund
from paydesk.payments.refunds import NothingOwed, RefundRefused
from paydesk.staff.member import Role
from paydesk.web.current import current_shop
from paydesk.web.desk.access import View, current_staff, needs, needs_recent_sign_in
from paydesk.web.desk.addresses import desk_url
from paydesk.web.desk.refund_form import FormRefused, kept, options, told, wish_of
from paydesk.web.desk.refund_words import sentence, state_words
from paydesk.web.desk.saying import say

# A page that waits for Stripe looks again after so many seconds.
_LOOK_AGAIN_SECONDS = 3
_LARGEST_NUMBER = 2**53


def add_refunding(desk: Blueprint) -> None:
    def add(rule: str, name: str, view: View, method: str = "GET") -> None:
        desk.add_url_rule(f"/orders/<int:number>/{rule}", name, view, methods=[method])

    add("refund", "refund", refund_page)
    add("refund", "confirm_refund", confirm_refund, "POST")
    add("refund/sentence", "refund_sentence", refund_sentence, "POST")
    add("refund/make", "make_refund", make_refund, "POST")
    add("refund/again", "repeat_refund", repeat_refund, "POST")
    add("refunds/<refund_id>", "refund_result", refund_result)


@needs(Role.ORDERS)
@needs_recent_sign_in
def refund_page(number: int) -> ResponseReturnValue:
    return _form(_order(number), {})


@needs(Role.ORDERS)
@needs_recent_sign_in
def confirm_refund(number: int) -> ResponseReturnValue:
    """Shows what the refund would be; nothing is written yet."""
    order, shop = _order(number), current_shop()
    try:
        wish = wish_of(order, request.form)
        preview = shop.refunds.preview(order.id, wish)
    except FormRefused as error:
        return _form(order, error.errors), 422
    except ShopError as error:
        return _form(order, {"": error.message}), error.status
    seen = request.form.get("shown", "")
    if seen != preview.shown:
        return _form(order, {"": _changed(order)}), ChangedMeanwhile.status
    return render_template(
        "paydesk/desk/refund_confirm.html",
        order=order,
        preview=preview,
        sentence=sentence(order, preview),
        told=told(order, wish),
        kept=kept(request.form),
        attempt=new_secret(),
    )


@needs(Role.ORDERS)
def refund_sentence(number: int) -> ResponseReturnValue:
    """The sentence for what stands in the form now, for the script of the page."""
    order = _order(number)
    try:
        preview = current_shop().refunds.preview(order.id, wish_of(order, request.form))
    except FormRefused as error:
        return jsonify(sentence="", problem=next(iter(error.errors.values())))
    except ShopError as error:
        return jsonify(sentence="", problem=error.message)
    return jsonify(sentence=sentence(order, preview), problem="")


@needs(Role.ORDERS)
@needs_recent_sign_in
def make_refund(number: int) -> ResponseReturnValue:
    order, form = _order(number), request.form
    try:
        wish = wish_of(order, form, who=current_staff().email)
        rows = current_shop().refunds.request(order.id, wish)
    except FormRefused as error:
        return _form(order, error.errors), 422
    except (Invalid, Refused) as error:
        # Too much, too many, somebody was faster, or Stripe said no: shown as it stands now.
        return _form(_order(number), {"": error.message}), error.status
    return redirect(desk_url("refund_result", number=number, refund_id=rows[0].id), code=303)


@needs(Role.ORDERS)
@needs_recent_sign_in
def repeat_refund(number: int) -> ResponseReturnValue:
    order = _order(number)
    try:
        rows = current_shop().refunds.repeat(order.id, current_staff().email)
    except (NothingOwed, RefundRefused) as error:
        say(error.message, "bad")
        return redirect(desk_url("refund", number=number), code=303)
    return redirect(desk_url("refund_result", number=number, refund_id=rows[0].id), code=303)


@needs(Role.READ)
def refund_result(number: int, refund_id: str) -> ResponseReturnValue:
    shop, order = current_shop(), _order(number)
    with shop.database.transaction() as tx:
        row = tx.get(Refund, refund_id[:40])
        if row is None or row.order_id != order.id:
            raise NotFound(f"Order {order.number} has no such refund.")
        rows = refund.of_attempt(tx, row)
        lines = refund_lines.of_refund(tx, rows[0].id)
    words = state_words(order, rows)
    return render_template(
        "paydesk/desk/refund_result.html",
        order=order,
        rows=rows,
        words=words,
        names=_names(order),
        lines=lines,
        look_again=_LOOK_AGAIN_SECONDS if words.waits else None,
    )


def _form(order: Order, errors: dict[str, str]) -> str:
    shop = current_shop()
    with shop.database.transaction() as tx:
        order = orders.locked(tx, order.id)
        payment = shop.settling.payment_of(tx, order)
        available = refund.available(tx, order, payment)
        given = options(tx, order)
        rows = refund.of_order(tx, order.id)
        # What is shown is what counts: who was faster is told by this word.
        shown = refund.stands(tx, order)
    return render_template(
        "paydesk/desk/refund.html",
        order=order,
        available=available,
        options=given,
        rows=rows,
        shown=shown,
        form=request.form,
        errors=errors,
    )


def _order(number: int) -> Order:
    with current_shop().database.transaction() as tx:
        order = orders.by_number(tx, number) if number < _LARGEST_NUMBER else None
        if order is None:
            raise NotFound(f"There is no order {number}.")
        return order


def _names(order: Order) -> dict[int, str]:
    names = {line.position: line.name for line in order.lines}
    return names | {refund_lines.SHIPPING: "Shipping"}


def _changed(order: Order) -> str:
    return (
        f"Something has happened to order {order.number} since you opened this page. "
        "Nothing was refunded. Please look at it again."
    )
