"""Settings: who sells, on what terms, how it is paid, who works here. Owners change, others see."""

from dataclasses import dataclass

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from paydesk.business import legal, shipping, tax
from paydesk.staff import member
from paydesk.staff.member import Role
from paydesk.web.current import current_shop
from paydesk.web.desk.access import needs
from paydesk.web.desk.addresses import desk_has
from paydesk.web.desk.settings.backups import add_backups
from paydesk.web.desk.settings.closing import add_closing
from paydesk.web.desk.settings.legal_texts import add_legal_texts
from paydesk.web.desk.settings.mail_server import add_mail_server
from paydesk.web.desk.settings.payments import add_payments
from paydesk.web.desk.settings.shipping_rates import add_shipping_rates
from paydesk.web.desk.settings.shop import add_shop
from paydesk.web.desk.settings.tax_rates import add_tax_rates
from paydesk.web.shop_facts import current_facts


@dataclass(frozen=True)
class Section:
    """One line of the overview. `tone` is good where nothing is left to do."""

    endpoint: str
    title: str
    tone: str
    says: str


def add_settings(desk: Blueprint) -> None:
    desk.add_url_rule("/settings", "settings", settings_page)
    for add in (
        *(add_shop, add_legal_texts, add_payments, add_shipping_rates, add_tax_rates),
        *(add_mail_server, add_backups, add_closing),
    ):
        add(desk)


@needs(Role.READ)
def settings_page() -> ResponseReturnValue:
    return render_template(
        "paydesk/desk/settings/overview.html",
        sections=[each for each in _sections() if desk_has(each.endpoint)],
    )


def _sections() -> list[Section]:
    shop, facts = current_shop(), current_facts()
    with shop.database.reading() as tx:
        missing, invented = legal.missing(tx), legal.of_demonstration(tx)
        rates, taxes = len(shipping.rates(tx)), len(tax.rates(tx))
        people = [each for each in member.everybody(tx) if each.disabled_at is None]
    unsafe = sum(not each.has_second_factor for each in people if each.password_hash)
    mode, has_server = shop.settings.mode.value, not shop.post.keeps
    texts = f"{len(missing)} missing" if missing else f"{len(invented)} of the demonstration"
    return [
        _section(
            "settings_shop", "Shop", facts.is_complete, facts.seller, "say who sells, and where"
        ),
        _section("settings_legal", "Legal texts", not missing and not invented, "all there", texts),
        _section("settings_payments", "Payments", shop.settings.livemode, mode, f"{mode} mode"),
        _section("settings_shipping", "Shipping", rates > 0, f"{rates} rates", "no rate"),
        _section("settings_tax", "Tax", taxes > 0, f"{taxes} rates", "none is charged"),
        _section("settings_mail", "Mail", has_server, "a server is set", "letters are only kept"),
        _section(
            "staff",
            "Staff",
            unsafe == 0,
            f"{len(people)}, all with a second factor",
            f"{unsafe} of {len(people)} without a second factor",
        ),
        _section("settings_backups", "Backups", True, "make one, see what there is", ""),
        _section("audit", "Audit log", True, "who changed what", ""),
        _section("settings_closing", "Danger zone", not facts.closed, "the shop sells", "closed"),
    ]


def _section(endpoint: str, title: str, is_done: bool, done: str, left: str) -> Section:
    return Section(endpoint, title, "good" if is_done else "wait", done if is_done else left)
