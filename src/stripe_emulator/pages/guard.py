"""Keeps strangers out of the pages: form tokens, body size, a page's own limits."""

import hmac
import secrets
from collections.abc import Iterable
from urllib.parse import urlsplit

from flask import Response, abort, current_app, request
from flask.sansio.blueprints import BlueprintSetupState

KEY = "stripe_emulator_pages_key"
# The longest honest form: a hundred quantities, two addresses, a few fields of the shop's own.
LARGEST_FORM = 32 * 1024
# A name on the internet that points to 127.0.0.1 must not read or use these pages.
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
# Who may show our pages inside its own. A policy cannot name [::1]; http also means https here.
_FRAMED_BY = "http://localhost:* http://*.localhost:* http://127.0.0.1:*"


def make_key(state: BlueprintSetupState) -> None:
    """A key per running emulator; it signs form tokens and the remembered fields."""
    state.app.extensions.setdefault(KEY, secrets.token_bytes(32))


def key() -> bytes:
    made: bytes = current_app.extensions[KEY]
    return made


def token(purpose: str) -> str:
    """Proof that a form was made by us for `purpose`."""
    return hmac.new(key(), purpose.encode(), "sha256").hexdigest()


def require_token(purpose: str) -> None:
    """Refuses a form that another site, or a page from before a restart, has sent."""
    sent = request.form.get("token", "")
    if not hmac.compare_digest(sent.encode(), token(purpose).encode()):
        abort(403)


def limit_body() -> None:
    """Runs before every page; foreign host names are refused for the whole app, not here."""
    request.max_content_length = LARGEST_FORM
    request.max_form_memory_size = LARGEST_FORM


def limit(
    response: Response,
    returns_to: Iterable[str | None] = (),
    pictures: Iterable[str | None] = (),
    *,
    framed: bool = False,
) -> Response:
    """Says what the page may do: show `pictures` of this machine, send forms only to us.

    Chromium holds `form-action` against the redirect that answers a form as well, so the
    address the buyer `returns_to` has to be named. `framed`: shops on this machine may show the
    page inside one of theirs.
    """
    reached = _origins(returns_to)
    shown = [found for found in _origins(pictures) if _is_loopback(found)]
    response.headers["Content-Security-Policy"] = "; ".join(
        [
            "default-src 'none'",
            "style-src 'self'",
            "script-src 'self'",
            "connect-src 'self'",
            " ".join(["img-src 'self'", *shown]),
            " ".join(["form-action 'self'", *reached]),
            "base-uri 'none'",
            "frame-ancestors " + (_FRAMED_BY if framed else "'none'"),
        ]
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response


def origin(address: str | None) -> str | None:
    """`http://127.0.0.1:5000` of an address under it; None for anything that is not the web."""
    if not address:
        return None
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    # A header is no place for anything but a host name.
    if not host.isascii() or any(sign in host for sign in " ;,'\""):
        return None
    return f"{parts.scheme}://{host}{port}"


def is_near(address: str | None) -> bool:
    """Whether fetching the address stays on this machine."""
    found = origin(address)
    return found is not None and _is_loopback(found)


def _origins(addresses: Iterable[str | None]) -> list[str]:
    return sorted({found for found in map(origin, addresses) if found})


def _is_loopback(found: str) -> bool:
    return _without_port(found.partition("://")[2]) in LOOPBACK_NAMES


def _without_port(host: str) -> str:
    return host if host.endswith("]") else host.rsplit(":", 1)[0]
