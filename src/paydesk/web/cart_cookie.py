"""Which cart a browser has: a signed cookie with a random id, made once something is put in."""

import hashlib

from flask import Response, g, request
from itsdangerous import BadSignature, Signer
from sqlalchemy.exc import SQLAlchemyError

from paydesk.orders import cart as carts
from paydesk.orders.cart import KEPT_FOR
from paydesk.web.current import current_mount, current_shop

_LONGEST = 200
_COUNT = "paydesk_cart_count"


def cart_id() -> str | None:
    """The id in the browser's cookie, if we signed it."""
    given = request.cookies.get(cookie_name(), "")[:_LONGEST]
    try:
        return _signer().unsign(given).decode() if given else None
    except (BadSignature, UnicodeDecodeError):
        return None


def keep_cart(response: Response, cart_id: str) -> Response:
    """Have the browser bring the cart along for another while."""
    settings = current_shop().settings
    response.set_cookie(
        cookie_name(),
        _signer().sign(cart_id).decode(),
        max_age=int(KEPT_FOR.total_seconds()),
        secure=settings.is_https,
        httponly=True,
        # Lax, not Strict: the buyer comes back from Stripe's page by a link.
        samesite="Lax",
    )
    g.pop(_COUNT, None)
    return response


def cart_count() -> int:
    """How many things are in the cart of whoever asks; a browser without one costs nothing."""
    if _COUNT not in g:
        found = cart_id()
        count = 0
        if found is not None:
            try:
                with current_shop().database.reading() as tx:
                    count = carts.count_in(tx, found)
            except SQLAlchemyError:
                return 0  # the page that says so has a head, too
        setattr(g, _COUNT, count)
    return int(getattr(g, _COUNT))


def cookie_name() -> str:
    prefix = "__Host-" if current_shop().settings.is_https else ""
    return f"{prefix}{current_mount().name}_cart"


def _signer() -> Signer:
    secret = current_shop().settings.app_secret
    return Signer(secret, salt=f"{current_mount().name}.cart", digest_method=hashlib.sha256)
