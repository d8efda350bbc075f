"""Pages of the catalogue that are made once: kept by us, and by the browser that asked for them.

We keep a page under everything it shows: who calls has to name the goods, their stock and the
catalogue's revision, which counts changes of the shop's facts and legal texts, too; language,
theme, place and the count of the cart are added here. Whoever may see more than that (the staff)
gets a page of their own, made for them. So a kept page never has to be thrown away; it is asked
for no more.
"""

import hashlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask, Response, current_app, g, make_response, request, session
from flask_wtf.csrf import generate_csrf

from paydesk.foundation.ids import new_secret
from paydesk.foundation.language import spoken
from paydesk.foundation.latest import Latest
from paydesk.settings import Mode
from paydesk.web import cart_cookie
from paydesk.web.current import current_mount
from paydesk.web.language import theme

_OURS = Path(__file__).parent / "templates"
_KEPT = "paydesk_kept"
# Ten kilobytes each.
_MOST_KEPT = 500
_ATTEMPT = "paydesk_attempt"
_LOOKS = tuple(f"{start}paydesk_{of}" for start in ("", "__Host-") for of in ("theme", "language"))
# What stands in a kept page for what is another in each; no page has a NUL.
_TOKEN_MARK, _ATTEMPT_MARK = b"\0token\0", b"\0attempt\0"


@dataclass(frozen=True)
class _Page:
    body: bytes
    digest: bytes


def attempt() -> str:
    """The random text of this page's forms: whoever sends one twice means it once."""
    if _ATTEMPT not in g:
        setattr(g, _ATTEMPT, new_secret())
    return str(getattr(g, _ATTEMPT))


def keep(page: str) -> Response:
    """The page, for this browser alone to keep: it asks each time whether it is still the same.

    Nobody between shop and browser keeps it: it depends on cookies and language, and may say how
    many are left. Asked with the tag of the page it has, a browser is sent nothing but "the same".
    """
    return _answer(_laid_down(page))


def kept(key: Hashable, make: Callable[[], str]) -> Response:
    """As `keep`, with the page made by `make` unless one is kept that shows the same."""
    looks = _looks()
    if looks is None:
        return keep(make())
    return _answer(_state().pages.get((looks, key), lambda: _laid_down(make())))


def templates_are_ours(app: Flask) -> bool:
    """Whether the host has put none of its own in the place of ours: those may show anything."""
    if app.jinja_env.auto_reload:
        return False
    state = _state()
    if state.are_ours is None:
        names = [file.relative_to(_OURS).as_posix() for file in _OURS.rglob("*.html")]
        state.are_ours = all(_is_ours(app, name) for name in names)
    return state.are_ours


def _is_ours(app: Flask, name: str) -> bool:
    assert app.jinja_env.loader is not None
    file = app.jinja_env.loader.get_source(app.jinja_env, name)[1]
    return file is not None and Path(file).is_relative_to(_OURS)


def _looks() -> Hashable | None:
    """What pages show of whoever asks, and where; None: too much to be told in a word."""
    mount = current_mount()
    settings = mount.shop.settings
    # The emulator's bar has a clock.
    if settings.mode is Mode.EMULATOR or not templates_are_ours(current_app):
        return None
    # The session is but what forms are bound to, and a cart is its count; a desk and what may come
    # are more.
    plain = (current_app.config["SESSION_COOKIE_NAME"], cart_cookie.cookie_name(), *_LOOKS)
    if any(_is_cookie_of(mount.name, name) and name not in plain for name in request.cookies):
        return None
    visitor = (spoken().code, theme(settings), cart_cookie.cart_count())
    return (mount.name, request.script_root, *visitor)


def _is_cookie_of(mount_name: str, name: str) -> bool:
    return name.removeprefix("__Host-").startswith((mount_name, "paydesk"))


def _laid_down(page: str) -> _Page:
    body = page.encode()
    for word, mark in ((g.get("csrf_token"), _TOKEN_MARK), (g.get(_ATTEMPT), _ATTEMPT_MARK)):
        if word:
            body = body.replace(word.encode(), mark)
    return _Page(body, hashlib.blake2b(body, digest_size=16).digest())


def _answer(page: _Page) -> Response:
    body = page.body
    if _TOKEN_MARK in body:
        body = body.replace(_TOKEN_MARK, generate_csrf().encode())
    if _ATTEMPT_MARK in body:
        body = body.replace(_ATTEMPT_MARK, attempt().encode())
    response = make_response(body)
    response.headers["Cache-Control"] = "private, no-cache"
    # A form is good as long as the cookie it was made for; without that a fresh page is needed.
    bound = f"{session.get('csrf_token', '')} {session.get('paydesk_buyer', '')}".encode()
    tag = hashlib.blake2b(page.digest + bound, digest_size=16).hexdigest()
    response.set_etag(tag, weak=True)
    if request.if_none_match:
        response.make_conditional(request)
    return response


def _state() -> "_State":
    state: _State = current_app.extensions.setdefault(_KEPT, _State())
    return state


@dataclass
class _State:
    pages: Latest[_Page] = field(default_factory=lambda: Latest(_MOST_KEPT))
    are_ours: bool | None = None
