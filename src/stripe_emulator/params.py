"""Checks parameters against the SDK's own TypedDicts, so that a new SDK brings new parameters.

Form values are text; the annotations say what they stand for.
"""

import re
import types
import typing
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib import import_module
from typing import Any, Literal, Union

from typing_extensions import is_typeddict

from stripe_emulator import forms
from stripe_emulator.errors import StripeFault, invalid

# What the SDK's TypedDicts carry for the call itself, not for Stripe.
_OPTIONS = frozenset(
    {
        *("api_key", "stripe_version", "stripe_account", "stripe_context", "idempotency_key"),
        *("max_network_retries", "content_type", "headers"),
    }
)
_WHOLE = re.compile(r"^-?[0-9]{1,18}$", re.ASCII)
_MAX_TEXT = 5000
# "Dispute object": so long is all evidence together, and one text may be all of it.
_MAX_EVIDENCE = 150_000
_UNIONS = (Union, types.UnionType)


def check(params: dict[str, Any], where: str | None) -> dict[str, Any]:
    """The parameters, each as the type the SDK names. Raises a StripeFault.

    `where` names the TypedDict, as `stripe.params.checkout.SessionCreateParams`; None allows none.
    """
    fields = _fields(where) if where is not None else {}
    return _structure(params, fields, _required(where) if where else frozenset(), "")


@cache
def _fields(where: str) -> dict[str, Any]:
    module, _, name = where.rpartition(".")
    return _hints(getattr(import_module(module), name))


@cache
def _required(where: str) -> frozenset[str]:
    module, _, name = where.rpartition(".")
    return _required_of(getattr(import_module(module), name))


@cache
def _hints(typed: Any) -> dict[str, Any]:
    # The SDK imports some names for type checkers alone.
    names = {**vars(typing), "StripeContext": object, "UntypedStripeObject": dict}
    found = typing.get_type_hints(typed, localns=names)
    if typed.__name__.endswith("PaymentMethodData") and "type" in found:
        found.update(_card_too(found["type"]))
    return {name: hint for name, hint in found.items() if name not in _OPTIONS}


def _card_too(kinds: Any) -> dict[str, Any]:
    """Stripe.js and older apps describe cards here, which the SDK's types leave out."""
    from stripe.params import PaymentMethodCreateParams

    words = next(
        each for each in (kinds, *typing.get_args(kinds)) if typing.get_origin(each) is Literal
    )
    return {
        "type": Literal[(*typing.get_args(words), "card")],
        "card": _hints(PaymentMethodCreateParams)["card"],
    }


@cache
def _required_of(typed: Any) -> frozenset[str]:
    return frozenset(
        name
        for name, hint in typed.__annotations__.items()
        if name not in _OPTIONS
        and "NotRequired" not in str(hint)
        and "NotRequired" not in getattr(hint, "__forward_arg__", "")
    )


def _structure(
    value: dict[str, Any], fields: dict[str, Any], required: frozenset[str], path: str
) -> dict[str, Any]:
    checked = {}
    for name, each in value.items():
        here = f"{path}[{name}]" if path else name
        if name not in fields:
            _refuse_removed(here)
            raise invalid(
                f"Received unknown parameter: {here[:200]}",
                code="parameter_unknown",
                param=here[:200],
            )
        checked[name] = _value(each, fields[name], here)
    for name in sorted(required - set(value)):
        here = f"{path}[{name}]" if path else name
        raise invalid(f"Missing required param: {here}.", code="parameter_missing", param=here)
    return checked


# What old tutorials still send ("Removes the payment method types parameter", API 2022-08-01).
_OLD_LINE = re.compile(r"^line_items\[\d+\]\[(amount|currency|name|description|images)\]")


def _refuse_removed(path: str) -> None:
    if _OLD_LINE.match(path):
        raise invalid(
            "You cannot use `line_items.amount`, `line_items.currency`, `line_items.name`, "
            "`line_items.description`, or `line_items.images` in this API version. Please use "
            "`line_items.price` or `line_items.price_data` instead.",
        )
    if path == "payment_method_types" or path.startswith("payment_method_types["):
        raise invalid(
            "`payment_method_types` is no longer supported. Leave it out, or use "
            "`allowed_payment_method_types`.",
            code="payment_method_types_no_longer_supported",
            param="payment_method_types",
        )


