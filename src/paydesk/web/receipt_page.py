"""An order's receipt, to be printed or kept as a file, for whoever holds the order's link."""

from flask import Blueprint, make_response, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from paydesk.foundation import language
from paydesk.foundation.errors import NotFound
from paydesk.foundation.postal import shown_address
from paydesk.fulfilment import receipts
from paydesk.fulfilment.receipt_paper import Paper, paper
from paydesk.fulfilment.receipt_pdf import pdf
from paydesk.orders.order import Order
from paydesk.payments import returned
from paydesk.web.current import current_shop
from paydesk.web.finding import found_order, private


def add_receipts(pages: Blueprint) -> None:
    pages.add_url_rule("/o/<int:number>/<secret>/receipt", "receipt", receipt_page)
    pages.add_url_rule("/o/<int:number>/<secret>/receipt.pdf", "receipt_pdf", receipt_file)


def receipt_page(number: int, secret: str) -> ResponseReturnValue:
    order = found_order(number, secret)
    _speak_as_ordered(order)
    page = render_template("paydesk/receipt.html", paper=_paper(order), order=order, secret=secret)
    return private(make_response(page))


def receipt_file(number: int, secret: str) -> ResponseReturnValue:
    order = found_order(number, secret)
    _speak_as_ordered(order)
    shown = _paper(order)
    response = private(make_response(pdf(shown)))
    response.mimetype = "application/pdf"
    name = f"{shown.title.lower().replace(' ', '-')}.pdf"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def paper_of(tx: Session, order: Order, shop_name: str) -> Paper | None:
    """An order's receipt in the language that is spoken; None until it is paid."""
    receipt = receipts.of_order(tx, order.id)
    if receipt is None:
        return None
    given_back = [each.credit for each in returned.of_order(tx, order)]
    document = receipts.document(receipt, given_back)
    return paper(document, shop_name=shop_name, buyer=_buyer(order))


def _paper(order: Order) -> Paper:
    shop = current_shop()
    with shop.database.transaction() as tx:
        found = paper_of(tx, order, shop.settings.shop_name)
    if found is None:
        raise NotFound(language.gettext("There is no receipt yet: this order is not paid."))
    return found


def _speak_as_ordered(order: Order) -> None:
    # A receipt is one document, whoever reads it.
    spoken = language.LANGUAGES.get(order.language)
    if spoken is not None:
        language.speak(spoken)


def _buyer(order: Order) -> list[str]:
    address = shown_address(order.ship_to) if order.ship_to else []
    return [*address, order.email] if order.email else address
