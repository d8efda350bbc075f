"""Mail at the desk: what was written to whom, what became of it, and how each kind looks."""

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from paydesk.foundation.errors import NotFound
from paydesk.foundation.language import LANGUAGES
from paydesk.fulfilment import letters
from paydesk.fulfilment.letters import Letter, LetterKind, LetterState, Wanted
from paydesk.fulfilment.writing import Written
from paydesk.orders import order as orders
from paydesk.orders.order import Order
from paydesk.staff import audit
from paydesk.staff.member import Role
from paydesk.web import guard
from paydesk.web.current import current_mount, current_shop
from paydesk.web.desk.access import current_staff, needs
from paydesk.web.desk.addresses import desk_has, desk_url
from paydesk.web.desk.saying import say
from paydesk.web.letter_pages import (
    KINDS,
    PAGE,
    STATES,
    found_letter,
    letter_html,
    letter_view,
    number_of,
    views,
)
from paydesk.web.letters import LetterWriter


def add_mail(desk: Blueprint) -> None:
    desk.add_url_rule("/mail", "mail", mail)
    desk.add_url_rule("/mail/preview/<kind>", "mail_preview", mail_preview)
    desk.add_url_rule("/mail/preview/<kind>/html", "mail_preview_html", mail_preview_html)
    desk.add_url_rule("/mail/<letter_id>", "letter", letter)
    desk.add_url_rule("/mail/<letter_id>/html", "letter_html", html_of_letter)
    desk.add_url_rule("/mail/<letter_id>/sendings", "send_letter", send_letter, methods=["POST"])


@needs(Role.READ)
def mail() -> ResponseReturnValue:
    shop = current_shop()
    state, kind, number = _asked()
    with shop.database.transaction() as tx:
        order = orders.by_number(tx, number) if number is not None else None
        nobodys = number is not None and order is None
        wanted = Wanted(
            state=state,
            kind=kind,
            order_id=order.id if order is not None else "",
            before=request.args.get("before", "")[:40],
        )
        found = [] if nobodys else views(tx, letters.newest(tx, wanted, PAGE + 1))
        waiting = letters.counts(tx)
    asked = {"state": state, "kind": kind, "order": number or ""}
    return render_template(
        "paydesk/desk/mail.html",
        letters=found[:PAGE],
        asked=asked,
        counts=waiting,
        kinds=_kinds(),
        states=[(each.value, word) for each, word in STATES.items()],
        keeps=shop.post.keeps,
        is_on=shop.settings.mail.is_on,
        older=desk_url("mail", **asked, before=found[PAGE - 1].id) if len(found) > PAGE else None,
    )


@needs(Role.READ)
def letter(letter_id: str) -> ResponseReturnValue:
    shop = current_shop()
    with shop.database.transaction() as tx:
        row = found_letter(tx, letter_id)
        view = letter_view(row, number_of(tx, row))
        order_url = _order_url(view.order_number)
    page = render_template(
        "paydesk/desk/letter.html", letter=view, row=row, order_url=order_url, again=_again(row)
    )
    return _framing(page)


@needs(Role.READ)
def html_of_letter(letter_id: str) -> Response:
    with current_shop().database.transaction() as tx:
        return letter_html(found_letter(tx, letter_id).html or "")


@needs(Role.ORDERS)
def send_letter(letter_id: str) -> ResponseReturnValue:
    """Has a letter sent again, or at once if it waits for its next try."""
    shop = current_shop()
    with shop.database.transaction() as tx:
        found_letter(tx, letter_id)
        row = letters.send_again(tx, letter_id, shop.clock.now())
        about = f"order {number_of(tx, row)}" if row.order_id else f"letter {row.id}"
        audit.note(tx, shop.clock, current_staff().email, "letter.sent_again", about)
    say("The letter is on its way again.")
    return redirect(desk_url("letter", letter_id=letter_id), code=303)


@needs(Role.READ)
def mail_preview(kind: str) -> ResponseReturnValue:
    written, language, number = _previewed(kind)
    page = render_template(
        "paydesk/desk/mail_preview.html",
        kind=kind,
        kind_text=KINDS[LetterKind(kind)],
        kinds=_kinds(),
        written=written,
        language_code=language,
        languages=[(each.code, each.name) for each in LANGUAGES.values()],
        number=number,
    )
    return _framing(page)


@needs(Role.READ)
def mail_preview_html(kind: str) -> Response:
    return letter_html(_previewed(kind)[0].html)


def _previewed(kind: str) -> tuple[Written, str, int | None]:
    if kind not in {each.value for each in LetterKind}:
        raise NotFound("There is no such kind of letter.")
    shop = current_shop()
    asked = request.args.get("language", "")
    language = asked if asked in LANGUAGES else shop.settings.languages[0]
    number = _number("order")
    with shop.database.transaction() as tx:
        write = LetterWriter(current_mount()).preview(
            tx, LetterKind(kind), _order(tx, number), language
        )
    return write(), language, number


def _order(tx: Session, number: int | None) -> Order | None:
    if number is None:
        return None
    order = orders.by_number(tx, number)
    if order is None:
        raise NotFound(f"There is no order {number}.")
    return order


def _asked() -> tuple[str, str, int | None]:
    state, kind = request.args.get("state", ""), request.args.get("kind", "")
    return (
        state if state in {each.value for each in LetterState} else "",
        kind if kind in {each.value for each in LetterKind} else "",
        _number("order"),
    )


def _number(name: str) -> int | None:
    text = request.args.get(name, "").strip().removeprefix("#")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None


def _kinds() -> list[tuple[str, str]]:
    return [(each.value, word) for each, word in KINDS.items()]


def _again(row: Letter) -> str:
    """What the button says; empty where there is nothing to press."""
    if row.state == LetterState.QUEUED:
        return "Try now" if row.tries else ""
    if row.state == LetterState.KEPT and current_shop().post.keeps:
        # It would only be kept once more.
        return ""
    return "Send again" if row.state == LetterState.SENT else "Send"


def _order_url(number: int | None) -> str | None:
    return desk_url("order", number=number) if number and desk_has("order") else None


def _framing(page: str) -> Response:
    response = Response(page, mimetype="text/html")
    guard.allow_own_frame(response, current_shop().settings)
    return response
