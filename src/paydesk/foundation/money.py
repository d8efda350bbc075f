"""Money in minor units with its currency; parsed, formatted and added without floats."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import format_currency

from paydesk.foundation.errors import Invalid
from paydesk.foundation.language import spoken

# Stripe takes these in whole units ("Supported currencies", zero-decimal currencies).
ZERO_DECIMAL = frozenset(
    {
        *("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga"),
        *("pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"),
    }
)
THREE_DECIMAL = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))

# Stripe's amounts have twelve digits at most.
_LARGEST_MINOR = 10**12


def decimals(currency: str) -> int:
    """How many decimals Stripe's minor unit of `currency` has (ISK and UGX are sent with two)."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


@dataclass(frozen=True)
class Money:
    """An amount in the minor unit of a currency: `Money(3900, "usd")` is 39 dollars."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        assert isinstance(self.minor, int), "money is a whole number of minor units"
        if len(self.currency) != 3 or not self.currency.isascii() or not self.currency.islower():
            raise Invalid(f"{self.currency!r} is not a lower-case three-letter currency code")

    def __add__(self, other: "Money") -> "Money":
        self._must_match(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._must_match(other)
        return Money(self.minor - other.minor, self.currency)

    def times(self, quantity: int) -> "Money":
        return Money(self.minor * quantity, self.currency)

    def __str__(self) -> str:
        return self.text()

    def text(self, locale: str | None = None) -> str:
        """For people: `$39.00`. In the language that is spoken, unless `locale` says otherwise."""
        places = decimals(self.currency)
        amount = Decimal(self.minor).scaleb(-places)
        return format_currency(amount, self.currency.upper(), locale=locale or spoken().locale)

    def _must_match(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise Invalid(f"cannot add {other.currency} to {self.currency}")


def parse(text: str, currency: str) -> Money:
    """An amount as people write it, `12.50`, in whole minor units of `currency`. Raises Invalid."""
    places = decimals(currency)
    try:
        amount = Decimal(text.strip()).scaleb(places)
    except ArithmeticError:
        raise Invalid(f"{text[:40]!r} is not an amount; write it like 12.50") from None
    if not amount.is_finite() or abs(amount) >= _LARGEST_MINOR or amount != int(amount):
        raise Invalid(f"{text[:40]!r} is not an amount of {currency.upper()} to {places} decimals")
    return Money(int(amount), currency)


def total(parts: Iterable[Money], currency: str) -> Money:
    """The sum of `parts`, zero `currency` if there are none."""
    result = Money(0, currency)
    for part in parts:
        result += part
    return result
