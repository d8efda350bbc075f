"""The mailbox: on a laptop, what would have been sent, for whoever sits before it.

There is none in live mode, and none for anybody who is not on this machine.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from paydesk.foundation.errors import NotFound
from paydesk.foundation.language import later
from paydesk.fulfilment import letters
from paydesk.fulfilment.letters import Wanted
from paydesk.settings import Mode, Settings
from paydesk.web import guard
from paydesk.web.current import current_shop, shop_url
from paydesk.web.finding import private
from paydesk.web.letter_pages import (
    PAGE,
    found_letter,
    letter_html,
    letter_view,
    number_of,
    views,
)

_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip")


def add_mailbox(pages: Blueprint, settings: Settings) -> None:
    if settings.mode is Mode.LIVE:
        return
    pages.add_url_rule("/mailbox", "mailbox", mailbox)
    pages.add_url_rule("/mailbox/<letter_id>", "mailbox_letter", mailbox_letter)
    pages.add_url_rule("/mailbox/<letter_id>/html", "mailbox_html", mailbox_html)


def mailbox() -> ResponseReturnValue:
    _refuse_others()
    shop = current_shop()
    with shop.database.transaction() as tx:
        wanted = Wanted(before=request.args.get("before", "")[:40])
        found = views(tx, letters.newest(tx, wanted, PAGE + 1))
    page = render_template(
        "paydesk/mailbox.html",
        letters=found[:PAGE],
        letter_url=lambda letter_id: shop_url("mailbox_letter", letter_id=letter_id),
        keeps=shop.post.keeps,
        older=shop_url("mailbox", before=found[PAGE - 1].id) if len(found) > PAGE else None,
    )
    return private(make_response(page))


def mailbox_letter(letter_id: str) -> ResponseReturnValue:
    _refuse_others()
    shop = current_shop()
    with shop.database.transaction() as tx:
        letter = found_letter(tx, letter_id)
        view = letter_view(letter, number_of(tx, letter))
    page = render_template("paydesk/mailbox_letter.html", letter=view, text=letter.text)
    response = private(make_response(page))
    guard.allow_own_frame(response, shop.settings)
    return response


def mailbox_html(letter_id: str) -> Response:
    _refuse_others()
    with current_shop().database.transaction() as tx:
        return letter_html(found_letter(tx, letter_id).html or "")


def mailbox_url() -> str | None:
    """The mailbox, for whoever may look into it."""
    settings = current_shop().settings
    return shop_url("mailbox") if settings.mode is not Mode.LIVE and _is_here() else None


def _refuse_others() -> None:
    if not _is_here():
        # As if there were no such page.
        raise NotFound(later("There is no such page in this shop."))


def _is_here() -> bool:
    """Whether the browser is on this machine and asked for it by its own name.

    A name of somebody else's that leads to this machine is refused, too: their page could read
    what it opens.
    """
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        is_near = ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
    return is_near and urlsplit(f"//{request.host}").hostname in _HOSTS
