"""What it costs to ship, by country: kept by the merchant, asked for by the cart."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.business.countries import COUNTRIES, checked_country
from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Base, Moment
from paydesk.foundation.errors import Invalid, NotFound
from paydesk.foundation.ids import new_id
from paydesk.foundation.money import Money

# In `countries`: every country that no other rate names.
ELSEWHERE = "*"
_LONGEST_NAME = 80
_MOST_DAYS = 365
_SATURDAY = 5


class ShippingRate(Base):
    """One row is one way to ship to some countries, and what it costs."""

    __tablename__ = "paydesk_shipping_rates"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    # Two capital letters each, or "*".
    countries: Mapped[list[Any]] = mapped_column(JSON)
    # By currency, in its minor unit; where there is none, nothing is shipped for that currency.
    amounts: Mapped[dict[str, Any]] = mapped_column(JSON)
    # By currency: from which sum of goods it costs nothing.
    free_from: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # How many days a parcel takes; 0 and 0: not said.
    min_days: Mapped[int] = mapped_column(default=0)
    max_days: Mapped[int] = mapped_column(default=0)
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(Moment)
    # Set: not offered any more. Orders keep what they agreed.
    retired_at: Mapped[datetime | None] = mapped_column(Moment)


@dataclass(frozen=True)
class RateTerms:
    """A shipping rate as a merchant writes it. Amounts by currency, in its minor unit."""

    name: str
    countries: tuple[str, ...]
    amounts: dict[str, int]
    free_from: dict[str, int] = field(default_factory=dict)
    min_days: int = 0
    max_days: int = 0


@dataclass(frozen=True)
class Quote:
    """What shipping something to somewhere costs."""

    rate_id: str
    name: str
    cost: Money
    # From which sum of goods it costs nothing; None: it always costs.
    free_from: Money | None = None
    min_days: int = 0
    max_days: int = 0


def rates(tx: Session) -> Sequence[ShippingRate]:
    """The rates on offer, in the merchant's order."""
    query = select(ShippingRate).where(ShippingRate.retired_at.is_(None))
    return tx.scalars(query.order_by(ShippingRate.position, ShippingRate.created_at)).all()


def quotes(rates: Sequence[ShippingRate], country: str, goods: Money) -> list[Quote]:
    """The ways to ship `goods` to `country`, the merchant's first choice first."""
    named = [each for each in rates if country in each.countries]
    fitting = named or [each for each in rates if ELSEWHERE in each.countries]
    return [_quote(each, goods) for each in fitting if goods.currency in each.amounts]


def destinations(rates: Sequence[ShippingRate]) -> list[str]:
    """The countries that are shipped to, by their codes."""
    named = {country for each in rates for country in each.countries}
    return [each for each in COUNTRIES if ELSEWHERE in named or each in named]


def cheapest(rates: Sequence[ShippingRate], currency: str, country: str = "") -> Money | None:
    """What shipping costs at least, for "plus shipping, from …"; None: nothing is charged."""
    fitting = [each for each in rates if country in each.countries] if country else []
    amounts = [int(each.amounts[currency]) for each in fitting or rates if currency in each.amounts]
    return Money(min(amounts), currency) if amounts else None


def most_days(tx: Session, name: str, country: str, at: datetime) -> int:
    """How many working days a parcel takes at most, as it was offered then; 0: not said."""
    query = select(ShippingRate).where(
        ShippingRate.name == name,
        or_(ShippingRate.retired_at.is_(None), ShippingRate.retired_at > at),
    )
    # What is offered instead of another is younger.
    found = tx.scalars(query.order_by(ShippingRate.created_at)).all()
    named = [each for each in found if country in each.countries]
    fitting = named or [each for each in found if ELSEWHERE in each.countries]
    return fitting[0].max_days if fitting else 0


def working_day(day: date, count: int) -> date:
    """The day that is so many days from Monday to Friday later. Holidays are not known."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < _SATURDAY
    return day


def add_rate(tx: Session, clock: Clock, terms: RateTerms) -> ShippingRate:
    """Offer another way to ship. Raises Invalid."""
    row = ShippingRate(
        id=new_id("shp"), position=len(rates(tx)), created_at=clock.now(), **_columns(terms)
    )
    tx.add(row)
    tx.flush()
    return row


def change_rate(tx: Session, clock: Clock, rate_id: str, terms: RateTerms) -> ShippingRate:
    """Let other terms hold from now on; the old row is kept, retired. Raises Invalid, NotFound."""
    old = _rate(tx, rate_id)
    columns = _columns(terms)
    if all(getattr(old, name) == value for name, value in columns.items()):
        return old
    old.retired_at = clock.now()
    row = ShippingRate(id=new_id("shp"), position=old.position, created_at=clock.now(), **columns)
    tx.add(row)
    tx.flush()
    return row


def retire_rate(tx: Session, clock: Clock, rate_id: str) -> None:
    """Offer it no more. Raises NotFound."""
    _rate(tx, rate_id).retired_at = clock.now()
    tx.flush()


def _rate(tx: Session, rate_id: str) -> ShippingRate:
    row = tx.get(ShippingRate, rate_id)
    if row is None or row.retired_at is not None:
        raise NotFound("There is no such shipping rate.", code="unknown_rate")
    return row


def _quote(rate: ShippingRate, goods: Money) -> Quote:
    free_from = rate.free_from.get(goods.currency)
    is_free = free_from is not None and goods.minor >= free_from
    return Quote(
        rate_id=rate.id,
        name=rate.name,
        cost=Money(0 if is_free else int(rate.amounts[goods.currency]), goods.currency),
        free_from=Money(int(free_from), goods.currency) if free_from is not None else None,
        min_days=rate.min_days,
        max_days=rate.max_days,
    )


def _columns(terms: RateTerms) -> dict[str, Any]:
    name = terms.name.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise Invalid(f"A name has from 1 to {_LONGEST_NAME} characters.", code="name")
    if not terms.countries:
        raise Invalid("Name at least one country, or * for all others.", code="countries")
    if not terms.amounts:
        raise Invalid("Say what it costs in at least one currency.", code="amounts")
    for currency, minor in (*terms.amounts.items(), *terms.free_from.items()):
        if Money(minor, currency).minor < 0:
            raise Invalid("An amount cannot be negative.", code="amounts")
    if not 0 <= terms.min_days <= terms.max_days <= _MOST_DAYS:
        raise Invalid(f"The days go from few to many, at most {_MOST_DAYS}.", code="days")
    countries = {each if each == ELSEWHERE else checked_country(each) for each in terms.countries}
    return {
        "name": name,
        "countries": sorted(countries),
        "amounts": dict(terms.amounts),
        "free_from": dict(terms.free_from),
        "min_days": terms.min_days,
        "max_days": terms.max_days,
    }
