"""Signing in and out: the password, the code, and the password once more."""

from flask import Blueprint, redirect, render_template, request, session
from flask.typing import ResponseReturnValue

from paydesk.foundation.errors import Invalid, NotFound
from paydesk.staff import sessions
from paydesk.staff.accounts import Entry
from paydesk.staff.member import Role, has_owner
from paydesk.staff.sessions import Browser
from paydesk.staff.throttling import TooOften
from paydesk.web.current import current_shop
from paydesk.web.desk import access
from paydesk.web.desk.access import current_staff, needs, open_to_all, signed_in_staff
from paydesk.web.desk.addresses import desk_url, safe_next
from paydesk.web.desk.saying import say
from paydesk.web.throttle import household


def add_signing_in(desk: Blueprint) -> None:
    desk.add_url_rule("/sign-in", "sign_in", sign_in)
    desk.add_url_rule("/sign-in", "open_session", open_session, methods=["POST"])
    desk.add_url_rule("/sign-in/code", "sign_in_code", sign_in_code)
    desk.add_url_rule("/sign-in/code", "enter_code", enter_code, methods=["POST"])
    desk.add_url_rule("/sign-out", "sign_out", sign_out, methods=["POST"])
    desk.add_url_rule("/confirm", "confirm", confirm)
    desk.add_url_rule("/confirm", "prove", prove, methods=["POST"])


@open_to_all
def sign_in() -> ResponseReturnValue:
    if signed_in_staff() is not None:
        return redirect(safe_next(request.args.get("next")), code=303)
    return _sign_in_page({})


@open_to_all
def open_session() -> ResponseReturnValue:
    form = request.form
    try:
        entry = current_shop().accounts.sign_in(
            form.get("email", "")[:300], form.get("password", ""), browser()
        )
    except (Invalid, TooOften) as error:
        return _refused(_sign_in_page({"password": error.message}), error)
    return let_in(entry, form.get("next"))


@open_to_all
def sign_in_code() -> ResponseReturnValue:
    return _code_page({})


@open_to_all
def enter_code() -> ResponseReturnValue:
    form = request.form
    try:
        entry = current_shop().accounts.enter_code(
            access.token_given(), form.get("code", ""), browser()
        )
    except (Invalid, TooOften) as error:
        return _refused(_code_page({"code": error.message}), error)
    except NotFound as error:
        say(error.message, "wait")
        return redirect(desk_url("sign_in", next=safe_next(form.get("next"))), code=303)
    return let_in(entry, form.get("next"))


def let_in(entry: Entry, next_: str | None) -> ResponseReturnValue:
    """On to the desk, or to the code, with a new session in place of what the browser had."""
    session.pop("csrf_token", None)
    there = safe_next(next_)
    return access.give_cookie(
        redirect(desk_url("sign_in_code", next=there) if entry.wants_code else there, code=303),
        entry.token,
    )


@needs(Role.READ)
def sign_out() -> ResponseReturnValue:
    shop = current_shop()
    with shop.database.transaction() as tx:
        if request.form.get("everywhere"):
            sessions.close_all(tx, current_staff().id)
        else:
            sessions.close(tx, access.token_given())
    say("You are signed out.")
    return access.take_cookie(redirect(desk_url("sign_in"), code=303))


@needs(Role.READ)
def confirm() -> ResponseReturnValue:
    return _confirm_page({})


@needs(Role.READ)
def prove() -> ResponseReturnValue:
    password = request.form.get("password", "")
    try:
        current_shop().accounts.prove(current_staff(), password, access.token_given(), browser())
    except (Invalid, TooOften) as error:
        return _refused(_confirm_page({"password": error.message}), error)
    return redirect(safe_next(request.form.get("next")), code=303)


def _sign_in_page(errors: dict[str, str]) -> str:
    with current_shop().database.transaction() as tx:
        is_new = not has_owner(tx)
    return render_template(
        "paydesk/desk/sign_in.html",
        errors=errors,
        email=request.form.get("email", ""),
        next=safe_next(request.values.get("next")),
        is_new=is_new,
    )


def _code_page(errors: dict[str, str]) -> str:
    return render_template(
        "paydesk/desk/sign_in_code.html", errors=errors, next=safe_next(request.values.get("next"))
    )


def _confirm_page(errors: dict[str, str]) -> str:
    return render_template(
        "paydesk/desk/confirm.html", errors=errors, next=safe_next(request.values.get("next"))
    )


def _refused(page: str, error: Invalid | TooOften) -> ResponseReturnValue:
    if isinstance(error, TooOften):
        return page, 429, {"Retry-After": str(error.retry_after_seconds)}
    return page, 422


def browser() -> Browser:
    """What is kept of the request, so that people recognise where they are signed in."""
    agent, address = request.headers.get("User-Agent", ""), request.remote_addr
    return Browser(agent, address or "", household(address))
