"""The desk's first page."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from paydesk.staff.member import Role
from paydesk.web.desk.access import needs


def add_home(desk: Blueprint) -> None:
    desk.add_url_rule("/", "home", home)


@needs(Role.READ)
def home() -> ResponseReturnValue:
    return render_template("paydesk/desk/home.html")
