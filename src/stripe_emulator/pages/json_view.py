"""JSON for people: every id in it that stands for an object leads there."""

import json
import re
from typing import Any, NamedTuple

from stripe_emulator import browsing
from stripe_emulator.emulator import Emulator

_ID = re.compile(r'(?<=")[a-z]{2,}_[A-Za-z0-9_]{6,}(?=")')


class Piece(NamedTuple):
    """A piece of the text; `kind` is that of the object whose id it is."""

    text: str
    kind: str | None


def pieces(emulator: Emulator, value: Any) -> list[Piece]:
    text = json.dumps(value, indent=2, ensure_ascii=False)
    known = browsing.known(emulator, set(_ID.findall(text)))
    found, end = [], 0
    for match in _ID.finditer(text):
        if match[0] in known:
            found += [Piece(text[end : match.start()], None), Piece(match[0], known[match[0]])]
            end = match.end()
    return [*found, Piece(text[end:], None)]
