"""What the hosted page says, in each language it speaks, and which language a buyer gets."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from werkzeug.datastructures import LanguageAccept

from stripe_emulator.pages.languages import billing_de, billing_en, de, en, sample_de, sample_en
from stripe_emulator.pages.languages.phrase import Phrase

LISTS: dict[str, Mapping[str, str]] = {
    "en": {**en.WORDS, **billing_en.WORDS, **sample_en.WORDS},
    "de": {**de.WORDS, **billing_de.WORDS, **sample_de.WORDS},
}
# How money, dates and countries are written; en alone is American, as on Stripe's page.
_LOCALES = {"en": "en_US", "en-GB": "en_GB", "de": "de_DE"}


@dataclass(frozen=True)
class Language:
    """`code` is for `<html lang>`, `locale` for Babel."""

    code: str
    locale: str

    @property
    def country(self) -> str:
        """Where most of its readers live, for a form that nobody has filled in yet."""
        return self.locale.partition("_")[2]

    def say(self, name: str, /, **values: object) -> str:
        """The sentence of this name with its gaps filled."""
        return LISTS[self.code[:2]][name].format(**values)

    def put(self, phrase: Phrase) -> str:
        """The phrase in this language."""
        return self.say(phrase.name, **phrase.values)

    def knows(self, name: str) -> bool:
        return name in LISTS[self.code[:2]]

    def decline(self, code: str | None, decline_code: str | None, message: str) -> str:
        """Why a payment was refused; the API's English `message` where we have no words for it."""
        for each in (decline_code, code):
            if each and self.knows(f"decline.{each}"):
                return self.say(f"decline.{each}")
        return message


@cache
def named(code: str) -> Language:
    """A language by its Stripe name; English for what the page does not speak."""
    for each in (code, code[:2].lower()):
        if each in _LOCALES:
            return Language(each, _LOCALES[each])
    return Language("en", _LOCALES["en"])


def chosen(wanted: str | None, accepted: LanguageAccept) -> Language:
    """The session's `locale`; with `auto` or none, the best the browser asks for."""
    if wanted and wanted != "auto":
        return named(wanted)
    return named(_best(accepted.values()))


def _best(codes: Iterable[str]) -> str:
    return next((code for code in codes if code[:2].lower() in LISTS), "en")
