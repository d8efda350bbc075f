"""The desk's first page: what needs attention, what was sold, what happened last."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from paydesk.catalogue.demonstration import MARK
from paydesk.catalogue.product import Product
from paydesk.doctor.at_hand import at_hand
from paydesk.doctor.diagnosis import Diagnosis
from paydesk.foundation.money import Money
from paydesk.orders.order import Order
from paydesk.payments.event import StoredEvent
from paydesk.reports import sums
from paydesk.reports.attention import attention
from paydesk.reports.sales import Figures, Period, Sales, Seller, Step, sales
from paydesk.staff.member import Role
from paydesk.web.current import current_shop
from paydesk.web.desk import last_look, needs_attention
from paydesk.web.desk.access import needs
from paydesk.web.desk.chart import chart, name_of
from paydesk.web.desk.first_steps import first_steps

_LAST_EVENTS = 6
# How a period is named in the address, how people call it, and how long one bar of it is.
PERIODS = {
    "7d": ("7 days", Step.DAY),
    "30d": ("30 days", Step.DAY),
    "90d": ("90 days", Step.WEEK),
    "12m": ("12 months", Step.MONTH),
}
_USUAL = "30d"
_DAYS = {"7d": 7, "30d": 30, "90d": 90}


@dataclass(frozen=True)
class Tile:
    """One figure, and how it compares with the period before."""

    name: str
    text: str
    change: str
    # "up", "down" or empty.
    way: str


@dataclass(frozen=True)
class Best:
    """One product that sold well."""

    name: str
    items: int
    sold: Money


def add_home(desk: Blueprint) -> None:
    desk.add_url_rule("/", "home", home)


@needs(Role.READ)
def home() -> ResponseReturnValue:
    shop = current_shop()
    now = shop.clock.now()
    name = request.args.get("period", "")
    chosen = name if name in PERIODS else _USUAL
    remembered = last_look.problems()
    with shop.database.transaction() as tx:
        doctor = _doctor(at_hand(tx, shop.settings, now), remembered)
        known = sums.currencies(tx)
        currency = _currency(known)
        period = period_of(chosen, now.date())
        found = sales(tx, period, currency, PERIODS[chosen][1])
        before = sales(tx, period.before, currency, Step.MONTH).total
        items = attention(tx, now)
        lines = needs_attention.lines(items, now)
        shown = {
            "lines": lines + needs_attention.of_doctor(doctor, items),
            "steps": first_steps(tx, shop.settings, doctor),
            "has_orders": bool(known),
            "sales": found,
            "chart": chart(found),
            "rows": [(name_of(row, found.step, long=True), row.figures) for row in found.rows],
            "tiles": _tiles(found, before),
            "best": _best(tx, found),
            "events": _last_events(tx),
            "is_demonstration": _is_demonstration(tx),
            "periods": PERIODS,
            "chosen": chosen,
            "currencies": known,
            "money": lambda minor: Money(minor, currency).text(),
        }
    # When the transaction is over: the frame opens one of its own, which would wait for ours.
    return render_template("paydesk/desk/home.html", **shown)


def period_of(name: str, today: date) -> Period:
    """The days a period has today, which is counted, too."""
    if name in _DAYS:
        return Period(today - timedelta(days=_DAYS[name] - 1), today)
    # From the first day of the month eleven months ago.
    months = today.year * 12 + today.month - 12
    return Period(date(months // 12, months % 12 + 1, 1), today)


def _doctor(fresh: list[Diagnosis], remembered: tuple[Diagnosis, ...]) -> list[Diagnosis]:
    """What can be told at once, and what else the doctor saw some minutes ago."""
    known = {each.check for each in fresh}
    return [*fresh, *(each for each in remembered if each.check not in known)]


def _currency(known: list[str]) -> str:
    asked = request.args.get("currency", "").lower()
    if asked in known:
        return asked
    return known[0] if known else "usd"


def _tiles(found: Sales, before: Figures) -> list[Tile]:
    def money(minor: int) -> str:
        return Money(minor, found.currency).text()

    now = found.total
    return [
        _tile("Gross", money(now.gross_minor), now.gross_minor, before.gross_minor),
        _tile("Net", money(now.net_minor), now.net_minor, before.net_minor),
        _tile("Refunds", money(now.refunds_minor), now.refunds_minor, before.refunds_minor),
        _tile("Orders", str(now.orders), now.orders, before.orders),
        _tile("Average order", money(now.average_minor), now.average_minor, before.average_minor),
    ]


def _tile(name: str, text: str, now: int, before: int) -> Tile:
    if now == before:
        return Tile(name, text, "the same as before" if now else "none before either", "")
    if before <= 0:
        return Tile(name, text, "none before", "up" if now > before else "down")
    per_cent = round((now - before) * 100 / before)
    way = "up" if now > before else "down"
    word = "more" if now > before else "less"
    return Tile(name, text, f"{abs(per_cent) or 'under 1'} % {word}", way)


def _best(tx: Session, found: Sales) -> list[Best]:
    slugs = [each.subject for each in found.best]
    query = select(Product.slug, Product.name).where(Product.slug.in_(slugs))
    names = {row.slug: row.name for row in tx.execute(query)}

    def best(seller: Seller) -> Best:
        name = names.get(seller.subject, seller.subject)
        return Best(name, seller.items, Money(seller.sold_minor, found.currency))

    return [best(each) for each in found.best]


def _is_demonstration(tx: Session) -> bool:
    return tx.scalar(select(Order.id).where(Order.buyer == MARK).limit(1)) is not None


def _last_events(tx: Session) -> list[StoredEvent]:
    query = select(StoredEvent).order_by(StoredEvent.received_at.desc(), StoredEvent.id.desc())
    return list(tx.scalars(query.limit(_LAST_EVENTS)))
