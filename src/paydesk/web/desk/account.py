"""One's own account: password, second factor, and where one is signed in."""

import segno
from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from paydesk.foundation.errors import Invalid
from paydesk.staff import passwords, second_factor, sessions, staffing
from paydesk.staff.member import Role, Staff
from paydesk.web.current import current_shop
from paydesk.web.desk import access
from paydesk.web.desk.access import current_session, current_staff, needs, needs_recent_sign_in
from paydesk.web.desk.addresses import desk_url
from paydesk.web.desk.browser_names import browser_name
from paydesk.web.desk.saying import say


def add_account(desk: Blueprint) -> None:
    def post(rule: str, view: access.View) -> None:
        desk.add_url_rule(rule, view.__name__, view, methods=["POST"])

    desk.add_url_rule("/account", "my_account", my_account)
    desk.add_url_rule("/account/password", "new_password", new_password)
    desk.add_url_rule("/account/second-factor", "second_factor", offer_second_factor)
    post("/account/password", change_password)
    post("/account/second-factor", switch_code_on)
    post("/account/second-factor/off", switch_code_off)
    post("/account/recovery-codes", renew_recovery_codes)
    post("/account/sessions/end", end_session)


@needs(Role.READ)
def my_account() -> ResponseReturnValue:
    shop, staff = current_shop(), current_staff()
    with shop.database.transaction() as tx:
        rows = sessions.of_staff(tx, shop.clock, staff.id)
        left = second_factor.recovery_codes_left(tx, staff)
    return render_template(
        "paydesk/desk/account.html",
        rows=rows,
        this=current_session().key,
        codes_left=left,
        browser_name=browser_name,
    )


@needs(Role.READ)
@needs_recent_sign_in
def new_password() -> ResponseReturnValue:
    return _password_page({})


@needs(Role.READ)
@needs_recent_sign_in
def change_password() -> ResponseReturnValue:
    try:
        current_shop().accounts.change_password(
            current_staff(), request.form.get("password", ""), access.token_given()
        )
    except Invalid as error:
        return _password_page({"password": error.message}), 422
    say("Your password is changed. Everywhere else you are signed out.")
    return redirect(desk_url("my_account"), code=303)


def _password_page(errors: dict[str, str]) -> str:
    return render_template(
        "paydesk/desk/new_password.html", errors=errors, shortest=passwords.SHORTEST
    )


@needs(Role.READ)
@needs_recent_sign_in
def offer_second_factor() -> ResponseReturnValue:
    if current_staff().has_second_factor:
        # What the app holds is not shown again.
        return redirect(desk_url("my_account"), code=303)
    return _second_factor_page(second_factor.new_secret(), {})


@needs(Role.READ)
@needs_recent_sign_in
def switch_code_on() -> ResponseReturnValue:
    shop, secret = current_shop(), request.form.get("secret", "")
    try:
        with shop.database.transaction() as tx:
            codes = staffing.switch_code_on(
                tx, shop.clock, _me(tx), secret, request.form.get("code", "")
            )
    except Invalid as error:
        return _second_factor_page(secret, {"code": error.message}), 422
    return render_template("paydesk/desk/recovery_codes.html", codes=codes, is_new=True)


@needs(Role.READ)
@needs_recent_sign_in
def switch_code_off() -> ResponseReturnValue:
    shop = current_shop()
    with shop.database.transaction() as tx:
        staffing.switch_code_off(tx, shop.clock, _me(tx))
    say("The second factor is off: the password alone signs you in.", "wait")
    return redirect(desk_url("my_account"), code=303)


@needs(Role.READ)
@needs_recent_sign_in
def renew_recovery_codes() -> ResponseReturnValue:
    shop = current_shop()
    with shop.database.transaction() as tx:
        codes = staffing.renew_codes(tx, shop.clock, _me(tx))
    return render_template("paydesk/desk/recovery_codes.html", codes=codes, is_new=False)


@needs(Role.READ)
def end_session() -> ResponseReturnValue:
    shop, key = current_shop(), request.form.get("key", "")
    with shop.database.transaction() as tx:
        sessions.close_one(tx, current_staff().id, key)
    say("That browser is signed out.")
    return redirect(desk_url("my_account"), code=303)


def _second_factor_page(secret: str, errors: dict[str, str]) -> str:
    address = second_factor.app_address(
        secret, current_staff().email, current_shop().settings.shop_name
    )
    return render_template(
        "paydesk/desk/second_factor.html",
        secret=secret,
        picture=_picture(address),
        errors=errors,
    )


def _picture(address: str) -> Markup:
    """The QR code as SVG, dark on white in both themes: cameras want it so."""
    drawn = segno.make(address, error="m").svg_inline(
        scale=4, border=3, dark="#000", light="#fff", omitsize=True
    )
    return Markup(drawn)  # noqa: S704 - drawn here, from modules alone


def _me(tx: Session) -> Staff:
    return tx.get_one(Staff, current_staff().id)
