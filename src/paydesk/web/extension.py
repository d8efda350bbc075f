"""The Flask extension: Paydesk inside somebody's app."""

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, Flask, Response, request
from flask_wtf.csrf import generate_csrf
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from paydesk.foundation.errors import ShopError
from paydesk.foundation.ids import new_secret
from paydesk.foundation.logs import configure_logs_unless_done
from paydesk.fulfilment.hooks import Effect, Sale
from paydesk.payments import ways
from paydesk.payments.errands import ParamsHook
from paydesk.settings import Mode, Settings, load
from paydesk.web import answering, guard, throttle
from paydesk.web.buying import add_buying
from paydesk.web.order_page import add_order_page
from paydesk.web.paying import add_paying
from paydesk.web.storefront import add_storefront
from paydesk.web.tracing import trace
from paydesk.web.webhook import add_webhook
from paydesk.wiring import Shop, open_shop

OnPaid = TypeVar("OnPaid", bound=Callable[[Sale], None])
Change = TypeVar("Change", bound=ParamsHook)


class Paydesk:
    """Adds the shop's pages and its payment engine to a Flask app.

    `settings` default to the environment's (see `paydesk.settings`). Handlers registered with
    `on_paid` run in the worker: in this process after `start_worker()`.
    """

    def __init__(self, app: Flask | None = None, *, settings: Settings | None = None) -> None:
        self._settings = settings
        self._shop: Shop | None = None
        if app is not None:
            self.init_app(app)

    @property
    def shop(self) -> Shop:
        """The engine behind the pages. Raises RuntimeError before `init_app`."""
        if self._shop is None:
            raise RuntimeError("call Paydesk.init_app(app) first")
        return self._shop

    def init_app(self, app: Flask) -> None:
        """Add Paydesk to `app`. Raises MisconfiguredError, naming the variable to mend."""
        settings = self._settings or load()
        configure_logs_unless_done()
        self._shop = open_shop(settings)
        app.extensions["paydesk"] = self
        if not app.secret_key:
            app.secret_key = settings.app_secret
        # A product page may stay open over night; the token is bound to the cookie all the same.
        app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)
        app.register_blueprint(_pages(self._shop))

    def on_paid(self, handler: OnPaid) -> OnPaid:
        """Run `handler(sale)` once an order is paid: durably, and again after a failure.

        It may run more than once if the process dies under it: `sale.key` is the same each time.
        """
        return self._on(Effect.PAID, handler)

    def on_refunded(self, handler: OnPaid) -> OnPaid:
        """Run `handler(sale)` for each refund that succeeded: `sale.amount` went back."""
        return self._on(Effect.REFUNDED, handler)

    def on_payment_failed(self, handler: OnPaid) -> OnPaid:
        """Run `handler(sale)` when a delayed payment came back, or an authorisation was let go."""
        return self._on(Effect.PAYMENT_FAILED, handler)

    def on_expired(self, handler: OnPaid) -> OnPaid:
        """Run `handler(sale)` when nobody paid in time; not when the buyer cancelled."""
        return self._on(Effect.EXPIRED, handler)

    def on_disputed(self, handler: OnPaid) -> OnPaid:
        """Run `handler(sale)` for each dispute or inquiry: `sale.amount` is contested."""
        return self._on(Effect.DISPUTED, handler)

    def on_subscription_active(self, handler: OnPaid) -> OnPaid:
        """Run `handler(sale)` when a subscription begins to entitle: see `sale.membership`."""
        return self._on(Effect.SUBSCRIPTION_ACTIVE, handler)

    def on_subscription_ended(self, handler: OnPaid) -> OnPaid:
        """Run `handler(sale)` when a subscription entitles no more: cancelled, unpaid or paused."""
        return self._on(Effect.SUBSCRIPTION_ENDED, handler)

    def checkout_params(self, hook: Change) -> Change:
        """Let `hook(errand, params)` change a checkout session's parameters before Stripe is asked.

        `errand` is the order as agreed, `params` a dict as "Create a Checkout Session" describes
        it. It is called again, with the same order, when a call is repeated, and must do the same
        then. If it raises, nothing is charged: the buyer is told so, and the log says why.
        """
        self.shop.checkouts.changes.add(hook)
        return hook

    def _on(self, effect: Effect, handler: OnPaid) -> OnPaid:
        self.shop.hooks.register(effect, handler)
        return handler

    def start_worker(self) -> None:
        """Run handlers and retries in this process, on threads of their own."""
        self.shop.worker.start()


def _pages(shop: Shop) -> Blueprint:
    pages = Blueprint(
        "paydesk",
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path="/paydesk-static",
    )
    add_storefront(pages)
    add_buying(pages)
    add_order_page(pages)
    add_paying(pages)
    # Stripe signs its webhooks; all other changes come from pages of ours.
    add_webhook(pages)
    trace(pages, believes_proxies=shop.settings.trusted_proxies > 0)
    lanes = shop.gateway.lanes
    pages.before_request(lambda: lanes.begin(at_counter=throttle.makes_a_session()))
    pages.teardown_request(lambda _error: lanes.end())
    pages.before_request(guard.refuse_nul)
    # Before the form is read: a refusal should cost little.
    pages.before_request(throttle.Throttle().check)
    pages.before_request(_refuse_forgery)
    pages.context_processor(lambda: template_context(shop.settings))
    pages.errorhandler(ShopError)(answering.refuse)
    pages.errorhandler(HTTPException)(answering.refuse_http)
    pages.errorhandler(SQLAlchemyError)(answering.refuse_database)
    pages.errorhandler(Exception)(answering.refuse_bug)

    @pages.after_request
    def add_headers(response: Response) -> Response:
        return guard.add_headers(response, shop.settings)

    return pages


def _refuse_forgery() -> None:
    if request.endpoint != "paydesk.webhook":
        # Before anything reads the form: what is too long is not even parsed.
        request.max_content_length = guard.MAX_FORM_BYTES
        guard.refuse_forgery()


def template_context(settings: Settings) -> dict[str, object]:
    emulated = settings.mode is Mode.EMULATOR
    return {
        "shop_name": settings.shop_name,
        "emulator_dashboard": f"{settings.stripe_api_base}/dashboard" if emulated else None,
        "csrf_token": generate_csrf,
        "other_ways": lambda product: ways.offered(
            settings.ways, is_recurring=product.is_recurring
        )[1:],
        "attempt": new_secret,
    }
