"""The taxes a shop charges, by the country it sells to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.business.countries import checked_country
from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Base, Moment
from paydesk.foundation.errors import Invalid, NotFound
from paydesk.foundation.ids import new_id
from paydesk.foundation.language import gettext, spoken

_LONGEST_NAME = 40
# Stripe's tax rates have four decimals at most ("Tax rates").
_MOST_DECIMALS = 4


class TaxRate(Base):
    """One row is one tax on what is sold to one country. Its percentage never changes."""

    __tablename__ = "paydesk_tax_rates"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    # As it stands on a receipt, such as "VAT".
    name: Mapped[str] = mapped_column(String(40))
    country: Mapped[str] = mapped_column(String(2))
    # Decimal text, such as "19" or "8.875".
    percentage: Mapped[str] = mapped_column(String(10))
    # Whether the prices contain it; else it comes on top of them.
    inclusive: Mapped[bool] = mapped_column(default=True)
    # Which goods, by their tax code; empty: all that no other rate of the country names.
    tax_code: Mapped[str] = mapped_column(String(40), default="")
    # Whether shipping is taxed, too.
    on_shipping: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    retired_at: Mapped[datetime | None] = mapped_column(Moment)

    @property
    def percent(self) -> Decimal:
        return Decimal(self.percentage)


@dataclass(frozen=True)
class TaxTerms:
    """A tax rate as a merchant writes it; `percentage` is decimal text."""

    country: str
    percentage: str
    inclusive: bool = True
    name: str = "VAT"
    tax_code: str = ""
    on_shipping: bool = True


def tax_text(name: str, percentage: str) -> str:
    """A tax as it is said: the usual name in the reader's language, another as it was written.

    `percentage` is decimal text, or "" where it is not known.
    """
    said = gettext("VAT") if name == TaxTerms.name else name or gettext("Tax")
    if not percentage:
        return said
    # The space does not break, and PDF's own fonts have it.
    return f"{said} {percentage.replace('.', spoken().decimal_mark)}\u00a0%"


def rates(tx: Session) -> Sequence[TaxRate]:
    """The rates that hold, by country."""
    query = select(TaxRate).where(TaxRate.retired_at.is_(None))
    return tx.scalars(query.order_by(TaxRate.country, TaxRate.tax_code)).all()


def rate_for(rates: Sequence[TaxRate], country: str, tax_code: str = "") -> TaxRate | None:
    """What is charged for goods of `tax_code` sold to `country`; None: nothing."""
    of_country = {each.tax_code: each for each in rates if each.country == country}
    return of_country.get(tax_code) or of_country.get("")


def add_rate(tx: Session, clock: Clock, terms: TaxTerms) -> TaxRate:
    """Charge a tax from now on; one for the same country and goods is retired. Raises Invalid."""
    new = _new(terms, clock)
    for old in rates(tx):
        if (old.country, old.tax_code) == (new.country, new.tax_code):
            old.retired_at = clock.now()
    others = [each for each in rates(tx) if each.country == new.country and not each.retired_at]
    if any(each.inclusive is not new.inclusive for each in others):
        raise Invalid(
            f"Prices for {new.country} contain the tax or do not: all rates must say the same.",
            code="inclusive",
        )
    tx.add(new)
    tx.flush()
    return new


def change_rate(tx: Session, clock: Clock, rate_id: str, terms: TaxTerms) -> TaxRate:
    """Let other terms hold from now on; the old row is kept, retired. Raises Invalid, NotFound."""
    retire_rate(tx, clock, rate_id)
    return add_rate(tx, clock, terms)


def retire_rate(tx: Session, clock: Clock, rate_id: str) -> None:
    """Charge it no more. Raises NotFound."""
    row = tx.get(TaxRate, rate_id)
    if row is None or row.retired_at is not None:
        raise NotFound("There is no such tax rate.", code="unknown_rate")
    row.retired_at = clock.now()
    tx.flush()


def checked_percentage(text: str) -> str:
    """The percentage as short decimal text. Raises Invalid."""
    try:
        percent = Decimal(text.strip().removesuffix("%").strip().replace(",", "."))
    except InvalidOperation:
        raise Invalid(f"{text[:20]!r} is no percentage.", code="percentage") from None
    if not percent.is_finite() or not 0 <= percent <= 100:
        raise Invalid("A percentage is from 0 to 100.", code="percentage")
    if percent != round(percent, _MOST_DECIMALS):
        raise Invalid(f"A percentage has at most {_MOST_DECIMALS} decimals.", code="percentage")
    return f"{percent.normalize():f}"


def _new(terms: TaxTerms, clock: Clock) -> TaxRate:
    name = terms.name.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise Invalid(f"A name has from 1 to {_LONGEST_NAME} characters.", code="name")
    return TaxRate(
        id=new_id("tax"),
        name=name,
        country=checked_country(terms.country),
        percentage=checked_percentage(terms.percentage),
        inclusive=terms.inclusive,
        tax_code=terms.tax_code.strip()[:40],
        on_shipping=terms.on_shipping,
        created_at=clock.now(),
    )
