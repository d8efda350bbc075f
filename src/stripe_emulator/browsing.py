"""Everything that is stored, to look at: kinds, objects, their events, and what is due next."""

import json
from typing import Any, NamedTuple

from stripe_emulator.emulator import Emulator
from stripe_emulator.shapes import complete
from stripe_emulator.store import INDEXED, Thing, Tx

# Counted no further: the page must be as quick with a million objects.
COUNTED = 1000


class Page(NamedTuple):
    """Some objects, newest first, and whether there are older ones."""

    data: list[Thing]
    has_more: bool


class Due(NamedTuple):
    """Something that will happen by itself: when (seconds UTC), what, and to which object.

    `clock` is the test clock it waits for; None is the emulator's own.
    """

    at: float
    what: str
    about: str | None
    clock: str | None


def kinds(emulator: Emulator) -> dict[str, int]:
    """How many objects there are of each kind, counted up to a bound."""
    with emulator.store.reading() as tx:
        return {kind: _count(tx, kind) for kind in _kinds(tx)}


def objects(emulator: Emulator, kind: str, limit: int, before: str | None) -> Page:
    """Objects of a kind as the API shows them; `before` is an id to go on from."""
    with emulator.store.reading() as tx:
        place = tx.sequence(kind, before) if before else None
        older = ("seq < ?", (place,)) if place is not None else ("", ())
        found = tx.find(kind, where=older[0], values=older[1], limit=limit + 1)
    return Page([complete(each) for each in found[:limit]], len(found) > limit)


def find(emulator: Emulator, thing_id: str) -> Thing | None:
    """The object of that id, whatever its kind."""
    with emulator.store.reading() as tx:
        row = tx.sql.execute("SELECT body FROM objects WHERE id = ?", (thing_id,)).fetchone()
    return complete(json.loads(row[0])) if row is not None else None


def known(emulator: Emulator, ids: set[str]) -> dict[str, str]:
    """The kinds of those ids that stand for an object here."""
    with emulator.store.reading() as tx:
        rows = tx.sql.execute(
            "SELECT id, kind FROM objects WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(ids)),),
        ).fetchall()
    return dict(rows)


def events_about(emulator: Emulator, thing_id: str, limit: int) -> list[Thing]:
    """What has happened to an object, latest first."""
    with emulator.store.reading() as tx:
        found = tx.numbered(
            "kind = 'event' AND json_extract(body, '$._about') = ?", (thing_id,), limit
        )
    return [complete(each) for _, each in found]


def belonging_to(emulator: Emulator, thing: Thing, limit: int) -> list[Thing]:
    """Objects that name this one under its own kind, such as a customer's subscriptions."""
    key = str(thing["object"]).rpartition(".")[2]
    if key not in INDEXED:
        return []
    with emulator.store.reading() as tx:
        found = [
            each
            for kind in _kinds(tx)
            if kind != thing["object"]
            for each in tx.find(kind, limit=limit, **{key: thing["id"]})
        ]
    return [complete(each) for each in found]


def due_next(emulator: Emulator, limit: int) -> list[Due]:
    """Timers and webhooks that wait, soonest first; those of test clocks as well."""
    with emulator.store.reading() as tx:
        # Two looks, each along the index: there may be a timer for each of a million objects.
        tasks = [
            row
            for clock in ("clock IS NULL", "clock > ''")
            for row in tx.sql.execute(
                "SELECT due, name, arguments, clock FROM tasks "  # noqa: S608 - text of ours
                f"WHERE {clock} ORDER BY due LIMIT ?",
                (limit,),
            )
        ]
        deliveries = tx.sql.execute(
            "SELECT due, event, url FROM deliveries WHERE state = 'pending' ORDER BY due LIMIT ?",
            (limit,),
        ).fetchall()
    found = [Due(due, name, _about(arguments), clock) for due, name, arguments, clock in tasks]
    found += [Due(due, f"webhook to {url}", event, None) for due, event, url in deliveries]
    return sorted(found, key=lambda each: each.at)[:limit]


def _kinds(tx: Tx) -> list[str]:
    # One look into the index per kind, not one per object.
    found: list[str] = []
    kind = _kind_after(tx, "")
    while kind is not None:
        found.append(kind)
        kind = _kind_after(tx, kind)
    return found


def _kind_after(tx: Tx, kind: str) -> str | None:
    row = tx.sql.execute("SELECT MIN(kind) FROM objects WHERE kind > ?", (kind,)).fetchone()
    found: str | None = row[0]
    return found


def _count(tx: Tx, kind: str) -> int:
    row = tx.sql.execute(
        "SELECT COUNT(*) FROM (SELECT 1 FROM objects WHERE kind = ? LIMIT ?)", (kind, COUNTED)
    ).fetchone()
    return int(row[0])


def _about(arguments: str) -> str | None:
    """The first argument that is an id."""
    given: dict[str, Any] = json.loads(arguments)
    return next((each for each in given.values() if isinstance(each, str) and "_" in each), None)
