"""Products to a spreadsheet and back: what would change is shown before anything is done."""

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from paydesk.catalogue import editing, importing, sheet, wanted
from paydesk.foundation.errors import Invalid
from paydesk.staff.member import Role
from paydesk.web.current import current_shop
from paydesk.web.desk.access import current_staff, needs, takes_up_to
from paydesk.web.desk.addresses import desk_url
from paydesk.web.desk.saying import say

# Sent back once more with the differences, every byte of it written as %XX at worst.
_BODY_BYTES = 3 * sheet.LARGEST_BYTES + 64 * 1024


def add_product_sheet(desk: Blueprint) -> None:
    desk.add_url_rule("/products/export.csv", "export_products", export_products)
    desk.add_url_rule("/products/import", "import_products", import_products)
    desk.add_url_rule("/products/import", "plan_import", plan_import, methods=["POST"])
    desk.add_url_rule("/products/import/apply", "apply_import", apply_import, methods=["POST"])


@needs(Role.READ)
def export_products() -> ResponseReturnValue:
    with current_shop().database.reading() as tx:
        wishes = [wanted.as_it_is(each) for each in editing.everything(tx)]
    # The mark at the beginning tells spreadsheets that it is UTF-8.
    response = Response("\ufeff" + "".join(sheet.write(wishes)), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="products.csv"'
    return response


@needs(Role.OWNER)
def import_products() -> ResponseReturnValue:
    return _page("", None, "")


@needs(Role.OWNER)
@takes_up_to(_BODY_BYTES)
def plan_import() -> ResponseReturnValue:
    sent = request.files.get("sheet")
    try:
        if sent is None or not sent.filename:
            raise Invalid("Choose a file first.")  # noqa: TRY301 - shown beside the field
        text = sheet.decode(sent.stream.read(sheet.LARGEST_BYTES + 1))
        with current_shop().database.reading() as tx:
            plan = importing.plan(tx, text)
    except Invalid as error:
        return _page("", None, error.message), 422
    return _page(text, plan, "")


@needs(Role.OWNER)
@takes_up_to(_BODY_BYTES)
def apply_import() -> ResponseReturnValue:
    shop, text = current_shop(), request.form.get("text", "")
    try:
        with shop.database.transaction() as tx:
            done = importing.apply(
                tx, shop.clock, current_staff().email, text, request.form.get("seen", "")
            )
    except editing.Changed as error:
        with shop.database.reading() as tx:
            plan = importing.plan(tx, text)
        return _page(text, plan, error.message), 409
    except Invalid as error:
        return _page("", None, error.message), 422
    made = sum(1 for each in done.changes if each.is_new)
    say(_told(made, len(done.changes) - made))
    return redirect(desk_url("products"), code=303)


def _told(made: int, changed: int) -> str:
    """What was done, in words: "1 product was made, 2 were changed."."""
    parts = [(made, "made"), (changed, "changed")]
    words = [f"{count} {'was' if count == 1 else 'were'} {what}" for count, what in parts if count]
    return f"Products: {', '.join(words)}." if words else "Nothing was changed."


def _page(text: str, plan: importing.Plan | None, error: str) -> str:
    return render_template(
        "paydesk/desk/product_import.html",
        text=text,
        plan=plan,
        error=error,
        columns=sheet.COLUMNS,
    )
