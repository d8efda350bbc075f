"""`expand[]`: ids become objects, and what is shown only on request is shown."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from stripe_emulator.errors import invalid
from stripe_emulator.shapes import complete

if TYPE_CHECKING:
    from stripe_emulator.call import Call

Thing = dict[str, Any]
# "Expanding responses": at most four levels.
_DEEPEST = 4
# Which kind of object an id under a name is, where the name does not say it.
_KINDS = {
    "latest_charge": "charge",
    "default_price": "price",
    "default_payment_method": "payment_method",
    "failure_balance_transaction": "balance_transaction",
}
_BY_PREFIX = {
    "ch": "charge",
    "re": "refund",
    "pi": "payment_intent",
    "pm": "payment_method",
    "cus": "customer",
    "prod": "product",
    "price": "price",
    "txn": "balance_transaction",
}
Computed = Callable[["Call", Thing], Thing]
_COMPUTED: dict[tuple[str, str], Computed] = {}


def computed(kind: str, field: str) -> Callable[[Computed], Computed]:
    """Registers what makes a field that is absent unless expanded."""

    def register(make: Computed) -> Computed:
        _COMPUTED[kind, field] = make
        return make

    return register


def expand(call: "Call", thing: Thing, paths: list[str]) -> Thing:
    """`thing` with each path expanded. Raises a StripeFault for what cannot be."""
    for path in paths:
        parts = path.split(".")
        if thing.get("object") == "list":
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


def _one(call: "Call", thing: Any, parts: list[str], path: str) -> None:
    name, rest = parts[0], parts[1:]
    if not isinstance(thing, dict) or name == "id":
        raise _cannot(path)
    if (thing.get("object"), name) in _COMPUTED and name not in thing:
        private = call.tx.get(thing["object"], thing["id"]) or thing
        thing[name] = _COMPUTED[thing["object"], name](call, private)
    elif name not in thing:
        raise _cannot(path)
    value = thing[name]
    if isinstance(value, str):
        found = _load(call, name, value)
        if found is None:
            raise _cannot(path)
        thing[name] = value = found
    if not rest or value is None:
        if not rest and value is not None and not isinstance(value, (dict, list)):
            raise _cannot(path)
        return
    _below(call, value, rest, path)


def _below(call: "Call", value: Any, rest: list[str], path: str) -> None:
    if isinstance(value, dict) and value.get("object") == "list" and rest[0] == "data":
        if len(rest) > 1:
            for each in value["data"]:
                _one(call, each, rest[1:], path)
        return
    for each in value if isinstance(value, list) else [value]:
        _one(call, each, rest, path)


def _load(call: "Call", name: str, value: str) -> Thing | None:
    kind = _KINDS.get(name) or _BY_PREFIX.get(value.split("_")[0])
    found = call.tx.get(kind, value) if kind is not None else None
    return complete(found) if found is not None else None


def _cannot(path: str) -> Exception:
    return invalid(f"This property cannot be expanded ({path[:120]}).", param="expand")


def _too_deep(path: str) -> Exception:
    return invalid(
        f"You cannot expand more than {_DEEPEST} levels of a property ({path[:120]}).",
        param="expand",
    )
