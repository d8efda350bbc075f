"""Exports as CSV: what, of which orders, by which date; the file comes piece by piece."""

from collections.abc import Iterator

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from paydesk.reports.exports import What, export
from paydesk.reports.filtering import OrderFilter, read_filter
from paydesk.staff import audit
from paydesk.staff.member import Role
from paydesk.web.current import current_shop
from paydesk.web.desk.access import current_staff, needs
from paydesk.web.desk.orders import TAB_NAMES

# A spreadsheet takes a file that begins with it for UTF-8, and none of the letters for others.
_BOM = "\ufeff"


def add_exporting(desk: Blueprint) -> None:
    desk.add_url_rule("/orders/export", "export_orders", export_page)
    desk.add_url_rule("/orders/export", "export_file", export_file, methods=["POST"])


@needs(Role.ORDERS)
def export_page() -> ResponseReturnValue:
    wanted, errors = read_filter(request.args)
    return _page(wanted, errors)


@needs(Role.ORDERS)
def export_file() -> ResponseReturnValue:
    """Who took buyers' addresses out of the shop, and which, is in the audit log."""
    wanted, errors = read_filter(request.form)
    word = request.form.get("what", "")
    if errors or word not in {*What}:
        return _page(wanted, errors or {"what": "Choose what to export."}), 422
    what, shop = What(word), current_shop()
    with shop.database.transaction() as tx:
        note = {"what": what.value, **wanted.words()}
        audit.note(tx, shop.clock, current_staff().email, "orders.exported", "orders", None, note)

    def pieces() -> Iterator[str]:
        yield _BOM
        yield from export(shop.database, what, wanted)

    response = Response(pieces(), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=_name(what, wanted))
    return response


def _page(wanted: OrderFilter, errors: dict[str, str]) -> str:
    hidden = {name: word for name, word in wanted.words().items() if name not in _ASKED}
    return render_template(
        "paydesk/desk/export.html",
        wanted=wanted,
        hidden=hidden,
        errors=errors,
        what=request.values.get("what", What.ORDERS.value),
        tab=TAB_NAMES[wanted.tab],
    )


# What the form asks by itself; the rest of the filter goes with it unseen.
_ASKED = frozenset({"from", "to", "by"})


def _name(what: What, wanted: OrderFilter) -> str:
    days = "-".join(day.isoformat() for day in (wanted.since, wanted.until) if day is not None)
    return f"{what.value}-{days}.csv" if days else f"{what.value}.csv"
