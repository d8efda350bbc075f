"""Whoever depends on an object's status is told when it changes, whatever changed it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stripe_emulator.call import Call
    from stripe_emulator.store import Thing

Watch = Callable[["Call", "Thing", str], None]
_WATCHES: dict[str, list[Watch]] = {}


def watches(kind: str) -> Callable[[Watch], Watch]:
    """Registers `watch(call, thing, before)`, called after a status has changed and was stored.

    `before` is the status it had. Several watch in the order in which they are imported.
    """

    def register(watch: Watch) -> Watch:
        _WATCHES.setdefault(kind, []).append(watch)
        return watch

    return register


def tell(call: "Call", thing: "Thing", before: str) -> None:
    """Tell the watchers of this kind, unless the status is what it was."""
    if thing["status"] == before:
        return
    for watch in _WATCHES.get(thing["object"], ()):
        watch(call, thing, before)


def refused(call: "Call", thing: "Thing", before: str) -> None:
    """Tell the watchers of a payment that was refused and has the status that it had before.

    They are told with `before` as `attempted`: a refusal is news even where the status is none.
    """
    if thing["status"] == before:
        tell(call, thing, "attempted")
