"""The doctor: what is checked, what is wrong, and what mends it."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from paydesk.doctor.diagnosis import Grade
from paydesk.doctor.examination import GROUPS, report, worst
from paydesk.foundation.errors import NotFound
from paydesk.staff.member import Role
from paydesk.web.current import current_shop
from paydesk.web.desk import last_look
from paydesk.web.desk.access import needs


def add_doctor_page(desk: Blueprint) -> None:
    desk.add_url_rule("/doctor", "doctor", doctor_page)


@needs(Role.READ)
def doctor_page() -> ResponseReturnValue:
    """`?group=stripe` makes the checks of one group again, and no others."""
    shop, asked = current_shop(), request.args.get("group")
    groups = [group for group in GROUPS if asked in (None, group.name)]
    if not groups:
        raise NotFound("The doctor has no such group of checks.")
    found = [(group, group.look(shop)) for group in groups]
    everything = [each for _, diagnoses in found for each in diagnoses]
    if asked is None:
        last_look.remember(everything)
    grades = [each.grade for each in everything]
    return render_template(
        "paydesk/desk/doctor.html",
        found=found,
        asked=asked,
        worst=worst(everything) if everything else Grade.OK,
        failed=grades.count(Grade.FAILURE),
        warned=grades.count(Grade.WARNING),
        report=report(everything, shop),
    )
