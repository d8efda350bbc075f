"""The ways to pay. To add one: write its file here, and name it in one line, `settings.WAYS`."""

from collections.abc import Iterable
from importlib import import_module

from paydesk.foundation.errors import Invalid
from paydesk.payments.ways.step import Form, Mount, Redirect, Step
from paydesk.payments.ways.way import Change, Errand, Way
from paydesk.settings import WAYS


def load(names: Iterable[str]) -> dict[str, Way]:
    """The ways of these names, each from the file that is called so."""
    return {name: _made(name) for name in names}


def _made(name: str) -> Way:
    file = vars(import_module(f"{__name__}.{name}"))
    (found,) = (
        each
        for each in file.values()
        # A file may build upon the way of another.
        if isinstance(each, type) and issubclass(each, Way) and vars(each).get("name") == name
    )
    return found()


ALL: dict[str, Way] = load(WAYS)

__all__ = [
    "ALL",
    "Change",
    "Errand",
    "Form",
    "Mount",
    "Redirect",
    "Step",
    "Way",
    "chosen",
    "load",
    "named",
    "offered",
]


def named(name: str) -> Way:
    """The way of that name, as stored with a trip; also one that is not offered any more."""
    return ALL[name]


def offered(names: tuple[str, ...], *, is_recurring: bool) -> list[Way]:
    """The ways of `names` that can carry an order, the usual one first."""
    ways = [ALL[name] for name in names if not is_recurring or ALL[name].sells_recurring]
    # A subscription is sold through Checkout, whatever else the shop offers.
    return ways or [ALL["hosted"]]


def chosen(name: str | None, names: tuple[str, ...], *, is_recurring: bool) -> Way:
    """The way a buyer asks for, or the usual one. Raises Invalid if it is not offered."""
    ways = offered(names, is_recurring=is_recurring)
    if name is None:
        return ways[0]
    found = [way for way in ways if way.name == name]
    if not found:
        words = ", ".join(way.name for way in ways)
        raise Invalid(
            "That way to pay is not offered here; there is: %(ways)s.", code="bad_way", ways=words
        )
    return found[0]
