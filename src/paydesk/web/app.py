"""The shop as an app of its own."""

from dataclasses import replace

from flask import Flask, Response
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from paydesk.settings import Settings, load
from paydesk.web import answering, guard
from paydesk.web.extension import OWN_APP, Paydesk
from paydesk.web.health import add_health
from paydesk.web.language import speak_on, vary
from paydesk.web.pages import template_context
from paydesk.web.tracing import trace


def create_app(settings: Settings | None = None) -> Flask:
    """The shop, complete. Raises MisconfiguredError, naming the variable to mend."""
    settings = settings or load()
    if settings.desk is None:
        settings = replace(settings, desk=True)
    app = Flask(OWN_APP, static_folder=None)
    app.config.update(
        SESSION_COOKIE_NAME="__Host-paydesk" if settings.is_https else "paydesk",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        # Lax, not Strict: the buyer comes back from Stripe's site by a link.
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        SECRET_KEY=settings.app_secret,
        MAX_FORM_MEMORY_SIZE=guard.MAX_FORM_BYTES,
    )
    app.session_interface = _Sessions()
    if settings.trusted_proxies:
        # The address alone: our own is a setting, and nobody's header changes it.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.trusted_proxies, x_proto=0, x_host=0
        )
    # Before the pages: what nobody answers, such as an unknown address, is told of, too.
    trace(app, believes_proxies=settings.trusted_proxies > 0)
    speak_on(app, settings)
    desk = Paydesk(app, settings=settings)
    add_health(app, desk.shop)
    # What no page answers, such as an unknown address, looks like the shop, too.
    app.context_processor(lambda: template_context(settings))
    app.register_error_handler(HTTPException, answering.refuse_http)

    @app.after_request
    def add_headers(response: Response) -> Response:
        return vary(guard.add_headers(response, settings))

    return app


class _Sessions(SecureCookieSessionInterface):
    """Flask's own, whose serializer is made once instead of twice a request."""

    def __init__(self) -> None:
        self._made: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        if self._made is None:
            self._made = super().get_signing_serializer(app)
        return self._made
