"""What updates have in common: fields replaced, metadata merged, an event if something changed."""

from collections.abc import Iterable

from stripe_emulator.call import Call
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


def _cleared(value: object) -> object:
    return None if value == "" else value
