"""Finding one's orders again: an address is entered, and whoever reads its mail gets the links."""

import hashlib

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from paydesk.business.shop import is_email
from paydesk.foundation.database import lock_word
from paydesk.foundation.language import spoken
from paydesk.fulfilment.letters import Letter, LetterKind, owe_letter
from paydesk.web.cart import unkept
from paydesk.web.current import current_mount, current_shop

_LONGEST = 320
# One letter in that time for each address: nobody's mailbox is filled by others.
_AGAIN_AFTER_SECONDS = 600


def add_find_order(pages: Blueprint) -> None:
    pages.add_url_rule("/find-order", "find_order", find_order)
    pages.add_url_rule("/find-order", "send_links", send_links, methods=["POST"])


def find_order() -> ResponseReturnValue:
    return _page()


def send_links() -> ResponseReturnValue:
    """Always the same answer after the same work: who has ordered here is told to nobody.

    Whether there is an order to tell of is looked up when the letter leaves.
    """
    email = request.form.get("email", "").strip()[:_LONGEST]
    if not is_email(email):
        return _page(email=email, is_wrong=True)
    shop = current_shop()
    now = shop.clock.now()
    address = email.casefold()
    turn = int(now.timestamp()) // _AGAIN_AFTER_SECONDS
    # The name of the letter: no address stands in it.
    about = hashlib.sha256(f"{address}\n{turn}\n{shop.settings.app_secret}".encode()).hexdigest()
    data = {"to": email, "language": spoken().code, "pages": current_mount().address("home")}
    with shop.database.transaction() as tx:
        lock_word(tx, about)
        known = select(Letter.id).where(
            Letter.order_id.is_(None),
            Letter.kind == LetterKind.FIND_ORDER,
            Letter.about == about,
        )
        if tx.scalars(known).first() is None:
            owe_letter(tx, LetterKind.FIND_ORDER, None, about, data, at=now)
    return _page(is_sent=True)


def _page(*, email: str = "", is_wrong: bool = False, is_sent: bool = False) -> Response:
    page = render_template(
        "paydesk/find_order.html", email=email, is_wrong=is_wrong, is_sent=is_sent
    )
    return unkept(make_response(page, 422 if is_wrong else 200))
