"""Seeds: a list of calls that fill an emulator with what a test or a demonstration needs."""

import re
from collections.abc import Callable
from typing import Any

from flask import Flask

from stripe_emulator.door import knock, refusal_in

_MOST_STEPS = 10_000
_FIELDS = frozenset({"method", "path", "params", "as"})
_METHODS = frozenset({"GET", "POST", "DELETE"})
# ${name.id}, ${name.latest_invoice.payments.data.0.id}, ${now}, ${now+86400}
_REFERENCE = re.compile(r"\$\{([A-Za-z_]\w*)((?:\.\w+)*)(?:([+-]\d{1,12}))?\}", re.ASCII)
_NOT_FROM_HERE = "/_emulator/seed"


class Unfit(Exception):
    """A step that makes no sense or was refused; the message says which and why."""


def sow(app: Flask, steps: Any, now: Callable[[], int]) -> dict[str, Any]:
    """Make the calls in their order; what those with a name have answered, by name.

    A step is `{"method": "POST", "path": "/v1/…", "params": {…}, "as": "name"}`; the method may
    be left out. Paths under /_emulator take their parameters as JSON. Raises Unfit at the first
    step that fails; those before it stay done.
    """
    if not isinstance(steps, list) or len(steps) > _MOST_STEPS:
        raise Unfit(f"a seed is a list of up to {_MOST_STEPS} calls")
    known: dict[str, Any] = {}
    for place, step in enumerate(steps, 1):
        try:
            name, answer = _step(app, step, {**known, "now": now()})
        except Unfit as error:
            raise Unfit(f"step {place}{_spoken(step)}: {error}") from None
        if name is not None:
            known[name] = answer
    return known


def _step(app: Flask, step: Any, known: dict[str, Any]) -> tuple[str | None, Any]:
    if not isinstance(step, dict) or not set(step) <= _FIELDS:
        raise Unfit(f"a call is an object with {', '.join(sorted(_FIELDS))}")
    method, name = step.get("method", "POST"), step.get("as")
    path, params = _filled(step.get("path"), known), _filled(step.get("params", {}), known)
    if method not in _METHODS:
        raise Unfit(f"the method is one of {', '.join(sorted(_METHODS))}")
    if not isinstance(path, str) or not path.startswith(("/v1/", "/_emulator/")):
        raise Unfit("the path begins with /v1/ or /_emulator/")
    if path.startswith(_NOT_FROM_HERE):
        raise Unfit("a seed cannot sow another")
    if not isinstance(params, dict):
        raise Unfit("params are an object")
    if name is not None and not (isinstance(name, str) and name.isidentifier() and name != "now"):
        raise Unfit("a name is made of letters, digits and underscores, and is not now")
    return name, _called(app, method, path, params)


def _called(app: Flask, method: str, path: str, params: dict[str, Any]) -> Any:
    status, answer = knock(app, method, path, params)
    if status >= 400:
        raise Unfit(f"{status} {refusal_in(answer)}".strip())
    return answer


def _filled(value: Any, known: dict[str, Any]) -> Any:
    """The value with every ${reference} replaced; one that is all there is keeps its type."""
    if isinstance(value, dict):
        return {key: _filled(below, known) for key, below in value.items()}
    if isinstance(value, list):
        return [_filled(below, known) for below in value]
    if not isinstance(value, str):
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole is not None:
        return _meant(whole, known)
    return _REFERENCE.sub(lambda match: str(_meant(match, known)), value)


def _meant(match: "re.Match[str]", known: dict[str, Any]) -> Any:
    name, path, more = match.groups()
    if name not in known:
        raise Unfit(f"nothing before it is called {name}")
    here = known[name]
    for part in path.split(".")[1:]:
        try:
            here = here[int(part)] if isinstance(here, list) else here[part]
        except (KeyError, IndexError, TypeError, ValueError):
            raise Unfit(f"{match[0]}: there is no {part}") from None
    if more is None:
        return here
    if isinstance(here, bool) or not isinstance(here, int):
        raise Unfit(f"{match[0]}: that is no whole number")
    return here + int(more)


def _spoken(step: Any) -> str:
    if not isinstance(step, dict):
        return ""
    return f" ({step.get('method', 'POST')!s:.10} {step.get('path', '')!s:.120})"
