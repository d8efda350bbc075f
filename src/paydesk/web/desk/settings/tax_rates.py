"""Settings: which taxes are charged, by country."""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from paydesk.business import tax
from paydesk.business.tax import TaxRate, TaxTerms
from paydesk.foundation.errors import Invalid, NotFound
from paydesk.staff import audit
from paydesk.staff.member import Role
from paydesk.web.current import current_shop
from paydesk.web.desk.access import current_staff, needs
from paydesk.web.desk.addresses import desk_url
from paydesk.web.desk.saying import say

_NEW = {"name": "VAT", "country": "", "percentage": "", "inclusive": "yes", "on_shipping": "yes"}


def add_tax_rates(desk: Blueprint) -> None:
    desk.add_url_rule("/settings/tax", "settings_tax", tax_page)
    desk.add_url_rule("/settings/tax", "add_tax", add_tax, methods=["POST"])
    desk.add_url_rule("/settings/tax/<id_>/retirement", "retire_tax", retire_tax, methods=["POST"])


@needs(Role.READ)
def tax_page() -> ResponseReturnValue:
    return _page(_NEW, {})


@needs(Role.OWNER)
def add_tax() -> ResponseReturnValue:
    """A rate for the same country and goods takes the place of the one there was."""
    shop, form = current_shop(), request.form
    terms = TaxTerms(
        country=form.get("country", ""),
        percentage=form.get("percentage", ""),
        inclusive=form.get("inclusive") == "yes",
        name=form.get("name", ""),
        tax_code=form.get("tax_code", ""),
        on_shipping=form.get("on_shipping") == "yes",
    )
    try:
        with shop.database.transaction() as tx:
            old = {(row.country, row.tax_code): _shown(row) for row in tax.rates(tx)}
            row = tax.add_rate(tx, shop.clock, terms)
            _note(tx, "tax.set", row, old.get((row.country, row.tax_code)), _shown(row))
    except Invalid as error:
        return _page(form.to_dict(), {error.code: error.message}), 422
    say(f"{row.name} of {row.percentage} % is charged for {row.country}.")
    return redirect(desk_url("settings_tax"), code=303)


@needs(Role.OWNER)
def retire_tax(id_: str) -> ResponseReturnValue:
    shop = current_shop()
    with shop.database.transaction() as tx:
        row = tx.get(TaxRate, id_)
        if row is None or row.retired_at is not None:
            raise NotFound("There is no such tax rate.")
        tax.retire_rate(tx, shop.clock, id_)
        _note(tx, "tax.retired", row, _shown(row), None)
    say(f"{row.name} is charged no more for {row.country}.")
    return redirect(desk_url("settings_tax"), code=303)


def _shown(row: TaxRate) -> dict[str, object]:
    return {
        "name": row.name,
        "percentage": row.percentage,
        "inclusive": row.inclusive,
        "tax_code": row.tax_code,
        "on_shipping": row.on_shipping,
    }


def _note(
    tx: Session,
    what: str,
    row: TaxRate,
    before: dict[str, object] | None,
    after: dict[str, object] | None,
) -> None:
    clock = current_shop().clock
    audit.note(tx, clock, current_staff().email, what, f"tax {row.country}", before, after)


def _page(values: dict[str, str], errors: dict[str, str]) -> str:
    with current_shop().database.reading() as tx:
        rows = tax.rates(tx)
    return render_template(
        "paydesk/desk/settings/tax.html", rows=rows, values=values, errors=errors
    )
