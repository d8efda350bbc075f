"""Settings: the legal texts with their versions, each shown as buyers read it before it holds."""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from paydesk.business import legal
from paydesk.business.legal import LegalKind
from paydesk.business.shop import LANGUAGES
from paydesk.foundation.errors import Invalid, NotFound
from paydesk.staff import audit
from paydesk.staff.member import Role
from paydesk.web.current import current_shop
from paydesk.web.desk.access import current_staff, needs, takes_up_to
from paydesk.web.desk.addresses import desk_url
from paydesk.web.desk.saying import say
from paydesk.web.prose import prose

# Each text of 60,000 characters may become three times as long on its way.
_LONGEST_BYTES = 256 * 1024
TITLES = {
    LegalKind.TERMS: "Terms",
    LegalKind.PRIVACY: "Privacy",
    LegalKind.IMPRINT: "Imprint",
    LegalKind.SHIPPING: "Shipping and returns",
    LegalKind.WITHDRAWAL: "Withdrawal",
    LegalKind.WAIVER: "Waiver for digital goods",
}


def add_legal_texts(desk: Blueprint) -> None:
    one = "/settings/legal/<kind>/<language>"
    desk.add_url_rule("/settings/legal", "settings_legal", legal_page)
    desk.add_url_rule(one, "legal_text", legal_text)
    desk.add_url_rule(one, "write_legal_text", write_legal_text, methods=["POST"])


@needs(Role.READ)
def legal_page() -> ResponseReturnValue:
    with current_shop().database.reading() as tx:
        rows = [
            (kind, language, next(iter(legal.versions(tx, kind, language)), None))
            for kind in LegalKind
            for language in LANGUAGES
        ]
    return render_template("paydesk/desk/settings/legal.html", rows=rows, titles=TITLES)


@needs(Role.READ)
def legal_text(kind: str, language: str) -> ResponseReturnValue:
    known = _known(kind, language)
    with current_shop().database.reading() as tx:
        versions = legal.versions(tx, known, language)
    asked = request.args.get("version", type=int)
    found = next((each for each in versions if each.version == asked), None)
    if asked is not None and found is None:
        raise NotFound("There is no such version.")
    shown = found or next(iter(versions), None)
    return _page(known, language, shown.body if shown is not None else "", version=asked)


@needs(Role.OWNER)
@takes_up_to(_LONGEST_BYTES)
def write_legal_text(kind: str, language: str) -> ResponseReturnValue:
    known, body, shop = _known(kind, language), request.form.get("body", ""), current_shop()
    if request.form.get("do") != "save":
        return _page(known, language, body, preview=True)
    try:
        with shop.database.transaction() as tx:
            before = next(iter(legal.versions(tx, known, language)), None)
            row = legal.write_text(tx, shop.clock, known, language, body)
            if before is None or row.version != before.version:
                audit.note(
                    tx,
                    shop.clock,
                    current_staff().email,
                    "legal.written",
                    f"legal {known} {language}",
                    {"version": before.version if before is not None else None},
                    {"version": row.version, "characters": len(row.body)},
                )
    except Invalid as error:
        return _page(known, language, body, errors={"body": error.message}), 422
    say(f"Version {row.version} holds from now on. Orders before keep the text they agreed to.")
    return redirect(desk_url("settings_legal"), code=303)


def _known(kind: str, language: str) -> LegalKind:
    if kind not in {each.value for each in LegalKind} or language not in LANGUAGES:
        raise NotFound("There is no such text.")
    return LegalKind(kind)


def _page(
    kind: LegalKind,
    language: str,
    body: str,
    *,
    version: int | None = None,
    preview: bool = False,
    errors: dict[str, str] | None = None,
) -> str:
    with current_shop().database.reading() as tx:
        versions = legal.versions(tx, kind, language)
    return render_template(
        "paydesk/desk/settings/legal_text.html",
        kind=kind,
        text_language=language,
        title=TITLES[kind],
        body=body,
        versions=versions,
        version=version,
        shown=prose(body, level=3) if preview or version is not None else None,
        errors=errors or {},
    )
