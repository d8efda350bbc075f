"""Which orders somebody wants to see: the filter of the order list, as its address says it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar

from paydesk.foundation.errors import Invalid
from paydesk.orders.tabs import Tab

_MAX_TEXT = 200

T = TypeVar("T", bound=StrEnum)


class Basis(StrEnum):
    """Which date of an order counts: when it was placed, known to be paid, or last sent."""

    ORDER = "order"
    PAYMENT = "payment"
    SHIPPING = "shipping"


@dataclass(frozen=True)
class OrderFilter:
    """What an order must be to be listed. Days are days in UTC, the first and last included."""

    tab: Tab = Tab.ALL
    text: str = ""
    since: date | None = None
    until: date | None = None
    by: Basis = Basis.ORDER
    # A product's slug.
    product: str = ""
    # Two capital letters.
    country: str = ""
    # Three small letters.
    currency: str = ""

    @property
    def has_dates(self) -> bool:
        return self.since is not None or self.until is not None

    @property
    def is_whole_tab(self) -> bool:
        """Whether it leaves nothing out of its tab."""
        return self == OrderFilter(tab=self.tab, by=self.by)

    @property
    def begins(self) -> datetime | None:
        """The first moment that counts."""
        return _midnight(self.since) if self.since else None

    @property
    def ends(self) -> datetime | None:
        """The first moment that counts no more."""
        return _midnight(self.until + timedelta(days=1)) if self.until else None

    def in_tab(self, tab: Tab) -> "OrderFilter":
        return replace(self, tab=tab)

    def words(self) -> dict[str, str]:
        """The filter as an address has it; what filters nothing is left out."""
        said = {
            "tab": "" if self.tab is Tab.ALL else self.tab.value,
            "q": self.text,
            "from": self.since.isoformat() if self.since else "",
            "to": self.until.isoformat() if self.until else "",
            "by": "" if self.by is Basis.ORDER else self.by.value,
            "product": self.product,
            "country": self.country,
            "currency": self.currency,
        }
        return {name: word for name, word in said.items() if word}


def read_filter(words: Mapping[str, str]) -> tuple[OrderFilter, dict[str, str]]:
    """The filter an address asks for, and what is wrong with it by field.

    What is wrong is left out, so that a mistyped date still shows orders.
    """
    errors: dict[str, str] = {}

    def day(name: str) -> date | None:
        try:
            return parse_day(words.get(name, ""))
        except Invalid as error:
            errors[name] = error.message
            return None

    since, until = day("from"), day("to")
    if since and until and since > until:
        errors["to"] = "The last day comes before the first."
        until = None
    wanted = OrderFilter(
        tab=_one_of(Tab, words.get("tab", ""), Tab.ALL),
        text=" ".join(words.get("q", "").split())[:_MAX_TEXT],
        since=since,
        until=until,
        by=_one_of(Basis, words.get("by", ""), Basis.ORDER),
        product=words.get("product", "").strip()[:120],
        country=words.get("country", "").strip().upper()[:2],
        currency=words.get("currency", "").strip().lower()[:3],
    )
    return wanted, errors


def parse_day(text: str) -> date | None:
    """A day such as 2026-11-23; None for an empty text. Raises Invalid."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid(f"{text[:20]!r} is no day; write it like 2026-11-23.") from None


def _one_of(kind: type[T], word: str, otherwise: T) -> T:
    return kind(word) if word in {*kind} else otherwise


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
