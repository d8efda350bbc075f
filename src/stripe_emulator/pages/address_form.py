"""An address as it is typed on the hosted page, and what is wrong with it."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from stripe_emulator.pages.languages.phrase import Phrase, phrase
from stripe_emulator.pages.territories import WITH_STATE, WITHOUT_POSTAL_CODE, countries

# Far more than any real name or address; what is longer is not typing.
LONGEST_FIELD = 200
_ZIP = re.compile(r"\d{5}(-?\d{4})?", re.ASCII)
# The inputs' names behind `billing` or `shipping` are those of Stripe's own page.
_INPUTS = {
    "line1": "AddressLine1",
    "line2": "AddressLine2",
    "city": "Locality",
    "state": "AdministrativeArea",
    "postal_code": "PostalCode",
    "country": "Country",
}


@dataclass(frozen=True)
class AddressForm:
    """One address: `prefix` is `billing` or `shipping`, `whole` if more than the country counts."""

    prefix: str
    whole: bool
    allowed: Collection[str] | None = None

    def input_of(self, part: str) -> str:
        """The input's name for a part of Stripe's address."""
        return self.prefix + _INPUTS[part]

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(_INPUTS) if self.whole else ("country", "postal_code")

    def read(self, typed: Mapping[str, str]) -> dict[str, str]:
        """The address in Stripe's words; without a postal code where there are none."""
        found = {part: typed.get(self.input_of(part), "") for part in self.parts}
        if found["country"] in WITHOUT_POSTAL_CODE:
            found["postal_code"] = ""
        return {part: value for part, value in found.items() if value}

    def problems(self, typed: Mapping[str, str]) -> dict[str, Phrase | None]:
        """In the order of the form."""
        given = self.read(typed)
        country = given.get("country", "")
        found = {"country": self._country_problem(country)}
        if self.whole:
            found |= {
                "line1": _text_problem(given.get("line1", ""), "wrong.line1"),
                "line2": _length_problem(given.get("line2", "")),
                "city": _text_problem(given.get("city", ""), "wrong.city"),
                "state": _state_problem(given.get("state", ""), country),
            }
        found["postal_code"] = _postal_problem(given.get("postal_code", ""), country)
        return {self.input_of(part): problem for part, problem in found.items()}

    def _country_problem(self, country: str) -> Phrase | None:
        if country not in countries():
            return phrase("wrong.country")
        if self.allowed is not None and country not in self.allowed:
            return phrase("problem.country_not_allowed")
        return None


def _text_problem(text: str, empty: str) -> Phrase | None:
    return _length_problem(text) if text else phrase(empty)


def _length_problem(text: str) -> Phrase | None:
    return phrase("wrong.long") if len(text) > LONGEST_FIELD else None


def _state_problem(state: str, country: str) -> Phrase | None:
    if not state and country in WITH_STATE:
        return phrase("wrong.state")
    return _length_problem(state)


def _postal_problem(postal_code: str, country: str) -> Phrase | None:
    if country in WITHOUT_POSTAL_CODE:
        return None
    if country == "US":
        return None if _ZIP.fullmatch(postal_code) else phrase("wrong.zip")
    if not postal_code:
        return phrase("wrong.postal.empty")
    return phrase("wrong.postal") if len(postal_code) > 16 else None