def _value(value: Any, hint: Any, path: str) -> Any:
    origin = typing.get_origin(hint)
    for kinds, check_kind in _KINDS:
        if origin in kinds:
            return check_kind(value, typing.get_args(hint), path)
    if is_typeddict(hint):
        if not isinstance(value, dict):
            raise invalid(f"Invalid object: {path}", param=path)
        return _structure(value, _hints(hint), _required_of(hint), path)
    return _scalar(value, hint, path)


def _any_of(value: Any, hints: tuple[Any, ...], path: str) -> Any:
    """The first kind that fits; a list of allowed words holds even where the SDK adds `str`."""
    kinds = [each for each in hints if each is not type(None)]
    words = [each for each in kinds if typing.get_origin(each) is Literal]
    if words and isinstance(value, str) and str in kinds:
        allowed = tuple(word for each in words for word in typing.get_args(each))
        # A lone '' only says that the field may be cleared; otherwise any text will do.
        if allowed != ("",):
            others = [each for each in kinds if each is not str and each not in words]
            return _first(value, others, path, lambda: _literal(value, allowed, path))
    faults = []
    for kind in sorted(kinds, key=_breadth):
        try:
            return _value(value, kind, path)
        except StripeFault as fault:
            faults.append(fault)
    # The last kind tried is the plainest: "Invalid integer" says more than "Invalid object".
    raise faults[-1]


def _first(value: Any, hints: list[Any], path: str, otherwise: Callable[[], Any]) -> Any:
    for hint in hints:
        with suppress(StripeFault):
            return _value(value, hint, path)
    return otherwise()


def _breadth(hint: Any) -> int:
    # Text takes anything, so it is tried last, and a number before it.
    if hint is str:
        return 2
    return 1 if hint in (int, float, Decimal) else 0


def _literal(value: Any, allowed: tuple[Any, ...], path: str) -> Any:
    for word in allowed:
        if value == word or (isinstance(word, bool) and value == str(word).lower()):
            return word
    words = " or ".join(f"`{word}`" for word in allowed if word != "")
    raise invalid(f"Invalid {path}: must be one of {words}", param=path)


def _list(value: Any, hints: tuple[Any, ...], path: str) -> list[Any]:
    items = forms.as_list(value)
    if items is None:
        raise invalid(f"Invalid array: {path}", param=path)
    return [_value(each, hints[0], f"{path}[{n}]") for n, each in enumerate(items)]


def _mapping(value: Any, hints: tuple[Any, ...], path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise invalid(f"Invalid object: {path}", param=path)
    # The SDK writes `Dict[str, str]` and `UntypedStripeObject[str]`: the last is the value's.
    hint = hints[-1]
    return {name: _value(each, hint, f"{path}[{name}]") for name, each in value.items()}


def _scalar(value: Any, hint: Any, path: str) -> Any:
    if not isinstance(value, str):
        kind = "string" if hint is str else getattr(hint, "__name__", "value")
        raise invalid(f"Invalid {kind}: {path}", param=path)
    if hint is int:
        if not _WHOLE.match(value):
            raise invalid(
                f"Invalid integer: {value[:100]}", code="parameter_invalid_integer", param=path
            )
        return int(value)
    if hint is bool:
        if value.lower() not in ("true", "false"):
            raise invalid(f"Invalid boolean: {value[:100]}", param=path)
        return value.lower() == "true"
    if hint in (float, Decimal):
        return _number(value, hint, path)
    return _text(value, path)


def _number(value: str, hint: Any, path: str) -> Any:
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or len(value) > 40:
        raise invalid(f"Invalid decimal: {value[:100]}", param=path)
    # Decimals go over the wire as text.
    return float(number) if hint is float else value


def _text(value: str, path: str) -> str:
    most = _MAX_EVIDENCE if path.startswith("evidence[") else _MAX_TEXT
    if len(value) > most:
        raise invalid(f"Invalid string: {path} is longer than {most} characters", param=path)
    if any(0xD800 <= ord(character) <= 0xDFFF or character == "\0" for character in value):
        raise invalid(f"Invalid string: {path} holds characters that are none", param=path)
    return value


_KINDS: tuple[tuple[tuple[Any, ...], Any], ...] = (
    (_UNIONS, _any_of),
    ((Literal,), _literal),
    ((list,), _list),
    ((dict,), _mapping),
)
