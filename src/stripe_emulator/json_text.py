"""JSON as it is stored and as it goes over the wire: the most frequent work of all."""

import json
from typing import Any

import orjson


def stored(value: Any) -> str:
    """On one line, for SQLite."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        # Whole numbers of more than 64 bits.
        return json.dumps(value)


def shown(value: Any) -> str:
    """Indented, as Stripe writes it."""
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    except TypeError:
        return json.dumps(value, indent=2, ensure_ascii=False)


def read(text: str) -> Any:
    """What was written by one of these."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)
