"""The countries a buyer can choose, and which of them have no postal codes or have states."""

import unicodedata
from functools import cache

from babel import Locale

# Two letters, but a union, an exception or a test value of the locale data, not a country.
_NO_COUNTRY = "CP CQ DG EA EU EZ IC QO UN XA XB ZZ"

# Nobody there can fill in a postal code, so the page does not ask for one.
_NO_POSTAL_CODE = """
AE AG AO AW BF BI BJ BO BQ BS BW BZ CD CF CG CI CK CM CW DJ DM ER FJ GA GD GH GM GQ GY HK IE JM
KI KM KN KP LY ML MO MR MW NR NU PA QA RW SB SC SL SR ST SX SY TF TG TK TL TO TV TZ UG VU WS YE ZW
"""
WITHOUT_POSTAL_CODE = frozenset(_NO_POSTAL_CODE.split())
# Where a letter does not arrive without its state, province or prefecture.
WITH_STATE = frozenset(
    ["AU", "BR", "CA", "CN", "ES", "ID", "IN", "IT", "JP", "KR", "MX", "MY", "TH", "US"]
)


@cache
def countries(locale: str = "en") -> dict[str, str]:
    """Every ISO code and its name in this language, in the order of the names."""
    names = Locale.parse(locale).territories
    chosen = {
        code: name
        for code, name in names.items()
        if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRY.split()
    }
    return dict(sorted(chosen.items(), key=lambda item: _plain(item[1])))


def _plain(name: str) -> str:
    """Å sorts with A, as a reader expects."""
    return unicodedata.normalize("NFD", name).encode("ascii", "ignore").decode().casefold()
