"""Lists: newest first, cursors both ways ("Pagination")."""

from collections.abc import Sequence
from typing import Any

from stripe_emulator.call import Call
from stripe_emulator.errors import invalid, missing
from stripe_emulator.store import Thing

_USUAL, _MOST = 10, 100
_COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def page(
    call: Call,
    kind: str,
    url: str,
    where: tuple[Sequence[str], Sequence[Any]] = ((), ()),
    /,
    *,
    since: int | None = None,
    **equal: Any,
) -> Thing:
    """One page of a kind. `equal` filters by top-level keys; None is no filter.

    `where` is more SQL, written in the package alone, and the values it binds.
    """
    limit = _limit(call)
    conditions, values, backward = _cursor(call, kind)
    conditions += where[0]
    values += where[1]
    # Of what was deleted a stub stays, for whoever retrieves it; lists do not show it.
    conditions.append("json_extract(body, '$.deleted') IS NULL")
    for sign, moment in _created(call):
        conditions.append(f"created {sign} ?")
        values.append(moment)
    if since is not None:
        conditions.append("created >= ?")
        values.append(since)
    found = call.tx.find(
        kind,
        where=" AND ".join(conditions),
        values=tuple(values),
        limit=limit + 1,
        newest_first=not backward,
        **{name: value for name, value in equal.items() if value is not None},
    )
    has_more = len(found) > limit
    found = found[:limit]
    return _list(url, found[::-1] if backward else found, has_more=has_more)


def of_items(call: Call, url: str, items: list[Thing]) -> Thing:
    """One page of what is in memory already, in the order given."""
    limit = _limit(call)
    after, before = call.params.get("starting_after"), call.params.get("ending_before")
    places = {each["id"]: n for n, each in enumerate(items)}
    for cursor in (after, before):
        if cursor is not None and cursor not in places:
            raise missing("item", cursor, "starting_after" if after else "ending_before")
    if before is not None:
        rest = items[: places[before]]
        return _list(url, rest[-limit:], has_more=len(rest) > limit)
    rest = items[places[after] + 1 :] if after is not None else items
    return _list(url, rest[:limit], has_more=len(rest) > limit)


def _limit(call: Call) -> int:
    limit = call.params.get("limit", _USUAL)
    if not 1 <= limit <= _MOST:
        raise invalid(f"limit must be from 1 to {_MOST}.", param="limit")
    return int(limit)


def _cursor(call: Call, kind: str) -> tuple[list[str], list[Any], bool]:
    after, before = call.params.get("starting_after"), call.params.get("ending_before")
    if after is not None and before is not None:
        raise invalid(
            "You can only specify one of these parameters: starting_after, ending_before.",
            code="parameters_exclusive",
            param="starting_after",
        )
    if after is None and before is None:
        return [], [], False
    name = "starting_after" if after is not None else "ending_before"
    place = call.tx.sequence(kind, after or before or "")
    if place is None:
        raise missing(kind, after or before or "", name)
    return [f"seq {'<' if after is not None else '>'} ?"], [place], after is None


def _created(call: Call) -> list[tuple[str, int]]:
    created = call.params.get("created")
    if created is None:
        return []
    if isinstance(created, int):
        return [("=", created)]
    return [(_COMPARISONS[name], moment) for name, moment in created.items()]


def _list(url: str, data: list[Thing], *, has_more: bool) -> Thing:
    return {"object": "list", "url": url, "has_more": has_more, "data": data}
