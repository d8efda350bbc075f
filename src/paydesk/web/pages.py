"""The blueprint with all pages of one shop."""

from flask import Blueprint, Response, request
from flask_wtf.csrf import generate_csrf
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from paydesk.business import demonstration
from paydesk.foundation.errors import ShopError
from paydesk.payments import ways
from paydesk.settings import Mode, Settings
from paydesk.web import answering, guard, keeping, throttle
from paydesk.web.back_in_stock import add_back_in_stock
from paydesk.web.buying import add_buying
from paydesk.web.cart import add_cart
from paydesk.web.cart_cookie import cart_count
from paydesk.web.checkout import add_checkout
from paydesk.web.current import Mount, shop_url
from paydesk.web.downloading import add_downloads
from paydesk.web.emulator_bar import emulator_bar
from paydesk.web.find_order import add_find_order
from paydesk.web.language import (
    add_languages,
    let_templates_speak,
    speak_on,
    template_words,
    vary,
)
from paydesk.web.legal_pages import add_legal_pages, legal_links
from paydesk.web.mailbox import add_mailbox, mailbox_url
from paydesk.web.meta import add_meta
from paydesk.web.order_page import add_order_page
from paydesk.web.paying import add_paying
from paydesk.web.pictures import add_pictures
from paydesk.web.receipt_page import add_receipts
from paydesk.web.shop_facts import add_theme, current_facts
from paydesk.web.storefront import add_storefront, shelves
from paydesk.web.tracing import trace
from paydesk.web.webhook import add_webhook
from paydesk.web.withdrawing import add_withdrawing


def pages_of(mount: Mount) -> Blueprint:
    """The pages, with what protects them."""
    shop = mount.shop
    pages = Blueprint(
        mount.name,
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path="/paydesk-static",
    )
    trace(pages, believes_proxies=shop.settings.trusted_proxies > 0)
    # Before anything can be refused: a refusal is said in the reader's language.
    speak_on(pages, shop.settings)
    let_templates_speak(mount.app)
    _add_pages(pages)
    add_mailbox(pages, shop.settings)
    lanes = shop.gateway.lanes
    throttled = throttle.Throttle()

    # One function: Flask takes longer to call several than most of these do.
    @pages.before_request
    def admit() -> None:
        lanes.begin(at_counter=throttle.makes_a_session())
        guard.refuse_nul()
        # Before the form is read: a refusal should cost little.
        throttled.check()
        _refuse_forgery()

    pages.teardown_request(lambda _error: lanes.end())
    pages.context_processor(lambda: template_context(shop.settings))
    # For macros, too, which see no context.
    pages.add_app_template_global(shop_url)
    _add_refusals(pages)

    @pages.after_request
    def add_headers(response: Response) -> Response:
        return vary(guard.add_headers(response, shop.settings))

    return pages


def _add_pages(pages: Blueprint) -> None:
    add_languages(pages)
    add_theme(pages)
    add_storefront(pages)
    add_pictures(pages)
    add_meta(pages)
    add_cart(pages)
    add_checkout(pages)
    add_find_order(pages)
    add_back_in_stock(pages)
    add_legal_pages(pages)
    add_buying(pages)
    add_order_page(pages)
    add_receipts(pages)
    add_downloads(pages)
    add_withdrawing(pages)
    add_paying(pages)
    # Stripe signs its webhooks; all other changes come from pages of ours.
    add_webhook(pages)


def _add_refusals(pages: Blueprint) -> None:
    pages.errorhandler(ShopError)(answering.refuse)
    pages.errorhandler(HTTPException)(answering.refuse_http)
    pages.errorhandler(SQLAlchemyError)(answering.refuse_database)
    pages.errorhandler(Exception)(answering.refuse_bug)


def _refuse_forgery() -> None:
    if not (request.endpoint or "").endswith(".webhook"):
        # Before anything reads the form: what is too long is not even parsed.
        request.max_content_length = guard.MAX_FORM_BYTES
        guard.refuse_forgery(needs_token=request.endpoint != f"{request.blueprint}.preferences")


def template_context(settings: Settings) -> dict[str, object]:
    """What every template of the shop is given."""
    emulated = settings.mode is Mode.EMULATOR
    facts = current_facts()
    return {
        **template_words(settings),
        "shop_name": facts.name,
        "shop_facts": facts,
        "emulator": emulator_bar(settings) if emulated else None,
        "is_demonstration": demonstration.sells(facts),
        "mailbox_url": mailbox_url,
        "csrf_token": generate_csrf,
        "other_ways": lambda product: ways.offered(
            settings.ways, is_recurring=product.is_recurring
        )[1:],
        "attempt": keeping.attempt,
        "shelves": shelves,
        "cart_count": cart_count,
        "legal_links": legal_links,
        "this_path": lambda: request.root_path + request.path,
    }
