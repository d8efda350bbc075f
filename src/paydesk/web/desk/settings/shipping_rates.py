"""Settings: what it costs to ship, by country."""

import re

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from paydesk.business import shipping
from paydesk.business.shipping import RateTerms, ShippingRate
from paydesk.foundation.errors import Invalid, NotFound
from paydesk.staff import audit
from paydesk.staff.member import Role
from paydesk.web.current import current_shop
from paydesk.web.desk.access import current_staff, needs
from paydesk.web.desk.addresses import desk_url
from paydesk.web.desk.saying import say
from paydesk.web.desk.settings.amounts import amounts_of, amounts_text

_NEW = {"name": "", "countries": "", "amounts": "", "free_from": "", "min_days": "", "max_days": ""}


def add_shipping_rates(desk: Blueprint) -> None:
    desk.add_url_rule("/settings/shipping", "settings_shipping", shipping_page)
    desk.add_url_rule("/settings/shipping", "add_shipping", add_shipping, methods=["POST"])
    desk.add_url_rule("/settings/shipping/<id_>", "shipping_rate", shipping_rate)
    desk.add_url_rule(
        "/settings/shipping/<id_>", "change_shipping", change_shipping, methods=["POST"]
    )


@needs(Role.READ)
def shipping_page() -> ResponseReturnValue:
    return _page(_NEW, {})


@needs(Role.OWNER)
def add_shipping() -> ResponseReturnValue:
    shop = current_shop()
    try:
        terms = _terms()
        with shop.database.transaction() as tx:
            row = shipping.add_rate(tx, shop.clock, terms)
            _note(tx, "shipping.added", row, None, _shown(row))
    except Invalid as error:
        return _page(request.form.to_dict(), {error.code: error.message}), 422
    say(f"{row.name} is offered.")
    return redirect(desk_url("settings_shipping"), code=303)


@needs(Role.READ)
def shipping_rate(id_: str) -> ResponseReturnValue:
    with current_shop().database.reading() as tx:
        row = _found(tx, id_)
    return _one_page(row, {**_shown(row)}, {})


@needs(Role.OWNER)
def change_shipping(id_: str) -> ResponseReturnValue:
    """`do`: save or retire."""
    shop = current_shop()
    with shop.database.reading() as tx:
        row = _found(tx, id_)
    before = _shown(row)
    try:
        with shop.database.transaction() as tx:
            if request.form.get("do") == "retire":
                shipping.retire_rate(tx, shop.clock, id_)
                _note(tx, "shipping.retired", row, before, None)
            else:
                new = shipping.change_rate(tx, shop.clock, id_, _terms())
                if new.id != row.id:
                    _note(tx, "shipping.changed", row, before, _shown(new))
    except Invalid as error:
        return _one_page(row, request.form.to_dict(), {error.code: error.message}), 422
    say("Saved. Orders before keep what they agreed to.")
    return redirect(desk_url("settings_shipping"), code=303)


def _terms() -> RateTerms:
    form = request.form
    return RateTerms(
        name=form.get("name", ""),
        countries=tuple(re.findall(r"[^\s,;]+", form.get("countries", "").upper())),
        amounts=amounts_of(form.get("amounts", ""), "amounts"),
        free_from=amounts_of(form.get("free_from", ""), "free_from"),
        min_days=_days(form.get("min_days", "")),
        max_days=_days(form.get("max_days", "") or form.get("min_days", "")),
    )


def _days(text: str) -> int:
    plain = text.strip() or "0"
    if not (plain.isascii() and plain.isdigit() and len(plain) < 4):
        raise Invalid("Days are a whole number.", code="min_days")
    return int(plain)


def _found(tx: Session, id_: str) -> ShippingRate:
    row = tx.get(ShippingRate, id_)
    if row is None or row.retired_at is not None:
        raise NotFound("There is no such shipping rate.")
    return row


def _shown(row: ShippingRate) -> dict[str, str]:
    return {
        "name": row.name,
        "countries": ", ".join(row.countries),
        "amounts": amounts_text(row.amounts),
        "free_from": amounts_text(row.free_from),
        "min_days": str(row.min_days or ""),
        "max_days": str(row.max_days or ""),
    }


def _note(
    tx: Session,
    what: str,
    row: ShippingRate,
    before: dict[str, str] | None,
    after: dict[str, str] | None,
) -> None:
    clock = current_shop().clock
    audit.note(tx, clock, current_staff().email, what, f"shipping {row.name}", before, after)


def _page(values: dict[str, str], errors: dict[str, str]) -> str:
    with current_shop().database.reading() as tx:
        rows = [(row, _shown(row)) for row in shipping.rates(tx)]
    return render_template(
        "paydesk/desk/settings/shipping.html", rows=rows, values=values, errors=errors
    )


def _one_page(row: ShippingRate, values: dict[str, str], errors: dict[str, str]) -> str:
    return render_template(
        "paydesk/desk/settings/shipping_rate.html", row=row, values=values, errors=errors
    )
