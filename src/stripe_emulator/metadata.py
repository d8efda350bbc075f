"""Metadata: fifty pairs of text, merged on update ("Metadata")."""

from typing import Any

from stripe_emulator.errors import invalid

_KEYS, _KEY_LENGTH, _VALUE_LENGTH = 50, 40, 500


def merged(old: dict[str, str] | None, new: Any) -> dict[str, str]:
    """`old` with the pairs of `new`; an empty value takes a pair away, '' takes all."""
    if new is None:
        return dict(old or {})
    if new == "":
        return {}
    result = dict(old or {})
    for key, value in new.items():
        if not key or len(key) > _KEY_LENGTH or "[" in key or "]" in key:
            raise invalid(f"Metadata keys have 1 to {_KEY_LENGTH} characters.", param="metadata")
        if len(value) > _VALUE_LENGTH:
            raise invalid(
                f"Metadata values can have up to {_VALUE_LENGTH} characters.", param="metadata"
            )
        if value == "":
            result.pop(key, None)
        else:
            result[key] = value
    if len(result) > _KEYS:
        raise invalid(f"You can have up to {_KEYS} metadata keys.", param="metadata")
    return result
