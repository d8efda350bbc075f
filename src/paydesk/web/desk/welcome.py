"""Where the one-time links lead: an owner's account is made, or a password is chosen."""

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from paydesk.foundation.errors import Invalid, Refused
from paydesk.staff import links, passwords
from paydesk.staff.accounts import Entrant, of_link
from paydesk.web.current import current_shop
from paydesk.web.desk.access import open_to_all
from paydesk.web.desk.saying import say
from paydesk.web.desk.signing_in import browser, let_in


def add_welcome(desk: Blueprint) -> None:
    desk.add_url_rule("/welcome/<token>", "welcome", welcome)
    desk.add_url_rule("/welcome/<token>", "choose_password", choose_password, methods=["POST"])


@open_to_all
def welcome(token: str) -> ResponseReturnValue:
    return _page(token, _known_email(token), {})


@open_to_all
def choose_password(token: str) -> ResponseReturnValue:
    known_email = _known_email(token)
    entrant = Entrant(*(request.form.get(each, "") for each in ("email", "name", "password")))
    try:
        entry = current_shop().accounts.follow_link(token, entrant, browser())
    except (Invalid, Refused) as error:
        field = error.code if error.code in ("email", "password") else "email"
        response = _page(token, known_email, {field: error.message})
        response.status_code = 422
        return response
    say("Your account is ready." if known_email is None else "Your new password is good.")
    return let_in(entry, None)


def _known_email(token: str) -> str | None:
    """Of the account the link is for; None if it makes one. Raises NotFound."""
    shop = current_shop()
    with shop.database.transaction() as tx:
        staff = of_link(tx, links.looked_at(tx, shop.clock, token))
    return staff.email if staff is not None else None


def _page(token: str, known_email: str | None, errors: dict[str, str]) -> Response:
    page = render_template(
        "paydesk/desk/welcome.html",
        token=token,
        known_email=known_email,
        errors=errors,
        email=request.form.get("email", ""),
        name=request.form.get("name", ""),
        shortest=passwords.SHORTEST,
    )
    response = make_response(page)
    # The address opens an account: it is told to nobody, not even within the shop.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
