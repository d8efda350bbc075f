"""Settings, the danger zone: closing the shop for a while, and signing everybody out."""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from paydesk.business import shop
from paydesk.foundation.errors import Invalid
from paydesk.staff import audit, sessions
from paydesk.staff.member import Role
from paydesk.web.current import current_shop
from paydesk.web.desk.access import current_staff, needs, needs_recent_sign_in, token_given
from paydesk.web.desk.addresses import desk_url
from paydesk.web.desk.saying import say
from paydesk.web.shop_facts import current_facts, forget_facts

_USUAL = "We are closed at the moment."


def add_closing(desk: Blueprint) -> None:
    desk.add_url_rule("/settings/closing", "settings_closing", closing_page)
    desk.add_url_rule("/settings/closing", "close_or_open", close_or_open, methods=["POST"])
    desk.add_url_rule("/settings/closing/sessions", "sign_all_out", sign_all_out, methods=["POST"])


@needs(Role.OWNER)
@needs_recent_sign_in
def closing_page() -> ResponseReturnValue:
    return render_template("paydesk/desk/settings/closing.html", usual=_USUAL, errors={})


@needs(Role.OWNER)
@needs_recent_sign_in
def close_or_open() -> ResponseReturnValue:
    """`do`: close or open. Whoever is at Stripe's page already may still pay."""
    desk, is_closing = current_shop(), request.form.get("do") == "close"
    sentence = (request.form.get("closed", "").strip() or _USUAL) if is_closing else ""
    before = {"closed": current_facts().closed}
    try:
        with desk.database.transaction() as tx:
            shop.change_facts(tx, desk.clock, {"closed": sentence})
            what = "shop.closed" if is_closing else "shop.opened"
            audit.note(
                tx, desk.clock, current_staff().email, what, "shop", before, {"closed": sentence}
            )
    except Invalid as error:
        page = render_template(
            "paydesk/desk/settings/closing.html", usual=_USUAL, errors={"closed": error.message}
        )
        return page, 422
    forget_facts()
    say("The shop is closed: nobody can order." if is_closing else "The shop is open.")
    return redirect(desk_url("settings_closing"), code=303)


@needs(Role.OWNER)
@needs_recent_sign_in
def sign_all_out() -> ResponseReturnValue:
    """Everybody but whoever says so: a telephone was lost, or somebody looked over a shoulder."""
    desk = current_shop()
    with desk.database.transaction() as tx:
        count = sessions.close_everybodys(tx, but=token_given())
        after = {"sessions": count}
        audit.note(tx, desk.clock, current_staff().email, "staff.signed_out", "staff", None, after)
    ended = "One session was" if count == 1 else f"{count} sessions were"
    say(f"{ended} ended. Yours goes on.")
    return redirect(desk_url("settings_closing"), code=303)
