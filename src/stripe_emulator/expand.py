"""`expand[]`: ids become objects, and what is shown only on request is shown."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from stripe_emulator.errors import invalid
from stripe_emulator.shapes import complete, expandable

if TYPE_CHECKING:
    from stripe_emulator.call import Call

Thing = dict[str, Any]
# "Expanding responses": at most four levels.
_DEEPEST = 4
# What holds objects under `data`.
LISTS = ("list", "search_result")
Computed = Callable[["Call", Thing], Any]
Inside = tuple[Thing, str] | None
_COMPUTED: dict[tuple[str, str], Computed] = {}


def computed(kind: str, field: str) -> Callable[[Computed], Computed]:
    """Registers what makes a field that is absent unless expanded.

    A field of what is inside an object is named with dots: `total_details.breakdown`.
    """

    def register(make: Computed) -> Computed:
        _COMPUTED[kind, field] = make
        return make

    return register


def expand(call: "Call", thing: Thing, paths: list[str]) -> Thing:
    """`thing` with each path expanded. Raises a StripeFault for what cannot be."""
    for path in paths:
        parts = path.split(".")
        if path == "total_count" and thing.get("object") == "search_result":
            thing[path] = _COMPUTED["search_result", path](call, thing)
        elif thing.get("object") in LISTS:
            if parts[0] != "data" or len(parts) < 2:
                raise _cannot(path)
            if len(parts) - 1 > _DEEPEST:
                raise _too_deep(path)
            for each in thing["data"]:
                _one(call, each, parts[1:], path)
        elif len(parts) > _DEEPEST:
            raise _too_deep(path)
        else:
            _one(call, thing, parts, path)
    return thing


def _one(call: "Call", thing: Any, parts: list[str], path: str, inside: Inside = None) -> None:
    """`inside`: the object that `thing` is a part of, and the name of that part."""
    name, rest = parts[0], parts[1:]
    if not isinstance(thing, dict):
        raise _cannot(path)
    owner, field = (thing, name) if inside is None else (inside[0], f"{inside[1]}.{name}")
    kind = str(owner.get("object"))
    made = (kind, field) in _COMPUTED and name not in thing
    if made:
        private = call.tx.get(kind, owner["id"]) or owner
        thing[name] = _COMPUTED[kind, field](call, private)
    elif name not in thing:
        raise _cannot(path)
    thing[name] = _loaded(call, kind, field, thing[name])
    value = thing[name]
    if value is None and (made or expandable(kind, field)):
        return
    if rest:
        _below(call, value, rest, path, (owner, field))
    elif not made and not _is_whole(value):
        raise _cannot(path)


def _is_whole(value: Any) -> bool:
    return isinstance(value, list) or (isinstance(value, dict) and "object" in value)


def _below(call: "Call", value: Any, rest: list[str], path: str, inside: Inside) -> None:
    if isinstance(value, dict) and value.get("object") == "list" and rest[0] == "data":
        if len(rest) > 1:
            for each in value["data"]:
                _one(call, each, rest[1:], path)
        return
    for each in value if isinstance(value, list) else [value]:
        whole = isinstance(each, dict) and "object" in each
        _one(call, each, rest, path, None if whole else inside)


def _loaded(call: "Call", kind: str, name: str, value: Any) -> Any:
    if isinstance(value, list) and expandable(kind, name):
        return [_loaded(call, kind, name, each) for each in value]
    return _load(call, kind, name, value) if isinstance(value, str) else value


def _load(call: "Call", kind: str, name: str, value: str) -> Thing | str:
    for target in expandable(kind, name):
        found = call.tx.get(target, value)
        if found is not None:
            return complete(found)
    return value


def _cannot(path: str) -> Exception:
    return invalid(f"This property cannot be expanded ({path[:120]}).", param="expand")


def _too_deep(path: str) -> Exception:
    return invalid(
        f"You cannot expand more than {_DEEPEST} levels of a property ({path[:120]}).",
        param="expand",
    )
