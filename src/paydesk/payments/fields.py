"""Fields of Stripe's objects, read with care for whatever may stand there."""

from collections.abc import Mapping
from typing import Any

from paydesk.foundation.errors import Invalid

LONGEST_ID = 255
_LONGEST_URL = 2000

Json = Mapping[str, Any]


def id_of(thing: Json) -> str:
    value = thing.get("id")
    if not isinstance(value, str) or not value or len(value) > LONGEST_ID:
        raise Invalid("an object of Stripe's without an id")
    return value


def one_of(value: object, stages: dict[str, str]) -> str:
    if not isinstance(value, str) or value not in stages:
        raise Invalid(f"a status this version does not know: {value!r:.60}")
    return stages[value]


def amount(thing: Json, name: str) -> int:
    value = thing.get(name)
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool):
        raise Invalid(f"{name} is not a whole number")
    return value


def currency(thing: Json) -> str:
    value = thing.get("currency")
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) != 3:
        raise Invalid("currency is not a currency code")
    return value.lower()


def reference(thing: Json, name: str) -> str | None:
    """The id of another object, which stands there expanded or as an id."""
    value = thing.get(name)
    if isinstance(value, Mapping):
        value = value.get("id")
    return value if isinstance(value, str) and 0 < len(value) <= LONGEST_ID else None


def mark(thing: Json, name: str) -> str | None:
    """What we wrote into the object's metadata under `name`."""
    metadata = thing.get("metadata")
    value = metadata.get(name) if isinstance(metadata, Mapping) else None
    return value if isinstance(value, str) and 0 < len(value) <= LONGEST_ID else None


def moment(thing: Json, name: str) -> int:
    """A time in seconds UTC; 0 where none is said."""
    value = thing.get(name)
    whole = isinstance(value, int) and not isinstance(value, bool)
    return int(value or 0) if whole and 0 <= int(value or 0) < 2**40 else 0


def inner(thing: Json, *names: str) -> Json:
    """An object within an object; empty where there is none."""
    for name in names:
        value = thing.get(name)
        if not isinstance(value, Mapping):
            return {}
        thing = value
    return thing


def address(thing: Json, name: str) -> str | None:
    """A web address, if it is one that may stand on a page."""
    value = thing.get(name)
    good = isinstance(value, str) and value.startswith(("https://", "http://"))
    return str(value) if good and len(str(value)) <= _LONGEST_URL else None
