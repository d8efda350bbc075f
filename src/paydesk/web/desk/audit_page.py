"""The audit log: who changed what, before and after. Nobody changes it, not even here."""

from datetime import UTC, datetime, timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from paydesk.staff.audit_search import Wanted, everybody, search
from paydesk.staff.member import Role
from paydesk.web.current import current_shop
from paydesk.web.desk.access import needs
from paydesk.web.desk.addresses import desk_url

_PAGE = 50
_FILTERS = ("who", "what", "about", "since", "until")


def add_audit_page(desk: Blueprint) -> None:
    desk.add_url_rule("/audit", "audit", audit_page)


@needs(Role.READ)
def audit_page() -> ResponseReturnValue:
    given = {name: request.args.get(name, "").strip()[:254] for name in _FILTERS}
    until = _day(given["until"])
    wanted = Wanted(
        who=given["who"],
        what=given["what"],
        about=given["about"],
        since=_day(given["since"]),
        until=until + timedelta(days=1) if until is not None else None,
        before=_before(),
    )
    with current_shop().database.reading() as tx:
        # One more than is shown tells whether there is a next page.
        found = search(tx, wanted, _PAGE + 1)
        people = everybody(tx)
    rows, kept = found[:_PAGE], {name: value for name, value in given.items() if value}
    older = desk_url("audit", **kept, before=rows[-1].id) if len(found) > _PAGE else None
    return render_template(
        "paydesk/desk/audit.html",
        rows=rows,
        people=people,
        given=given,
        is_filtered=bool(kept),
        newest=desk_url("audit", **kept) if wanted.before is not None else None,
        older=older,
    )


def _before() -> int | None:
    text = request.args.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def _day(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
