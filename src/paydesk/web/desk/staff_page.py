"""Who works here: owners take people on, change what they may do, and show them out."""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from paydesk.foundation.errors import Invalid, NotFound, Refused
from paydesk.staff import member, staffing
from paydesk.staff.member import Role, Staff
from paydesk.web.current import current_mount, current_shop
from paydesk.web.desk.access import current_staff, needs, needs_recent_sign_in
from paydesk.web.desk.addresses import desk_url
from paydesk.web.desk.saying import say


def add_staff_page(desk: Blueprint) -> None:
    desk.add_url_rule("/settings/staff", "staff", staff_page)
    desk.add_url_rule("/settings/staff", "add_staff", add_staff, methods=["POST"])
    desk.add_url_rule("/settings/staff/<id_>", "change_staff", change_staff, methods=["POST"])


@needs(Role.OWNER)
@needs_recent_sign_in
def staff_page() -> ResponseReturnValue:
    return _page({})


@needs(Role.OWNER)
@needs_recent_sign_in
def add_staff() -> ResponseReturnValue:
    shop, form = current_shop(), request.form
    try:
        role = _role(form.get("role", ""))
        with shop.database.transaction() as tx:
            row = member.hire(tx, shop.clock, form.get("email", ""), form.get("name", ""), role)
            token = staffing.add(tx, shop.clock, current_staff().email, row)
    except (Invalid, Refused) as error:
        return _page({"email": error.message}), 422
    return _link_page(row, token)


@needs(Role.OWNER)
@needs_recent_sign_in
def change_staff(id_: str) -> ResponseReturnValue:
    """`do` says what: role, disable, enable, link, or link-without-code."""
    shop, who, token = current_shop(), current_staff().email, None
    deed = request.form.get("do", "")
    with shop.database.transaction() as tx:
        row = tx.get(Staff, id_)
        if row is None:
            raise NotFound("There is no such account.")
        if deed == "role":
            staffing.change(tx, shop.clock, who, row, _role(request.form.get("role", "")))
        elif deed == "disable":
            staffing.disable(tx, shop.clock, who, row)
        elif deed == "enable":
            staffing.enable(tx, shop.clock, who, row)
        elif deed in ("link", "link-without-code"):
            token = staffing.reset(
                tx, shop.clock, who, row, drops_second_factor=deed == "link-without-code"
            )
        else:
            raise Invalid("Nothing of that kind can be done to an account.")
    if token is not None:
        return _link_page(row, token)
    say(f"{row.name}: saved.")
    return redirect(desk_url("staff"), code=303)


def _role(word: str) -> Role:
    if word not in {each.value for each in Role}:
        raise Invalid("Choose what they may do.")
    return Role(word)


def _page(errors: dict[str, str]) -> str:
    with current_shop().database.transaction() as tx:
        rows = member.everybody(tx)
    return render_template(
        "paydesk/desk/staff.html", rows=rows, roles=list(Role), errors=errors, form=request.form
    )


def _link_page(row: Staff, token: str) -> str:
    settings = current_mount().shop.settings
    return render_template(
        "paydesk/desk/staff_link.html", row=row, link=f"{settings.desk_url}/welcome/{token}"
    )
