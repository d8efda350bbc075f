"""Settings: how letters leave, and a letter to try it with."""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from paydesk.fulfilment.letters import LetterState
from paydesk.fulfilment.trial_letter import send_trial
from paydesk.mail_options import MailOptions, is_address
from paydesk.staff import audit
from paydesk.staff.member import Role
from paydesk.web.current import current_shop
from paydesk.web.desk.access import current_staff, needs
from paydesk.web.desk.addresses import desk_url
from paydesk.web.desk.saying import say
from paydesk.web.desk.settings.payments import Variable


def add_mail_server(desk: Blueprint) -> None:
    desk.add_url_rule("/settings/mail", "settings_mail", mail_page)
    desk.add_url_rule("/settings/mail/trials", "try_mail", try_mail, methods=["POST"])


@needs(Role.READ)
def mail_page() -> ResponseReturnValue:
    return _page(current_staff().email, {})


@needs(Role.OWNER)
def try_mail() -> ResponseReturnValue:
    shop, to = current_shop(), request.form.get("to", "").strip()
    if not is_address(to):
        return _page(to, {"to": "This is no e-mail address."}), 422
    letter = send_trial(shop.database, shop.clock, shop.post, to)
    with shop.database.transaction() as tx:
        after = {"state": str(letter.state)}
        audit.note(tx, shop.clock, current_staff().email, "mail.tried", "mail", None, after)
    if letter.state == LetterState.SENT:
        say(f"The mail server has taken the letter to {to}.")
    elif letter.state == LetterState.KEPT:
        say("There is no mail server: the letter was written and kept. See Mail.", "wait")
    else:
        say(f"The letter was not sent: {letter.error or 'see Mail'}", "bad")
    return redirect(desk_url("settings_mail"), code=303)


def _page(to: str, errors: dict[str, str]) -> str:
    return render_template(
        "paydesk/desk/settings/mail.html",
        variables=_variables(current_shop().settings.mail),
        to=to,
        errors=errors,
    )


def _variables(mail: MailOptions) -> list[Variable]:
    """Without the password, which stays in the environment."""
    server = mail.server
    notified = ", ".join(mail.notified)
    return [
        Variable("PAYDESK_MAIL", "good" if mail.is_on else "wait", "on" if mail.is_on else "off"),
        Variable(
            "PAYDESK_SMTP_URL",
            "good" if server else "wait",
            server.name if server else "not set: letters are written and kept",
            "smtps://user:password@host:465",
        ),
        Variable("PAYDESK_MAIL_FROM", *_set(mail.sender), "such as shop@example.com"),
        Variable("PAYDESK_MAIL_NOTIFY", *_set(notified), "who of the shop is told of orders"),
    ]


def _set(value: str) -> tuple[str, str]:
    return ("good", value) if value else ("wait", "not set")
