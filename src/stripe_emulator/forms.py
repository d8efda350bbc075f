"""Form encoding as Stripe's libraries and curl send it: `a[b][0]=x`, `a[]=x`."""

import re
from collections.abc import Iterable
from typing import Any

from stripe_emulator.errors import invalid

_NAME = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_PART = re.compile(r"\[([^\[\]]*)\]")
# Stripe's own calls nest six deep at most.
_MOST_DEPTH = 10
_MOST_FIELDS = 2000


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The nested parameters; an array is a dictionary of its places until `as_list`.

    Raises a StripeFault for names that cannot be read.
    """
    tree: dict[str, Any] = {}
    for count, (name, value) in enumerate(pairs):
        if count >= _MOST_FIELDS:
            raise invalid("Too many parameters were sent.")
        _put(tree, name, value)
    return tree


def as_list(value: Any) -> list[Any] | None:
    """The elements of an array, by their places; None if it is none."""
    if not isinstance(value, dict) or not all(key.isascii() and key.isdigit() for key in value):
        return None
    return [value[key] for key in sorted(value, key=lambda key: (len(key), key))]


def flat(params: Any, name: str = "") -> list[tuple[str, str]]:
    """The pairs that `nested` reads back: how a call's parameters go over the wire."""
    if isinstance(params, dict):
        below = [(f"{name}[{key}]" if name else str(key), value) for key, value in params.items()]
    elif isinstance(params, list):
        below = [(f"{name}[{place}]", value) for place, value in enumerate(params)]
    elif isinstance(params, bool):
        return [(name, "true" if params else "false")]
    else:
        return [(name, "" if params is None else str(params))]
    return [pair for key, value in below for pair in flat(value, key)]


def _put(tree: dict[str, Any], name: str, value: str) -> None:
    match = _NAME.match(name)
    if match is None:
        raise invalid(f"Invalid parameter name: {name[:120]}")
    parts = [match[1], *_PART.findall(match[2])]
    if len(parts) > _MOST_DEPTH:
        raise invalid(f"Invalid parameter name: {name[:120]}")
    here = tree
    for depth, part in enumerate(parts[:-1]):
        below = here.setdefault(_key(here, part, parts[depth + 1 :]), {})
        if not isinstance(below, dict):
            raise invalid(f"Invalid object: {name[:120]}", param=match[1])
        here = below
    last = _key(here, parts[-1], [])
    if isinstance(here.get(last), dict):
        raise invalid(f"Invalid string: {name[:120]}", param=match[1])
    here[last] = value


def _key(here: dict[str, Any], part: str, rest: list[str]) -> str:
    """`a[]=x&a[]=y` are the places 0 and 1; `a[][b]=x&a[][c]=y` are two fields of place 0."""
    if part != "":
        return part
    last = str(len(here) - 1)
    if rest and isinstance(here.get(last), dict) and not _has(here[last], rest):
        return last
    return str(len(here))


def _has(tree: Any, path: list[str]) -> bool:
    """Whether a field is set already, so that it must belong to the next place."""
    for part in path:
        if not isinstance(tree, dict) or part not in tree:
            return False
        tree = tree[part]
    return True
