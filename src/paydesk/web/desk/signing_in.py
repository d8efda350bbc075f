"""Signing in and out, the links that lead to an account, and the password once more."""

from flask import Blueprint, redirect, render_template, request, session
from flask.typing import ResponseReturnValue

from paydesk.foundation.errors import Invalid, Refused, ShopError
from paydesk.staff import links, passwords, sessions
from paydesk.staff.accounts import Entrant, of_link
from paydesk.staff.member import Role, Staff, has_owner
from paydesk.staff.sessions import Browser
from paydesk.web.current import current_shop
from paydesk.web.desk import access
from paydesk.web.desk.access import current_staff, needs, open_to_all, signed_in_staff
from paydesk.web.desk.addresses import desk_url, safe_next
from paydesk.web.desk.saying import say


def add_signing_in(desk: Blueprint) -> None:
    desk.add_url_rule("/sign-in", "sign_in", sign_in)
    desk.add_url_rule("/sign-in", "open_session", open_session, methods=["POST"])
    desk.add_url_rule("/sign-out", "sign_out", sign_out, methods=["POST"])
    desk.add_url_rule("/welcome/<token>", "welcome", welcome)
    desk.add_url_rule("/welcome/<token>", "choose_password", choose_password, methods=["POST"])
    desk.add_url_rule("/confirm", "confirm", confirm)
    desk.add_url_rule("/confirm", "prove", prove, methods=["POST"])


@open_to_all
def sign_in() -> ResponseReturnValue:
    if signed_in_staff() is not None:
        return redirect(safe_next(request.args.get("next")), code=303)
    return _sign_in_page({})


@open_to_all
def open_session() -> ResponseReturnValue:
    shop, form = current_shop(), request.form
    try:
        staff = shop.accounts.recognise(form.get("email", ""), form.get("password", ""))
        token = _opened(staff)
    except Invalid as error:
        return _sign_in_page({"password": error.message}), 422
    return signed_in(token, form.get("next"))


def _opened(staff: Staff) -> str:
    shop = current_shop()
    with shop.database.transaction() as tx:
        return sessions.open_session(tx, shop.clock, tx.get_one(Staff, staff.id), browser())


def signed_in(token: str, next_: str | None) -> ResponseReturnValue:
    """On to the desk with a new session; what the browser had before is not good any more."""
    session.pop("csrf_token", None)
    return access.give_cookie(redirect(safe_next(next_), code=303), token)


def _sign_in_page(errors: dict[str, str]) -> str:
    shop = current_shop()
    with shop.database.transaction() as tx:
        is_new = not has_owner(tx)
    return render_template(
        "paydesk/desk/sign_in.html",
        errors=errors,
        email=request.form.get("email", ""),
        next=safe_next(request.values.get("next")),
        is_new=is_new,
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


@open_to_all
def welcome(token: str) -> ResponseReturnValue:
    shop = current_shop()
    with shop.database.transaction() as tx:
        link = links.looked_at(tx, shop.clock, token)
        staff = of_link(tx, link)
    return _welcome_page(token, staff.email if staff is not None else None, {})


@open_to_all
def choose_password(token: str) -> ResponseReturnValue:
    shop, form = current_shop(), request.form
    with shop.database.transaction() as tx:
        staff = of_link(tx, links.looked_at(tx, shop.clock, token))
    email = staff.email if staff is not None else None
    entrant = Entrant(*(form.get(each, "") for each in ("email", "name", "password")))
    try:
        opened = _opened(shop.accounts.follow_link(token, entrant))
    except (Invalid, Refused) as error:
        field = error.code if error.code in ("email", "password") else "email"
        return _welcome_page(token, email, {field: error.message}), 422
    say("Your account is ready.")
    return signed_in(opened, None)


def _welcome_page(token: str, email: str | None, errors: dict[str, str]) -> str:
    return render_template(
        "paydesk/desk/welcome.html",
        token=token,
        known_email=email,
        errors=errors,
        email=request.form.get("email", ""),
        name=request.form.get("name", ""),
        shortest=passwords.SHORTEST,
    )


@needs(Role.READ)
def confirm() -> ResponseReturnValue:
    return _confirm_page({})


@needs(Role.READ)
def prove() -> ResponseReturnValue:
    shop = current_shop()
    try:
        shop.accounts.recognise(current_staff().email, request.form.get("password", ""))
        with shop.database.transaction() as tx:
            sessions.prove(tx, shop.clock, access.token_given())
    except ShopError as error:
        return _confirm_page({"password": error.message}), 422
    return redirect(safe_next(request.form.get("next")), code=303)


def _confirm_page(errors: dict[str, str]) -> str:
    return render_template(
        "paydesk/desk/confirm.html", errors=errors, next=safe_next(request.values.get("next"))
    )


def browser() -> Browser:
    """What is kept of the request, so that people recognise where they are signed in."""
    return Browser(request.headers.get("User-Agent", ""), request.remote_addr or "")
