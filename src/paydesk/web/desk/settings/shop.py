"""Settings: the shop's own facts, and its colour."""

from dataclasses import asdict

from babel import Locale
from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from paydesk.business import colour, shop
from paydesk.business.countries import COUNTRIES
from paydesk.foundation.errors import Invalid
from paydesk.staff import audit
from paydesk.staff.member import Role
from paydesk.web.current import current_shop
from paydesk.web.desk.access import current_staff, needs
from paydesk.web.desk.addresses import desk_url
from paydesk.web.desk.saying import say
from paydesk.web.shop_facts import current_facts, forget_facts

_FIELDS = (
    *("name", "legal_name", "address", "email", "phone", "vat_id", "register"),
    *("country", "language", "accent", "mail_from"),
)


class _Wrong(Exception):
    """Something that was typed is refused: nothing of it is kept."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__()
        self.errors = errors


def add_shop(desk: Blueprint) -> None:
    desk.add_url_rule("/settings/shop", "settings_shop", shop_page)
    desk.add_url_rule("/settings/shop", "save_shop", save_shop, methods=["POST"])


@needs(Role.READ)
def shop_page() -> ResponseReturnValue:
    return _page(asdict(current_facts()), {})


@needs(Role.OWNER)
def save_shop() -> ResponseReturnValue:
    given = {name: request.form.get(name, "") for name in _FIELDS if name in request.form}
    try:
        _save(given)
    except _Wrong as wrong:
        return _page({**asdict(current_facts()), **given}, wrong.errors), 422
    forget_facts()
    say("Saved.")
    return redirect(desk_url("settings_shop"), code=303)


def _save(given: dict[str, str]) -> None:
    desk, errors = current_shop(), {}
    with desk.database.transaction() as tx:
        before = asdict(shop.facts(tx, desk.settings))
        for name, value in given.items():
            try:
                shop.change_facts(tx, desk.clock, {name: value})
            except Invalid as error:
                errors[name] = error.message
        if errors:
            raise _Wrong(errors)
        after = asdict(shop.facts(tx, desk.settings))
        if after != before:
            audit.note(tx, desk.clock, current_staff().email, "shop.facts", "shop", before, after)


def _page(values: dict[str, str], errors: dict[str, str]) -> str:
    accent = values.get("accent", "")
    samples = None
    if accent and "accent" not in errors:
        samples = [
            (shade, colour.ink_on(shade), colour.contrast(shade, ground))
            for shade, ground in (
                (colour.for_light(accent), colour.PAPER),
                (colour.for_dark(accent), colour.NIGHT),
            )
        ]
    return render_template(
        "paydesk/desk/settings/shop.html",
        values=values,
        errors=errors,
        samples=samples,
        countries=_countries(),
    )


def _countries() -> list[tuple[str, str]]:
    names = Locale("en").territories
    named = sorted((names.get(code, code), code) for code in COUNTRIES)
    return [("", "–"), *((code, name) for name, code in named)]
