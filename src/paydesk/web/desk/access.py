"""Who may open which page of the desk. A page that does not say it is closed to everybody."""

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

from flask import current_app, g, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from paydesk.foundation.errors import ShopError
from paydesk.staff import sessions
from paydesk.staff.member import Role, Staff
from paydesk.staff.sessions import StaffSession
from paydesk.web.answering import wants_json
from paydesk.web.current import current_mount, current_shop
from paydesk.web.desk.addresses import desk_url, safe_next
from paydesk.web.desk.saying import say

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])
_NEEDS, _RECENT, _LIMIT = "paydesk_needs", "paydesk_needs_recent", "paydesk_body_limit"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Forbidden(ShopError):
    """Signed in, but not for this."""

    status = 403
    code = "forbidden"


class SignInNeeded(ShopError):
    """Nobody is signed in; said to programs, people are shown the page for it."""

    status = 401
    code = "sign_in"


def needs(role: Role) -> Callable[[View], View]:
    """Open the page to staff of at least this role."""

    def mark(view: View) -> View:
        setattr(view, _NEEDS, role)
        return view

    return mark


def open_to_all(view: View) -> View:
    """Open the page to whoever comes: signing in, and nothing else."""
    setattr(view, _NEEDS, None)
    return view


def needs_recent_sign_in(view: View) -> View:
    """Ask for the password again if it was given more than a quarter of an hour ago.

    Put it on the page with the form as well: a form that was sent is not kept meanwhile.
    """
    setattr(view, _RECENT, True)
    return view


def takes_up_to(bytes_: int) -> Callable[[View], View]:
    """Let the page take a larger body than a form's 64 KiB, such as a file."""

    def mark(view: View) -> View:
        setattr(view, _LIMIT, bytes_)
        return view

    return mark


def current_staff() -> Staff:
    """Who is signed in. Only within a page that needs a role."""
    staff: Staff = g.paydesk_staff
    return staff


def current_session() -> StaffSession:
    """What they are signed in with."""
    session: StaffSession = g.paydesk_staff_session
    return session


def signed_in_staff() -> Staff | None:
    """Who of the staff looks at this page, on a buyers' page, too; None for a buyer."""
    if "paydesk_staff_looked" not in g:
        g.paydesk_staff_looked = True
        _look()
    found = g.get("paydesk_staff_session")
    return g.paydesk_staff if found is not None and found.is_complete else None


def admit() -> ResponseReturnValue | None:
    """Before each request: answers instead of the page if it is not for whoever asks."""
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None:
        return None
    # Closed unless it says otherwise: what was forgotten must not stand open.
    needed: Role | None = getattr(view, _NEEDS, Role.OWNER)
    staff = signed_in_staff()
    if needed is None:
        return None
    if staff is None:
        return _ask_to_sign_in()
    if not hasattr(view, _NEEDS):
        raise Forbidden("This page does not say who may open it, so nobody may.")
    if not staff.may.covers(needed):
        raise Forbidden(f"This needs the role {needed.value}; yours is {staff.role}.")
    if getattr(view, _RECENT, False) and not current_session().is_fresh(current_shop().clock.now()):
        return _ask_again()
    return None


def body_limit() -> int | None:
    view = current_app.view_functions.get(request.endpoint or "")
    limit: int | None = getattr(view, _LIMIT, None)
    return limit


def _look() -> None:
    g.paydesk_staff_session = None
    token = request.cookies.get(cookie_name())
    if not token:
        return
    shop = current_shop()
    with shop.database.transaction() as tx:
        found = sessions.found(tx, shop.clock, token)
    if found is not None:
        g.paydesk_staff_session, g.paydesk_staff = found


def _ask_to_sign_in() -> ResponseReturnValue:
    if wants_json():
        raise SignInNeeded("Sign in first.")
    # What was sent is not done later without being looked at again.
    return redirect(desk_url("sign_in", next=_way_back()), code=303)


def _ask_again() -> ResponseReturnValue:
    if request.method not in _SAFE:
        say("Nothing was done yet. After this, please do it once more.", "wait")
    return redirect(desk_url("confirm", next=_way_back()), code=303)


def _way_back() -> str:
    """The page that was asked for, or from which a form was sent."""
    if request.method in _SAFE:
        here = request.full_path.rstrip("?")
    else:
        came_from = urlsplit(request.headers.get("Referer", ""))
        here = came_from.path if came_from.netloc == request.host else ""
    return safe_next(here)


def cookie_name() -> str:
    """The desk's cookie is not the shop's: what buyers' pages do cannot touch it."""
    mount = current_mount()
    prefix = "__Host-" if mount.shop.settings.is_https else ""
    return f"{prefix}{mount.name}-desk"


def token_given() -> str:
    return request.cookies.get(cookie_name(), "")


def give_cookie(response: Response, token: str) -> Response:
    """Signs this browser in."""
    response.set_cookie(
        cookie_name(),
        token,
        # Until the browser is closed; how long it is good meanwhile, the database knows.
        path="/",
        secure=current_shop().settings.is_https,
        httponly=True,
        # Lax, not Strict: a link in a letter to the merchant opens the order.
        samesite="Lax",
    )
    return response


def take_cookie(response: Response) -> Response:
    response.delete_cookie(
        cookie_name(),
        path="/",
        secure=current_shop().settings.is_https,
        httponly=True,
        samesite="Lax",
    )
    return response
