"""Holds an object against the SDK's own annotations: nothing missing, nothing of a wrong type."""

import sys
import types
import typing
from decimal import Decimal
from functools import cache
from typing import Any, Literal, Union

import stripe

_UNIONS = (Union, types.UnionType)
# Never in an answer: the first two are what the SDK adds, the others what deleting leaves.
_NOT_SHOWN = frozenset({"OBJECT_NAME", "deleted"})
# Required by the annotation, and yet not always there.
_SOMETIMES = {("LineItem", "deleted")}


def problems(thing: Any, kind: Any, path: str = "") -> list[str]:
    """What is wrong with `thing` (plain JSON) as an object of the SDK class `kind`."""
    where = path or kind.__name__
    if not isinstance(thing, dict):
        return [f"{where}: {type(thing).__name__} instead of an object"]
    if thing.get("deleted") is True:
        return [] if set(thing) == {"id", "object", "deleted"} else [f"{where}: no plain stub"]
    found = [f"{where}: holds the private key {name}" for name in thing if name.startswith("_")]
    hints = fields(kind)
    for name, hint in hints.items():
        if name in thing:
            found += _value(thing[name], hint, f"{where}.{name}")
        elif not _may_be_none(hint) and (kind.__name__, name) not in _SOMETIMES:
            found.append(f"{where}.{name} is missing")
    found += [f"{where}.{name} is unknown to the SDK" for name in thing if name not in hints]
    return found


def must_be_whole(thing: Any) -> None:
    """Fails, naming each field, unless an object the SDK has read has Stripe's shape."""
    found = problems(thing.to_dict(), type(thing)) if not _is_list(thing) else list_problems(thing)
    assert not found, "\n".join(found)


def list_problems(page: Any) -> list[str]:
    """What is wrong with a page of a list and with what is on it."""
    plain = page.to_dict()
    found = [] if plain["object"] == "list" else ["it does not call itself a list"]
    found += [f"{name} is missing" for name in ("url", "has_more", "data") if name not in plain]
    for each in page.data:
        found += problems(each.to_dict(), type(each))
    return found


@cache
def fields(kind: Any) -> dict[str, Any]:
    """The annotated fields of an SDK class."""
    module = sys.modules[kind.__module__]
    names = {**vars(typing), **_sdk_classes(), **vars(module), **_inner(kind)}
    own = {name: hint for name, hint in kind.__annotations__.items() if name not in _NOT_SHOWN}
    found = {}
    for name, hint in own.items():
        if "ClassVar" not in str(hint) and not name.startswith("_"):
            found[name] = _resolved(hint, names)
    return found


def _resolved(hint: Any, names: dict[str, Any]) -> Any:
    holder = type("Holder", (), {"__annotations__": {"field": hint}})
    return typing.get_type_hints(holder, globalns=names)["field"]


@cache
def _sdk_classes() -> dict[str, Any]:
    """Classes that the SDK's modules import for type checkers alone."""
    found: dict[str, Any] = {}
    for space in (stripe, stripe.checkout, stripe.billing_portal, stripe.billing):
        found.update({n: v for n, v in vars(space).items() if isinstance(v, type)})
    found.update({name: getattr(stripe, name) for name in dir(stripe) if name[0].isupper()})
    # What stands for an object of any shape.
    found["UntypedStripeObject"] = dict
    found["ExpandableField"] = Union
    return found


def _inner(kind: Any) -> dict[str, Any]:
    """Classes nested in this one and in those around it."""
    parts = kind.__qualname__.split(".")
    outer: Any = vars(sys.modules[kind.__module__]).get(parts[0], kind)
    return {outer.__name__: outer, **{n: v for n, v in vars(kind).items() if isinstance(v, type)}}


def _value(value: Any, hint: Any, path: str) -> list[str]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in _UNIONS:
        return _one_of(value, arguments, path)
    if origin is Literal:
        return [] if value in arguments else [f"{path}: {value!r} is not one of {arguments}"]
    if origin is list:
        if not isinstance(value, list):
            return [f"{path}: {type(value).__name__} instead of a list"]
        return [bad for n, each in enumerate(value) for bad in _value(each, arguments[0], f"{path}[{n}]")]
    if origin is stripe.ListObject:
        return _list_inside(value, arguments[0], path)
    if origin is dict or hint in (dict, Any, object):
        return [] if isinstance(value, dict) or hint in (Any, object) else [f"{path}: no object"]
    if isinstance(hint, type) and issubclass(hint, stripe.StripeObject):
        return problems(value, hint, path) if hint is not stripe.StripeObject else []
    return _plain(value, hint, path)


def _one_of(value: Any, hints: tuple[Any, ...], path: str) -> list[str]:
    if value is None:
        return [] if type(None) in hints else [f"{path} is null"]
    tried = [_value(value, each, path) for each in hints if each is not type(None)]
    return min(tried, key=len)


def _list_inside(value: Any, hint: Any, path: str) -> list[str]:
    if not isinstance(value, dict) or value.get("object") != "list":
        return [f"{path}: no list object"]
    found = [f"{path}.{n} is missing" for n in ("url", "has_more", "data") if n not in value]
    for n, each in enumerate(value.get("data", [])):
        found += problems(each, hint, f"{path}.data[{n}]")
    return found


def _plain(value: Any, hint: Any, path: str) -> list[str]:
    if hint is Decimal:
        # Over the wire they are text; the SDK has made Decimals of them.
        good = isinstance(value, Decimal | str)
    elif hint is float:
        good = isinstance(value, int | float) and not isinstance(value, bool)
    else:
        good = type(value) is hint
    return [] if good else [f"{path}: {value!r} is no {getattr(hint, '__name__', hint)}"]


def _may_be_none(hint: Any) -> bool:
    return typing.get_origin(hint) in _UNIONS and type(None) in typing.get_args(hint)


def _is_list(thing: Any) -> bool:
    return isinstance(thing, stripe.ListObject)
