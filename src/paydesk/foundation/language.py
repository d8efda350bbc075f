"""The language of whoever is spoken to, and the words, dates and numbers of it.

What is said to people is written in English where it is said, and translated there and then:
`gettext("Sold out")`. Who is spoken to is known once a request or a letter begins: see `speaking`.
A program and the command line are spoken to in English.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

FOLDER = Path(__file__).parent.parent / "translations"


@dataclass(frozen=True)
class Language:
    """`code` as in HTML's `lang`; `name` in the language itself; `locale` is Babel's."""

    code: str
    name: str
    locale: str
    day_pattern: str
    moment_pattern: str
    decimal_mark: str = "."


ENGLISH = Language("en", "English", "en_US", "d MMMM y", "d MMMM y, HH:mm")
GERMAN = Language("de", "Deutsch", "de_DE", "d. MMMM y", "d. MMMM y, HH:mm 'Uhr'", ",")
LANGUAGES = {each.code: each for each in (ENGLISH, GERMAN)}

_spoken: ContextVar[Language] = ContextVar("paydesk_language", default=ENGLISH)


def spoken() -> Language:
    """The language that is spoken now."""
    return _spoken.get()


def speak(language: Language) -> None:
    """Speak it from now on, on this thread."""
    _spoken.set(language)


@contextmanager
def speaking(language: Language | str) -> Iterator[Language]:
    """Speak a language within; one that is not known is English."""
    if isinstance(language, str):
        language = LANGUAGES.get(language, ENGLISH)
    token = _spoken.set(language)
    try:
        yield language
    finally:
        _spoken.reset(token)


def gettext(text: str, /, **values: object) -> str:
    """`text` in the spoken language; `values` stand in it as `%(name)s`."""
    said = _words(spoken().code).gettext(text) if text else ""
    return said % values if values else said


def ngettext(one: str, several: str, num: int, /, **values: object) -> str:
    """`one` or `several`, as the language counts `num`, which stands in it as `%(num)s`."""
    return plural(one, several, num) % {"num": num, **values}


def plural(one: str, several: str, num: int) -> str:
    """As `ngettext`, with nothing put in yet."""
    return _words(spoken().code).ngettext(one, several, num)


def pgettext(context: str, text: str, /, **values: object) -> str:
    """`text` where one English word has several translations; `context` tells them apart."""
    said = _words(spoken().code).pgettext(context, text)
    return said % values if values else said


def later(text: str) -> str:
    """Marks a text that is translated when it is shown; it stays as it is here."""
    return text


def day_text(day: date) -> str:
    """A day in full, such as 3 November 2026. Of a moment: its day in UTC."""
    language = spoken()
    return format_date(day, language.day_pattern, locale=language.locale)


def moment_text(moment: datetime) -> str:
    """A day with its time to the minute, UTC."""
    language = spoken()
    return format_datetime(moment, language.moment_pattern, locale=language.locale)


def number_text(number: int) -> str:
    return format_decimal(number, locale=spoken().locale)


@lru_cache
def _words(code: str) -> NullTranslations:
    # Read as it was written: nothing that was compiled can be missing or out of date.
    file = FOLDER / code / "LC_MESSAGES" / "paydesk.po"
    if not file.is_file():
        return NullTranslations()
    compiled = BytesIO()
    with file.open("rb") as source:
        write_mo(compiled, read_po(source, locale=code))
    compiled.seek(0)
    return GNUTranslations(compiled)
