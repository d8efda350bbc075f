"""What the shop says to buyers, gathered from its code, beside what the translations hold.

`make translations` brings the `.po` files up to date: a new text stands in them without its
translation, one that nobody says any more is gone. tests/docs/test_translations.py compares.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from paydesk.foundation.language import ENGLISH, FOLDER, LANGUAGES

SOURCE = FOLDER.parent
# Pages of the people who run the shop, and commands: English.
_NOT_FOR_BUYERS = (
    *("cli", "doctor", "migrations", "staff", "reports", "testing.py", "web/desk"),
    "web/templates/paydesk/desk",
    "orders/notes.py",
)
# Rooms whose refusals are read by operators and programs, but for these files. Whatever else they
# say through gettext is said to buyers: there is no other reason to.
_ROOMS: dict[str, tuple[str, ...]] = {
    "business": (),
    "payments": (*("checkout.py", "handing_over.py", "errands.py", "ways", "gateway/errors.py"),),
    "foundation": ("money.py",),
    "catalogue": ("product.py", "stock.py", "goods.py", "window.py", "searching.py"),
    "fulfilment": ("downloads.py", "mail", "mail.py", "receipts.py"),
}
_WORDS = ("_", "gettext", "later")
# What is raised with a text says it to a buyer.
_REFUSALS = (
    *("ShopError", "Invalid", "NotFound", "Refused", "Unavailable", "SoldOut"),
    *("Forged", "NothingToPay", "StillCharging", "CardDeclined", "HookRaised", "StripeUnreachable"),
    *("NoDownload", "CartChanged"),
)
_KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    **dict.fromkeys((*_WORDS, *_REFUSALS)),
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
_SPOKEN = {word: where for word, where in _KEYWORDS.items() if word not in _REFUSALS}


def catalog_file(code: str) -> Path:
    return FOLDER / code / "LC_MESSAGES" / "paydesk.po"


def said() -> Catalog:
    """All texts for buyers, each with the files it is said in."""
    catalog = Catalog(charset="utf-8")
    for file in sorted(_files()):
        kind = "jinja2" if file.suffix in (".html", ".txt") else "python"
        found = extract_from_file(
            kind,
            file,
            keywords=_KEYWORDS if _refuses_buyers(file.relative_to(SOURCE).as_posix()) else _SPOKEN,
            options={"trimmed": "true", "silent": "false"} if kind == "jinja2" else {},
        )
        # Without the line: a line more above it is no change of a text.
        places: list[Any] = [(file.relative_to(SOURCE).as_posix(), None)]
        for _line, text, _comments, context in found:
            if _is_text(text):
                catalog.add(text, locations=places, context=context)
    return catalog


def written(code: str) -> Catalog:
    """What the translation holds now."""
    with catalog_file(code).open("rb") as source:
        return read_po(source, locale=code)


def gaps(code: str) -> list[str]:
    """The texts without a translation that can be shown."""
    have = written(code)
    return [
        str(message.id)
        for message in said()
        if message.id and not _is_translated(have.get(message.id, message.context))
    ]


def leftovers(code: str) -> list[str]:
    """Translations of what nobody says any more."""
    now = said()
    return [
        str(message.id)
        for message in written(code)
        if message.id and now.get(message.id, message.context) is None
    ]


def update(code: str) -> None:
    """Bring a `.po` file up to date; what is translated stays."""
    have, now = written(code), said()
    for message in now:
        known = have.get(message.id, message.context) if message.id else None
        if known is not None:
            message.string = known.string
            message.flags = known.flags
    now.locale = have.locale
    now.project, now.version = "Paydesk", ""
    now.header_comment = f"# What Paydesk says, in {LANGUAGES[code].name}."
    # A date of its own would make every run a change.
    now.creation_date = now.revision_date = datetime(2026, 11, 26, tzinfo=UTC)
    now.language_team, now.last_translator = code, "Paydesk"
    now.fuzzy, now.msgid_bugs_address = False, "nobody"
    with catalog_file(code).open("wb") as target:
        write_po(target, now, width=100, sort_by_file=True, omit_header=False)


def _files() -> Iterator[Path]:
    for file in SOURCE.rglob("*"):
        place = file.relative_to(SOURCE).as_posix()
        if file.suffix in (".py", ".html", ".txt") and _is_for_buyers(place):
            yield file


def _is_for_buyers(place: str) -> bool:
    return not any(place == each or place.startswith(f"{each}/") for each in _NOT_FOR_BUYERS)


def _refuses_buyers(place: str) -> bool:
    room, _, rest = place.partition("/")
    wanted = _ROOMS.get(room)
    return wanted is None or any(rest == each or rest.startswith(f"{each}/") for each in wanted)


def _is_text(text: object) -> bool:
    first = text[0] if isinstance(text, tuple) else text
    return isinstance(first, str) and bool(first.strip())


def _is_translated(message: Message | None) -> bool:
    if message is None or message.fuzzy:
        return False
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(strings)


def main() -> int:
    """Update every translation; 1 if something is left to translate."""
    missing = 0
    for code in LANGUAGES:
        if code == ENGLISH.code:
            continue
        update(code)
        for text in (left := gaps(code)):
            print(f"{code}: {text}")  # noqa: T201 - this is a command
        missing += len(left)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
