"""What updates have in common: fields replaced, metadata merged, an event if something changed."""

from collections.abc import Collection, Iterable
from typing import Any

from stripe_emulator.call import Call
from stripe_emulator.errors import not_here_yet
from stripe_emulator.metadata import merged
from stripe_emulator.store import Thing


def update(call: Call, thing: Thing, fields: Iterable[str], event: str | None) -> Thing:
    """Put the given parameters into `thing`; '' clears a field."""
    previous = {}
    for name in fields:
        if name not in call.params:
            continue
        given = call.params[name]
        value = merged(thing.get(name), given) if name == "metadata" else _cleared(given)
        if thing.get(name) != value:
            previous[name] = thing.get(name)
            thing[name] = value
    if previous:
        if "updated" in thing:
            previous["updated"] = thing["updated"]
            thing["updated"] = call.now
        call.tx.put(thing)
        if event is not None:
            call.emit(event, thing, previous)
    return thing


def only(call: Call, known: Collection[str], what: str) -> None:
    """Refuses parameters that Stripe acts on and this emulator does not."""
    for name in sorted(set(call.params) - set(known) - _OF_EVERY_LIST):
        raise not_here_yet(f"{what} with {name}", name)


_OF_EVERY_LIST = frozenset({"limit", "starting_after", "ending_before", "created"})


def _cleared(value: object) -> object:
    return None if value == "" else value


def blanks_cleared(value: Any) -> Any:
    """A structure of parameters in which each '' has become null, which is what it asks for."""
    if isinstance(value, dict):
        return {name: blanks_cleared(each) for name, each in value.items()}
    return None if value == "" else value
