"""Packing slips of one order or of several, to be printed from the page or as a PDF."""

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from paydesk.business import shop as business
from paydesk.foundation.errors import NotFound
from paydesk.fulfilment.packing import Slip, slip
from paydesk.fulfilment.packing_pdf import pdf
from paydesk.orders.order import Order
from paydesk.staff.member import Role
from paydesk.web.current import current_shop
from paydesk.web.desk.access import needs
from paydesk.web.desk.addresses import desk_url
from paydesk.web.desk.orders import ticked


def add_packing(desk: Blueprint) -> None:
    desk.add_url_rule("/orders/packing-slips", "packing_slips", packing_slips)
    desk.add_url_rule("/orders/packing-slips.pdf", "packing_slips_pdf", packing_slips_pdf)


@needs(Role.READ)
def packing_slips() -> ResponseReturnValue:
    numbers, slips = _slips()
    return render_template(
        "paydesk/desk/packing_slips.html",
        slips=slips,
        numbers=numbers,
        file_url=desk_url("packing_slips_pdf", number=numbers),
    )


@needs(Role.READ)
def packing_slips_pdf() -> ResponseReturnValue:
    numbers, slips = _slips()
    response = make_response(pdf(slips))
    response.mimetype = "application/pdf"
    name = f"packing-slip-{numbers[0]}.pdf" if len(numbers) == 1 else "packing-slips.pdf"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _slips() -> tuple[list[int], list[Slip]]:
    wanted = ticked(request.args.getlist("number"))
    shop = current_shop()
    with shop.database.reading() as tx:
        found = tx.scalars(select(Order).where(Order.number.in_(wanted)).order_by(Order.number))
        orders = list(found)
        facts = business.facts(tx, shop.settings)
        slips = [slip(tx, order, facts) for order in orders]
    if not slips:
        raise NotFound("There is no such order.")
    return [order.number for order in orders], slips
