"""Stripe's search query language, understood and turned into conditions ("Search")."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from stripe_emulator.errors import StripeFault, invalid


class Kind(StrEnum):
    """What a field holds, which decides how it may be compared."""

    EXACT = "exact"
    STRING = "string"
    NUMBER = "number"


@dataclass(frozen=True)
class Condition:
    """SQL over an object's body, and the values it binds."""

    sql: str
    values: tuple[str | int, ...]


# "Search": so many clauses, and so short a part of a word.
_MOST_CLAUSES, _SHORTEST_PART, _LONGEST_QUERY = 10, 3, 1000
_METADATA = "metadata"
# Searched by the name it had; the field itself went elsewhere in basil.
_MOVED = {"subscription": "parent.subscription_details.subscription"}
_CLAUSE = re.compile(
    r"""\s*(?P<minus>-)?(?P<field>[A-Za-z_][\w.]*)
        (?:\[(?P<quote>["'])(?P<key>(?:(?!(?P=quote))[^\\]|\\.)*)(?P=quote)\])?
        \s*(?P<sign>:|~|>=|<=|>|<|=)\s*
        (?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)'|(?P<bare>[^\s"']+))""",
    re.VERBOSE,
)
_JOINT = re.compile(r"\s+(?:(AND|OR)\s+)?", re.IGNORECASE)
_WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)


def understood(query: str, fields: Mapping[str, Kind]) -> Condition:
    """The query as one condition over `objects.body`.

    `fields` are those that may be asked for; metadata always may. Raises a StripeFault.
    """
    if len(query) > _LONGEST_QUERY:
        raise _bad(f"it has more than {_LONGEST_QUERY} characters")
    clauses, joint = _clauses(query, fields)
    if len(clauses) > _MOST_CLAUSES:
        raise _bad(f"it has more than {_MOST_CLAUSES} clauses")
    sql = f" {joint} ".join(each.sql for each in clauses)
    return Condition(f"({sql})", tuple(value for each in clauses for value in each.values))


def _clauses(query: str, fields: Mapping[str, Kind]) -> tuple[list[Condition], str]:
    found: list[Condition] = []
    joints: set[str] = set()
    at, query = 0, query.strip()
    while True:
        match = _CLAUSE.match(query, at)
        if match is None:
            raise _bad(f"it cannot be read from {query[at : at + 40]!r} on")
        found.append(_condition(match, fields))
        at = match.end()
        if at == len(query):
            break
        joint = _JOINT.match(query, at)
        if joint is None:
            raise _bad(f"it cannot be read from {query[at : at + 40]!r} on")
        # Two clauses with nothing between them both have to hold.
        joints.add((joint[1] or "AND").upper())
        at = joint.end()
    if len(joints) > 1:
        raise _bad("AND and OR cannot be used together")
    return found, joints.pop() if joints else "AND"


def _condition(match: re.Match[str], fields: Mapping[str, Kind]) -> Condition:
    name, key = match["field"], match["key"]
    path, kind = _path(name, key, fields)
    quoted = next((each for each in (match["double"], match["single"]) if each is not None), None)
    bare = match["bare"]
    sign = ":" if match["sign"] == "=" else match["sign"]
    place = "json_extract(body, ?)"
    if bare is not None and bare.lower() == "null":
        if sign != ":":
            raise _bad(f"null is compared with ':' only, not {sign!r}")
        return Condition(f"{place} IS {'NOT ' if match['minus'] else ''}NULL", (path,))
    value = _plain(quoted) if quoted is not None else str(bare)
    if sign == "~":
        made = _part_of(place, path, value, kind, name)
    elif kind is Kind.NUMBER:
        made = _number(place, path, sign, value, name)
    else:
        made = _text(place, path, sign, value, name)
    if match["minus"]:
        return Condition(f"NOT coalesce({made.sql}, 0)", made.values)
    return Condition(f"coalesce({made.sql}, 0)", made.values)


def _path(name: str, key: str | None, fields: Mapping[str, Kind]) -> tuple[str, Kind]:
    if name == _METADATA:
        if key is None:
            raise _bad('metadata is asked for as metadata["key"]:"value"')
        # A quotation mark would end the name in SQLite's paths.
        if '"' in _plain(key):
            raise _bad("a metadata key with a quotation mark cannot be searched")
        return f'$.metadata."{_plain(key)}"', Kind.STRING
    if key is not None or name not in fields:
        raise _bad(f"{name[:60]} is no field to search by; there are {', '.join(sorted(fields))}")
    parts = _MOVED.get(name, name).split(".")
    return "$." + ".".join(f'"{part}"' for part in parts), fields[name]


def _text(place: str, path: str, sign: str, value: str, name: str) -> Condition:
    if sign != ":":
        raise _bad(f"{name} is text: compare it with ':' or '~', not {sign!r}")
    wanted = value.lower()
    if wanted in ("true", "false"):
        # Booleans of JSON are 1 and 0 in SQLite.
        sql = f"lower({place}) IN (?, ?)"
        return Condition(sql, (path, wanted, "1" if wanted == "true" else "0"))
    return Condition(f"lower({place}) = ?", (path, wanted))


def _number(place: str, path: str, sign: str, value: str, name: str) -> Condition:
    if not _WHOLE.fullmatch(value):
        raise _bad(f"{name} is compared with a whole number, not {value[:40]!r}")
    return Condition(f"{place} {'=' if sign == ':' else sign} ?", (path, int(value)))


def _part_of(place: str, path: str, value: str, kind: Kind, name: str) -> Condition:
    if kind is not Kind.STRING:
        raise _bad(f"{name} cannot be searched by a part of it")
    if len(value) < _SHORTEST_PART:
        raise _bad(f"'~' wants {_SHORTEST_PART} characters at least")
    return Condition(f"instr(lower({place}), ?) > 0", (path, value.lower()))


def _plain(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted)


def _bad(why: str) -> StripeFault:
    return invalid(f"We were unable to parse your search query: {why}.", param="query")
