"""What buyers are told is translated, completely, and no translation is of something unsaid."""

import re

import pytest
from babel.messages.pofile import read_po

from docs import translations
from paydesk.foundation.language import ENGLISH, LANGUAGES

OTHERS = [code for code in LANGUAGES if code != ENGLISH.code]
_TEMPLATES = translations.SOURCE / "web" / "templates"
# The law wants these words and no others on the button (§ 312j BGB); the total is above it.
_LEAVES_OUT = {"Order and pay %(total)s"}
_PLACES = re.compile(r"%\((\w+)\)[sd]|%%")


@pytest.mark.parametrize("code", OTHERS)
def test_everything_a_buyer_reads_is_translated(code):
    assert translations.gaps(code) == [], "run `make translations`, then translate"


@pytest.mark.parametrize("code", OTHERS)
def test_nothing_unsaid_is_translated(code):
    assert translations.leftovers(code) == [], "run `make translations`"


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_names_what_the_text_names(code):
    with translations.catalog_file(code).open("rb") as file:
        messages = [each for each in read_po(file, locale=code) if each.id]
    for message in messages:
        ids = message.id if isinstance(message.id, tuple) else (message.id, message.id)
        strings = message.string if isinstance(message.string, tuple) else (message.string,) * 2
        for said, translated in zip(ids, strings, strict=True):
            if said in _LEAVES_OUT:
                continue
            assert set(_PLACES.findall(str(translated))) == set(_PLACES.findall(str(said))), said


def test_a_text_that_nobody_translated_is_found(tmp_path, monkeypatch):
    new = tmp_path / "web" / "new.html"
    new.parent.mkdir()
    new.write_text('<p>{{ _("Quite new") }}</p>{% trans %}Newer{% endtrans %}')
    monkeypatch.setattr(translations, "SOURCE", tmp_path)
    assert translations.gaps("de") == ["Quite new", "Newer"]


def test_so_is_one_in_a_room_that_has_not_spoken_to_buyers_before(tmp_path, monkeypatch):
    new = tmp_path / "fulfilment" / "new.py"
    new.parent.mkdir()
    new.write_text('gettext("Quite new")\nraise Refused("For the desk")')
    monkeypatch.setattr(translations, "SOURCE", tmp_path)
    assert translations.gaps("de") == ["Quite new"]


def test_macros_that_speak_are_imported_with_the_context():
    """Without it they would speak with the words of the host's app, or with none."""
    speaking = {
        file.relative_to(_TEMPLATES).as_posix()
        for file in _TEMPLATES.rglob("*.html")
        if re.search(r"\b(_|n?gettext)\(|\{% trans", file.read_text())
    }
    for file in _TEMPLATES.rglob("*.html"):
        for tag, name in re.findall(r'(\{% (?:from|import) "([^"]+)"[^%]*%\})', file.read_text()):
            assert name not in speaking or "with context" in tag, f"{file.name}: {tag}"
