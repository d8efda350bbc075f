"""The operators' desk: a second blueprint beside the shop's, with a sign-in of its own."""

from flask import Blueprint, Response
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from paydesk.foundation.errors import ShopError
from paydesk.foundation.language import ENGLISH, speak
from paydesk.web import guard
from paydesk.web.current import DESK_SUFFIX, Mount
from paydesk.web.desk import access, refusing
from paydesk.web.desk.account import add_account
from paydesk.web.desk.audit_page import add_audit_page
from paydesk.web.desk.doctor_page import add_doctor_page
from paydesk.web.desk.events import add_events
from paydesk.web.desk.exporting import add_exporting
from paydesk.web.desk.frame import add_frame, frame_context
from paydesk.web.desk.home import add_home
from paydesk.web.desk.mail import add_mail
from paydesk.web.desk.order import add_order
from paydesk.web.desk.order_deeds import add_order_deeds
from paydesk.web.desk.orders import add_orders
from paydesk.web.desk.packing import add_packing
from paydesk.web.desk.payments_page import add_payments
from paydesk.web.desk.preferences import add_preferences
from paydesk.web.desk.product_page import add_product_page
from paydesk.web.desk.product_sheet import add_product_sheet
from paydesk.web.desk.products import add_products
from paydesk.web.desk.refunding import add_refunding
from paydesk.web.desk.settings import add_settings
from paydesk.web.desk.signing_in import add_signing_in
from paydesk.web.desk.staff_page import add_staff_page
from paydesk.web.desk.welcome import add_welcome
from paydesk.web.desk.withdrawals_page import add_withdrawals_page
from paydesk.web.tracing import trace

# Each takes the blueprint and adds its own pages; the frame's list of places shows those there are.
_PAGES = (
    add_signing_in,
    add_welcome,
    add_account,
    add_staff_page,
    add_preferences,
    add_home,
    add_refunding,
    add_events,
    add_payments,
    add_mail,
    add_orders,
    add_order,
    add_order_deeds,
    add_withdrawals_page,
    add_packing,
    add_exporting,
    # In this order: a product's address may be any word.
    add_products,
    add_product_sheet,
    add_product_page,
    add_settings,
    add_audit_page,
    add_doctor_page,
)


def add_desk(mount: Mount) -> Blueprint:
    """The desk of one shop, at `{url_prefix}/admin`, with what protects it."""
    shop = mount.shop
    desk = Blueprint(mount.name + DESK_SUFFIX, __name__)
    trace(desk, believes_proxies=shop.settings.trusted_proxies > 0)
    for add in _PAGES:
        add(desk)
    # The last: whatever no other page answers.
    add_frame(desk)
    # The desk speaks English, whatever the browser would like.
    desk.before_request(lambda: speak(ENGLISH))
    desk.before_request(guard.refuse_nul)
    desk.before_request(access.admit)
    desk.before_request(_refuse_forgery)
    desk.context_processor(frame_context)
    desk.errorhandler(ShopError)(refusing.refuse)
    desk.errorhandler(HTTPException)(refusing.refuse_http)
    desk.errorhandler(SQLAlchemyError)(refusing.refuse_database)
    desk.errorhandler(Exception)(refusing.refuse_bug)

    @desk.after_request
    def add_headers(response: Response) -> Response:
        # Buyers' names and addresses: in no cache, and in no search engine.
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("X-Robots-Tag", "noindex")
        return guard.add_headers(response, shop.settings)

    return desk


def _refuse_forgery() -> None:
    limit = access.body_limit()
    guard.limit_body(guard.MAX_FORM_BYTES if limit is None else limit)
    guard.refuse_forgery()
