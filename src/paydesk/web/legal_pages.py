"""The shop's legal texts as pages, in every version anybody ever agreed to."""

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from paydesk.business import legal
from paydesk.business.legal import LegalKind, LegalText
from paydesk.business.shop import LANGUAGES
from paydesk.foundation.errors import NotFound
from paydesk.foundation.language import gettext, later, spoken
from paydesk.web.current import current_shop
from paydesk.web.legal_text import parts_of

_TITLES = {
    LegalKind.TERMS: later("Terms"),
    LegalKind.PRIVACY: later("Privacy"),
    LegalKind.IMPRINT: later("Imprint"),
    LegalKind.SHIPPING: later("Shipping and payment"),
    LegalKind.WITHDRAWAL: later("Right of withdrawal"),
}
_LINKS = "paydesk_legal_links"


def add_legal_pages(pages: Blueprint) -> None:
    pages.add_url_rule("/legal/<kind>", "legal_page", legal_page)
    pages.add_url_rule("/legal/<kind>/<int:version>", "legal_version", legal_page)


def legal_links() -> list[tuple[str, str]]:
    """The pages there are: name for `legal_page`, and title in the reader's language."""
    if _LINKS not in g:
        try:
            with current_shop().database.reading() as tx:
                setattr(g, _LINKS, legal.present(tx))
        except SQLAlchemyError:
            return []
    return [(kind.value, legal_title(kind)) for kind in getattr(g, _LINKS)]


def legal_title(kind: LegalKind) -> str:
    return gettext(_TITLES[kind])


def legal_page(kind: str, version: int | None = None) -> ResponseReturnValue:
    """A text as it is today, or an earlier version of it."""
    found = next((each for each in legal.PAGES if each.value == kind), None)
    if found is None:
        raise NotFound("There is no such page in this shop.")
    language = request.args.get("language", "")
    with current_shop().database.reading() as tx:
        today = legal.text_of(tx, kind, spoken().code)
        wanted = language if language in LANGUAGES else today.language if today else "en"
        text: LegalText | None = today
        if version is not None:
            text = legal.version_of(tx, kind, wanted, version)
        if text is None or not text.body:
            raise NotFound("There is no such page in this shop.")
        older = [each for each in legal.versions(tx, kind, text.language) if each.body]
    return render_template(
        "paydesk/legal.html",
        title=legal_title(found),
        text=text,
        parts=list(parts_of(text.body)),
        is_today=today is not None
        and (today.language, today.version) == (text.language, text.version),
        versions=older,
    )
