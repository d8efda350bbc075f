"""The shop's own facts: its name, who sells, how to reach them, how its pages look."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.business.colour import checked_accent
from paydesk.business.countries import checked_country
from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Base, Moment
from paydesk.foundation.errors import Invalid
from paydesk.settings import Settings

LANGUAGES = ("en", "de")
_LONGEST_LINE, _LONGEST_TEXT = 120, 600
_OF_SEVERAL_LINES = ("welcome", "address", "closed")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


@dataclass(frozen=True)
class ShopFacts:
    """What stands about the shop on its pages, receipts and letters; empty: not said yet."""

    # In the head of each page; the setting until somebody says otherwise.
    name: str
    # Said on the shop's front, below the name.
    welcome: str = ""
    # Who sells, as the law wants it named.
    legal_name: str = ""
    # Of several lines.
    address: str = ""
    email: str = ""
    phone: str = ""
    vat_id: str = ""
    # Where it is registered, such as "Amtsgericht Köln, HRB 12345".
    register: str = ""
    # Two capital letters: where the seller is, and what a new cart ships to.
    country: str = ""
    # The language of what is said to nobody in particular.
    language: str = "en"
    # "#rrggbb".
    accent: str = ""
    # Whom letters come from; empty: `email`.
    mail_from: str = ""
    # Said instead of the button to order while the shop sells nothing, such as "Back on 3 August".
    closed: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether a buyer can find out who sells and where to complain."""
        return bool(self.legal_name and self.address and self.email)

    @property
    def seller(self) -> str:
        return self.legal_name or self.name

    @property
    def sender(self) -> str:
        """Whom letters come from."""
        return self.mail_from or self.email


class ShopFact(Base):
    """One row is one fact of the shop, as somebody wrote it."""

    __tablename__ = "paydesk_shop_facts"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(Moment)


NAMES = tuple(each.name for each in fields(ShopFacts))


def facts(tx: Session, settings: Settings) -> ShopFacts:
    """The shop's facts; where nothing is written, what the settings say."""
    return ShopFacts(**({"name": settings.shop_name} | written(tx)))


def written(tx: Session) -> dict[str, str]:
    """What somebody has written, by the names of the facts."""
    rows = tx.scalars(select(ShopFact))
    return {row.name: row.value for row in rows if row.name in NAMES and row.value}


def closed_because(tx: Session) -> str:
    """Why nothing is sold just now, as buyers read it; empty while the shop is open."""
    query = select(ShopFact.value).where(ShopFact.name == "closed")
    return tx.scalar(query) or ""


def change_facts(tx: Session, clock: Clock, values: Mapping[str, str]) -> None:
    """Write facts by their names; an empty one is taken back. Raises Invalid, naming the fact."""
    for name, value in values.items():
        if name not in NAMES:
            raise Invalid(f"{name[:40]!r} is no fact of the shop.", code="unknown_fact")
        text = _checked(name, value.strip().replace("\r\n", "\n"))
        row = tx.get(ShopFact, name)
        if row is None:
            tx.add(ShopFact(name=name, value=text, changed_at=clock.now()))
        elif row.value != text:
            row.value, row.changed_at = text, clock.now()
    tx.flush()


def _checked(name: str, value: str) -> str:
    longest = _LONGEST_TEXT if name in _OF_SEVERAL_LINES else _LONGEST_LINE
    plain = value.replace("\n", "") if name in _OF_SEVERAL_LINES else value
    if len(value) > longest or not plain.isprintable():
        raise Invalid(f"{name} must be a text of at most {longest} characters.", code=name)
    return _CHECKS[name](value) if value and name in _CHECKS else value


def _checked_email(value: str) -> str:
    if not is_email(value):
        raise Invalid(f"{value[:80]!r} is no e-mail address.", code="email")
    return value


def is_email(value: str) -> bool:
    """Whether a letter could be sent there; whether anybody reads it, only sending one tells."""
    return len(value) <= 254 and value.isprintable() and bool(_EMAIL.fullmatch(value))


def _checked_language(value: str) -> str:
    if value not in LANGUAGES:
        raise Invalid(f"The language is one of: {', '.join(LANGUAGES)}.", code="language")
    return value


def _checked_vat_id(value: str) -> str:
    number = value.upper().replace(" ", "").replace(".", "")
    if not re.fullmatch(r"[A-Z]{2}[A-Z0-9+*]{2,13}", number):
        raise Invalid(f"{value[:40]!r} is no VAT id: it is like DE123456789.", code="vat_id")
    return number


_CHECKS: dict[str, Callable[[str], str]] = {
    "email": _checked_email,
    "mail_from": _checked_email,
    "country": checked_country,
    "language": _checked_language,
    "vat_id": _checked_vat_id,
    "accent": checked_accent,
}
