"""What stands around each page of the desk: places, search, what mode it is, who is signed in."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from babel.dates import format_date, format_datetime, format_timedelta
from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from paydesk.foundation.errors import NotFound
from paydesk.settings import Mode
from paydesk.staff.member import Role
from paydesk.web.current import current_shop
from paydesk.web.desk.access import needs, signed_in_staff
from paydesk.web.desk.addresses import desk_has, desk_url
from paydesk.web.desk.last_look import failures
from paydesk.web.desk.preferences import preferences
from paydesk.web.desk.saying import said
from paydesk.web.emulator_bar import emulator_bar
from paydesk.web.language import template_words
from paydesk.web.shop_facts import current_facts

# Shown in this order, each if there is a page of that name.
_PLACES = (
    ("home", "Home"),
    ("orders", "Orders"),
    ("products", "Products"),
    ("customers", "Customers"),
    ("payments", "Payments"),
    ("events", "Events"),
    ("mail", "Mail"),
    ("settings", "Settings"),
    ("doctor", "Doctor"),
)


@dataclass(frozen=True)
class Place:
    name: str
    title: str
    url: str


def add_frame(desk: Blueprint) -> None:
    # So that nobody who is not signed in learns which pages there are.
    desk.add_url_rule("/<path:rest>", "missing", missing)
    # For macros, too, which see no context.
    desk.add_app_template_global(desk_url)
    desk.add_app_template_global(desk_has)
    desk.add_app_template_global(desk_moment)
    desk.add_app_template_global(desk_day)


@needs(Role.READ)
def missing(rest: str) -> ResponseReturnValue:
    raise NotFound(f"There is no page {rest[:80]!r} at this desk.")


def places() -> list[Place]:
    """The places there are, for the list on the left."""
    return [Place(name, title, desk_url(name)) for name, title in _PLACES if desk_has(name)]


def frame_context() -> dict[str, Any]:
    """What every template of the desk is given."""
    shop = current_shop()
    settings, facts, staff = shop.settings, current_facts(), signed_in_staff()
    return {
        **template_words(settings),
        "shop_name": facts.name,
        "shop_facts": facts,
        "emulator": emulator_bar(settings) if settings.mode is Mode.EMULATOR else None,
        "csrf_token": generate_csrf,
        "mode": settings.mode.value,
        "staff": staff,
        "roles": Role,
        "is_owner": staff is not None and staff.may is Role.OWNER,
        "places": places,
        "said": said,
        "called": settings.called,
        "search_url": _search_url(),
        "preferences": preferences(),
        "doctor_fails": failures if staff is not None else None,
    }


def _search_url() -> str | None:
    there = [each for each in ("search", "orders") if desk_has(each)]
    return desk_url(there[0]) if there else None


def desk_day(day: date) -> str:
    """A day as the desk writes it."""
    return format_date(day, "EEEE, d MMMM y", locale="en_GB")


def desk_moment(moment: datetime) -> dict[str, str]:
    """A time as the desk writes it: for machines, absolute, and how long ago."""
    now = current_shop().clock.now()
    return {
        "iso": moment.isoformat(timespec="seconds"),
        "text": format_datetime(moment, "d MMM y, HH:mm", locale="en_GB"),
        "ago": format_timedelta(moment - now, add_direction=True, locale="en_GB")
        + " (times are UTC)",
    }
