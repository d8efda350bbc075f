"""What protects the pages: security headers, CSRF, and limits on bodies."""

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from flask import Response, request
from flask_wtf.csrf import validate_csrf

from paydesk.foundation.errors import NotFound, ShopError
from paydesk.settings import Settings

# A purchase is a few hundred bytes.
MAX_FORM_BYTES = 64 * 1024
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Hosted Checkout's own address ("Integration security guide").
_STRIPE_CHECKOUT = "https://checkout.stripe.com"
# Where the Customer Portal is.
_STRIPE_PORTAL = "https://billing.stripe.com"
# What Stripe.js needs for Elements, embedded Checkout and Link ("Integration security guide").
_LINK = "https://link.com https://*.link.com"
_STRIPE_JS = {
    "script-src": "https://js.stripe.com https://*.js.stripe.com https://checkout.stripe.com "
    "https://maps.googleapis.com",
    "frame-src": "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com "
    f"https://checkout.stripe.com {_LINK}",
    "connect-src": "https://api.stripe.com https://checkout.stripe.com "
    f"https://maps.googleapis.com {_LINK}",
    "img-src": "https://*.stripe.com https://*.link.com",
}


class Forged(ShopError):
    """A request another site may have sent, or a form whose cookie is gone."""

    status = 403
    code = "forged"


def refuse_forgery(*, needs_token: bool = True) -> None:
    """Let a state-changing request through only if one of our own pages, or no browser, sent it.

    Forms carry a token. JSON and empty bodies carry none (the tutorial's front end has none to
    send), but every browser says which site they come from. That is enough, too, for a form that
    changes nothing but a cookie of looks: a token would make each page another one each time.
    """
    if request.method in _SAFE:
        return
    if needs_token and request.mimetype in FORMS:
        _check_token(request.form.get("csrf_token"))
    elif _comes_from_elsewhere():
        raise Forged("This request came from another site, so nothing was done.")


def limit_body(bytes_: int) -> None:
    """What is longer is not even parsed."""
    request.max_content_length = bytes_
    request.max_form_memory_size = max(bytes_, MAX_FORM_BYTES)


def refuse_nul() -> None:
    """No address of ours has a NUL in it, and PostgreSQL cannot even be asked about one."""
    if "\0" in request.path or any("\0" in value for value in request.args.values()):
        raise NotFound("There is no such page in this shop.")


def _check_token(token: str | None) -> None:
    try:
        validate_csrf(token)
    except ValueError:  # wtforms' ValidationError is one
        raise Forged(
            "This page was open for too long, or your browser keeps no cookies. "
            "Nothing was charged. Please go back, reload the page and try again."
        ) from None


def _comes_from_elsewhere() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        # No script can write this one. A page that sends no referrer has the origin "null".
        return site not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != request.host


def add_headers(response: Response, settings: Settings) -> Response:
    """Headers for every page of ours; one that a view has set stays."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", _usual_policy(settings.stripe_api_base))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    if settings.is_https:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def allow_stripe(response: Response, settings: Settings) -> None:
    """Let a page of ours load Stripe.js and show its forms, and nothing else of others."""
    base = settings.stripe_api_base
    sources = dict.fromkeys(_STRIPE_JS, base) if base else _STRIPE_JS
    response.headers["Content-Security-Policy"] = _policy(settings.stripe_api_base, sources)
    # Some ways to pay open a window of their own, which reports back.
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"


def allow_own_frame(response: Response, settings: Settings) -> None:
    """Let a page of ours show another one of ours within it, such as a letter."""
    response.headers["Content-Security-Policy"] = _policy(
        settings.stripe_api_base, {"frame-src": "'self'"}
    )


@lru_cache
def _usual_policy(stripe_api_base: str | None) -> str:
    return _policy(stripe_api_base)


def _policy(stripe_api_base: str | None, sources: Mapping[str, str] | None = None) -> str:
    # Chromium holds form-action against the redirect that follows a form, too.
    pay = stripe_api_base or f"{_STRIPE_CHECKOUT} {_STRIPE_PORTAL}"
    more = {name: f" {source}" for name, source in (sources or {}).items()}
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self'{more.get('script-src', '')}",
            "style-src 'self'",
            f"img-src 'self' data:{more.get('img-src', '')}",
            f"connect-src 'self'{more.get('connect-src', '')}",
            *(f"{name}{more[name]}" for name in ("frame-src",) if name in more),
            f"form-action 'self' {pay}",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )
