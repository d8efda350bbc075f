"""Completes responses by the annotated fields of the SDK's own object classes."""

import typing
from functools import cache, lru_cache
from importlib import import_module
from typing import Any

Thing = dict[str, Any]

# The SDK writes Optional for "may be null" and for "may be missing" alike. These are missing
# unless set or expanded (stripe-node's types, where they carry a question mark).
_MAY_BE_MISSING: dict[str, frozenset[str]] = {}
# Of these, what stands for one of many types is missing unless it is that type's.
_ONE_OF_MANY = frozenset({"payment_method"})
_KEPT_NULL = {"payment_method": frozenset({"customer", "customer_account", "metadata"})}


def may_be_missing(kind: str, fields: str) -> None:
    """Fields of a kind, space-separated, that are absent unless set or expanded."""
    _MAY_BE_MISSING[kind] = _MAY_BE_MISSING.get(kind, frozenset()) | frozenset(fields.split())
    _always.cache_clear()


def complete(thing: Thing) -> Thing:
    """What goes over the wire: every field that is always there, none of our private ones."""
    shown = {name: value for name, value in thing.items() if not name.startswith("_")}
    if thing.get("deleted") is not True:
        for name, empty in _always(str(thing.get("object"))).items():
            if name not in shown:
                shown[name] = type(empty)() if isinstance(empty, (list, dict)) else empty
    return {name: shown[name] for name in _ordered(tuple(shown))}


# Objects of a kind are made alike: a few orders of keys stand for all of them.
@lru_cache(maxsize=4096)
def _ordered(names: tuple[str, ...]) -> list[str]:
    return sorted(names, key=lambda name: (name not in ("id", "object"), name))


@cache
def _always(kind: str) -> dict[str, Any]:
    """Each field that is always there, with its empty value."""
    if not _known(kind):
        return {}
    missing = _MAY_BE_MISSING.get(kind, frozenset())
    kept = _KEPT_NULL.get(kind, frozenset())
    return {
        name: empty
        for name, hint in annotations(kind).items()
        if (empty := _empty(hint)) is not ...
        and name not in missing
        and (kind not in _ONE_OF_MANY or name in kept or empty is not None)
    }


def annotations(kind: str) -> dict[str, Any]:
    """The fields of Stripe's object of this kind, as the SDK annotates them."""
    from stripe._object_classes import OBJECT_CLASSES

    module, name = OBJECT_CLASSES[kind]
    found: Any = getattr(import_module(module), name)
    return {
        name: hint
        for name, hint in found.__annotations__.items()
        if not name.startswith("_") and name != "deleted" and "ClassVar" not in str(hint)
    }


def _known(kind: str) -> bool:
    from stripe._object_classes import OBJECT_CLASSES

    return kind in OBJECT_CLASSES


@cache
def expandable(kind: str, name: str) -> tuple[str, ...]:
    """The kinds of objects whose id a field holds; none if the SDK says that it stays as it is.

    A field of what is inside an object is named with dots: `promotion.coupon`.
    """
    # Optional[ExpandableField[Customer]] and List[ExpandableField[Discount]] alike.
    parts = _parts(_inner_hint(kind, name)) if _known(kind) else []
    if str not in parts:
        return ()
    named = {getattr(each, "__forward_arg__", getattr(each, "__name__", "")) for each in parts}
    return tuple(kind for found in sorted(named) for kind in _kinds_by_class().get(found, ()))


def _inner_hint(kind: str, name: str) -> Any:
    from stripe._object_classes import OBJECT_CLASSES

    module, class_name = OBJECT_CLASSES[kind]
    found: Any = getattr(import_module(module), class_name)
    *outer, last = name.split(".")
    for each in outer:
        found = getattr(found, "_inner_class_types", {}).get(each)
    return getattr(found, "__annotations__", {}).get(last)


def _parts(hint: Any) -> list[Any]:
    """`Optional[List[ExpandableField[Discount]]]`: text, the class and None."""
    if typing.get_origin(hint) in (typing.Union, list):
        return [part for each in typing.get_args(hint) for part in _parts(each)]
    return [hint]


@cache
def _kinds_by_class() -> dict[str, tuple[str, ...]]:
    from stripe._object_classes import OBJECT_CLASSES

    found: dict[str, tuple[str, ...]] = {}
    for kind, (module, name) in OBJECT_CLASSES.items():
        # As annotations in other modules name it: `Customer`, `checkout.Session`.
        place = module.split(".")[1:-1]
        for written in {name, ".".join([*place, name]), f"{name}Resource"}:
            found[written] = (*found.get(written, ()), kind)
    return found


def _empty(hint: Any) -> Any:
    """null, [] or {} by annotation; `...` where only the resource knows."""
    if typing.get_origin(hint) is typing.Union and type(None) in typing.get_args(hint):
        return None
    if typing.get_origin(hint) is list:
        return []
    return {} if "UntypedStripeObject" in str(hint) else ...
