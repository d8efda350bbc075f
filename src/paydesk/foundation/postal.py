"""A postal address as it is written on a letter, and a country by its name."""

from collections.abc import Mapping
from typing import Any

from babel import Locale

from paydesk.foundation.language import spoken

# Where the postcode ends the line, after the state; elsewhere it stands before the city.
_POSTCODE_LAST = frozenset({"AU", "CA", "GB", "IE", "IN", "NZ", "TW", "US", "ZA"})
_NAMES = ("name", "line1", "line2", "postcode", "city", "state", "country")


def shown_address(address: Mapping[str, Any]) -> list[str]:
    """The lines of an address, none of them empty; its country by name."""
    words = {name: str(address.get(name) or "").strip() for name in _NAMES}
    if words["country"] in _POSTCODE_LAST:
        city = [words["city"], f"{words['state']} {words['postcode']}".strip()]
    else:
        city = [f"{words['postcode']} {words['city']}".strip(), words["state"]]
    lines = [
        *(words["name"], words["line1"], words["line2"]),
        ", ".join(each for each in city if each),
        country_name(words["country"]),
    ]
    return [line for line in lines if line]


def country_name(code: str) -> str:
    """What a country is called in the language that is spoken; the code where Babel knows none."""
    return str(Locale.parse(spoken().locale).territories.get(code, code))
